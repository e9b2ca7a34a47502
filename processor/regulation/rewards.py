"""Clauses 7.1.1 and 7.2.2: rewards for projects, in whole yuan, by exact integer arithmetic.

Rates are compared by cross-multiplication, never as floats. Each function says which switches of
the edition change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from processor.model import RuleKey, UnitKind
from processor.regulation.edition import Edition


@dataclass(frozen=True, slots=True)
class Project:
    """A project (立项) as one quarter's assessment sees it; quantities in vehicles.

    `pickups` of the quarter, negative when vehicles came back; `pickups_total` up to its end;
    `paid_quarter`: another quarter in which it earned and still keeps a reward.
    """

    number: str
    lead: str
    unit: str
    kind: UnitKind
    reported: int
    confirmed: int | None
    pickups: int
    pickups_total: int
    counted: bool = True  # 计入提报量 (5.5)
    valid: bool = True
    paid_quarter: str = ""


@dataclass(frozen=True, slots=True)
class ProjectReward:
    """What 7.1.1 or 7.2.2 says of one project; `reasons` say why it earns nothing."""

    project: Project
    rule: RuleKey
    quantity: int  # 标的总量, the denominator and the measure of the minimum
    pickups: int  # the numerator
    large: bool  # 是否≥10
    reached: bool  # 是否≥40%
    amount: int
    reasons: tuple[str, ...]

    @property
    def qualifies(self) -> bool:
        return self.amount > 0


@dataclass(frozen=True, slots=True)
class DepartmentReward:
    """7.2.2 for one department: projects that earn, before and after the cap."""

    unit: str
    projects: int
    computed: int
    amount: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A ± row for an earlier quarter: difference = now − paid; `concerned` is money not moved."""

    quarter: str
    unit: str
    number: str
    matter: str
    paid: int
    now: int
    concerned: int
    reason: str

    @property
    def difference(self) -> int:
        return self.now - self.paid


# --- projects: 7.1.1 and 7.2.2 --------------------------------------------------------------------


def project_rewards(projects: Iterable[Project], edition: Edition) -> tuple[ProjectReward, ...]:
    """7.1.1 (dealers) and 7.2.2 (departments) for every project of a quarter, in its order.

    A project earns when its lead is 有效 (a dealer's also 计入), the quantity is at least 10, the
    quarter's pick-ups are at least 40 % of it, and it has not earned before. Departments' caps
    come after (`department_reward`). Switches: conv.scope, conv.numerator, conv.denominator,
    conv.pay_once, dealer.reward_requires_counted.
    """
    items = tuple(projects)
    if edition.switch("conv.scope") == "project":
        return tuple(_judge(item, _reached(item, edition), edition) for item in items)
    groups: dict[tuple[str, UnitKind], list[Project]] = {}
    for item in items:
        if item.valid and is_large(item, edition):
            groups.setdefault((item.unit, item.kind), []).append(item)
    reached = {
        key: at_least(
            sum(numerator(item, edition) for item in group),
            sum(denominator(item, edition) for item in group),
            edition.param(_rule(group[0]), "rate") if edition.has(_rule(group[0])) else 0,
        )
        for key, group in groups.items()
    }
    return tuple(
        _judge(item, reached.get((item.unit, item.kind), False), edition) for item in items
    )


def project_reward(project: Project, edition: Edition) -> ProjectReward:
    """`project_rewards` for a single project."""
    return project_rewards((project,), edition)[0]


def denominator(project: Project, edition: Edition) -> int:
    """标的总量: the confirmed quantity, else the reported one (switch conv.denominator)."""
    if edition.switch("conv.denominator") == "reported" or project.confirmed is None:
        return project.reported
    return project.confirmed


def numerator(project: Project, edition: Edition) -> int:
    """季度实际提车量: the quarter's pick-ups (switch conv.numerator: cumulative)."""
    if edition.switch("conv.numerator") == "cumulative":
        return project.pickups_total
    return project.pickups


