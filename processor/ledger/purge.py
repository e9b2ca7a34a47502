"""`processor purge`: contacts whose retention has ended are destroyed everywhere in the workspace.

Decided in one transaction; what must be destroyed in files is noted in `state/purge-open.json`
before the commit, and carried out after it. A purge that was interrupted is completed by the next.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from processor.erasing import destroy
from processor.ledger import baseline, traces
from processor.ledger import tables as t
from processor.ledger.journal import write_fact
from processor.ledger.purge_carrying import carry_out, note, open_plan, unfinished
from processor.ledger.purge_search import bury, receipts_of, sought, still_held
from processor.ledger.purged import (
    FACT,
    TABLES,
    Due,
    Item,
    Purged,
    cutoff_of,
    enter_purged,
    find_due,
    last_activity,
)
from processor.ledger.store import Record
from processor.ledger.tombstones import forget_prepared
from processor.leftovers import staging_folder
from processor.progress import Progress
from processor.storage_state import ready
from processor.workspace import MASTER, PURGE_OPEN, Pending, Workspace, hold, owner_file


class NotPurged(Exception):
    """Nothing was destroyed (exit 2); the message is for a person."""


def list_due(workspace: Workspace, now: datetime) -> Purged:
    """What has outlived the retention. Changes nothing. Raises Busy."""
    from processor.opening import open_for_question

    cutoff = cutoff_of(now, workspace.settings.retention.years)
    with hold(workspace):
        engine = open_for_question(workspace)
        try:
            with engine.connect() as connection, connection.begin() as transaction:
                record = Record(connection, 0, now)
                found = Purged(cutoff, _items(record, find_due(record, cutoff)))
                transaction.rollback()
        finally:
            engine.dispose()
    return found


def purge(
    workspace: Workspace, approval: str, now: datetime, progress: Progress, *, as_of: bool = False
) -> Purged:
    """Destroy what is due, under an approval number; publish the master; write the certificate.

    `as_of`: `now` was given by a person, so one before the last run is refused (NotPurged).
    Raises Busy, Pending while the master is open, NotPurged when nothing is due or something must
    be settled first, OSError.
    """
    from processor.opening import open_ledger

    opened = owner_file(workspace.path(MASTER))
    if opened is not None:
        raise Pending(f"{MASTER.as_posix()} 正被打开（{opened.name}）")
    with hold(workspace):
        ready(workspace)
        engine = open_ledger(workspace)
        staging = staging_folder(workspace, engine)
        try:
            plan = _still_open(workspace, engine)
            if plan is None:
                plan = _decide(workspace, engine, approval, now, as_of, progress)
            elif plan["approval"] != approval:
                raise NotPurged(f"审批号 {plan['approval']} 的销毁尚未完成，请先以该审批号再次运行")
            return carry_out(workspace, engine, plan, now, progress)
        finally:
            engine.dispose()
            staging.rmdir()


def complete(workspace: Workspace, engine: Engine, now: datetime, progress: Progress) -> str:
    """Carry out a purge that was committed and interrupted; what was done, or why it must wait.

    "" when there is none. The workspace is held.
    """
    plan = _still_open(workspace, engine)
    if plan is None:
        return ""
    approval = plan["approval"]
    try:
        done = carry_out(workspace, engine, plan, now, progress)
    except Pending as error:
        return f"审批号 {approval} 的销毁尚未完成：{error}"
    return f"审批号 {approval} 的销毁曾被中断，现已完成，证明见 {done.certificate}"


def _still_open(workspace: Workspace, engine: Engine) -> dict[str, Any] | None:
    """The plan of a purge that was committed and not carried out; one never committed is none."""
    plan = open_plan(workspace)
    if plan is not None:
        with engine.connect() as connection:
            known = select(t.events.c.seq).where(t.events.c.chain == plan["head"])
            if connection.execute(known).first() is not None:
                return plan
        forget_prepared(workspace)
    destroy(workspace.path(PURGE_OPEN))  # it names what was to be found
    return None


def _decide(
    workspace: Workspace,
    engine: Engine,
    approval: str,
    now: datetime,
    as_of: bool,
    progress: Progress,
) -> dict[str, Any]:
    from processor.intents import MASTER_KIND, TODAY, intend_once
    from processor.ledger.hand_edits import hand_edits
    from processor.ledger.plan_edits import PLAN

    with engine.connect() as connection, connection.begin() as transaction:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        last = connection.execute(select(t.runs).order_by(t.runs.c.run.desc()).limit(1)).first()
        if last is None:
            raise NotPurged("尚无记录")
        if as_of and now < last.as_of:
            raise NotPurged(
                f"指定的时间 {now:%Y-%m-%d %H:%M:%S} 早于上次运行"
                f"（{last.as_of:%Y-%m-%d %H:%M:%S}），不能倒回"
            )
        now = max(now, last.as_of)
        record = Record(connection, last.run, now)
        if hand_edits(workspace, record, keep=False):
            raise NotPurged("台账或开发计划中有尚未读入的手工改动，请先运行 processor run")
        cutoff = cutoff_of(now, workspace.settings.retention.years)
        due = find_due(record, cutoff)
        if not due:
            raise NotPurged(f"没有保存年限已满的联系方式（最近活动早于 {cutoff:%Y-%m-%d}）")
        items = _items(record, due)
        progress("查找", 0, 3)
        wanted, doomed, files = sought(workspace, record, due)
        before = record.meta("chain") or ""
        enter_purged(record, approval, due)
        wanted -= still_held(workspace, connection)
        progress("查找", 1, 3)
        stones, paths = bury(workspace, connection, wanted, doomed, files, approval, now)
        progress("查找", 2, 3)
        for kind, path in (("today", TODAY), (MASTER_KIND, MASTER)):
            intend_once(record, kind, path.as_posix())
        if connection.execute(select(t.projects.c.number).limit(1)).first() is not None:
            intend_once(record, "plan", PLAN.as_posix())
        receipts = receipts_of(workspace, connection, doomed, files)
        connection.execute(
            t.intents.delete().where(t.intents.c.path.in_(receipts), t.intents.c.state == "due")
        )
        record.flush()
        kept, kept_sha = baseline.write(workspace, connection, now)
        fact = {
            "what": FACT,
            "approval": approval,
            **due.to_json(),
            "tombstones": stones,
            "baseline": kept,
            "baseline_sha256": kept_sha,
        }
        write_fact(workspace, record, before, fact)
        plan = {
            "approval": approval,
            "head": record.meta("chain"),
            "at": f"{now:%Y-%m-%d %H:%M:%S}",
            "cutoff": f"{cutoff:%Y-%m-%d %H:%M:%S}",
            "items": [[n, k, s, f"{m:%Y-%m-%d %H:%M:%S}"] for n, k, s, m in items],
            "wanted": sorted(wanted),
            "stones": sorted(stones),
            "originals": paths,
            "receipts": receipts,
            "baseline": kept,
            "backups": [
                p.relative_to(workspace.root).as_posix()
                for p in traces.files_under(workspace.root, ("backups",))
            ],
            "files": [],
            "keys": [],  # numbers of the data keys to be destroyed
        }
        note(workspace, plan)
        transaction.commit()
    return plan


def _items(record: Record, due: Due) -> list[Item]:
    found: list[Item] = []
    for (table, kind), numbers in zip(
        TABLES, (due.leads, due.refusals, due.applications), strict=True
    ):
        record.load(table, numbers)
        for number in numbers:
            row = record.get(table, number)
            if row is not None:
                found.append((number, kind, row.get("state") or "—", last_activity(row)))
    return found


__all__ = ["NotPurged", "list_due", "purge", "unfinished"]
