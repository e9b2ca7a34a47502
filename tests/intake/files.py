"""Files for the intake tests, made byte by byte: what ordinary writers refuse to write."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from processor.intake import guard, reading
from processor.intake.guard import Refused, Safe
from processor.intake.raw import RawBook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

TYPES = f"""<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>"""  # noqa: E501
ROOT_RELS = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>
</Relationships>"""
BOOK_RELS = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>
</Relationships>"""
BOOK = f"""<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">
<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"""
STRINGS = f"""<?xml version="1.0" encoding="UTF-8"?>
<sst xmlns="{MAIN}"><si><t>甲</t></si><si><t>乙</t></si></sst>"""


def sheet_xml(cells: str, before: str = "", after: str = "") -> str:
    """A worksheet: `cells` is the inside of <sheetData>."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}">'
        f"{before}<sheetData>{cells}</sheetData>{after}</worksheet>"
    )


ROWS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>13812345678</v></c></row>'
)


def xlsx(
    sheet: str | bytes = "", book: str = BOOK, more: dict[str, str | bytes] | None = None
) -> bytes:
    """A workbook of one sheet; `more` adds members."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT_RELS,
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": BOOK_RELS,
        "xl/sharedStrings.xml": STRINGS,
        "xl/worksheets/sheet1.xml": sheet or sheet_xml(ROWS),
    }
    return pack(members | (more or {}))


def pack(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of `members`; the same members give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def xls(rows: list[list[object]] | None = None, sheets: int = 1) -> bytes:
    """A legacy workbook."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    for number in range(sheets):
        sheet = book.add_sheet(f"表{number + 1}")
        for r, row in enumerate(rows or [["甲", "乙"], [1, 13812345678]]):
            for c, value in enumerate(row):
                sheet.write(r, c, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def judge(folder: Path, data: bytes, name: str = "表.xlsx", **how: object) -> RawBook | Refused:
    """One file through guard and reader."""
    (verdict,) = judge_all(folder, {name: data}, **how)
    return verdict


def judge_all(folder: Path, files: dict[str, bytes], **how: object) -> list[RawBook | Refused]:
    """Files through guard and reader, in order; members of a zip one by one."""
    passwords = how.pop("passwords", None)
    found: list[Safe | Refused] = []
    for number, (name, data) in enumerate(files.items()):
        path = folder / f"{number:04d}"
        path.write_bytes(data)
        extra = {"passwords": passwords} if passwords else {}
        found.extend(guard.examine(path, name, **extra))  # type: ignore[arg-type]
    safe = [item for item in found if isinstance(item, Safe)]
    read = iter(reading.read_all(safe, **how))  # type: ignore[arg-type]
    return [next(read) if isinstance(item, Safe) else item for item in found]
