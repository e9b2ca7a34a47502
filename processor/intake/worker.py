"""The limited child process in which submitted files are parsed.

It reads (path, kind, passwords) triples, pickled, from standard input and answers each with one
pickled tuple on standard output: ("book", sheets, notes) or ("refused", code, detail). Its memory
and processor time are limited; whatever kills it kills one file's reading and nothing else.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from processor.intake import ooxml
from processor.intake.limits import MAX_CELLS, UnreadableError
from processor.intake.survey import SheetFacts, place_of, survey

MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 20  # for one file; where it is kept, the parent's clock may be patient

# name, visible, rows, hidden rows, merged, error cells, date1904: the fields of RawSheet
SheetTuple = tuple[str, bool, list[list[object]], Any, Any, Any, bool]
Answer = tuple[str, Any, Any]


def read(data: bytes, kind: str, passwords: Sequence[str] = ()) -> Answer:
    """Parse one file's bytes. Whatever a parser raises, even a Rust panic, is an answer."""
    try:
        if kind == "zip":
            return _workbook(data)
        if kind == "ole":
            return _ole(data, passwords)
        return _text(data, kind)
    except UnreadableError as error:
        return ("refused", error.code, error.detail)
    except MemoryError:
        return ("refused", "parser_died", "out of memory")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # calamine's PanicException is no Exception
        return ("refused", "damaged", f"{type(error).__name__}: {error}"[:500])


def _workbook(data: bytes, notes: tuple[str, ...] = ()) -> Answer:
    parts = ooxml.unpack(data)
    date1904 = ooxml.is_1904(parts)
    facts: dict[str, SheetFacts] = {}
    told = [*notes, *parts.notes]
    room = MAX_CELLS
    for name, member in ooxml.sheet_parts(parts).items():
        facts[name], cells = survey(parts, member, room)
        room -= cells
        told.extend(_remarks(name, facts[name]))
    if parts.changed:
        data = ooxml.repack(parts)
    del parts
    blank = SheetFacts()
    sheets = []
    for name, visible, rows, merged in _cells(data):
        fact = facts.get(name, blank)
        errors = fact.error_cells.union(
            place for text in fact.uncalculated if (place := place_of(text))
        )
        sheets.append((name, visible, rows, fact.hidden_rows, merged, errors, date1904))
    return _book(sheets, told)


def _remarks(name: str, fact: SheetFacts) -> list[str]:
    told = []
    if fact.uncalculated:
        told.append(
            f"工作表「{name}」中{_listed(fact.uncalculated)}的公式没有计算结果，按空白处理；"
            "请用Excel或WPS打开并保存后重新提交"
        )
    if fact.dropped:
        told.append(f"工作表「{name}」中远离表格的单元格{_listed(fact.dropped)}未读取")
    return told


def _listed(places: tuple[str, ...]) -> str:
    shown = "、".join(places[:5])
    return shown if len(places) <= 5 else f"{shown}等{len(places)}处"


def _ole(data: bytes, passwords: Sequence[str]) -> Answer:
    from processor.intake import biff

    sort, stream, macros = biff.ole_streams(data)
    if sort == "other":
        raise UnreadableError("unsupported_type", "OLE file without a workbook")
    if sort == "encrypted":
        data = _decrypted(data, passwords, verify_password=True)
        return _workbook(data, ("文件设有打开密码，已用登记的密码打开",))
    facts = biff.walk(stream, macros)
    told = []
    if facts.encrypted:
        data = _decrypted(data, passwords)
        told.append("文件设有打开密码，已用登记的密码打开")
        facts = biff.walk(biff.ole_streams(data)[1], macros)
    if facts.macros:
        told.append("文件含有宏，未执行，也不保留")
    cells = _cells(data)
    same = len(cells) == len(facts.hidden_rows)  # else the facts cannot be told apart by place
    nothing: frozenset[Any] = frozenset()
    sheets = [
        (
            name,
            visible,
            rows,
            facts.hidden_rows[n] if same else nothing,
            merged,
            facts.error_cells[n] if same else nothing,
            facts.date1904,
        )
        for n, (name, visible, rows, merged) in enumerate(cells)
    ]
    return _book(sheets, told)


