"""Ledger = master = archive: what `processor verify` proves, and every way in which it fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from processor import storage
from processor.ledger import baseline, journal, store, tombstones
from processor.ledger import tables as t
from processor.ledger.from_archive import Progress
from processor.ledger.hand_edits import HANDLED, master_changes, shown_values
from processor.ledger.master import SHA, file_sha, sheet_rows
from processor.ledger.master_diff import SheetChanges, sheet_changes
from processor.ledger.master_reading import MasterBook, Unreadable
from processor.ledger.purge_carrying import unfinished
from processor.ledger.store import chain_link
from processor.ledger.verify_books import book_differences
from processor.settings import LedgerSettings
from processor.storage_state import master_is_bare, survey
from processor.workspace import ISSUED, MASTER, Workspace, begun, hold
from schemas.master import MASTER_SHEETS

SHOWN = 20  # differences of one kind named in full

# people take these away: their absence is only a notice
_FREE = frozenset({"receipt", "report_card"})
_FILLED_IN = frozenset({"screening", "rulings", "plan"})  # people write into these


@dataclass(slots=True)
class Findings:
    """Differences break the promise; notices do not. `checked` counts what was looked at."""

    differences: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": not self.differences,
            "differences": self.differences,
            "notices": self.notices,
            "checked": self.checked,
        }

    def add(self, lines: Sequence[str]) -> None:
        """Differences of one kind; beyond a few, their number."""
        self.differences.extend(lines[:SHOWN])
        if len(lines) > SHOWN:
            self.differences.append(f"……同类差异另有 {len(lines) - SHOWN} 处")


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
                ("归档", _archive),
                ("行数与编号", _books),
                ("台账工作簿", _master),
                ("发出的文件", _outputs),
                ("加密存放", _storage),
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
            ("归档", lambda _, connection, into: _archive(real, connection, into)),
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


# --- the archive ---


def _archive(workspace: Workspace, connection: Connection, found: Findings) -> None:
    """Every file entered is there, byte for byte."""
    lines = []
    known: set[str] = set()
    before = elsewhere = 0
    entries = journal.read_entries(workspace)[0]
    stones, wrong = _purges(workspace, entries)
    lines += wrong
    for entry in entries:
        if entry.kind == journal.IMPORT:  # what came before it was archived elsewhere
            before = entry.run
            known.add(entry.data["archived"])
            if entry.data["archived"] in stones:
                continue
            lines += _compared(workspace, entry.data["archived"], entry.data["sha256"], "归档文件")
    columns = t.files.c
    files = connection.execute(
        select(columns.batch, columns.archived, columns.sha256, columns.run)
    ).all()
    for row in files:
        if not row.archived or row.archived in known:
            continue
        known.add(row.archived)
        path = workspace.path(row.archived)
        if row.archived in stones and not path.exists():
            continue
        try:
            sha = storage.sha_of(workspace, path)
        except storage.Unreadable as error:
            lines.append(f"归档文件 {row.archived}（{row.batch}）无法读取：{error.words}")
            continue
        except OSError:
            if row.run < before:
                elsewhere += 1
                continue
            lines.append(f"归档缺少 {row.archived}（{row.batch}）")
            continue
        if row.sha256 and sha != row.sha256:
            lines.append(f"归档文件 {row.archived}（{row.batch}）的内容被改动")
    found.add(lines)
    found.checked["archived"] = len(known)
    if elsewhere:
        found.notices.append(f"导入台账之前的 {elsewhere} 个来文不在本归档")
    strangers = [
        path
        for path in workspace.archive.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*")
        if not path.name.startswith("run-")
        and path.relative_to(workspace.root).as_posix().removesuffix(tombstones.SUFFIX)
        not in stones
        and path.relative_to(workspace.root).as_posix() not in known
    ]
    if strangers:
        found.notices.append(
            f"归档中有 {len(strangers)} 个未登记的文件，例如 "
            f"{strangers[0].relative_to(workspace.root).as_posix()}"
        )


def _purges(
    workspace: Workspace, entries: Sequence[journal.Entry]
) -> tuple[dict[str, str], list[str]]:
    """Originals destroyed by a purge, and what is wrong with what stands in their place."""
    stones = tombstones.known(entries)
    lines: list[str] = []
    if unfinished(workspace):
        lines.append(f"审批号 {unfinished(workspace)} 的销毁尚未完成，请以该审批号再次运行")
    for archived, sha in stones.items():
        lines += _compared(workspace, tombstones.path_of(archived), sha, "销毁记录")
    at = baseline.newest(entries)
    if at >= 0:
        data = entries[at].data
        lines += _compared(workspace, data["baseline"], data["baseline_sha256"], "销毁时留存的账本")
    return stones, lines


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


# --- what was written for people ---


def _outputs(workspace: Workspace, connection: Connection, found: Findings) -> None:
    """The last version of each file is there and unchanged; issued ones also in the archive."""
    query = select(t.intents).where(t.intents.c.state == "done").order_by(t.intents.c.id)
    last: dict[str, Any] = {row.path: row for row in connection.execute(query)}
    missing: list[str] = []
    taken = changed = 0
    for path, row in last.items():
        kind = row.kind.partition(":")[0]
        if kind == "master":
            continue
        if kind in ("bulletin", "assessment", "report_card"):
            issued = (ISSUED / Path(path).name).as_posix()
            missing += _compared(workspace, issued, row.sha256, "发布存档")
        target = workspace.path(path)
        if not target.exists():
            if kind in _FREE or kind in _FILLED_IN:
                taken += 1
            else:
                missing.append(f"文件 {path} 不在原处")
        elif row.sha256 and file_sha(target) != row.sha256:
            if kind in _FILLED_IN or kind == "today":
                changed += 1
            else:
                missing.append(f"文件 {path} 的内容被改动")
    found.add(missing)
    found.checked["outputs"] = len(last)
    if taken:
        found.notices.append(f"有 {taken} 个回执或待填表格已被取走")
    if changed:
        found.notices.append(f"有 {changed} 个待填表格已被填写或改动")
    waiting = select(func.count()).select_from(t.intents).where(t.intents.c.state == "due")
    count = connection.execute(waiting).scalar()
    if count:
        found.notices.append(f"有 {count} 个工作簿等待发布")


def _storage(workspace: Workspace, _connection: Connection, found: Findings) -> None:
    """What is encrypted at rest, what is not yet, and what nobody can read any more."""
    seen = survey(workspace)
    found.checked["encrypted"] = seen.sealed
    lost = [path for path in seen.lost if path.startswith("backups/")]
    found.add([f"备份文件 {path} 无法读取：{storage.LOST}" for path in lost])
    if not workspace.settings.storage.encrypt:
        if seen.sealed:
            found.notices.append(f"加密存放已关闭，此前加密的 {seen.sealed} 个文件仍须用主密钥读取")
        return
    if seen.plain:
        found.notices.append(f"归档和备份中有 {seen.plain} 个文件尚未加密，每天第一次运行时加密")
    if master_is_bare(workspace):
        found.notices.append("台账工作簿没有打开密码，下一次运行时加上")


def _compared(workspace: Workspace, path: str, sha: str | None, words: str) -> list[str]:
    target = workspace.path(path)
    if not target.exists():
        return [f"{words} {path} 缺失"]
    try:
        same = not sha or storage.sha_of(workspace, target) == sha
    except storage.Unreadable as error:
        return [f"{words} {path} 无法读取：{error.words}"]
    if not same:
        return [f"{words} {path} 的内容被改动"]
    return []


def _meta(connection: Connection, key: str) -> str | None:
    return connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
