"""The ledger inside one transaction: rows are loaded when asked for and written back together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    inspect,
    or_,
    select,
)
from sqlalchemy.exc import ArgumentError

from processor.ledger import tables as t
from processor.ledger.bulk import insert
from processor.model import RuleKey, Source
from processor.workspace import UnusableWorkspace

Row = dict[str, Any]

_CHUNK = 500  # values in one IN (...): below every database's limit


def connect(url: str) -> Engine:
    """The ledger's engine; SQLite with full durability, PostgreSQL by psycopg.

    Raises UnusableWorkspace when the driver is not installed or there is no such database.
    """
    try:
        engine = create_engine(re.sub("^postgres(ql)?://", "postgresql+psycopg://", url))
    except (ImportError, ArgumentError) as error:
        raise UnusableWorkspace(
            f"processor.toml 的 [ledger] url 无法使用（{error}）。"
            "PostgreSQL 需安装驱动：pip install psycopg[binary]；留空则用 state/ledger.sqlite。"
        ) from error
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # we begin transactions ourselves
            # EXTRA: after the commit the inbox file goes, maybe on another disk. With FULL a power
            # failure could still bring back the journal, and with it the state before the commit.
            for pragma in ("synchronous=EXTRA", "journal_mode=DELETE", "cache_size=-65536"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def is_ledger(engine: Engine) -> bool:
    """Whether the database holds a ledger's tables."""
    return inspect(engine).has_table(t.meta.name)


def create_all(engine: Engine) -> None:
    from processor.matching.index import create_tables

    with engine.begin() as connection:
        t.metadata.create_all(connection)
        create_tables(connection)


