"""The planner's desk: plants rows, screenings and repeats, and keeps the answer key of each.

Nothing here decides by the product's code: who plants a row states what must become of it.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from dataclasses import replace
from datetime import date, datetime

from processor.demo import places, screenings
from processor.demo.days import Grid, add_months
from processor.demo.records import (
    DUPLICATE,
    PENDING,
    RULING,
    Answer,
    Cells,
    Planted,
    Row,
    RulingAnswer,
    Step,
)
from processor.demo.world import Customer, World, phones
from processor.model import Unit


class Planner:
    """Collects what people will do; every method plants one thing and its expected outcome."""

    def __init__(self, world: World, grid: Grid, seed: int) -> None:
        self.world = world
        self.grid = grid
        self.rng = random.Random(f"story-{seed}")
        self.planted: dict[str, Planted] = {}
        self.rows: dict[tuple[str, datetime], list[Row]] = defaultdict(list)
        self.answers: list[Answer] = []
        self.rulings: list[RulingAnswer] = []
        self.closed: set[tuple[str, date]] = set()  # unit, month: reports nothing by itself
        self.refused: set[str] = set()
        self._counter = 0
        self._numbers = phones(random.Random(f"reporters-{seed}"))
        self.reporters = {u.code: (u.head, next(self._numbers)) for u in world.units}
        aliased = {a.customer for a in world.aliases}
        self.known = {c.name: c for c in world.customers}
        self.pool: deque[Customer] = deque(c for c in world.customers if c.name not in aliased)

    # -- choosing ---------------------------------------------------------------------------------

    def customer(self, category: str = "") -> Customer:
        """The next unused customer (of a category). Raises StopIteration when none is left."""
        found = next(c for c in self.pool if not category or c.category == category)
        self.take(found)
        return found

    def take(self, customer: Customer) -> None:
        """Nobody else shall report `customer`."""
        self.pool.remove(customer)

    def units(self, month: date, department: bool | None = None) -> list[Unit]:
        """Units that report in `month`."""
        dealers, departments = list(self.world.dealers), list(self.world.departments)
        pool = {None: dealers + departments, False: dealers, True: departments}[department]
        return [u for u in pool if (u.code, month) not in self.closed]

    def unit(self, at: datetime, department: bool | None = None, *besides: str) -> str:
        """A reporting unit of that month, none of `besides`."""
        pool = self.units(at.date().replace(day=1), department)
        return self.rng.choice([u.code for u in pool if u.code not in besides])

    def moment(self, month: date, first: int, last: int) -> datetime:
        """A run on a working day of `month` between two days; the first run of the span else."""
        span = [m for m in self.grid.month_moments(month) if first <= m.day <= last]
        working = [m for m in span if self.grid.days.working(m.date())]
        return self.rng.choice(working or span)

    def quantity(self, big: float = 0.35) -> int:
        """Vehicles of an ordinary lead: 3 to 9, or with chance `big` 10 to 60."""
        return self.rng.randint(10, 60) if self.rng.random() < big else self.rng.randint(3, 9)

    # -- rows -------------------------------------------------------------------------------------

    def cells(self, who: Customer, quantity: int, at: datetime, mark: str) -> Cells:
        """A complete row about `who` as a careful reporter types it."""
        rng = self.rng
        ahead = add_months(at.date().replace(day=1), rng.randint(2, 5))
        return {
            "客户单位全称": who.name,
            "采购类别": who.category,
            "类别说明": "乡村旅游接待用车" if who.category == "其他" else "",
            "省": who.province,
            "市": who.city,
            "县(区)": who.county,
            "出租运营地级别": "县级及以下" if who.category == "出租" else "",
            "项目名称": "",
            "意向车型": rng.choice(places.MODELS),
            "标的量(台)": quantity,
            "预计采购时间": ahead,
            "采购方式": rng.choice(places.METHODS),
            "采购预算(万元)": quantity * rng.choice((8, 9, 10, 12)),
            "客户联系人(第三方)": who.contact,
            "联系人职务": who.title,
            "联系方式": who.phone,
            "联系人邮箱或微信": "",
            "决策人/影响人": "",
            "竞争品牌及报价": "",
            "信息来源": rng.choice(places.ORIGINS),
            "信息内容及进展": rng.choice(places.PROGRESS),
            "密级": "",
            "更正原信息编号": "",
            "备注": mark,
        }

    def add(
        self,
        unit: str,
        at: datetime,
        case: str,
        who: Customer | None = None,
        quantity: int | None = None,
        cells: Cells | None = None,
        clause: str = "",
    ) -> str:
        """Plants one row in the file of `unit` at `at`; returns its tag. `cells` are changes.

        With `clause` the row is refused; else it is accepted and still needs its first step.
        """
        self._counter += 1
        tag = f"样例{self._counter:04d}"
        who = who or self.customer()
        count = self.quantity() if quantity is None else quantity
        full = self.cells(who, count, at, tag) | (cells or {})
        self.rows[unit, at].append(Row(tag, full))
        self.planted[tag] = Planted(
            tag=tag, mark=tag, case=case, unit=unit, file="", received=at, accepted=not clause,
            customer=who.name, category=str(full["采购类别"]), quantity=count, clause=clause,
            phone=who.phone,
            restricted=full["采购类别"] in ("公检法司", "军警装备") or full["密级"] == "秘密",
        )  # fmt: skip
        return tag

    def step(self, tag: str, at: datetime, state: str, clause: str = "") -> None:
        lead = self.planted[tag]
        self.planted[tag] = replace(lead, steps=(*lead.steps, Step(at, state, clause)))

    def hand_over(self, tag: str, at: datetime, province: str) -> None:
        """The lead becomes 待甄别 and is handed to its section (6.2)."""
        lead = self.planted[tag]
        section, person = self.world.screener(lead.category, province, at.date())
        self.step(tag, at, PENDING)
        self.planted[tag] = replace(
            self.planted[tag], section=section, screener=person, transferred=at,
            due=self.grid.days.screening_due(at),
        )  # fmt: skip

    def lead(
        self,
        unit: str,
        at: datetime,
        case: str = "正常",
        style: str = "有效",
        who: Customer | None = None,
        quantity: int | None = None,
        cells: Cells | None = None,
        hold: int | None = None,
    ) -> str:
        """A first-time lead and its screening; `hold` fixes the days to its 到期日期."""
        who = who or self.customer()
        tag = self.add(unit, at, case, who, quantity, cells)
        self.hand_over(tag, at, who.province)
        self.screen(tag, style, hold)
        return tag

    def judged(self, tag: str, state: str, clause: str) -> str:
        """The row is decided at its receipt, without a screening."""
        self.step(tag, self.planted[tag].received, state, clause)
        return tag

    def screen(self, tag: str, style: str, hold: int | None = None) -> None:
        """Plans the section's answers to a handed-over lead (`screenings.screen`)."""
        screenings.screen(self, tag, style, hold)

    # -- repeats ----------------------------------------------------------------------------------

    def row_of(self, tag: str) -> Row:
        """The row as it was typed."""
        lead = self.planted[tag]
        return next(r for r in self.rows[lead.unit, lead.received] if r.tag == tag)

    def who(self, tag: str) -> Customer:
        return self.known[self.planted[tag].customer]

    def after(self, at: datetime, working: int, slot: int = 0) -> datetime:
        """A later run on a working day; the last run when the story ends before."""
        return self.grid.after(at, working, slot) or self.grid.last

    def stranger(self, category: str, province: str, city: str, county: str) -> Customer:
        """A customer of a place outside the pool (city districts), named like no other."""
        count = len(self.known)
        firsts, seconds = places.BRAND_FIRST, places.BRAND_SECOND
        brand = firsts[count % len(firsts)] + seconds[(count // 3) % len(seconds)]
        trade = next(t for t, c in places.TRADES if c == category)
        like = self.pool.pop()
        place = county if city == province else city.removesuffix("市") + county
        found = replace(
            like, name=f"{place}{brand}{trade}", category=category, province=province, city=city,
            county=county,
        )  # fmt: skip
        self.known[found.name] = found
        return found

    def repeat(
        self, first: str, unit: str, at: datetime, case: str, cells: Cells | None = None,
        quantity: int | None = None,
    ) -> str:  # fmt: skip
        """A report of the same purchase as `first`; still needs its first step."""
        lead = self.planted[first]
        typed = self.row_of(first).cells
        same = {
            name: typed[name] for name in ("项目名称", "预计采购时间", "采购类别", "县(区)", "市")
        }
        count = lead.quantity if quantity is None else quantity
        tag = self.add(unit, at, case, self.who(first), count, same | (cells or {}))
        self.planted[tag] = replace(self.planted[tag], first=first)
        return tag

    def duplicate(
        self, first: str, unit: str, at: datetime, case: str, cells: Cells | None = None,
        quantity: int | None = None,
    ) -> str:  # fmt: skip
        """A repeat that is 重复 at once (5.1)."""
        tag = self.repeat(first, unit, at, case, cells, quantity)
        return self.judged(tag, DUPLICATE, "5.1")

    def suspected(
        self, first: str, unit: str, at: datetime, case: str, ruling: str, cells: Cells,
        style: str = "有效", alias: bool = False,
    ) -> str:  # fmt: skip
        """A repeat that waits for the clerk, who rules on the next working day."""
        tag = self.judged(self.repeat(first, unit, at, case, cells), RULING, "5.1")
        when = self.grid.after(at, 1, 0)
        if when is None:
            return tag
        self.rulings.append(RulingAnswer(when, tag, ruling, f"经与双方核对：{ruling}", alias))
        if ruling == DUPLICATE:
            self.step(tag, when, DUPLICATE, "5.1")
        else:
            self.hand_over(tag, when, self.who(first).province)
            self.screen(tag, style)
        return tag

    def revive(self, tag: str, style: str = "有效") -> None:
        """The first lead is 无效: the repeat steps into its own place and is screened (Q07)."""
        first = self.planted[self.planted[tag].first]
        assert first.answered is not None
        self.hand_over(tag, first.answered, self.who(first.tag).province)
        self.screen(tag, style)
