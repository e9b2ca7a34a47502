"""The ledger from the master workbook: sheets back into tables, the rest worked out again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from processor.ledger import journal
from processor.ledger import tables as t
from processor.ledger.from_archive import NotRebuilt, replay
from processor.ledger.master import PUBLISHED_COPY
from processor.ledger.master_notes import read_notes
from processor.ledger.master_reading import (
    MasterBook,
    SheetRow,
    Unreadable,
    column_letter,
    read_rows,
    typed,
)
from processor.ledger.master_rows import row_check
from processor.ledger.store import Record, Row, chain_link
from processor.progress import Progress
from processor.workspace import MASTER, Workspace
from schemas.fields import Field, Kind
from schemas.master import LEADS, MASTER_SHEETS

_CHUNK = 2000
_SHOWN = 10  # notices of one kind named in full


def read_back(
    workspace: Workspace, connection: Connection, wall: float, progress: Progress
) -> list[str]:
    """Fill an empty ledger from the master; returns notices in Chinese.

    The copy last published is preferred where it is at hand: what the clerk has edited since is
    then found and handled by the next run. Runs of the journal that came after that copy (the
    master was open) are decided again from the archive. Raises NotRebuilt.
    """
    path, notices = _source(workspace)
    _, found = fill(workspace, connection, path, wall, progress)
    _later_runs(workspace, connection, progress)
    return [*notices, *found]


def fill(
    workspace: Workspace, connection: Connection, path: Path, wall: float, progress: Progress
) -> tuple[int, list[str]]:
    """Fill the empty tables from a whole master; the last run in it, and notices.

    Raises NotRebuilt.
    """
    notices: list[str] = []
    try:
        sheets = read_rows(path)
    except Unreadable as error:
        raise NotRebuilt(f"{error}。") from error
    missing = [n for n in MASTER_SHEETS if n not in sheets and n != "说明"]
    if missing:
        raise NotRebuilt(f"台账缺少工作表：{'、'.join(missing)}。")
    for done, (name, table) in enumerate(t.SHEETS.items()):
        progress("由台账重建", done, len(t.SHEETS))
        read = sheets.pop(name)
        rows = ledger_rows(name, read)
        for start in range(0, len(rows), _CHUNK):
            connection.execute(table.insert(), rows[start : start + _CHUNK])
        if name == "台账":
            notices += _row_checks(read)
        if name == "变更记录":
            notices += _chain(rows)
    meta, counters = read_notes([r.texts for r in sheets.get("说明", [])])
    return _technical(workspace, connection, meta, counters, wall), notices


def _source(workspace: Workspace) -> tuple[Path, list[str]]:
    """The published copy, else the master itself; what could not be read on the way."""
    notices: list[str] = []
    for path in (workspace.state / PUBLISHED_COPY, workspace.path(MASTER)):
        if not path.exists():
            continue
        try:
            with MasterBook(path) as book:
                if "台账" in book.titles:
                    return path, notices
        except Unreadable as error:
            notices.append(f"{error}，未采用")
    raise NotRebuilt("没有可读的台账工作簿，无法由台账重建；请改用 --from archive。")


def ledger_rows(name: str, rows: Sequence[SheetRow]) -> list[Row]:
    """Rows of a sheet as rows of its table. Raises NotRebuilt naming the cell that is wrong."""
    fields = MASTER_SHEETS[name]
    stored = [(column, f) for column, f in enumerate(fields) if f.name not in t.COMPUTED]
    if rows:
        absent = [f.heading for f in fields if f.heading not in rows[0].texts]
        if absent:
            raise NotRebuilt(f"工作表“{name}”缺少列：{'、'.join(absent)}。")
    blank = "" if name == "变更记录" else None  # a chained event has no missing texts
    result = []
    for row in rows:
        values: Row = {}
        for column, field in stored:
            text = row.texts[field.heading]
            if not text:
                values[field.name] = blank if field.kind is Kind.TEXT else None
                continue
            values[field.name] = _value(field, text, row, column)
        result.append(values)
    return result


def _value(field: Field, text: str, row: SheetRow, column: int) -> Any:
    try:
        return typed(field, text)
    except ValueError as error:
        cell = f"{row.sheet}!{column_letter(column)}{row.row}"
        raise NotRebuilt(f"{cell}（{field.heading}）不是合法的值，请改正后再重建。") from error


def _row_checks(rows: Sequence[SheetRow]) -> list[str]:
    """Leads whose cells are no longer those the program wrote."""
    wrong = [r for r in rows if row_check(_other_cells(r)) != r.texts["行校验码"]]
    words = [f"{r.sheet}第 {r.row} 行（{r.texts['信息编号']}）" for r in wrong[:_SHOWN]]
    if not wrong:
        return []
    more = f"等 {len(wrong)} 行" if len(wrong) > _SHOWN else ""
    return [f"行校验码不符，内容在程序之外改动过：{'、'.join(words)}{more}"]


def _other_cells(row: SheetRow) -> list[str]:
    return [row.texts.get(f.heading, "") for f in LEADS if f.name != "row_check"]


def _chain(rows: Sequence[Row]) -> list[str]:
    """The first event whose chain value is not that of its content."""
    head = ""
    for row in sorted(rows, key=lambda r: int(r["seq"])):
        if chain_link(head, row) != row["chain"]:
            return [f"变更记录第 {row['seq']} 号起链校验不符，内容可能被改动"]
        head = row["chain"]
    return []


def _technical(
    workspace: Workspace,
    connection: Connection,
    meta: dict[str, str],
    counters: dict[str, int],
    wall: float,
) -> int:
    """Meta, counters, row prints, the last run and the matching index; the last run's number."""
    last = connection.execute(select(t.events).order_by(t.events.c.seq.desc()).limit(1)).first()
    meta["chain"] = last.chain if last is not None else ""
    run, clock = _last_run(connection, meta)
    meta.setdefault("start", clock.isoformat())
    meta[journal.DECIDED] = f"{run} {clock:%Y-%m-%d %H:%M:%S}"
    for key, value in _roster(workspace, meta).items():
        meta[key] = value
    connection.execute(t.meta.insert(), [{"key": k, "value": v} for k, v in meta.items()])
    worked_out = counters_of(connection)
    merged = {k: max(counters.get(k, 0), worked_out.get(k, 0)) for k in counters | worked_out}
    if merged:
        connection.execute(
            t.counters.insert(), [{"name": k, "value": v} for k, v in sorted(merged.items())]
        )
    prints = list(_row_prints(connection))
    if prints:
        connection.execute(t.row_prints.insert(), prints)
    connection.execute(t.runs.insert(), run_row(run, clock, wall))
    index_leads(Record(connection, run, clock))
    return run