def _decrypted(data: bytes, passwords: Sequence[str], **check: bool) -> bytes:
    """By the first password that opens it. `check`: xls ciphers know a wrong one without it."""
    import msoffcrypto

    tried = ""
    for password in passwords:
        target = BytesIO()
        try:
            office = msoffcrypto.OfficeFile(BytesIO(data))
            office.load_key(password=password, **check)
            office.decrypt(target)
        except Exception as error:  # a wrong password shows in as many ways as there are ciphers
            tried = f"{type(error).__name__}: {error}"[:200]
            continue
        return target.getvalue()
    raise UnreadableError("encrypted", tried)


def _cells(data: bytes) -> list[tuple[str, bool, list[list[object]], list[Any]]]:
    """Sheets as calamine sees them: name, visible, trimmed rows, merged ranges."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    found: list[tuple[str, bool, list[list[object]], list[Any]]] = []
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        if len(set(book.sheet_names)) < len(book.sheet_names):
            raise UnreadableError("damaged", "two sheets of one name")  # only one could be read
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            rows = _trimmed(sheet.to_python(skip_empty_area=False))
            merged = []
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
                if top < len(rows) and left < len(rows[0]):
                    low, far = min(bottom, len(rows) - 1), min(right, len(rows[0]) - 1)
                    merged.append((top, left, low, far))
            found.append((meta.name, meta.visible == SheetVisibleEnum.Visible, rows, merged))
    return found


def _trimmed(rows: list[list[Any]]) -> list[list[object]]:
    """Without blank rows at the end; whole floats become integers (a phone is not 1.38e10)."""
    last = len(rows)
    while last and not any(_filled(value) for value in rows[last - 1]):
        last -= 1
    return [
        [int(v) if type(v) is float and v.is_integer() and abs(v) < 1e15 else v for v in row]
        for row in rows[:last]
    ]


def _filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _text(data: bytes, kind: str) -> Answer:
    from processor.intake import tables

    if kind == "html":
        found, notes = tables.read_html(data), ["文件实为网页表格(HTML)，已按表格读取"]
    elif kind == "xml":
        found, notes = tables.read_xml2003(data), ["文件实为XML表格(2003)，已按表格读取"]
    else:
        found, notes = [tables.read_csv(data)], []
    nothing: frozenset[Any] = frozenset()
    return _book(
        [(t.name, True, _trimmed(t.rows), nothing, t.merged, nothing, False) for t in found], notes
    )


def _book(sheets: list[SheetTuple], notes: list[str]) -> Answer:
    if not any(rows for _, _, rows, *_ in sheets):
        raise UnreadableError("no_rows")
    return ("book", sheets, notes)


def _limit() -> None:
    """POSIX only; elsewhere the parent's watchdog is the limit."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, hard))


def _confine() -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def main() -> None:
    """Serve until standard input ends. The first answer, "ready", comes before any question."""
    source = sys.stdin.buffer
    # Nothing a library prints may mix with the answers.
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _confine()
    pickle.dump("ready", target)
    target.flush()
    while True:
        try:
            path, kind, passwords = pickle.load(source)  # noqa: S301 our own parent
        except EOFError:
            return
        _limit()
        try:
            with open(path, "rb") as handle:  # noqa: PTH123 a bytes path
                data = handle.read()
        except OSError as error:
            answer: Answer = ("fault", type(error).__name__, str(error))
        else:
            answer = read(data, kind, passwords)
        try:
            packed = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            packed = pickle.dumps(("refused", "too_large", "answer beyond the memory limit"))
        target.write(packed)
        target.flush()
