"""Pieces of work measured in a process of their own: `python -m benchmarks.tasks NAME ARGUMENTS…`.

The product's functions where no command does just that piece, and the plain way beside it.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any


def workspace(root: str, dealers: str, start: str) -> None:
    """An empty workspace whose record begins at `start`."""
    from benchmarks.workspaces import make_workspace

    make_workspace(Path(root), int(dealers), date.fromisoformat(start))


def record(root: str, leads: str, dealers: str, until: str) -> None:
    """A ledger with so many leads."""
    from benchmarks.records import make_record

    make_record(Path(root), int(leads), int(dealers), datetime.fromisoformat(until))


def forms(root: str, count: str, rows: str, first: str) -> None:
    """Forms in the inbox."""
    from benchmarks.workspaces import fill_inbox

    fill_inbox(Path(root), int(count), int(rows), int(first))


def bring(root: str, number: str, day: str, before: str = "") -> None:
    """The files of one day of a year in the inbox."""
    from benchmarks import playing

    yesterday = date.fromisoformat(before) if before else None
    playing.bring(Path(root), int(number), date.fromisoformat(day), yesterday)


def master(root: str, how: str) -> None:
    """Publish the master: write, read back, compare, replace.

    `how`: "anew", with nothing to carry over; "touched", after a change of the newest lead.
    """
    from sqlalchemy import func, select

    from processor.ledger import tables as t
    from processor.ledger.master import PUBLISHED_COPY, publish_master
    from processor.opening import open_ledger
    from processor.workspace import open_workspace

    space = open_workspace(Path(root))
    engine = open_ledger(space)
    if how == "anew":
        (space.state / PUBLISHED_COPY).unlink()
    else:
        newest = select(func.max(t.leads.c.number)).scalar_subquery()
        remark = func.coalesce(t.leads.c.remark, "") + "。"
        with engine.begin() as connection:
            connection.execute(
                t.leads.update().where(t.leads.c.number == newest).values(remark=remark)
            )
    publish_master(space, engine, datetime(2026, 11, 3, 12))
    engine.dispose()


def master_write(root: str, out: str) -> None:
    """Only write the master's sheets, elsewhere; the long ones are not read back."""
    from processor.ledger import master
    from processor.opening import open_ledger
    from processor.workspace import open_workspace

    master.make_part = unread_part
    engine = open_ledger(open_workspace(Path(root)))
    with engine.connect() as connection:
        master.write_master(Path(out), connection, datetime(2026, 11, 3, 12))
    engine.dispose()


def unread_part(url: str, plan: Any, volume: Any, _known: str | None) -> Any:
    """A long sheet as `make_part` makes it, without reading it back."""
    from sqlalchemy import create_engine

    from processor.ledger import master_parts

    with create_engine(url).connect() as connection:
        buffer, meant = master_parts.written(connection, plan, volume)
    return master_parts.taken(buffer, meant, plan.index(volume) + 1)


def plain_master(root: str, out: str) -> None:
    """The same cells of the same sheets, written plainly by XlsxWriter; not read back."""
    import xlsxwriter

    from processor.ledger.master_rows import sheet_rows
    from processor.opening import open_ledger
    from processor.workspace import open_workspace
    from schemas.master import MASTER_SHEETS

    engine = open_ledger(open_workspace(Path(root)))
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with engine.connect() as connection, xlsxwriter.Workbook(out, options) as book:
        text = book.add_format({"num_format": "@", "font_name": "宋体", "font_size": 10.5})
        number = book.add_format({"num_format": "#,##0", "font_name": "Arial", "font_size": 10})
        for name, fields in MASTER_SHEETS.items():
            sheet = book.add_worksheet(name)
            for column, field in enumerate(fields):
                sheet.set_column(column, column, field.width)
                sheet.write_string(0, column, field.heading)
            for line, row in enumerate(sheet_rows(connection, name), 1):
                for column, value in enumerate(row):
                    if isinstance(value, int):
                        sheet.write_number(line, column, value, number)
                    elif value is not None:
                        sheet.write_string(line, column, value, text)
            sheet.freeze_panes(1, 1)
    engine.dispose()


def plan(root: str, as_of: str, out: str) -> None:
    """The development plan of the record as it stands, elsewhere; prints its rows."""
    from processor.frozen import write_safely
    from processor.ledger.store import Record
    from processor.opening import open_ledger
    from processor.views import live_book
    from processor.workbooks.sheets import Table
    from processor.workspace import open_workspace

    space = open_workspace(Path(root))
    engine = open_ledger(space)
    with engine.connect() as connection, connection.begin() as transaction:
        record = Record(connection, 1_000_000, datetime.fromisoformat(as_of))
        book = live_book(space, record, "plan", None)
        transaction.rollback()
    engine.dispose()
    written = write_safely(book, [Path(out)])
    if not written.sha256:
        raise RuntimeError(written.pending)
    print(sum(len(p.rows) for s in book.sheets for p in s.parts if isinstance(p, Table)))


def issues(root: str, as_of: str, cards: str = "") -> None:
    """Decide and write every bulletin and assessment due at `as_of`; the ledger stays as it is.

    Prints what was written. With `cards`, the report cards of the units too.
    """
    from processor.decisions import clock
    from processor.decisions.assessments import issue as assess
    from processor.decisions.bulletins import produce
    from processor.decisions.issuing import issues_due, quarter_due
    from processor.frozen import MANY, Job, write_job
    from processor.intents import issue_files
    from processor.ledger.store import Record
    from processor.opening import open_ledger, open_session
    from processor.sharing import helpers, starter
    from processor.workspace import open_workspace

    space = open_workspace(Path(root))
    engine = open_ledger(space)
    now = datetime.fromisoformat(as_of)
    jobs: list[Job] = []
    with engine.connect() as connection, connection.begin() as transaction:
        session = open_session(space, Record(connection, 1_000_000, now), now)
        made: list[tuple[str, Any]] = []
        for issue in issues_due(session):
            made.append(("bulletin", produce(session, issue)))
        clock.tick(session)
        while (due := quarter_due(session)) is not None:
            assess(session, *due)
        made += session.issues
        for kind, data in made:
            if kind == "report_card" and not cards:
                continue
            for name, part, packed in issue_files(kind, data):
                jobs.append(Job(f"{kind}:{part}", packed, (space.path(f"outbox/{name}"),)))
        transaction.rollback()
    engine.dispose()
    with helpers(pay=sum(len(job.payload) for job in jobs) >= MANY) as pool:
        start = starter(pool)
        for job, result in [(job, start(write_job, job)) for job in jobs]:
            if not result().sha256:
                raise RuntimeError(f"{job.targets[0]}: {result().pending}")
            if not job.kind.startswith("report_card"):
                print(f"{job.targets[0].name} {job.targets[0].stat().st_size / 1e6:.1f} MB")


TASKS = {
    f.__name__: f
    for f in (workspace, record, forms, bring, master, master_write, plain_master, plan, issues)
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](*sys.argv[2:])
