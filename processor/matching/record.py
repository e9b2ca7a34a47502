"""The stored form of a party: one line with all that comparing needs, contacts as digests."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from processor.matching.gazetteer import Spot
from processor.matching.judge import Party, Side
from processor.matching.names import Parts

_SEPARATOR = "\x1f"


def _spot(spot: Spot) -> str:
    return f"{spot.province}/{spot.city}/{spot.county}/{spot.zone}" if spot else ""


@lru_cache(maxsize=65_536)  # a record names the same few thousand places again and again
def _read_spot(text: str) -> Spot:
    if not text:
        return Spot()
    province, city, county, zone = text.split("/", 3)
    return Spot(int(province), int(city), int(county), zone)


def encode(side: Side) -> str:
    """The line of a party; the contact, phone and address can be compared, not read."""
    party, parts = side.party, side.parts
    cells = (
        party.name,
        party.province,
        party.city,
        party.county,
        party.category,
        side.person,
        " ".join(sorted(side.phones)),
        side.address,
        party.credit_code,
        party.model,
        "" if party.quantity is None else str(party.quantity),
        party.expected.isoformat() if party.expected else "",
        party.project_name,
        parts.text,
        parts.core,
        parts.unit,
        parts.branch,
        _spot(parts.seat),
        _spot(parts.field),
        _spot(parts.branch_seat),
        f"{parts.institution:d}{parts.complete:d}{parts.group:d}",
        parts.alias,
        "|".join(parts.others),
        parts.mended,
    )
    line = _SEPARATOR.join(cells)
    if line.count(_SEPARATOR) != len(cells) - 1:  # a control character in what people typed
        line = _SEPARATOR.join(cell.replace(_SEPARATOR, " ") for cell in cells)
    return line


def decode(line: str) -> Side:
    """The party of a line."""
    cells = line.split(_SEPARATOR)
    party = Party(
        name=cells[0],
        province=cells[1],
        city=cells[2],
        county=cells[3],
        category=cells[4],
        contact=cells[5],
        phone=cells[6],
        address=cells[7],
        credit_code=cells[8],
        model=cells[9],
        quantity=int(cells[10]) if cells[10] else None,
        expected=date.fromisoformat(cells[11]) if cells[11] else None,
        project_name=cells[12],
    )
    flags = cells[20]
    parts = Parts(
        text=cells[13],
        core=cells[14],
        unit=cells[15],
        branch=cells[16],
        seat=_read_spot(cells[17]),
        field=_read_spot(cells[18]),
        branch_seat=_read_spot(cells[19]),
        institution=flags[0] == "1",
        complete=flags[1] == "1",
        group=flags[2] == "1",
        alias=cells[21],
        others=tuple(cells[22].split("|")) if cells[22] else (),
        mended=cells[23],
    )
    return Side(party, parts, frozenset(cells[6].split()), cells[5], cells[7])
