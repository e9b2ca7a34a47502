"""Ledger = master = archive: what `processor verify` proves, and every way in which it fails."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import DatabaseError

from processor.ledger import baseline, journal, store, tombstones
from processor.ledger import tables as t
from processor.ledger.from_archive import Progress
from processor.ledger.master import SHA, sheet_rows
from processor.ledger.master_diff import SheetChanges, sheet_changes
from processor.ledger.master_reading import MasterBook, Unreadable
from processor.ledger.purge_carrying import unfinished
from processor.ledger.store import chain_link
from processor.settings import LedgerSettings
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
            sha = _sha(path)
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


def _sha(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


# --- sums, numbers, references ---


def _books(workspace: Workspace, connection: Connection, found: Findings) -> None:
    """Conservation of rows, series of numbers, references, and the technical tables."""
    found.add(list(_balances(connection)))
    found.add(list(_series(connection)))
    found.add(list(_references(connection)))
    found.add(list(_prints(connection)))
    found.add(list(_index(connection)))


def _balances(connection: Connection) -> Iterator[str]:
    def per_batch(table: Table) -> Counter[str]:
        query = select(table.c.batch, func.count()).group_by(table.c.batch)
        return Counter(dict(connection.execute(query).all()))

    leads, refusals = per_batch(t.leads), per_batch(t.refusals)
    for row in connection.execute(select(t.files).where(t.files.c.read.is_not(None))):
        counts = (row.blank or 0, row.accepted or 0, row.refused or 0, row.known or 0)
        if row.read != sum(counts):
            yield f"收文 {row.batch} 行数不平：读取 {row.read}，合计 {sum(counts)}"
        if refusals[row.batch] != (row.refused or 0):
            yield f"收文 {row.batch} 不予接收 {row.refused} 行，登记 {refusals[row.batch]} 行"
        if leads[row.batch] > (row.accepted or 0):
            yield f"收文 {row.batch} 接收 {row.accepted} 行，台账有 {leads[row.batch]} 条"
        leads.pop(row.batch, None)
    accepted = {row.batch for row in connection.execute(select(t.files.c.batch))}
    for batch in leads.keys() - accepted:
        yield f"台账中的批次号 {batch} 没有收文登记"


def _series(connection: Connection) -> Iterator[str]:
    from processor.ledger.from_master import counters_of

    kept = {row.name: row.value for row in connection.execute(select(t.counters))}
    for name, last in sorted(counters_of(connection).items()):
        if kept.get(name, 0) < last:
            yield f"编号序列 {name} 记为 {kept.get(name, 0)}，而已用到 {last}"


def _references(connection: Connection) -> Iterator[str]:
    numbers = {n for (n,) in connection.execute(select(t.leads.c.number))}
    wanted = (
        ("裁定", t.pairs.c.number, t.pairs.c.later),
        ("裁定", t.pairs.c.number, t.pairs.c.earlier),
        ("台账", t.leads.c.number, t.leads.c.duplicate_of),
        ("立项", t.projects.c.number, t.projects.c.lead),
        ("合同", t.contracts.c.number, t.contracts.c.matched_lead),
        ("项目申报", t.applications.c.number, t.applications.c.matched_lead),
    )
    for sheet, key, target in wanted:
        for number, lead in connection.execute(select(key, target).where(target.is_not(None))):
            if lead and lead not in numbers:
                yield f"{sheet} {number} 指向不存在的信息编号 {lead}"


def _prints(connection: Connection) -> Iterator[str]:
    columns = t.row_prints.c
    kept = {
        (unit, mark) for unit, mark in connection.execute(select(columns.unit_code, columns.print))
    }
    wanted: set[tuple[str, str]] = set()
    query = select(t.leads.c.number, t.leads.c.unit_code, t.leads.c.row_prints)
    for number, unit, marks in connection.execute(query):
        own = {(unit, mark) for mark in (marks or "").split(";") if mark}
        if not own <= kept:
            yield f"信息 {number} 的行指纹没有登记，重复提报将不能识别"
        wanted |= own
    if kept - wanted:
        yield f"有 {len(kept - wanted)} 个行指纹不属于任何信息"


def _index(connection: Connection) -> Iterator[str]:
    from processor.matching.index import current, tables

    _, party, key, _ = tables()
    if not current(connection):
        yield "判重索引的版本不是当前程序的版本，请运行 processor rebuild"
    leads = connection.execute(select(func.count()).select_from(t.leads)).scalar() or 0
    parties = connection.execute(select(func.count()).select_from(party)).scalar() or 0
    filed = connection.execute(select(func.count(func.distinct(key.c.lead)))).scalar() or 0
    if leads != parties:
        yield f"判重索引有 {parties} 条，台账有 {leads} 条"
    elif filed > leads or (leads and not filed):
        yield "判重索引的检索键与台账不符"


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
        if published and _sha(path) != published:
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
    from processor.ledger.hand_edits import master_changes

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
    from processor.ledger.hand_edits import shown_values

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
        elif row.sha256 and _sha(target) != row.sha256:
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


def _compared(workspace: Workspace, path: str, sha: str | None, words: str) -> list[str]:
    target = workspace.path(path)
    if not target.exists():
        return [f"{words} {path} 缺失"]
    if sha and _sha(target) != sha:
        return [f"{words} {path} 的内容被改动"]
    return []


def _meta(connection: Connection, key: str) -> str | None:
    return connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
