"""The journal in the archive: what a run decided from, beside the files it decided about.

`archive/YYYY/MM/run-000012.json` is written just before the run commits; a run that does not commit
is overwritten by its successor, which has the same number. `run-000012-after-000345.json` records
a fact that came after run 12 (an issue put onto the intranet). Each entry names the head of the
event chain before and after it: entries form one chain, and what never committed lies outside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, select

from processor import storage
from processor.ledger import tables as t
from processor.workspace import Workspace

if TYPE_CHECKING:
    from processor.decisions.session import Arrival, Session
    from processor.ledger.store import Record

FORMAT = 1
RUN, FACT, IMPORT = "run", "fact", "import"
DECIDED = "decided"  # meta: number and clock of the last run that decided something


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `data` of a fact: {"what", …}; of an import: {"archived", "sha256", "name"}."""

    kind: str
    run: int
    as_of: datetime
    before: str  # head of the event chain before and after
    head: str
    seq: int  # number of the last event
    wall: float = 0.0
    report: dict[str, Any] = field(default_factory=dict)  # as in the table of runs
    start: str = ""
    switches: tuple[tuple[str, str], ...] = ()
    roster: dict[str, Any] | None = None  # text, sha256, problems: only when it changed
    arrivals: tuple[dict[str, Any], ...] = ()
    edits: tuple[dict[str, Any], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    path: str = ""  # under the workspace; not written


def write_run(workspace: Workspace, session: Session, arrivals: Sequence[Arrival]) -> None:
    """Leave the journal of a run: after its row in `runs` is written, before its commit."""
    record = session.record
    record.flush()
    row = record.connection.execute(select(t.runs).where(t.runs.c.run == record.run)).one()
    record.set_meta(DECIDED, f"{record.run} {record.now:%Y-%m-%d %H:%M:%S}")
    entry = Entry(
        kind=RUN,
        run=record.run,
        as_of=record.now,
        before=_head_before(record.connection, record.run),
        head=record.meta("chain") or "",
        seq=_last_seq(record.connection),
        wall=row.wall,
        report=json.loads(row.report),
        start=record.meta("start") or "",
        switches=workspace.settings.switches,
        roster=_roster_if_new(record),
        arrivals=tuple(_arrival(a) for a in arrivals),
        edits=tuple(session.edits),
    )
    discard_run(workspace, record.run, keep=_file(workspace, entry))
    _write(workspace, entry)


def write_fact(workspace: Workspace, record: Record, before: str, data: dict[str, Any]) -> None:
    """Leave a fact that comes between runs: flushed, and not yet committed.

    `before` is the head of the chain when the fact's transaction began.
    """
    record.flush()
    head = record.meta("chain") or ""
    seq = _last_seq(record.connection)
    _write(workspace, Entry(FACT, record.run, record.now, before, head, seq, data=data))


def write_import(workspace: Workspace, session: Session, before: str, data: dict[str, Any]) -> None:
    """Leave the journal of a workbook taken over into an empty record.

    `before` is the head of the chain when the import began.
    """
    record = session.record
    record.flush()
    row = record.connection.execute(select(t.runs).where(t.runs.c.run == record.run)).one()
    record.set_meta(DECIDED, f"{record.run} {record.now:%Y-%m-%d %H:%M:%S}")
    entry = Entry(
        kind=IMPORT,
        run=record.run,
        as_of=record.now,
        before=before,
        head=record.meta("chain") or "",
        seq=_last_seq(record.connection),
        wall=row.wall,
        report=json.loads(row.report),
        start=record.meta("start") or "",
        switches=workspace.settings.switches,
        roster=_roster_if_new(record),
        data=data,
    )
    discard_run(workspace, record.run, keep=_file(workspace, entry))
    _write(workspace, entry)


def discard_run(workspace: Workspace, run: int, keep: Path | None = None) -> None:
    """Remove what an earlier attempt at this run, which never committed, left behind."""
    for folder in _months(workspace):
        path = folder / f"run-{run:06d}.json"
        if path != keep:
            path.unlink(missing_ok=True)


def discard_facts(workspace: Workspace, engine: Engine) -> None:
    """Remove facts whose command was killed before its commit: the ledger knows no such event.

    Only one that follows the ledger's own end and that nothing was built upon: beside a ledger of
    an earlier day the journal is right, and stays whole.
    """
    with engine.connect() as connection:
        query = select(t.events.c.seq, t.events.c.chain).order_by(t.events.c.seq.desc()).limit(1)
        last = connection.execute(query).first()
    seq, head = (last.seq, last.chain) if last is not None else (0, "")
    later = [path for path in _paths(workspace) if _fact_seq(path) > seq]
    if not later:
        return
    entries = [(path, _try_read(workspace, path)) for path in _paths(workspace)]
    built = {entry.before for _, entry in entries if entry is not None}
    for path, entry in entries:
        if path in later and entry is not None and entry.before == head and entry.head not in built:
            path.unlink()


def _fact_seq(path: Path) -> int:
    _, found, seq = path.stem.partition("-after-")
    return int(seq) if found else 0


def _try_read(workspace: Workspace, path: Path) -> Entry | None:
    try:
        return _read(workspace, path)
    except (ValueError, KeyError, TypeError, storage.Unreadable):
        return None


def read_entries(workspace: Workspace) -> tuple[list[Entry], list[str]]:
    """The entries in the order of the chain, and what is wrong with them, in Chinese.

    An entry that never committed is left out without a word; a gap is named.
    """
    found: list[Entry] = []
    wrong: list[str] = []
    for path in _paths(workspace):
        try:
            found.append(_read(workspace, path))
        except (ValueError, KeyError, TypeError, storage.Unreadable) as error:
            name = path.relative_to(workspace.root).as_posix()
            why = error.words if isinstance(error, storage.Unreadable) else type(error).__name__
            wrong.append(f"运行记录 {name} 无法读取（{why}）")
    chain, missing = _linked(found)
    if missing:
        names = "、".join(e.path for e in missing[:5])
        wrong.append(f"运行记录不连续：{names} 与此前的记录不衔接")
    return chain, wrong


def _linked(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The longest chain from the beginning, and entries of later runs that do not continue it."""
    after: dict[str, list[Entry]] = {}
    for entry in entries:
        after.setdefault(entry.before, []).append(entry)
    chain: list[Entry] = []
    head = ""
    while options := after.pop(head, []):
        still = sorted((e for e in options if e.head == head), key=lambda e: e.run)
        chain.extend(still)  # runs that changed something without an event
        options = [e for e in options if e.head != head]
        if not options:
            break
        # of two that follow the same head one never committed: the one nothing was built upon
        built = [e for e in options if e.head in after]
        best = max(built or options, key=lambda e: (e.kind != FACT, e.run, e.seq))
        chain.append(best)
        head = best.head
    last = chain[-1].seq if chain else 0
    rest = [e for options in after.values() for e in options if e.seq > last]
    return chain, sorted(rest, key=lambda e: e.seq)


def _head_before(connection: Connection, run: int) -> str:
    query = (
        select(t.events.c.chain)
        .where(t.events.c.run < run)
        .order_by(t.events.c.seq.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or ""


def _last_seq(connection: Connection) -> int:
    query = select(t.events.c.seq).order_by(t.events.c.seq.desc()).limit(1)
    return connection.execute(query).scalar() or 0


def _roster_if_new(record: Record) -> dict[str, Any] | None:
    if record.meta("roster_changed_in") != str(record.run):
        return None
    return {
        "text": record.meta("roster"),
        "sha256": record.meta("roster_sha"),
        "problems": json.loads(record.meta("roster_problems") or "[]"),
    }


def _arrival(arrival: Arrival) -> dict[str, Any]:
    """What the archived bytes do not say of an arrival. A form's own reasons are found again."""
    return {
        "received_at": f"{arrival.received_at:%Y-%m-%d %H:%M:%S}",
        "evidence": arrival.evidence,
        "path": arrival.path,
        "name": arrival.name,
        "sha256": arrival.sha256,
        "archived": arrival.archived,
        "form": arrival.form is not None,
        "state": arrival.state,
        "reason": arrival.reason,
        "remedy": arrival.remedy,
    }


def _file(workspace: Workspace, entry: Entry) -> Path:
    suffix = f"-after-{entry.seq:06d}" if entry.kind == FACT else ""
    folder = workspace.archive / f"{entry.as_of:%Y}" / f"{entry.as_of:%m}"
    return folder / f"run-{entry.run:06d}{suffix}.json"


def _write(workspace: Workspace, entry: Entry) -> None:
    body = {f.name: getattr(entry, f.name) for f in fields(entry) if f.name != "path"}
    body |= {"format": FORMAT, "as_of": f"{entry.as_of:%Y-%m-%d %H:%M:%S}"}
    text = json.dumps({k: v for k, v in body.items() if v}, ensure_ascii=False, indent=1)
    # names of files may hold bytes that are no text: they are kept as \udcXX, which JSON knows
    path = _file(workspace, entry)
    # not replace_file: before the commit a full disk is an OSError, and nothing was changed
    storage.store(workspace, path, storage.of_bytes(text.encode("utf-8", "backslashreplace")))


def _read(workspace: Workspace, path: Path) -> Entry:
    name = path.relative_to(workspace.root).as_posix()
    body = json.loads(storage.read(workspace, path).decode("utf-8"))
    if body.pop("format") != FORMAT:
        raise ValueError("format")
    body["as_of"] = datetime.fromisoformat(body["as_of"])
    body["switches"] = tuple((k, v) for k, v in body.get("switches", ()))
    for key in ("arrivals", "edits"):
        body[key] = tuple(body.get(key, ()))
    body.setdefault("before", "")
    body.setdefault("head", "")
    body.setdefault("seq", 0)
    return Entry(**body, path=name)


def _months(workspace: Workspace) -> Iterator[Path]:
    yield from sorted(workspace.archive.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]"))


def _paths(workspace: Workspace) -> Iterator[Path]:
    for folder in _months(workspace):
        yield from sorted(folder.glob("run-*.json"))
