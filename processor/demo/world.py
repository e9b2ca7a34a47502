"""The invented company of the demonstration: units, people, duties, customers, all from one seed.

Names of persons, firms and numbers are composed, never taken from anywhere; only places are real.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from processor.demo import places
from processor.demo.days import Days, add_months
from processor.model import Alias, Category, Duty, Person, Unit, UnitKind

MARKETING = "市场策略科"
SUPPORT = "销售支持科"
GOVERNMENT = "政府业务科"
FLEETS = "出租租赁科"
ENTERPRISE = "企事业科"
GENERAL = "综合开发科"

SCREENING_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (GOVERNMENT, (Category.GOVERNMENT, Category.JUSTICE, Category.MILITARY)),
    (FLEETS, (Category.TAXI, Category.RENTAL)),
    (ENTERPRISE, (Category.ENTERPRISE, Category.DRIVING_SCHOOL)),
    (GENERAL, (Category.OTHER,)),
)


@dataclass(frozen=True, slots=True)
class Customer:
    """A purchasing body with its one person to call."""

    name: str
    category: str
    province: str
    city: str
    county: str
    contact: str
    title: str
    phone: str


@dataclass(frozen=True, slots=True)
class World:
    """What stands in the roster, and the seed from which customers follow."""

    seed: int
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    duties: tuple[Duty, ...]
    overrides: tuple[tuple[date, bool], ...]
    aliases: tuple[Alias, ...]
    customers: tuple[Customer, ...]

    @property
    def dealers(self) -> tuple[Unit, ...]:
        """Dealers in service."""
        return tuple(u for u in self.units if u.kind is UnitKind.DEALER and u.active)

    @property
    def departments(self) -> tuple[Unit, ...]:
        return tuple(u for u in self.units if u.kind is UnitKind.DEPARTMENT)

    @property
    def suspended(self) -> Unit:
        return next(u for u in self.units if not u.active)

    @property
    def days(self) -> Days:
        return Days(dict(self.overrides))

    def unit(self, code: str) -> Unit:
        return next(u for u in self.units if u.code == code)

    def screener(self, category: str, province: str, day: date) -> tuple[str, str]:
        """(section, person) answerable for a lead handed over on `day`: the most specific duty."""
        rows = [d for d in self.duties if d.category == category and d.province in ("", province)]
        duty = max(rows, key=lambda d: d.province != "")
        first = next(p for p in self.people if p.name == duty.screener)
        return duty.section, duty.screener if first.on_duty(day) else duty.deputy


def person_names(rng: random.Random) -> Iterator[str]:
    """Distinct names of two or three characters."""
    seen: set[str] = set()
    while True:
        given = "".join(rng.sample(places.GIVEN, rng.choice((1, 2, 2))))
        name = rng.choice(places.SURNAMES) + given
        if name not in seen:
            seen.add(name)
            yield name


def phones(rng: random.Random) -> Iterator[str]:
    """Distinct well-formed mobile numbers without the look of a dummy."""
    seen: set[str] = set()
    while True:
        digits = rng.choice(("198", "191", "166")) + f"{rng.randrange(10**8):08d}"
        if len(set(digits[3:])) >= 5 and digits not in seen:
            seen.add(digits)
            yield digits


def _customers(rng: random.Random, names: Iterator[str]) -> tuple[Customer, ...]:
    """Every customer of the country, shuffled; within a county all names clearly differ."""
    counties = [(p, c, k) for p, c, found in places.COUNTIES for k in found]
    numbers = phones(rng)
    found: list[Customer] = []
    firsts, seconds = places.BRAND_FIRST, places.BRAND_SECOND
    for at, (province, city, county) in enumerate(counties):
        bodies = [(county + bureau, category) for bureau, category in places.BUREAUS]
        for k in range(len(firsts)):
            brand = firsts[(k + at) % len(firsts)] + seconds[(k + 3 * at) % len(seconds)]
            trade, category = places.TRADES[k % len(places.TRADES)]
            bodies.append((county + brand + trade, category))
        for name, category in bodies:
            title = rng.choice(places.TITLES)
            found.append(
                Customer(name, category, province, city, county, next(names), title, next(numbers))
            )
    rng.shuffle(found)
    return tuple(found)


def _dealers(count: int, since: date, names: Iterator[str]) -> list[Unit]:
    found = []
    cities = places.DEALER_CITIES
    for n in range(count):
        province, city = cities[n % len(cities)]
        brand = places.DEALER_BRANDS[(n + n // len(cities)) % len(places.DEALER_BRANDS)]
        short = city.removesuffix("市") + brand
        code = f"J{n + 1:03d}"
        found.append(
            Unit(
                code=code,
                name=f"{short}汽车销售服务有限公司",
                kind=UnitKind.DEALER,
                aliases=(short,),
                province=province,
                city=city,
                since=since,
                head=next(names),
                head_mail=f"{code.lower()}@example.com",
                folder=short if n % 3 == 0 else "",
                account=f"{short}汽车销售服务有限公司",
            )
        )
    return found


def _departments(count: int, since: date, names: Iterator[str]) -> list[Unit]:
    return [
        Unit(
            code=f"B{n + 1:02d}",
            name=places.DEPARTMENTS[n],
            kind=UnitKind.DEPARTMENT,
            since=since,
            head=next(names),
            head_mail=f"b{n + 1:02d}@example.com",
            leader=next(names),
            leader_mail=f"leader{n + 1:02d}@example.com",
        )
        for n in range(count)
    ]


def _offices(since: date, names: Iterator[str]) -> list[Unit]:
    sections = [name for name, _ in SCREENING_SECTIONS]
    offices = [MARKETING, SUPPORT, "综合管理部", "财务计划部"]
    return [
        Unit(
            code=f"K{n + 1:02d}",
            name=name,
            kind=UnitKind.SECTION if name in sections else UnitKind.OFFICE,
            since=since,
            head=next(names),
            head_mail=f"k{n + 1:02d}@example.com",
        )
        for n, name in enumerate((*sections, *offices))
    ]


def _people(since: date, leave: date, names: Iterator[str]) -> tuple[list[Person], list[Duty]]:
    """One screener and a deputy a section; the fleets' screener leaves the post on `leave`."""
    people: list[Person] = []
    duties: list[Duty] = []

    def add(section: str, role: str, deputy: str = "", until: date | None = None) -> str:
        name = next(names)
        mail = f"p{len(people) + 1:02d}@example.com"
        people.append(Person(name, section, role, mail, deputy, since, until))
        return name

    for section, categories in SCREENING_SECTIONS:
        deputy = add(section, "项目责任人")
        until = leave if section == FLEETS else None
        first = add(section, "项目责任人", deputy, until)
        duties += [Duty(category, "", section, first, deputy) for category in categories]
        if section == GOVERNMENT:  # 江苏省 has its own man: the most specific row must win
            other = add(section, "项目责任人", deputy)
            duties.append(Duty(Category.GOVERNMENT, "江苏省", section, other, deputy))
    for section, role in (
        (MARKETING, "策略科责任人"),
        (SUPPORT, "销售支持责任人"),
        ("综合管理部", "综合"),
        ("财务计划部", "财务"),
    ):
        add(section, role)
    return people, duties


