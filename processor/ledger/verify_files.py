"""The files of a workspace against the ledger: archive, what was written, what is encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from processor import storage
from processor.ledger import baseline, journal, tombstones
from processor.ledger import tables as t
from processor.ledger.findings import Findings
from processor.ledger.master import file_sha
from processor.ledger.purge_carrying import unfinished
from processor.storage_state import master_is_bare, survey
from processor.workspace import ISSUED, Workspace

# people take these away: their absence is only a notice
_FREE = frozenset({"receipt", "report_card"})
_FILLED_IN = frozenset({"screening", "rulings", "plan"})  # people write into these


def check_archive(workspace: Workspace, connection: Connection, found: Findings) -> None:
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


def check_outputs(workspace: Workspace, connection: Connection, found: Findings) -> None:
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


def check_storage(workspace: Workspace, _connection: Connection, found: Findings) -> None:
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
