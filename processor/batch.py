"""One run from top to bottom: look, read, decide in one transaction, publish, clear."""

from __future__ import annotations

import contextlib
import gc
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from processor import looks, receiving, storage_state
from processor.decisions.edits import apply_edits
from processor.decisions.session import Arrival, Session
from processor.intake.inbox import list_inbox
from processor.interrupts import Interrupted
from processor.ledger import journal
from processor.ledger.hand_edits import hand_edits
from processor.ledger.store import Record
from processor.leftovers import complete_purge, staging_folder
from processor.model import FileState
from processor.opening import open_for_question, open_ledger, open_session
from processor.progress import Progress
from processor.report import RunReport, trouble
from processor.runs import complete_run, heartbeat, last_run, lead_counts, record_run
from processor.workspace import Workspace, hold


class ClockError(Exception):
    """`--as-of` lies before the last run (exit 2)."""


class Unbalanced(Exception):
    """The books of a run do not balance: nothing is committed (exit 70)."""


def _quiet(_what: str, _done: int, _of: int) -> None:
    return None


def run(
    workspace: Workspace,
    now: datetime,
    *,
    settle_seconds: float | None = None,
    dry_run: bool = False,
    as_of: bool = True,
    send: bool = False,
    progress: Progress = _quiet,
) -> RunReport:
    """Take in the inbox, decide, publish everything that is due. Safe to repeat at any time.

    `as_of`: `now` was given by a person, so one before the last run is an error (ClockError);
    otherwise a clock behind the last run is replaced by the last run's time, with a warning.
    Raises Busy, Unbalanced, and OSError when the workspace cannot be used.
    """
    with hold(workspace):
        if not dry_run:
            storage_state.ready(workspace)
        engine = open_for_question(workspace) if dry_run else open_ledger(workspace)
        staging = _staging(workspace, engine, dry_run)
        stopped = False
        gc.disable()  # what a run makes lives until its end: looking for cycles cost a fifth of it
        try:
            return _run(
                workspace, engine, now, staging, settle_seconds, dry_run, as_of, send, progress
            )
        except Interrupted:
            stopped = True
            raise
        finally:
            gc.enable()
            engine.dispose()
            if dry_run or not stopped:
                shutil.rmtree(staging, ignore_errors=True)


def _staging(workspace: Workspace, engine: Engine, dry_run: bool) -> Path:
    """Where private copies are put: for a dry run outside the workspace."""
    if dry_run:
        return Path(tempfile.mkdtemp(prefix="processor-"))
    return staging_folder(workspace, engine)


def _run(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    staging: Path,
    settle_seconds: float | None,
    dry_run: bool,
    as_of: bool,
    send: bool,
    progress: Progress,
) -> RunReport:
    started = time.perf_counter()
    wall = time.time()
    last = last_run(engine)
    report = RunReport(now)
    if last is not None and now < last["as_of"]:
        if as_of:
            raise ClockError(
                f"指定的时间 {now:%Y-%m-%d %H:%M:%S} 早于上次运行"
                f"（{last['as_of']:%Y-%m-%d %H:%M:%S}），不能倒回。"
            )
        now = report.as_of = last["as_of"]
        report.warnings.append("系统时钟早于上次运行，本次按上次运行时间处理，请校准时钟。")
        report.attention = True
    report.run = (last["run"] if last else 0) + 1

    if not dry_run:
        with _afterwards(workspace, report, "补完销毁"):
            complete_purge(workspace, engine, report, progress)
    if workspace.settings.mail.imap_server and not dry_run:
        from processor.mailbox import fetch

        fetch(workspace, engine, now, report)
    entries = list_inbox(workspace.inbox)
    wall_before = last["wall"] if last else 0.0
    seen = looks.observe(engine, entries, now, wall_before, keep=not dry_run)
    seconds = workspace.settings.intake.settle_seconds if settle_seconds is None else settle_seconds
    intake = receiving.take(workspace, engine, entries, seen, now, staging, seconds, progress)
    _clocked(report, "读取", started)

    started = time.perf_counter()
    if not dry_run:
        intake.arrivals = receiving.archive(workspace, intake.arrivals)
    with engine.connect() as connection, connection.begin() as transaction:
        record = Record(connection, report.run, now)
        session = open_session(workspace, record, now)
        report.attention |= bool(session.warnings)  # the roster is not as it should be
        session.edits = hand_edits(workspace, record, keep=not dry_run)
        progress("判定", 0, len(intake.arrivals))
        decide(session, intake.arrivals)
        _balance(session, intake, report)
        changed = record.changes > 0
        new_day = _new_day(record)
        if changed or new_day:
            from processor.intents import plan_publications
            from processor.mail import plan_mails

            plan_publications(workspace, session, everything=changed)
            plan_mails(workspace, session, daily=new_day)
        looks.mark_taken(connection, intake.taken)
        session.close_index()
        record.flush()
        report.leads = lead_counts(record, changed)
        report.forms = dict(session.forms)
        report.warnings.extend(session.warnings)
        if dry_run:
            transaction.rollback()
            return report
        record_run(record, report, wall)
        if changed:
            journal.write_run(workspace, session, intake.arrivals)
        else:
            journal.discard_run(workspace, report.run)
    _clocked(report, "判定", started)

    started = time.perf_counter()
    _publish(workspace, engine, now, report, send, progress)
    _clocked(report, "发布", started)
    with _afterwards(workspace, report, "移出收件文件"):
        for words in looks.clear(workspace, engine, intake.taken):
            report.attention = True
            report.warnings.append(f"收件文件未能移除：{words}")
    with _afterwards(workspace, report, "备份"):
        if changed:
            _backup(workspace, now, report)
    with _afterwards(workspace, report, "加密归档和备份"):
        storage_state.convert(workspace, engine, now, progress)
    with _afterwards(workspace, report, "写运行记录"):
        if report.published or report.pending or report.mailed or report.attention:
            complete_run(engine, report)
        heartbeat(workspace, report)
    return report


