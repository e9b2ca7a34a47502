"""Ledger = master = archive: what `processor verify` proves, and every way in which it fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from processor.ledger import journal, store
from processor.ledger import tables as t
from processor.ledger.findings import Findings
from processor.ledger.hand_edits import HANDLED, master_changes, shown_values
from processor.ledger.master import SHA, file_sha
from processor.ledger.master_diff import SheetChanges, sheet_changes
from processor.ledger.master_reading import MasterBook, Unreadable
from processor.ledger.master_rows import sheet_rows
from processor.ledger.store import chain_link
from processor.ledger.verify_books import book_differences
from processor.ledger.verify_files import check_archive, check_outputs, check_storage
from processor.progress import Progress
from processor.settings import LedgerSettings
from processor.workspace import MASTER, Workspace, begun, hold
from schemas.master import MASTER_SHEETS


def verify(workspace: Workspace, progress: Progress) -> Findings:
    """Check everything against everything. Changes nothing. Raises Busy."""
    found = Findings()
    with hold(workspace):
        if _absent(workspace, found):
            return found
        _run_steps(
            workspace,
            found,
            progress,
            (
                ("账本文件", _database),
                ("变更记录", _events),
                ("归档", check_archive),
                ("行数与编号", _books),
                ("台账工作簿", _master),
                ("发出的文件", check_outputs),
                ("加密存放", check_storage),
            ),
        )
    return found


def verify_parts(trial: Workspace, real: Workspace, progress: Progress) -> list[str]:
    """Check a ledger and master standing alone (an unpacked snapshot) against the real archive."""
    found = Findings()
    alone = Workspace(trial.root, dataclasses.replace(trial.settings, ledger=LedgerSettings()))
    _run_steps(
        alone,
        found,
        progress,
        (
            ("账本文件", _database),
            ("变更记录", lambda _, connection, into: _events(real, connection, into, whole=False)),
            ("归档", lambda _, connection, into: check_archive(real, connection, into)),
            ("行数与编号", _books),
            ("台账工作簿", _master),
        ),
    )
    return found.differences


Step = Callable[[Workspace, Connection, Findings], None]


def _absent(workspace: Workspace, found: Findings) -> bool:
    """Nothing recorded yet, or the ledger gone."""
    if begun(workspace):
        if workspace.settings.ledger.url or (workspace.state / "ledger.sqlite").exists():
            return False
        found.differences.append("账本 state/ledger.sqlite 不在原处，请运行 processor rebuild")
        return True
    if any(workspace.archive.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/run-*.json")):
        found.differences.append("state 文件夹是空的，而归档中已有记录，请运行 processor rebuild")
    else:
        found.notices.append("尚无记录")
    return True


def _run_steps(
    workspace: Workspace, found: Findings, progress: Progress, steps: Sequence[tuple[str, Step]]
) -> None:
    engine = store.connect(workspace.ledger_url)
    try:
        if workspace.settings.ledger.url and not store.is_ledger(engine):
            found.differences.append(
                "[ledger] url 所指的数据库中没有账本，请运行 processor rebuild"
            )
            return
        with engine.connect() as connection, connection.begin() as transaction:
            for done, (name, step) in enumerate(steps):
                progress(f"核对{name}", done, len(steps))
                step(workspace, connection, found)
            transaction.rollback()
    except DatabaseError as error:
        found.differences.append(f"账本无法读取：{error.orig}")
    finally:
        engine.dispose()
    progress("核对", len(steps), len(steps))


def _database(workspace: Workspace, connection: Connection, found: Findings) -> None:
    """The database's own structure (SQLite), and that no table is missing."""
    if connection.dialect.name == "sqlite":
        answer = connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().all()
        if list(answer) != ["ok"]:
            found.add([f"账本文件损坏：{line}" for line in answer])
    for table in t.SHEETS.values():
        count = connection.execute(select(func.count()).select_from(table)).scalar() or 0
        found.checked[table.name] = count


# --- the chain of events, and the journal that knows its heads ---


