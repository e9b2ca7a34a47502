"""What people have taught the matcher: aliases, rulings, phones that prove nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from processor.matching.text import normalise

_NOT_DIGIT = re.compile(r"[\s\-—–()（）.+]")
_RUN = re.compile(r"\d{7,}")
# A number on leads of this many different customers is a reporter's or a dealer's own.
MANY_CUSTOMERS = 5


def phones(text: str) -> tuple[str, ...]:
    """The phone numbers in a cell: seven digits or more, without the country prefix."""
    if text.startswith("#"):  # already tokens of the index
        return tuple(text.split())
    found = []
    for part in re.split(r"[,，;；/、|]", text):
        for run in _RUN.findall(_NOT_DIGIT.sub("", part)):
            digits = run.removeprefix("0086") if len(run) > 12 else run
            if len(digits) in (13, 14) and digits.startswith("86"):
                digits = digits[2:]
            if len(digits) == 22:
                found += [digits[:11], digits[11:]]
            else:
                found.append(digits)
    return tuple(dict.fromkeys(found))


def dummy(phone: str) -> bool:
    """A number nobody has: one digit repeated, or a plain run (13800000000, 12345678)."""
    body = phone[3:] if len(phone) == 11 else phone
    return len(set(body)) <= 1 or body in "01234567890123456789" or body in "98765432109876543210"


def token(text: str) -> str:
    """A short digest of a personal field: it can be compared, not read."""
    return "#" + blake2b(text.encode(), digest_size=8).hexdigest()


def phone_tokens(text: str) -> frozenset[str]:
    """Tokens of the real numbers in a cell."""
    if text.startswith("#"):
        return frozenset(text.split())
    return frozenset(token(p) for p in phones(text) if not dummy(p))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What people have taught the matcher; everything by normalised name.

    `aliases` maps a name to the customer it stands for; `disabled` are shipped or taught aliases no
    longer in use; `distinct` holds sorted pairs ruled 不重复; `dull_phones` are tokens of numbers
    that are no evidence.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    distinct: frozenset[tuple[str, str]] = frozenset()
    dull_phones: frozenset[str] = frozenset()

    def resolve(self, name: str) -> str:
        """The customer a normalised name stands for, or the name itself."""
        seen = {name}
        while name in self.aliases and name not in self.disabled:
            name = self.aliases[name]
            if name in seen:
                break
            seen.add(name)
        return name


def build(
    aliases: Iterable[tuple[str, str]] = (),
    disabled: Iterable[str] = (),
    distinct: Iterable[tuple[str, str]] = (),
    own_phones: Iterable[str] = (),
    used: Iterable[tuple[str, str]] = (),
) -> Knowledge:
    """Knowledge from plain rows.

    `aliases`: (alias, customer). `distinct`: pairs of names ruled 不重复. `own_phones`: numbers of
    reporters. `used`: (customer, phone) of leads on record, where the index does not count them; a
    number of `MANY_CUSTOMERS` customers or more proves nothing.
    """
    pairs: dict[str, str] = {}
    for alias, customer in aliases:
        left, right = normalise(alias), normalise(customer)
        if left and right and left != right:
            pairs[left] = right
    owners: dict[str, set[str]] = {}
    for customer, cell in used:
        for one in phone_tokens(cell):
            owners.setdefault(one, set()).add(normalise(customer))
    many = Counter({phone: len(names) for phone, names in owners.items()})
    dull = {phone for phone, count in many.items() if count >= MANY_CUSTOMERS}
    for cell in own_phones:
        dull |= phone_tokens(cell)
    ruled = set()
    for one, other in distinct:
        left, right = sorted((normalise(one), normalise(other)))
        ruled.add((left, right))
    return Knowledge(
        pairs, frozenset(normalise(d) for d in disabled), frozenset(ruled), frozenset(dull)
    )


NOTHING = Knowledge()
