"""What every decision of one run needs at hand, and what it leaves to be published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from processor.calendar import WorkCalendar
from processor.ledger import tables as t
from processor.ledger.store import Record, Row
from processor.model import Due, Roster, RuleKey, Source, Unit
from processor.regulation.deadlines import screening_due
from processor.regulation.edition import Edition, in_force
from processor.roster import Assignment, screener_for

if TYPE_CHECKING:
    from processor.canary import Canary
    from processor.intake.forms import LoadedForm
    from processor.matching.index import Index
    from processor.matching.knowledge import Knowledge
    from processor.regulation.validity_checks import Finding


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file of this run, read: a form, or the reason why it is none."""

    batch: str
    received_at: datetime
    evidence: float | None  # arrival evidence in seconds; None = unknown
    path: str  # under inbox/
    name: str  # as the submitter named it
    sha256: str
    form: LoadedForm | None = None
    state: str = "accepted"  # FileState when there is no form
    reason: str = ""
    remedy: str = ""
    archived: str = ""
    staged: str = ""  # our private copy

    def source(self, sheet: str = "", row: int = 0) -> Source:
        return Source(self.name, sheet, row)


@dataclass(slots=True)
class Counts:
    """The row balance of one file or of a run: read = accepted + refused + blank + known."""

    read: int = 0
    blank: int = 0
    accepted: int = 0
    refused: int = 0
    known: int = 0

    def balanced(self) -> bool:
        return self.read == self.blank + self.accepted + self.refused + self.known

    def add(self, other: Counts) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Session:
    """One run's decisions: the record, the roster, the clock, and what must be published."""

    record: Record
    now: datetime
    roster: Roster
    editions: tuple[Edition, ...]
    start: datetime  # the record begins: nothing before is published or penal
    rows: Counts = field(default_factory=Counts)
    forms: dict[str, int] = field(default_factory=dict)  # other forms taken, by title
    warnings: list[str] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)  # FileState by id(arrival)
    receipts: dict[str, Any] = field(default_factory=dict)  # path under outbox -> Receipt
    issues: list[tuple[str, Any]] = field(default_factory=list)  # bulletins, assessments
    sections: set[str] = field(default_factory=set)  # whose screening list changed
    topics: set[str] = field(default_factory=set)  # live workbooks that changed
    edits: list[dict[str, Any]] = field(default_factory=list)  # found in the clerk's workbooks
    notices: list[dict[str, Any]] = field(default_factory=list)  # releases, reminders for mail
    findings: dict[tuple[object, ...], tuple[Finding, ...]] = field(default_factory=dict)
    _editions: dict[date, Edition] = field(default_factory=dict)
    _calendar: WorkCalendar | None = None
    _dues: dict[datetime, Due] = field(default_factory=dict)
    _screeners: dict[tuple[str, str, date], Assignment | None] = field(default_factory=dict)
    _index: Any = None
    _knowledge: Any = None
    _canaries: list[Canary] | None = None
    _units: dict[str, Unit] = field(default_factory=dict)

    def unit(self, code: str) -> Unit | None:
        if not self._units:
            self._units.update({u.code: u for u in self.roster.units})
        return self._units.get(code)

    def edition(self, day: date | None = None) -> Edition:
        """The edition in force on a day (default: today)."""
        day = day or self.now.date()
        found = self._editions.get(day)
        if found is None:
            found = self._editions[day] = in_force(self.editions, day)
        return found

    def clause(self, rule: RuleKey | str | None, day: date | None = None) -> str:
        """The clause number of a rule, e.g. 5.2; blank when there is none."""
        return self.edition(day).clause(RuleKey(rule)) if rule else ""

    @property
    def calendar(self) -> WorkCalendar:
        if self._calendar is None:
            self._calendar = WorkCalendar(dict(self.roster.calendar))
        return self._calendar

    @property
    def handover_due(self) -> Due:
        """When a lead handed over now must be answered (6.3)."""
        if self.now not in self._dues:
            self._dues[self.now] = screening_due(self.now, self.calendar, self.edition())
        return self._dues[self.now]

    def screener(self, category: str, province: str) -> Assignment | None:
        """Who screens a category in a province today (6.2)."""
        asked = (category, province, self.now.date())
        if asked not in self._screeners:
            self._screeners[asked] = screener_for(self.roster, *asked)
        return self._screeners[asked]

    @property
    def index(self) -> Index:
        """The matching index, opened when the first lead needs it."""
        if self._index is None:
            from processor.matching.index import Index, current

            if not current(self.record.connection):  # a newer matcher files leads otherwise
                from processor.decisions.pairing import rebuild_index

                rebuild_index(self)
            self._index = Index(self.record.connection, self.knowledge)
        index: Index = self._index
        return index

    @property
    def knowledge(self) -> Knowledge:
        """Aliases in use (shipped, roster, rulings; not those the clerk disabled)."""
        if self._knowledge is None:
            from processor.decisions.aliases import knowledge

            self._knowledge = knowledge(self)
        known: Knowledge = self._knowledge
        return known

    def forget_knowledge(self) -> None:
        """After a ruling or the roster taught something: the index compares with it from now on."""
        self._knowledge = None
        self.close_index()

    @property
    def canaries(self) -> list[Canary]:
        """Of every copy with contacts that was mailed before this run."""
        if self._canaries is None:
            from processor.ledger.canaries import known

            self._canaries = known(self.record.connection)
        return self._canaries

    def close_index(self) -> None:
        """Write what was added to the matching index."""
        if self._index is not None:
            self._index.flush()
            self._index = None

    def lead(self, number: str) -> Row | None:
        return self.record.get(t.leads, number)

    def tell(self, number: str, what: str, reason: str, **more: Any) -> None:
        """A line in the story of `number`, with the clause of its rule filled in."""
        rule = more.get("rule")
        self.record.tell(number, what, reason, clause=self.clause(rule) if rule else "", **more)