def run_row(run: int, clock: datetime, wall: float) -> Row:
    """A row of the table of runs for a run of which only number and clock are known."""
    from processor.report import RunReport

    zero = dict.fromkeys(("read", "blank", "accepted", "refused", "known"), 0)
    report = RunReport(clock, run=run, rows=zero)
    text = json.dumps(report.to_json(), ensure_ascii=False)
    return {"run": run, "as_of": clock, "wall": wall, "report": text}


def _last_run(connection: Connection, meta: dict[str, str]) -> tuple[int, datetime]:
    number, _, clock = meta.get(journal.DECIDED, "").partition(" ")
    try:
        return int(number), datetime.fromisoformat(clock)
    except ValueError:
        pass
    last = connection.execute(select(t.files).order_by(t.files.c.run.desc()).limit(1)).first()
    if last is None:
        raise NotRebuilt("台账中没有运行记录，无法由台账重建。")
    return last.run, last.processed_at


def _roster(workspace: Workspace, meta: dict[str, str]) -> dict[str, str]:
    """The roster in force, where the file still is the one the record knows."""
    import hashlib

    from processor import roster
    from processor.workspace import ROSTER

    path = workspace.path(ROSTER)
    try:
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return {}
    if sha != meta.get("roster_sha"):
        return {}
    reading = roster.read(path)
    problems = [f"{p.cell} {p.message}" for p in reading.problems]
    return {
        "roster": roster.to_json(reading.roster),
        "roster_problems": json.dumps(problems, ensure_ascii=False),
    }


