"""One row more in a finished workbook: the canary of a mailed copy among the customers of a list.

The bytes are those of `writing.render`; what is not concerned by the row stays as it is. The row
looks like its neighbours, its mark (`CANARY:…`) stands in a cell that shows nothing.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from processor.canary import Canary, content_of
from processor.intake.identifying import SheetMatch, identify
from processor.intake.raw import RawBook, RawSheet
from processor.intake.rows import CANARY_PREFIX, MARKABLE
from processor.workbooks.sheets import column_letter

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST_SCREEN = 12  # rows among which the canary stands: a photograph shows them
# What the row shares with a neighbour: nothing by which a person or a customer is known.
_SHARED = frozenset(
    {
        *("transferred_at", "due_at", "section", "responsible", "province", "city", "county"),
        *("model", "quantity", "important", "expected", "category"),
    }
)
_RESTRICTED = frozenset({"公检法司", "军警装备"})
_UNREMARKABLE = ("", "已知", "待甄别", "有效", "接收")  # outcomes whose cells are not coloured
_REF = re.compile(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?")


@dataclass(frozen=True, slots=True)
class _List:
    """Where the list stands. Rows are Excel rows."""

    part: str
    table: str
    match: SheetMatch
    first: int
    last: int
    single: bool  # the only sheet: rows below may move


def with_canary(data: bytes, canary: Canary) -> bytes | None:
    """The workbook with the canary's row; None when no list of it shows ways to reach customers."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
        infos = archive.infolist()
    found = _list(data, parts)
    if found is None or b"<f>" in parts[found.part]:
        return None
    rows = range(found.first, found.last + 1)
    plain = [row for row in rows if _unremarkable(found.match, row)] or list(rows)
    if found.single:
        near = plain[:_FIRST_SCREEN]
        like = after = near[int(canary.phone) % len(near)]
    else:  # other sheets link to its rows
        like, after = plain[-1], found.last
    _insert(parts, found, _cells(found.match, like, canary), like, after)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in infos:
            archive.writestr(info, parts[info.filename], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _list(data: bytes, parts: dict[str, bytes]) -> _List | None:
    import python_calamine

    book = python_calamine.load_workbook(io.BytesIO(data))
    sheets = []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        sheets.append(RawSheet(name, True, [[*row] for row in rows]))
    for match in identify(RawBook("", sheets)).sheets:
        if not {"customer", "contact_phone"} <= match.columns.keys():
            continue
        number = book.sheet_names.index(match.sheet.name) + 1
        links = parts.get(f"xl/worksheets/_rels/sheet{number}.xml.rels", b"").decode()
        for name in re.findall(r"tables/table\d+\.xml", links):
            _, top, _, bottom = _rows_of(parts[f"xl/{name}"].decode())
            places = range(top + 1, bottom + 1)
            filled = any(_value(match, place, _at(match, "customer")) for place in places)
            if top == match.last + 1 and filled:
                part = f"xl/worksheets/sheet{number}.xml"
                return _List(part, f"xl/{name}", match, top + 1, bottom, len(sheets) == 1)
    return None


def _rows_of(table: str) -> tuple[str, int, str, int]:
    found = re.search(r'<table [^>]*\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', table)
    if found is None:
        raise ValueError("table without a range")
    return found[1], int(found[2]), found[3], int(found[4])


def _at(match: SheetMatch, name: str) -> int:
    return match.columns[name][0]


def _value(match: SheetMatch, row: int, at: int) -> object:
    cells = match.sheet.rows[row - 1]
    return cells[at] if at < len(cells) else ""


def _unremarkable(match: SheetMatch, row: int) -> bool:
    """Not coloured for being late or refused."""
    if match.is_receipt:
        return _value(match, row, match.results["处理结果"]) in _UNREMARKABLE
    hint = str(_value(match, row, _at(match, "doubts")) if "doubts" in match.columns else "")
    return not hint.startswith(("已逾期", "今日到期"))


def _cells(match: SheetMatch, like: int, canary: Canary) -> dict[int, tuple[str, bool]]:
    """Text by column, and whether it shows; columns not named are blank or a neighbour's."""
    words = {
        "customer": canary.customer,
        "contact": canary.contact,
        "contact_phone": canary.phone,
        "content": content_of(canary),
    }
    if not match.is_receipt:
        # answered already: nobody sets out to call it
        words |= {"lead_number": canary.number, "verdict": "无效", "invalid_reason": "联系不上"}
    if "category" in match.columns and (_value(match, like, _at(match, "category")) in _RESTRICTED):
        words["category"] = "企事业单位"
    cells = {
        _at(match, name): (text, True) for name, text in words.items() if name in match.columns
    }
    if match.is_receipt:
        cells[match.results["处理结果"]] = ("已知", True)
        cells[match.results["信息编号"]] = (canary.number, True)
    mark = next((_at(match, n) for n in MARKABLE if n in match.columns), None)
    if mark is None:
        mark = match.results.get("修改示例", max(match.headings))
    cells[mark] = (f"{CANARY_PREFIX}{canary.token}", False)
    return cells


def _insert(
    parts: dict[str, bytes],
    found: _List,
    cells: dict[int, tuple[str, bool]],
    like: int,
    after: int,
) -> None:
    sheet = parts[found.part].decode()
    row = re.search(rf'<row r="{like}"[^>]*>.*?</row>', sheet)
    if row is None:
        raise ValueError("row without cells")
    shared = {at for name in _SHARED for at in found.match.columns.get(name, ())}
    shared |= {at for at, cell in enumerate(found.match.sheet.rows[like - 1]) if cell == "—"}
    made = _row(parts, row[0], like, after + 1, cells, shared)
    head, body, tail = re.split(r"(?<=<sheetData>)|(?=</sheetData>)", sheet)
    body = re.sub(
        r'(<row r="|<c r="[A-Z]+)(\d+)"',
        lambda m: f'{m[1]}{int(m[2]) + (int(m[2]) > after)}"',
        body,
    )
    place = body.index("</row>", body.index(f'<row r="{after}"')) + len("</row>")
    body = body[:place] + made + body[place:]
    head = re.sub(r'(<dimension ref=")([^"]+)', lambda m: m[1] + _longer(m[2], after), head)
    tail = re.sub(r'( (?:sqref|ref)=")([^"]+)', lambda m: m[1] + _longer(m[2], after), tail)
    parts[found.part] = (head + body + tail).encode()
    table = parts[found.table].decode()
    parts[found.table] = re.sub(
        r'( ref=")([^"]+)', lambda m: m[1] + _longer(m[2], after), table
    ).encode()


def _longer(ranges: str, after: int) -> str:
    """Ranges that reach the new row's neighbour take it in; those below move down."""

    def one(match: re.Match[str]) -> str:
        left, top, right, bottom = (
            match[1],
            int(match[2]),
            match[3] or match[1],
            int(match[4] or match[2]),
        )
        down = top + (top > after)
        end = bottom + (bottom >= after)
        return f"{left}{down}" if (left, down) == (right, end) else f"{left}{down}:{right}{end}"

    return _REF.sub(one, ranges)


def _row(
    parts: dict[str, bytes],
    neighbour: str,
    like: int,
    number: int,
    cells: dict[int, tuple[str, bool]],
    shared: set[int],
) -> str:
    """The XML of the new row, from that of a neighbour."""
    start = neighbour[: neighbour.index(">") + 1].replace(f'r="{like}"', f'r="{number}"')
    made = [start]
    for at, cell in enumerate(re.findall(r"<c [^>]*?(?:/>|>.*?</c>)", neighbour)):
        letter = column_letter(at)
        if not cell.startswith(f'<c r="{letter}{like}"'):
            raise ValueError("cells with gaps")
        style = re.search(r' s="(\d+)"', cell)
        look = style[1] if style else "0"
        where = f'<c r="{letter}{number}"'
        if at in cells:
            text, shows = cells[at]
            look = look if shows else _unseen(parts, int(look))
            made.append(f'{where} s="{look}" t="s"><v>{_string(parts, text)}</v></c>')
        elif at in shared:
            made.append(cell.replace(f'<c r="{letter}{like}"', where))
        else:
            made.append(f'{where} s="{look}"/>')
    return "".join([*made, "</row>"])


def _string(parts: dict[str, bytes], text: str) -> int:
    """The place of a text in the shared strings, at their end."""
    name = "xl/sharedStrings.xml"
    xml = parts[name].decode()
    number = xml.count("<si>")
    xml = xml.replace("</sst>", f"<si><t>{escape(text)}</t></si></sst>")
    parts[name] = re.sub(
        r'\b(count|uniqueCount)="(\d+)"', lambda m: f'{m[1]}="{int(m[2]) + 1}"', xml, count=2
    ).encode()
    return number


def _unseen(parts: dict[str, bytes], like: int) -> str:
    """A cell format like another that shows its text neither in the cell nor in the bar."""
    name = "xl/styles.xml"
    xml = parts[name].decode()
    formats: Sequence[str] = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", _between(xml, "cellXfs"))
    numbers = [int(n) for n in re.findall(r'numFmtId="(\d+)" formatCode', xml)]
    fresh = max([*numbers, 163]) + 1
    start = formats[like][: formats[like].index(">")].removesuffix("/")
    start = re.sub(r'numFmtId="\d+"', f'numFmtId="{fresh}"', start)
    start = re.sub(r' apply(?:NumberFormat|Protection)="1"', "", start)
    aligned = re.search(r"<alignment [^>]*/>", formats[like])
    made = (
        f'{start} applyNumberFormat="1" applyProtection="1">{aligned[0] if aligned else ""}'
        '<protection hidden="1"/></xf>'
    )
    xml = xml.replace("</cellXfs>", f"{made}</cellXfs>")
    code = f'<numFmt numFmtId="{fresh}" formatCode=";;;"/>'
    if "<numFmts " in xml:
        xml = xml.replace("</numFmts>", f"{code}</numFmts>")
        xml = _one_more(xml, "numFmts")
    else:
        xml = xml.replace("<fonts ", f'<numFmts count="1">{code}</numFmts><fonts ', 1)
    parts[name] = _one_more(xml, "cellXfs").encode()
    return str(len(formats))


def _between(xml: str, tag: str) -> str:
    return xml[xml.index(f"<{tag} ") : xml.index(f"</{tag}>")]


def _one_more(xml: str, tag: str) -> str:
    return re.sub(rf'(<{tag} count=")(\d+)', lambda m: f"{m[1]}{int(m[2]) + 1}", xml)
