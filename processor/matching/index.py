"""The matcher's index beside the ledger: which leads on record may be a new row's customer.

Two tables inside the ledger's database: `match_party` (one row a lead: all that comparing needs,
contacts as digests) and `match_key` (key, lead). A run prefetches the candidates of all its rows
with two queries; its cost hardly depends on the size of the record. Everything happens inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from processor.matching.building import rebuild
from processor.matching.judge import Judgement, Party, Side, kinship, prepare
from processor.matching.keys import filed, number, sought
from processor.matching.knowledge import MANY_CUSTOMERS, NOTHING, Knowledge
from processor.matching.record import decode, encode
from processor.matching.storage import create_tables, current, insert, tables

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Select

__all__ = ["Index", "create_tables", "current", "forget_contacts", "rebuild", "tables"]

_FEW = 500  # up to this many values a query lists them


class Index:
    """Candidates among the leads on record and those added in this run."""

    def __init__(self, conn: Connection, know: Knowledge = NOTHING) -> None:
        self._conn = conn
        self._know = know
        self._leads: dict[int, list[int]] = {}  # key -> leads, for every key ever asked or added
        self._asked: set[int] = set()  # keys whose leads on record are in `_leads`
        self._sides: dict[int, Side] = {}
        self._stored: dict[int, str] = {}  # fetched, not yet decoded
        # added in this run, not yet flushed: with the keys it is filed under
        self._fresh: dict[int, tuple[Side, set[int]]] = {}
        self._ready: dict[Party, Side] = {}
        self._loaded: dict[Party, tuple[int, ...]] = {}  # under which keys a row of the run looks
        self._names_of_phone: dict[str, set[str]] = {}
        # Names whose leads on record may have been filed before something was taught about them.
        self._taught = {*know.aliases, *know.disabled}

    @property
    def knowledge(self) -> Knowledge:
        """What people taught, and the phones that many customers share."""
        return self._know

    def load(self, parties: Iterable[Party]) -> None:
        """Prefetches the candidates of all rows of a run: two queries, whatever their number."""
        wanted: set[int] = set()
        sides = []
        for party in parties:
            side = self._side(party)
            sides.append(side)
            keys = sought(side, self._know.dull_phones)
            self._loaded[party] = tuple(keys)
            wanted |= keys
        self._fetch(wanted)
        for side in sides:
            for phone in side.phones:
                self._names_of_phone.setdefault(phone, set()).add(side.parts.core)
        dull = {phone for phone in self._names_of_phone if self._shared(phone)}
        if dull:
            self._know = replace(self._know, dull_phones=self._know.dull_phones | dull)

    def candidates(self, party: Party) -> list[tuple[int, Party]]:
        """Leads that may be the same customer, in order of their number; contacts are digests."""
        return [(lead, self._of(lead).party) for lead in self._found(party)]

    def matches(self, party: Party) -> list[tuple[int, Party, Judgement]]:
        """The candidates that are 重复 or 疑似, judged, in order of their number."""
        side = self._side(party)
        found = []
        for lead in self._found(party):
            other = self._of(lead)
            judged = kinship(side, other, self._know)
            if judged is not None:
                found.append((lead, other.party, judged))
        return found

    def add(self, lead: int, party: Party) -> None:
        """Files a lead accepted in this run; later rows see it at once, `flush` writes it."""
        side = self._side(party)
        keys = filed(side)
        self._fresh[lead] = (side, keys)
        self._sides[lead] = side
        for key in keys:
            self._leads.setdefault(key, []).append(lead)

    def replace(self, lead: int, party: Party) -> None:
        """A correction: the lead is filed under its new content only."""
        self.remove(lead)
        self.add(lead, party)

    def remove(self, lead: int) -> None:
        """Takes a lead out of the index (a purge, or before filing its correction)."""
        _, party_table, key_table, _ = tables()
        keys: set[int] = set()
        if lead in self._fresh:
            keys = self._fresh.pop(lead)[1]
        row = self._conn.execute(party_table.select().where(party_table.c.lead == lead)).first()
        if row is not None:
            old = filed(decode(row[1]))
            keys |= old
            self._conn.execute(
                key_table.delete().where(key_table.c.key.in_(sorted(old)), key_table.c.lead == lead)
            )
            self._conn.execute(party_table.delete().where(party_table.c.lead == lead))
        side = self._sides.pop(lead, None)
        if side is not None:
            keys |= filed(side)
        self._stored.pop(lead, None)
        for key in keys:
            if lead in self._leads.get(key, ()):
                self._leads[key].remove(lead)

    def flush(self) -> None:
        """Writes what was added, in two bulk inserts."""
        if not self._fresh:
            return
        _, party_table, key_table, _ = tables()
        rows = [(lead, encode(side)) for lead, (side, _) in self._fresh.items()]
        postings = sorted((key, lead) for lead, (_, keys) in self._fresh.items() for key in keys)
        insert(self._conn, party_table, rows)
        insert(self._conn, key_table, postings)
        self._fresh.clear()

    def _side(self, party: Party) -> Side:
        side = self._ready.get(party)
        if side is None:
            side = self._ready[party] = prepare(party, self._know)
        return side

    def _of(self, lead: int) -> Side:
        side = self._sides.get(lead)
        if side is None:
            side = self._sides[lead] = decode(self._stored[lead])
        return side

    def _relearn(self) -> None:
        """Files leads anew whose name an alias concerns that was taught or switched off since."""
        keys = {number(f"X{name}") for name in self._taught}
        taught, self._taught = self._taught, set()
        self._bring(keys)
        for lead in {lead for key in keys for lead in self._leads.get(key, ())}:
            side = self._of(lead)
            if side.parts.text in taught or side.parts.alias in taught:
                side = self._sides[lead] = prepare(side.party, self._know)
                for key in filed(side):
                    leads = self._leads.setdefault(key, [])
                    if lead not in leads:
                        leads.append(lead)

    def _found(self, party: Party) -> list[int]:
        side = self._side(party)
        keys: Iterable[int] = self._loaded.get(party, ())
        if not keys or not side.phones.isdisjoint(self._know.dull_phones):
            keys = sought(side, self._know.dull_phones)
            if not keys <= self._asked:
                self._fetch(keys)
        leads: set[int] = set()
        for key in keys:
            if known := self._leads.get(key):
                leads.update(known)
        return sorted(leads)

    def _shared(self, phone: str) -> bool:
        names = set(self._names_of_phone[phone])
        for lead in self._leads.get(number(f"T{phone}"), ()):
            side = self._of(lead)
            if phone in side.phones:
                names.add(side.parts.core)
            if len(names) >= MANY_CUSTOMERS:
                break
        return len(names) >= MANY_CUSTOMERS

    def _fetch(self, keys: set[int]) -> None:
        """Brings the leads on record of `keys` into memory."""
        if self._taught:
            self._relearn()
        self._bring(keys)

    def _bring(self, keys: set[int]) -> None:
        import sqlalchemy as sa

        new = sorted(keys - self._asked)
        if not new:
            return
        self._asked.update(new)
        _, party_table, key_table, _ = tables()
        leads: set[int] = set()
        pairs = sa.select(key_table.c.key, key_table.c.lead)
        for row in self._matching(pairs, key_table.c.key, new):
            key, lead = row[0], row[1]
            known = self._leads.setdefault(key, [])
            if lead not in self._sides or lead not in known:
                known.append(lead)
            leads.add(lead)
        missing = sorted(leads - self._stored.keys() - self._sides.keys())
        if missing:
            rows = sa.select(party_table.c.lead, party_table.c.data)
            for row in self._matching(rows, party_table.c.lead, missing):
                self._stored[row[0]] = row[1]

    def _matching(
        self, query: Select[Any], column: Column[Any], items: list[int]
    ) -> Sequence[Sequence[Any]]:
        """Rows of `query` whose `column` is one of `items`: few by a list, many by a join."""
        import sqlalchemy as sa

        if len(items) <= _FEW:
            return self._conn.execute(query.where(column.in_(items))).all()
        wanted = sa.Table(
            "match_wanted",
            sa.MetaData(),
            sa.Column("item", sa.BigInteger, primary_key=True, autoincrement=False),
            prefixes=["TEMPORARY"],
        )
        wanted.create(self._conn, checkfirst=False)
        try:
            insert(self._conn, wanted, [(item,) for item in items])
            return self._conn.execute(query.join(wanted, wanted.c.item == column)).all()
        finally:
            wanted.drop(self._conn)


def forget_contacts(conn: Connection, leads: Iterable[int]) -> None:
    """Takes every digest of a contact, phone and address of these leads out of the index (a purge);
    they are still found by name, place and code."""
    _, party_table, key_table, _ = tables()
    for lead in leads:
        row = conn.execute(party_table.select().where(party_table.c.lead == lead)).first()
        if row is None:
            continue
        old = decode(row[1])
        party = replace(old.party, contact="", phone="", address="")
        new = replace(old, party=party, phones=frozenset(), person="", address="")
        gone = sorted(filed(old) - filed(new))
        conn.execute(key_table.delete().where(key_table.c.key.in_(gone), key_table.c.lead == lead))
        conn.execute(
            party_table.update().where(party_table.c.lead == lead).values(data=encode(new))
        )