def make_world(units: int, seed: int, start: date, months: int) -> World:
    """A company of `units` reporting units (departments and dealers in service), from `seed`.

    One more dealer is suspended. One working Friday of the second month is a company holiday; the
    fleets' screener leaves on the 14th of the second month. Raises ValueError below 8 units.
    """
    if units < 8:
        raise ValueError("示例至少需要8个提报单位")
    rng = random.Random(f"world-{seed}")
    names = person_names(rng)
    since = date(start.year - 2, 3, 1)
    departments = _departments(min(6, max(2, units // 7)), since, names)
    dealers = _dealers(units - len(departments) + 1, since, names)
    last = dealers[-1]
    dealers[-1] = Unit(
        code=last.code, name=last.name, kind=last.kind, aliases=last.aliases,
        province=last.province, city=last.city, active=False, since=since,
        until=start - timedelta(days=30), head=last.head, head_mail=last.head_mail,
    )  # fmt: skip
    second = add_months(start.replace(day=1), 1)
    people, duties = _people(since, second.replace(day=14), names)
    friday = second.replace(day=21)
    while friday.weekday() != 4:
        friday += timedelta(days=1)
    customers = _customers(rng, names)
    reserved = [c for c in customers if c.category == Category.ENTERPRISE][-3:]
    aliases = tuple(
        Alias(f"{c.county}{former}", c.name, "客户更名来函")
        for c, former in zip(reserved, ("供销联营厂", "第二农具社", "红旗综合厂"), strict=True)
    )
    return World(
        seed=seed,
        units=(*departments, *dealers, *_offices(since, names)),
        people=tuple(people),
        duties=tuple(duties),
        overrides=((friday, False),),
        aliases=aliases,
        customers=customers,
    )