def _events(
    workspace: Workspace, connection: Connection, found: Findings, *, whole: bool = True
) -> None:
    """Every event follows from the one before; the journal knows where each run ended.

    `whole` false: the ledger may be older than the journal (a snapshot).
    """
    head, expected = "", 1
    chains: dict[int, str] = {}
    lines = []
    rows = connection.execution_options(stream_results=True).execute(
        select(t.events).order_by(t.events.c.seq)
    )
    for row in rows.mappings():
        if row["seq"] != expected:
            lines.append(f"变更记录缺少第 {expected} 至 {row['seq'] - 1} 号")
        if chain_link(head, dict(row)) != row["chain"]:
            lines.append(f"变更记录第 {row['seq']} 号（{row['number']}）与链校验不符，内容被改动")
        head, expected = row["chain"], row["seq"] + 1
        chains[row["seq"]] = head
    found.add(lines)
    if (_meta(connection, "chain") or "") != head:
        found.differences.append("变更记录的末尾与账本记下的链校验不符，末尾可能被删除")
    _journal(workspace, found, head, chains, whole)


def _journal(
    workspace: Workspace, found: Findings, head: str, chains: dict[int, str], whole: bool
) -> None:
    entries, wrong = journal.read_entries(workspace)
    found.add(wrong)
    found.checked["journal"] = len(entries)
    if not whole:
        entries = [e for e in entries if e.seq <= max(chains, default=0)]
    lines = [
        f"第 {e.run} 次运行（{e.as_of:%Y-%m-%d %H:%M}）结束时的变更记录与归档中的运行记录不符"
        for e in entries
        if e.seq and chains.get(e.seq) != e.head
    ]
    found.add(lines)
    if entries and entries[-1].head != head and not lines:
        found.differences.append("账本中有归档运行记录里没有的变更记录")
    if not entries and head:
        found.differences.append("归档中没有运行记录")


# --- sums, numbers, references ---


def _books(workspace: Workspace, connection: Connection, found: Findings) -> None:
    for lines in book_differences(connection):
        found.add(lines)


# --- the master workbook ---


def _master(workspace: Workspace, connection: Connection, found: Findings) -> None:
    """The sheets say what the ledger says; hand edits not yet read are named cell by cell."""
    path = workspace.path(MASTER)
    published = _meta(connection, SHA)
    if not path.exists():
        if published or found.checked.get("files"):
            found.differences.append(f"台账工作簿 {MASTER.as_posix()} 不在原处")
        return
    due = select(t.intents.c.id).where(
        t.intents.c.path == MASTER.as_posix(), t.intents.c.state == "due"
    )
    pending = connection.execute(due).first() is not None
    try:
        sha = file_sha(path)
        if published and sha == _meta(connection, HANDLED) != published:
            found.notices.append("台账工作簿的手工改动已处理，等待发布")
        elif published and sha != published:
            _edited(workspace, connection, found)
        with MasterBook(path) as book:
            changes = [
                sheet_changes(name, lambda name=name: sheet_rows(connection, name), book)  # type: ignore[misc]
                for name in MASTER_SHEETS
                if name != "说明"
            ]
    except Unreadable as error:
        found.differences.append(f"台账工作簿无法读取：{error}")
        return
    if pending:
        if any(changes):
            found.notices.append("台账工作簿尚未更新（等待发布），与账本的差别属正常")
        return
    found.add([line for change in changes for line in described(change)])


def _edited(workspace: Workspace, connection: Connection, found: Findings) -> None:
    lines = [
        f"手工改动：{line}"
        for change in master_changes(workspace, connection)
        for line in described(change)
    ]
    if lines:
        found.add(lines)
    else:
        found.notices.append("台账工作簿被重新保存过，内容未变")


def described(change: SheetChanges) -> Iterator[str]:
    """The changes of a sheet in words; contents only where they are no personal data."""
    if change.missing:
        yield f"工作表“{change.sheet}”缺失"
        return
    for heading in change.headings:
        yield f"工作表“{change.sheet}”缺少列“{heading}”"
    for cell in change.cells:
        old, new = shown_values(cell)
        yield f"{cell.cell} {cell.field.heading}（{cell.key}）：账本为“{old}”，台账为“{new}”"
    for place, key in change.added:
        yield f"{place} 是账本中没有的行（{key}）"
    for key in change.deleted:
        yield f"工作表“{change.sheet}”缺少 {key}"


def _meta(connection: Connection, key: str) -> str | None:
    return connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
