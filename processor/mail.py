"""Who must be told what after a run: one mail per person, decided in the run's own transaction.

Nothing is sent here. A mail is a row of the table `mails` under a Message-ID that never changes, so
that it is neither lost by a crash nor doubled by a repetition (`processor.mail_sending`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.mail_content import Part, parts_to_json, subject_of
from processor.model import Roster, UnitKind
from processor.roster import addresses, duty_people

if TYPE_CHECKING:
    from datetime import date

    from processor.model import Person, Unit
    from processor.workspace import Workspace

CLERK, SCREENER, FINANCE, GENERAL, LEADER = (
    "策略科责任人",
    "项目责任人",
    "财务",
    "综合",
    "领导",
)
_DOMAIN = "processor.invalid"  # of Message-IDs where no sender is set yet


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to. `who` finds the address again in a later roster; `label` names unit
    and role, no person: it may be shown anywhere."""

    who: str
    label: str
    address: str


def plan_mails(workspace: Workspace, session: Session, *, daily: bool) -> int:
    """Write the mails of this run into the open transaction; returns their number.

    `daily`: the day's first run, which reminds of what is due and sends 今日待办 (working days).
    """
    from processor.mail_issues import assessment_parts, bulletin_parts, report_card_parts
    from processor.mail_parts import daily_parts, notice_parts, receipt_parts, screening_parts

    sources = (
        *(receipt_parts, screening_parts, bulletin_parts, assessment_parts),
        *(report_card_parts, notice_parts),
    )
    mails: dict[str, tuple[Recipient, list[Part]]] = {}
    for source in (*sources, daily_parts) if daily else sources:
        for recipient, part in source(session):
            _, parts = mails.setdefault(recipient.address, (recipient, []))
            if part not in parts:  # two duties of one person tell the same
                parts.append(part)
    if not mails:
        return 0
    session.record.flush()
    chain = session.record.meta("chain") or ""
    domain = _domain(workspace)
    rows = []
    for recipient, found in mails.values():
        mark = f"{chain}|{session.record.run}|{recipient.address}"
        digest = hashlib.sha256(mark.encode()).hexdigest()[:32]
        rows.append(
            {
                "message_id": f"{digest}@{domain}",
                "run": session.record.run,
                "created_at": session.now,
                "who": recipient.who,
                "label": recipient.label,
                "address": recipient.address,
                "subject": subject_of(tuple(found), session.now),
                "payload": parts_to_json(tuple(found)),
                "state": "due",
                "attempts": 0,
                "logged": "否",
            }
        )
    session.record.connection.execute(t.mails.insert(), rows)
    return len(rows)


def _domain(workspace: Workspace) -> str:
    from email.utils import parseaddr

    settings = workspace.settings.mail
    address = parseaddr(settings.sender or settings.user)[1]
    return address.rpartition("@")[2] if "@" in address else _DOMAIN


# --- who is who ---


def unit_head(unit: Unit | None) -> Iterator[Recipient]:
    if unit is not None:
        for number, address in enumerate(addresses(unit.head_mail)):
            yield Recipient(f"head:{unit.code}:{number}", f"{unit.name}（负责人）", address)


def unit_leader(unit: Unit) -> Iterator[Recipient]:
    for number, address in enumerate(addresses(unit.leader_mail)):
        yield Recipient(f"leader:{unit.code}:{number}", f"{unit.name}（分管领导）", address)


def of_role(session: Session, role: str) -> Iterator[Recipient]:
    for person in duty_people(session.roster, role, session.now.date()):
        yield from _person(person)


def named(session: Session, name: str, section: str) -> list[Recipient]:
    """A person named in a duty: the own address, the deputy's while away, else the section's."""
    from processor.roster import find_unit

    day = session.now.date()
    rows = [p for p in session.roster.people if p.name == name]
    rows.sort(key=lambda p: p.section != section)
    found = _first(p for p in rows if p.on_duty(day))
    if not found:
        deputies = {p.deputy for p in rows if p.deputy}
        found = _first(p for p in session.roster.people if p.name in deputies and p.on_duty(day))
    return found or list(unit_head(find_unit(session.roster, section)))


def _first(people: Iterable[Person]) -> list[Recipient]:
    for person in people:
        found = list(_person(person))
        if found:
            return found
    return []


def _person(person: Person) -> Iterator[Recipient]:
    for number, address in enumerate(addresses(person.mail)):
        who = f"person:{person.name}:{person.section}:{number}"
        yield Recipient(who, f"{person.section}（{person.role}）", address)


def address_now(roster: Roster, who: str, day: date) -> str | None:
    """Where a planned mail goes by the roster of today; None when that person has no address any
    more."""
    kind, _, rest = who.partition(":")
    key, _, number = rest.rpartition(":")
    texts: list[str]
    if kind == "person":
        name, _, section = key.partition(":")
        texts = [
            p.mail
            for p in roster.people
            if (p.name, p.section) == (name, section) and p.on_duty(day)
        ]
    else:
        units = [u for u in roster.units if u.code == key]
        texts = [u.head_mail if kind == "head" else u.leader_mail for u in units]
    found = [addresses(text) for text in texts]
    place = int(number)
    return next((f[place] for f in found if len(f) > place), None)


def reports(unit: Unit) -> bool:
    """Is it a unit that stands in bulletins?"""
    return unit.kind in (UnitKind.DEALER, UnitKind.DEPARTMENT)


def open_mails(connection: Any) -> list[dict[str, Any]]:
    """Mails not yet sent (due) and drafts left to people (draft), oldest first."""
    from sqlalchemy import select

    query = (
        select(t.mails)
        .where(t.mails.c.state.in_(("due", "draft")))
        .order_by(t.mails.c.run, t.mails.c.message_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