def is_large(project: Project, edition: Edition) -> bool:
    """单次提报量在10辆以上: 10 itself included."""
    rule = _rule(project)
    return edition.has(rule) and denominator(project, edition) >= edition.param(rule, "minimum")


def at_least(part: int, whole: int, percent: int) -> bool:
    """Whether part ÷ whole is at least `percent` %, exactly; never for a whole of 0."""
    return whole > 0 and part * 100 >= whole * percent


def department_reward(
    unit: str, rewards: Iterable[ProjectReward], edition: Edition
) -> DepartmentReward:
    """7.2.2 for one department: 200 for each project that earns, capped for the quarter.

    A project above the cap counts as rewarded: it will not earn again.
    """
    rule = RuleKey.DEPARTMENT_PROJECT_REWARD
    earning = [item for item in rewards if item.project.unit == unit and item.rule is rule]
    computed = sum(item.amount for item in earning)
    cap = edition.param(rule, "cap") if edition.has(rule) else 0
    count = sum(item.qualifies for item in earning)
    return DepartmentReward(unit, count, computed, min(computed, cap))


def _rule(project: Project) -> RuleKey:
    if project.kind is UnitKind.DEALER:
        return RuleKey.DEALER_PROJECT_REWARD
    return RuleKey.DEPARTMENT_PROJECT_REWARD


def _reached(project: Project, edition: Edition) -> bool:
    rule = _rule(project)
    return edition.has(rule) and at_least(
        numerator(project, edition), denominator(project, edition), edition.param(rule, "rate")
    )


def _judge(project: Project, reached: bool, edition: Edition) -> ProjectReward:
    rule = _rule(project)
    large = is_large(project, edition)
    reasons = []
    if not edition.has(rule):
        reasons.append("本版办法无此项奖励")
    else:
        if not project.valid:
            reasons.append("信息已不是有效信息")
        if not large:
            reasons.append(f"标的量不足{edition.param(rule, 'minimum')}台")
        if not reached:
            reasons.append(f"季度转化率未达{edition.param(rule, 'rate')}%")
        if (
            project.kind is UnitKind.DEALER
            and not project.counted
            and edition.on("dealer.reward_requires_counted")
        ):
            clause = edition.clause(RuleKey.APPLICATION_LEAD_TIME)
            reasons.append(f"信息未计入提报量（{clause}）")
        if project.paid_quarter and edition.on("conv.pay_once"):
            reasons.append(f"{project.paid_quarter}已奖励，每个项目只奖励一次")
    return ProjectReward(
        project=project,
        rule=rule,
        quantity=denominator(project, edition),
        pickups=numerator(project, edition),
        large=large,
        reached=reached,
        amount=0 if reasons else edition.param(rule, "amount"),
        reasons=tuple(reasons),
    )


# --- corrections ----------------------------------------------------------------------------------


def correction(
    quarter: str, unit: str, number: str, matter: str, paid: int, now: int, reason: str
) -> Correction | None:
    """A ± row where an assessed amount would be another today; None when it would not."""
    if paid == now:
        return None
    return Correction(quarter, unit, number, matter, paid, now, abs(now - paid), reason)


def after_return(
    quarter: str, project: Project, paid: int, net_pickups: int, edition: Edition
) -> Correction | None:
    """Vehicles brought back after `quarter` paid `paid` for the project: what becomes of it.

    `net_pickups`: the paid quarter's pick-ups less what came back since. Where they no longer
    reach the rate, the reward stays (0 yuan, the amount concerned shown) unless conv.take_back.
    """
    rule = _rule(project)
    if paid <= 0 or at_least(
        net_pickups, denominator(project, edition), edition.param(rule, "rate")
    ):
        return None
    back = edition.on("conv.take_back")
    reason = "以后季度退车，净提车量已不足比例，" + ("予以追回" if back else "按现行读法不追回")
    now = 0 if back else paid
    return Correction(quarter, project.unit, project.number, "项目奖励", paid, now, paid, reason)