class Record:
    """A unit of work over the ledger.

    Rows are plain dicts by column name. `get` and `select` return the one live copy of a row;
    change it with `change`. `flush` writes what is new or changed; events are chained as they are
    written. Nothing is durable before the surrounding transaction commits.
    """

    def __init__(self, connection: Connection, run: int, now: datetime) -> None:
        self.connection = connection
        self.run = run
        self.now = now
        self._rows: dict[str, dict[Any, Row]] = {}
        self._new: dict[str, dict[Any, Row]] = {}
        self._dirty: dict[str, set[Any]] = {}
        self._events: list[Row] = []
        self._counters: dict[str, int] = {}
        self._counted: set[str] = set()  # counters that differ from the table
        self._absent: dict[str, set[Any]] = {}
        self._pairs_loaded: set[str] = set()
        self._pairs_of: dict[str, set[str]] = {}
        self._prints: dict[tuple[str, str], str | None] = {}
        self._new_prints: list[Row] = []
        self.changes = 0

    # --- rows ---

    def get(self, table: Table, key: Any) -> Row | None:
        """The row of that key, or None."""
        found = self._rows.setdefault(table.name, {}).get(key)
        if found is None and key not in self._absent.setdefault(table.name, set()):
            self.load(table, [key])
            found = self._rows[table.name].get(key)
        return found

    def load(self, table: Table, keys: Iterable[Any]) -> None:
        """Bring rows into memory, a few hundred a query."""
        have = self._rows.setdefault(table.name, {})
        absent = self._absent.setdefault(table.name, set())
        wanted = [k for k in dict.fromkeys(keys) if k not in have and k not in absent]
        column = _key(table)
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            self._keep(table, self.connection.execute(select(table).where(column.in_(part))))
            absent.update(k for k in part if k not in have)

    def select(self, table: Table, *where: ColumnElement[bool], order: Any = None) -> list[Row]:
        """Rows that meet the conditions, with what this run has changed so far."""
        self.flush()
        query = select(table).where(*where)
        if order is not None:
            query = query.order_by(*order) if isinstance(order, tuple) else query.order_by(order)
        return self._keep(table, self.connection.execute(query))

    def _keep(self, table: Table, found: CursorResult[Any]) -> list[Row]:
        """The live rows of what was found: those in memory stand, the others are taken in."""
        have = self._rows.setdefault(table.name, {})
        names = tuple(found.keys())
        at = names.index(_key(table).name)
        result = []
        for values in found:
            row = have.get(values[at])
            if row is None:
                row = have[values[at]] = dict(zip(names, values, strict=True))
            result.append(row)
        return result

    def add(self, table: Table, values: Row) -> Row:
        """A new row; columns not given are None."""
        row: Row = {**_blank(table), **values}
        key = row[_key(table).name]
        self._rows.setdefault(table.name, {})[key] = row
        self._new.setdefault(table.name, {})[key] = row
        self._absent.setdefault(table.name, set()).discard(key)
        if table is t.pairs:
            for side in ("earlier", "later"):
                self._pairs_of.setdefault(row[side], set()).add(key)
        elif table is t.leads:
            self._pairs_loaded.add(key)  # a new lead stands in no pair but those added from now on
        self.changes += 1
        return row

    def change(self, table: Table, row: Row, **values: Any) -> bool:
        """Set columns of a live row; True when anything differs."""
        different = {k: v for k, v in values.items() if row[k] != v}
        if not different:
            return False
        row.update(different)
        key = row[_key(table).name]
        if key not in self._new.get(table.name, {}):
            self._dirty.setdefault(table.name, set()).add(key)
        self.changes += 1
        return True

    def remove(self, table: Table, row: Row) -> None:
        """Take a row out (only judgements of pairs are ever withdrawn; facts never are)."""
        key = row[_key(table).name]
        self.flush()
        self.connection.execute(table.delete().where(_key(table) == key))
        self._rows[table.name].pop(key, None)
        if table is t.pairs:
            for side in ("earlier", "later"):
                self._pairs_of.get(row[side], set()).discard(key)

    # --- pairs: asked for by lead, in bulk ---

    def pairs_of(self, numbers: Sequence[str]) -> list[Row]:
        """All judged pairs in which one of these leads stands."""
        wanted = [n for n in numbers if n not in self._pairs_loaded]
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            query = select(t.pairs).where(
                or_(t.pairs.c.later.in_(part), t.pairs.c.earlier.in_(part))
            )
            have = self._rows.setdefault("pairs", {})
            for row in self.connection.execute(query).mappings():
                live = have.setdefault(row["number"], dict(row))
                for side in ("earlier", "later"):
                    self._pairs_of.setdefault(live[side], set()).add(live["number"])
            self._pairs_loaded.update(part)
        keys = {k for n in numbers for k in self._pairs_of.get(n, ())}
        have = self._rows.setdefault("pairs", {})
        return [have[k] for k in sorted(keys)]

    # --- rows known from earlier files ---

    def load_prints(self, unit_code: str, marks: Iterable[str]) -> None:
        """Look up many row prints of a unit at once."""
        wanted = [m for m in dict.fromkeys(marks) if (unit_code, m) not in self._prints]
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            known = self.connection.execute(_prints(), {"unit": unit_code, "marks": part})
            self._prints.update({(unit_code, m): None for m in part})
            self._prints.update({(unit_code, m): n for m, n in known})

    def known_row(self, unit_code: str, mark: str) -> str | None:
        """The lead that this very row of this unit became, if it was accepted before."""
        if (unit_code, mark) not in self._prints:
            self.load_prints(unit_code, [mark])
        return self._prints[unit_code, mark]

    def remember_row(self, unit_code: str, mark: str, lead: str) -> None:
        self.known_row(unit_code, mark)
        if self._prints[unit_code, mark] is None:
            self._new_prints.append({"unit_code": unit_code, "print": mark, "lead": lead})
        self._prints[unit_code, mark] = lead

    # --- numbers and story ---

    def next(self, counter: str) -> int:
        """The next number of a series, from 1."""
        if counter not in self._counters:
            query = select(t.counters.c.value).where(t.counters.c.name == counter)
            self._counters[counter] = self.connection.execute(query).scalar() or 0
        self._counters[counter] += 1
        self._counted.add(counter)
        return self._counters[counter]

    def tell(
        self,
        number: str,
        what: str,
        reason: str,
        *,
        rule: RuleKey | None = None,
        clause: str = "",
        old: object = "",
        new: object = "",
        source: Source | None = None,
        at: datetime | None = None,
    ) -> None:
        """Add one line to the story of `number` (a lead, pair, file, issue …). No personal data."""
        self._events.append(
            {
                "seq": self.next("event"),
                "at": at or self.now,
                "number": number,
                "what": what,
                "rule": rule.value if rule else "",
                "clause": clause,
                "reason": reason,
                "old": _text(old),
                "new": _text(new),
                "source_file": source.file if source else "",
                "source_sheet": source.sheet if source else "",
                "source_row": source.row or None if source else None,
                "run": self.run,
            }
        )
        self.changes += 1

    def meta(self, key: str) -> str | None:
        value = self.connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
        return None if value is None else str(value)

    def set_meta(self, key: str, value: str) -> None:
        self.connection.execute(t.meta.delete().where(t.meta.c.key == key))
        self.connection.execute(t.meta.insert(), {"key": key, "value": value})

    # --- writing back ---

    def flush(self) -> None:
        """Write new and changed rows, counters and events into the open transaction."""
        for name, rows in self._new.items():
            if rows:
                insert(self.connection, t.metadata.tables[name], rows.values())
                rows.clear()
        for name, keys in self._dirty.items():
            if not keys:
                continue
            table = t.metadata.tables[name]
            column = _key(table)
            ordered = sorted(keys)
            rows_by_key = self._rows[name]
            for start in range(0, len(ordered), _CHUNK):
                part = ordered[start : start + _CHUNK]
                self.connection.execute(table.delete().where(column.in_(part)))
                insert(self.connection, table, [rows_by_key[k] for k in part])
            keys.clear()
        if self._new_prints:
            insert(self.connection, t.row_prints, self._new_prints)
            self._new_prints.clear()
        if self._events:
            self._chain()
        if self._counted:
            names = sorted(self._counted)
            self.connection.execute(t.counters.delete().where(t.counters.c.name.in_(names)))
            counts = [{"name": n, "value": self._counters[n]} for n in names]
            self.connection.execute(t.counters.insert(), counts)
            self._counted.clear()

    def _chain(self) -> None:
        head = self.meta("chain") or ""
        for row in self._events:
            head = chain_link(head, row)
            row["chain"] = head
        insert(self.connection, t.events, self._events)
        self._events.clear()
        self.set_meta("chain", head)


def chain_link(previous: str, row: Row) -> str:
    """The chain value of an event: SHA-256 over the one before it and every other column."""
    parts = [v if type(v) is str else _text(v) for v in _chained(row)]
    body = _JSON([previous, *parts])
    return hashlib.sha256(body.encode()).hexdigest()


_chained = itemgetter(*(column.name for column in t.events.c if column.name != "chain"))
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@cache
def _prints() -> Any:
    """Built once: a run asks it for every file of leads."""
    columns = t.row_prints.c
    return select(columns.print, columns.lead).where(
        columns.unit_code == bindparam("unit"),
        columns.print.in_(bindparam("marks", expanding=True)),
    )


@cache
def _key(table: Table) -> Any:
    return next(iter(table.primary_key.columns))


@cache
def _blank(table: Table) -> Row:
    """A row of which nothing is known yet, to be copied."""
    return dict.fromkeys(table.c.keys())


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