def _publish(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    report: RunReport,
    send: bool,
    progress: Progress,
) -> None:
    """Workbooks and mail; the master last, for it also tells what was mailed."""
    from processor.mail_sending import deliver
    from processor.publishing import publish_due, show_pending

    with _afterwards(workspace, report, "发布"):
        publish_due(workspace, engine, now, report, progress, master=False)
    with _afterwards(workspace, report, "邮件"):
        deliver(workspace, engine, now, report, send=send or workspace.settings.mail.send)
    with _afterwards(workspace, report, "更新台账工作簿"):
        storage_state.lock_master(workspace, engine, report, progress)
        publish_due(workspace, engine, now, report, progress, master=True)
        show_pending(workspace, engine, now, report)


@contextlib.contextmanager
def _afterwards(workspace: Workspace, report: RunReport, what: str) -> Iterator[None]:
    """After the commit trouble no longer undoes the run: a person is told, the next run completes.

    Program faults too: exit code 70 would say that nothing was committed.
    """
    try:
        yield
    except Exception as error:
        report.attention = True
        words = trouble(workspace, report.as_of, error)
        report.warnings.append(f"{what}未能完成（{words}），下次运行补做。")


def _backup(workspace: Workspace, now: datetime, report: RunReport) -> None:
    """The day's first run that changed something leaves a snapshot."""
    from processor.ledger.backup import backup_daily

    started = time.perf_counter()
    warning = backup_daily(workspace, now)
    if warning:
        report.attention = True
        report.warnings.append(warning)
    _clocked(report, "备份", started)


def _clocked(report: RunReport, step: str, started: float) -> None:
    report.seconds[step] = time.perf_counter() - started


def decide(session: Session, arrivals: list[Arrival]) -> None:
    """Everything of a run in the order of time: edits, arrivals, bulletins at their cut-offs.

    Nothing here looks outside the session, so that a run can be decided again from the archive.
    """
    from processor.decisions.aliases import keep_aliases
    from processor.decisions.clock import tick
    from processor.decisions.issuing import issues_due, quarter_due

    if session.record.meta("roster_changed_in") == str(session.record.run):
        keep_aliases(session)
    apply_edits(session)
    waiting = _in_order(session, arrivals)
    for issue in issues_due(session):
        from processor.decisions.bulletins import produce

        _take_files(session, waiting, issue.cutoff)
        session.issues.append(("bulletin", produce(session, issue)))
    _take_files(session, waiting)
    tick(session)
    while (due := quarter_due(session)) is not None:
        from processor.decisions.assessments import issue as assess

        assess(session, *due)


def _in_order(session: Session, arrivals: list[Arrival]) -> deque[Arrival]:
    """First come, first served; what the files will ask of the record is fetched at once."""
    if not arrivals:
        return deque()
    from processor.decisions import files

    files.prefetch(session, arrivals)
    return deque(sorted(arrivals, key=partial(files.order, session.roster)))


def _take_files(session: Session, waiting: deque[Arrival], until: datetime | None = None) -> None:
    """Decide the files that had arrived by a moment; all that are left when none is given."""
    while waiting and (until is None or waiting[0].received_at <= until):
        from processor.decisions.files import take_file

        take_file(session, waiting.popleft())


def _balance(session: Session, intake: receiving.Intake, report: RunReport) -> None:
    """Conservation of files and rows, checked before the commit."""
    for arrival in intake.arrivals:
        report.files[session.outcomes[id(arrival)]] += 1
    report.files[FileState.WAITING.value] = len(intake.waiting)
    # files in the record already, which only wait to be cleared, are not looked at again
    report.files[FileState.IGNORED.value] = len(intake.ignored) + len(intake.finished)
    report.warnings.extend(f"{name} 等待下次处理：{reason}" for name, reason in intake.waiting)
    report.warnings.extend(intake.notes)
    report.warnings.extend(
        f"{name} 未处理：{reason}" for name, reason in intake.ignored if reason != "系统或临时文件"
    )
    for arrival in intake.arrivals:
        if session.outcomes[id(arrival)] == FileState.QUARANTINED.value:
            report.attention = True
            report.warnings.append(f"{arrival.name} 已隔离：{arrival.reason}")
    rows = session.rows
    report.rows = {
        "read": rows.read,
        "blank": rows.blank,
        "accepted": rows.accepted,
        "refused": rows.refused,
        "known": rows.known,
    }
    if not rows.balanced():
        raise Unbalanced(f"行数不平：{report.rows}")
    if len(session.outcomes) != len(intake.arrivals):
        raise Unbalanced("文件数不平")


def _new_day(record: Record) -> bool:
    """今日待办 is made anew on every day, changed or not: what is due has changed."""
    today = record.now.date().isoformat()
    if record.meta("today") == today:
        return False
    record.set_meta("today", today)
    return True
