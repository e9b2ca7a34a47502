"""Which mailed copy a leaked list is: by a word of its canary, or by a file that holds it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from processor.canary import Canary
from processor.decisions.canaries import copies_in
from processor.decisions.session import Session
from processor.explain_parts import Story, events_of
from processor.ledger import tables as t
from processor.ledger.canaries import COPY, drafted
from processor.ledger.store import Record
from processor.opening import open_for_question, open_session
from processor.workspace import Workspace

_SHORTEST = 3  # characters of a part of a name


def of_copy(session: Session, text: str) -> Story | None:
    """The story of the copy of which token, customer, contact, phone or number is given.

    A contact, or a part of a customer's name, may be that of several copies: then all are listed.
    """
    plain = "".join(text.split())
    every = _every(session)
    found = copies_in(every, plain)
    if not found and len(plain) >= _SHORTEST:
        found = [c for c in every if plain == c.contact or plain in c.customer]
    if len(found) > 1:
        return {
            "number": plain,
            "kind": "副本",
            "state": f"有 {len(found)} 份副本的标识行与此相符，请再用客户全称或电话查",
            "facts": {c.token: f"{c.customer} {c.contact} {c.phone}" for c in found},
            "events": [],
        }
    return _story(session, found[0]) if found else None


def explain_file(workspace: Workspace, path: Path, now: datetime) -> list[Story]:
    """The stories of all copies whose canary stands in a file. Raises OSError."""
    from processor.ledger.traces import pieces

    data = path.read_bytes()
    texts = [_text(piece) for piece in pieces(data, path.name.lower())]
    engine = open_for_question(workspace)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            last = connection.execute(select(t.runs.c.run).order_by(t.runs.c.run.desc()).limit(1))
            session = open_session(workspace, Record(connection, last.scalar() or 0, now), now)
            found = copies_in(_every(session), "\n".join(texts))
            stories = [_story(session, canary) for canary in found]
            transaction.rollback()
    finally:
        engine.dispose()
    return stories


def _every(session: Session) -> list[Canary]:
    """Of copies that went out, and of those in drafts that somebody may have sent by hand."""
    sent = {canary.token: canary for canary in session.canaries}
    left = drafted(session.record.connection)
    return [*sent.values(), *(c for c, _, _ in left if c.token not in sent)]


def _draft(session: Session, canary: Canary) -> str:
    found = drafted(session.record.connection)
    return next(
        (
            f"{file}写成草稿，致{to}，程序尚未发出"
            for c, file, to in found
            if c.token == canary.token
        ),
        "",
    )


def _text(piece: bytes) -> str:
    """Bytes read in every way a list may be written: what is no text does no harm."""
    codes = ("utf-8", "gb18030", "utf-16-le")
    texts = [piece.decode(code, "ignore") for code in codes]
    return "\n".join([*texts, piece[1:].decode("utf-16-le", "ignore")])


def _story(session: Session, canary: Canary) -> Story:
    events = events_of(session, canary.token)
    sent = next((event for event in events if event["what"] == COPY), None)
    words, when = (sent["reason"], sent["at"]) if sent else (_draft(session, canary), "")
    unit = session.unit(canary.unit)
    return {
        "number": canary.token,
        "kind": "副本",
        "state": words,
        "facts": {
            "收件单位": unit.name if unit is not None else canary.unit,
            "发出时间": when,
            "标识行客户": canary.customer,
            "标识行联系人": canary.contact,
            "标识行电话": canary.phone,
            "标识行信息编号": canary.number,
            "说明": "标识行为虚构，只出现在这一份副本中",
        },
        "events": [event | {"new": ""} for event in events],
    }