_SERIES: tuple[tuple[Any, str, str], ...] = (
    (t.leads.c.number, r"DKH(\d{6})-(\d+)", "lead-{0}"),
    (t.refusals.c.number, r"BJ(\d{6})-(\d+)", "refusal-{0}"),
    (t.files.c.batch, r"SW(\d{8})-(\d+)", "file-{0}"),
    (t.pairs.c.ruling_no, r"CD(\d{6})-(\d+)", "ruling-{0}"),
    (t.projects.c.number, r"LX(\d{4})-(\d+)", "project-{0}"),
    (t.applications.c.number, r"SB(\d{4})-(\d+)", "application-{0}"),
    (t.leaks.c.number, r"XL(\d{4})-(\d+)", "leak-{0}"),
    (t.aliases.c.number, r"(BM)(\d+)", "alias"),
    (t.leads.c.customer_id, r"(KH)(\d+)", "customer"),
    (t.targets.c.number, r"(MB).*-(\d+)", "target"),
)


def counters_of(connection: Connection) -> dict[str, int]:
    """The series as far as the numbers given out still show them."""
    found: dict[str, int] = {}
    for column, pattern, name in _SERIES:
        for (text,) in connection.execute(select(column).where(column.is_not(None))):
            match = re.fullmatch(pattern, text)
            if match:
                key = name.format(match[1])
                found[key] = max(found.get(key, 0), int(match[2]))
    for (text,) in connection.execute(select(t.contracts.c.number)):
        match = re.fullmatch(r"HT(\d{4})(\d{2})-(\d+)", text)
        if match:
            key = f"contract-{match[1]}-{match[2]}"
            found[key] = max(found.get(key, 0), int(match[3]))
    for name, whole in (("place", t.leads.c.place_seq), ("event", t.events.c.seq)):
        last = connection.execute(select(whole).order_by(whole.desc()).limit(1)).scalar()
        if last:
            found[name] = last
    return found


def _row_prints(connection: Connection) -> Iterator[Row]:
    """Rows known from earlier files, by unit: the first lead that carried them."""
    seen: set[tuple[str, str]] = set()
    query = select(t.leads.c.unit_code, t.leads.c.row_prints, t.leads.c.number)
    for unit, marks, number in connection.execute(query.order_by(t.leads.c.number)):
        for mark in (marks or "").split(";"):
            if mark and (unit, mark) not in seen:
                seen.add((unit, mark))
                yield {"unit_code": unit, "print": mark, "lead": number}


def index_leads(record: Record) -> None:
    """Build the matching index from the leads on record, with what people have taught."""
    from processor.decisions.pairing import rebuild_index
    from processor.decisions.session import Session
    from processor.model import Roster
    from processor.regulation.edition import load_all

    session = Session(record, record.now, Roster(), load_all(), record.now)
    rebuild_index(session)


def _later_runs(workspace: Workspace, connection: Connection, progress: Progress) -> None:
    """Decide again what the journal holds beyond the copy of the master that was read."""
    head = connection.execute(select(t.meta.c.value).where(t.meta.c.key == "chain")).scalar()
    entries, wrong = journal.read_entries(workspace)
    heads = [e.head for e in entries]
    if wrong or not head or head not in heads[:-1]:
        return
    replay(workspace, connection, progress, after=head)


__all__ = ["counters_of", "index_leads", "ledger_rows", "read_back", "run_row"]
