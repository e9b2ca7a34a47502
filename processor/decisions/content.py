"""Between a lead's ledger row, its typed content, and what matching compares."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING

from processor.decisions.session import Session
from processor.ledger.store import Row
from processor.model import LeadContent, RuleKey, UnitKind

if TYPE_CHECKING:
    from processor.matching.judge import Party
    from processor.regulation.validity_checks import Finding

CONTENT_NAMES = tuple(f.name for f in fields(LeadContent))

_NOT_BUSINESS = frozenset({"reporter", "reporter_phone", "reported_on"})


def content_values(content: LeadContent) -> Row:
    """Ledger columns of a content; blanks become None."""
    values = ((name, getattr(content, name)) for name in CONTENT_NAMES)
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
    parts = [f"{n}={getattr(content, n)}" for n in CONTENT_NAMES if n not in _NOT_BUSINESS]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def party_of(content: LeadContent) -> Party:
    """The side of a comparison."""
    from processor.matching.judge import Party

    return Party(
        name=content.customer,
        province=content.province,
        city=content.city,
        county=content.county,
        category=content.category,
        contact=content.contact,
        phone=content.contact_phone,
        address="",
        credit_code=content.credit_code,
        model=content.model,
        quantity=content.quantity,
        expected=content.expected,
        project_name=content.project_name,
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
    from processor.regulation.validity_checks import check

    day = lead["received_at"].date()
    return check(content_of(lead), UnitKind(lead["unit_kind"]), day, session.edition(day))


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
