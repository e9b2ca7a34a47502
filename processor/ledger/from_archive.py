"""The ledger decided again: every run of the journal, from the archived files, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from processor import storage
from processor.decisions.session import Arrival, Session
from processor.ledger import baseline, journal, purged
from processor.ledger import tables as t
from processor.ledger.journal import Entry
from processor.ledger.store import Record
from processor.model import Roster
from processor.progress import Progress
from processor.workspace import Workspace

_FILES_AT_ONCE = 200  # files read before they are decided: the readers work together


class NotRebuilt(Exception):
    """The source does not lead to a ledger (exit 5); the message is for a person."""


def replay(
    workspace: Workspace, connection: Connection, progress: Progress, after: str = ""
) -> int:
    """Decide journalled runs again, all into an empty ledger. Returns their number.

    `after`: only what follows this head of the event chain; the ledger stands there.

    After a purge everything begins with the ledger it kept. Raises NotRebuilt where the journal has
    a gap, an archived file is missing or changed, or a run comes out differently from what was
    recorded then.
    """
    entries, wrong = journal.read_entries(workspace)
    if wrong:
        raise NotRebuilt("；".join(wrong))
    if not entries:
        raise NotRebuilt("归档中没有运行记录，无法由归档重建；请改用 --from master。")
    done = 0
    roster = Roster()
    base = baseline.newest(entries)
    if after:
        entries = entries[[e.head for e in entries].index(after) + 1 :]
    elif base >= 0:  # what came before cannot be decided again: its originals are destroyed
        wrong_base = baseline.load(workspace, entries[base], connection)
        if wrong_base:
            raise NotRebuilt(f"{wrong_base}，无法由归档重建；请改用 --from master。")
        entries = entries[base + 1 :]
    if after or base >= 0:
        from processor.roster import from_json

        kept = connection.execute(select(t.meta.c.value).where(t.meta.c.key == "roster")).scalar()
        roster = from_json(kept) if kept else roster
    for group in _groups(entries):
        progress("由归档重建", done, len(entries))
        forms = _forms(workspace, group)
        for entry in group:
            roster = _replay(workspace, connection, entry, forms, roster)
            done += 1
    progress("由归档重建", done, len(entries))
    return done


def _groups(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    group: list[Entry] = []
    files = 0
    for entry in entries:
        group.append(entry)
        files += len(entry.arrivals)
        if files >= _FILES_AT_ONCE:
            yield group
            group, files = [], 0
    if group:
        yield group


def _forms(workspace: Workspace, group: Sequence[Entry]) -> dict[str, Any]:
    """The forms of all archived files of some runs, by archived path."""
    from processor.encryption import opening_passwords
    from processor.intake import forms, guard, reading

    passwords = opening_passwords(workspace)
    wanted: dict[str, guard.Safe] = {}
    with storage.readable(workspace) as plain:
        for entry in group:
            for item in entry.arrivals:
                if not item["form"] or item["archived"] in wanted:
                    continue
                path = workspace.path(item["archived"])
                verdicts = _examined(plain, path, item, passwords)
                if len(verdicts) != 1 or not isinstance(verdicts[0], guard.Safe):
                    raise NotRebuilt(f"归档文件 {item['archived']} 现在无法按当时的方式读取。")
                wanted[item["archived"]] = verdicts[0]
        books = reading.read_all(list(wanted.values()))
    for name, book in zip(wanted, books, strict=True):
        if isinstance(book, guard.Refused):
            raise NotRebuilt(f"归档文件 {name} 现在无法读取：{book.message}")
    loaded = forms.load([b for b in books if not isinstance(b, guard.Refused)])
    return dict(zip(wanted, loaded, strict=True))


def _examined(
    plain: Callable[[Path], Path],
    path: Path,
    item: dict[str, Any],
    passwords: Callable[[str], tuple[str, ...]],
) -> list[Any]:
    from processor.intake import guard

    try:
        verdicts = guard.examine(plain(path), item["name"], lambda _: passwords(item["path"]))
    except storage.Unreadable as error:
        raise NotRebuilt(
            f"归档文件 {item['archived']} 无法读取：{error.words}；请改用 --from master。"
        ) from error
    except OSError as error:
        raise NotRebuilt(f"归档文件 {item['archived']} 缺失或无法读取。") from error
    if any(v.sha256 != item["sha256"] for v in verdicts):
        raise NotRebuilt(f"归档文件 {item['archived']} 与收到时的指纹不符，已被改动。")
    return verdicts


def _replay(
    workspace: Workspace,
    connection: Connection,
    entry: Entry,
    forms: dict[str, Any],
    roster: Roster,
) -> Roster:
    record = Record(connection, entry.run, entry.as_of)
    if entry.kind == journal.FACT:
        _enter_fact(record, entry)
    else:
        session = _session(record, entry, roster)
        roster = session.roster
        if entry.kind == journal.IMPORT:
            from processor.ledger.importing import import_again

            import_again(workspace, session, entry.data)
        else:
            _decide(workspace, session, entry, forms)
        session.close_index()
        record.flush()
        _note_run(record, entry)
    if (record.meta("chain") or "") != entry.head:
        raise NotRebuilt(
            f"第 {entry.run} 次运行（{entry.as_of:%Y-%m-%d %H:%M:%S}）重新判定的结果"
            "与当时的记录不同，可能是程序版本或归档已变动。原账本未动；可改用 --from master。"
        )
    return roster


def _enter_fact(record: Record, entry: Entry) -> None:
    from processor.intents import enter_published
    from processor.mail_log import enter_mailed

    what = entry.data.get("what")
    if what == "published":
        enter_published(record, entry.data["issue"], entry.data["how"])
    elif what == "mailed":
        enter_mailed(record, entry.data)
    elif what == purged.FACT:
        purged.enter_purged(record, entry.data["approval"], purged.due_of(entry.data))
    else:
        raise NotRebuilt(f"运行记录 {entry.path} 的内容不认识。")
    record.flush()


def _session(record: Record, entry: Entry, roster: Roster) -> Session:
    """The session of that run: its clock, its roster, its switches."""
    from processor.opening import enter_roster
    from processor.regulation.edition import load_all
    from processor.roster import from_json

    switches = dict(entry.switches)
    editions = tuple(e.with_switches(switches) if switches else e for e in load_all())
    record.set_meta("start", entry.start)
    if entry.roster is not None:
        text = entry.roster["text"]
        enter_roster(record, text, entry.roster["sha256"], entry.roster.get("problems", []))
        roster = from_json(text)
    return Session(record, record.now, roster, editions, datetime.fromisoformat(entry.start))


def _decide(workspace: Workspace, session: Session, entry: Entry, forms: dict[str, Any]) -> None:
    from processor.batch import decide
    from processor.intents import plan_publications

    session.edits = list(entry.edits)
    decide(session, [_arrival(workspace, item, forms) for item in entry.arrivals])
    plan_publications(workspace, session, everything=True)


def _arrival(workspace: Workspace, item: dict[str, Any], forms: dict[str, Any]) -> Arrival:
    from processor.receiving import understood

    arrival = Arrival(
        batch="",
        received_at=datetime.fromisoformat(item["received_at"]),
        evidence=item["evidence"],
        path=item["path"],
        name=item["name"],
        sha256=item["sha256"],
        state=item["state"],
        reason=item["reason"],
        remedy=item["remedy"],
        archived=item["archived"],
        staged=str(workspace.path(item["archived"])),
    )
    return understood(arrival, forms[item["archived"]]) if item["form"] else arrival


def _note_run(record: Record, entry: Entry) -> None:
    """The technical row of the run, and the run's publications as done: nothing is sent again."""
    record.connection.execute(
        t.runs.insert(),
        {
            "run": entry.run,
            "as_of": entry.as_of,
            "wall": entry.wall,
            "report": json.dumps(entry.report, ensure_ascii=False),
        },
    )
    record.set_meta(journal.DECIDED, f"{entry.run} {entry.as_of:%Y-%m-%d %H:%M:%S}")
    record.connection.execute(
        t.intents.update().where(t.intents.c.state == "due").values(state="done", payload=None)
    )
