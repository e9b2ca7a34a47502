"""Between a lead's ledger row, its typed content, and what matching compares."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import date
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from processor.decisions.session import Session
from processor.ledger.store import Row
from processor.model import LeadContent, RuleKey, UnitKind

if TYPE_CHECKING:
    from processor.matching.judge import Party
    from processor.regulation.validity_checks import Finding

CONTENT_NAMES = tuple(f.name for f in fields(LeadContent))

_values = attrgetter(*CONTENT_NAMES)
_NOT_BUSINESS = frozenset({"reporter", "reporter_phone", "reported_on"})
_BUSINESS = tuple(name for name in CONTENT_NAMES if name not in _NOT_BUSINESS)
_business = attrgetter(*_BUSINESS)
_PRINT = "\x1f".join(f"{name}={{}}" for name in _BUSINESS)
# all that `validity_checks.check` reads of a content
_JUDGED = ("category", "province", "city", "county", "taxi_level", "quantity")
_judged_of_content = attrgetter(*_JUDGED)
_judged_of_lead = itemgetter(*_JUDGED)


def content_values(content: LeadContent) -> Row:
    """Ledger columns of a content; blanks become None."""
    values = zip(CONTENT_NAMES, _values(content), strict=True)
    return {name: (value if value != "" else None) for name, value in values}


def content_of(lead: Row) -> LeadContent:
    """The content a lead stands on now."""
    optional = {"quantity", "expected", "reported_on"}
    values: Row = {n: lead[n] if n in optional else (lead[n] or "") for n in CONTENT_NAMES}
    return LeadContent(**values)


def row_print(content: LeadContent) -> str:
    """Fingerprint of the business content: the same row in another file has the same one.

    The reporter and the typed date are left out: a list sent again next week is still known.
    """
    text = _PRINT.format(*_business(content))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def party_of(content: LeadContent) -> Party:
    """The side of a comparison."""
    return party_in(content_values(content))


def party_in(lead: Row) -> Party:
    """The side of a comparison that a lead on record is: `party_of` its content."""
    from processor.matching.judge import Party

    return Party(
        name=lead["customer"] or "",
        province=lead["province"] or "",
        city=lead["city"] or "",
        county=lead["county"] or "",
        category=lead["category"] or "",
        contact=lead["contact"] or "",
        phone=lead["contact_phone"] or "",
        address="",
        credit_code=lead["credit_code"] or "",
        model=lead["model"] or "",
        quantity=lead["quantity"],
        expected=lead["expected"],
        project_name=lead["project_name"] or "",
    )


def party_checks(session: Session, lead: Row) -> tuple[RuleKey, str] | None:
    """5.6 and 5.4 (in that order): the rule that bars the lead, with its reason; or None.

    A valid verdict with a confirmed quantity is judged by that quantity.
    """
    from processor.regulation.validity_checks import decisive, minimum_quantity

    found = decisive(findings(session, lead))
    if found is None and lead["verdict"] == "有效" and lead["confirmed"] is not None:
        edition = session.edition(lead["received_at"].date())
        found = minimum_quantity(lead["confirmed"], edition)
    return None if found is None else (found.rule, found.reason)


def findings(session: Session, lead: Row) -> tuple[Finding, ...]:
    """Everything 2, 5.4 and 5.6 say of a lead as reported."""
    return _found(session, lead["unit_kind"], lead["received_at"].date(), _judged_of_lead(lead))


def judged(
    session: Session, kind: UnitKind, day: date, content: LeadContent
) -> tuple[Finding, ...]:
    """`findings` of a content that is no lead yet."""
    return _found(session, kind.value, day, _judged_of_content(content))


def _found(
    session: Session, kind: str, day: date, facts: tuple[str | int | None, ...]
) -> tuple[Finding, ...]:
    """Worked out once for the same facts: a row is asked about at the gate, when it is flagged,
    paired and settled. `facts` as in `_JUDGED`; blank texts are "" or None."""
    from processor.regulation.validity_checks import check

    key = (kind, day, *facts)
    found = session.findings.get(key)
    if found is None:
        texts: Row = {n: v or "" for n, v in zip(_JUDGED[:-1], facts[:-1], strict=True)}
        content = LeadContent(**texts, quantity=facts[-1])  # type: ignore[arg-type]
        found = check(content, UnitKind(kind), day, session.edition(day))
        session.findings[key] = found
    return found


_SERIES = 20  # bits for the running number: a million leads a month


def lead_id(number: str) -> int:
    """The matching index knows leads by whole numbers: months since 2000, then the series."""
    year, month, series = int(number[3:7]), int(number[7:9]), int(number[10:])
    return ((year - 2000) * 12 + month - 1) << _SERIES | series


def lead_number(key: int) -> str:
    """The reverse of `lead_id`."""
    months, series = key >> _SERIES, key & ((1 << _SERIES) - 1)
    return f"DKH{2000 + months // 12:04d}{months % 12 + 1:02d}-{series:04d}"


@lru_cache(maxsize=65536)
def month_text(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}"
