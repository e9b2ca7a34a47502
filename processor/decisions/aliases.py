"""Other names of customers: shipped, from the roster, and learnt from rulings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, Ruling

if TYPE_CHECKING:
    from processor.matching.knowledge import Knowledge

SHIPPED = "内置"
FROM_ROSTER = "单位名录"


def keep_aliases(session: Session) -> None:
    """List the shipped and the roster's aliases beside the learnt ones (客户别名 sheet).

    Only what changed is touched: the shipped table with a new version, the roster with a new copy.
    An alias the clerk disabled stays disabled.
    """
    from processor.matching.tables import rows

    record = session.record
    wanted = {
        (cells[0], cells[1], SHIPPED) for cells in rows("aliases.tsv") if cells[2:3] == ["name"]
    }
    wanted |= {(a.alias, a.customer, FROM_ROSTER) for a in session.roster.aliases}
    have = {
        (r["alias"], r["customer"], r["source"]): r
        for r in record.select(t.aliases, t.aliases.c.source.in_([SHIPPED, FROM_ROSTER]))
    }
    for alias, customer, source in sorted(wanted - have.keys()):
        _add(session, alias, customer, source)
    for key in sorted(have.keys() - wanted):
        record.remove(t.aliases, have[key])
    session.forget_knowledge()


def learn(session: Session, pair: Row) -> None:
    """A ruling with 登记为别名: the later lead's wording is another name of the earlier's."""
    earlier, later = session.lead(pair["earlier"]), session.lead(pair["later"])
    if earlier is None or later is None or earlier["customer"] == later["customer"]:
        return
    known = session.record.select(
        t.aliases,
        t.aliases.c.alias == later["customer"],
        t.aliases.c.customer == earlier["customer"],
    )
    if known:
        return
    _add(session, later["customer"], earlier["customer"], f"裁定 {pair['ruling_no']}")
    session.forget_knowledge()
    session.tell(
        pair["later"],
        "登记别名",
        "裁定登记该客户的另一名称",
        rule=RuleKey.FIRST_COME,
        new=pair["ruling_no"] or "",
    )


def _add(session: Session, alias: str, customer: str, source: str) -> None:
    session.record.add(
        t.aliases,
        {
            "number": f"BM{session.record.next('alias'):05d}",
            "alias": alias,
            "customer": customer,
            "source": source,
            "added_at": session.now,
        },
    )


def knowledge(session: Session) -> Knowledge:
    """What people taught: aliases in use, aliases switched off, pairs ruled 不重复."""
    from processor.matching.knowledge import build

    record = session.record
    rows = record.select(t.aliases)
    taught = [r for r in rows if r["source"] != SHIPPED and r["disabled"] != "是"]
    distinct = []
    for pair in record.select(t.pairs, t.pairs.c.ruling == Ruling.DISTINCT.value):
        earlier, later = session.lead(pair["earlier"]), session.lead(pair["later"])
        if earlier is not None and later is not None:
            distinct.append((earlier["customer"], later["customer"]))
    return build(
        aliases=[(r["alias"], r["customer"]) for r in taught],
        disabled=[r["alias"] for r in rows if r["disabled"] == "是"],
        distinct=distinct,
    )
