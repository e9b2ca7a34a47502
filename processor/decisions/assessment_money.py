"""The reward ledger: what was paid, and the ± rows that later facts bring (7.1, 7.2)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from processor.decisions.assessment_facts import Quarter, gather
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, UnitKind

PROJECT = "项目奖励"
DEPARTMENT_PROJECT = "部门项目"
COMPLETION = "部门完成率奖"
PROJECTS_TOTAL = "部门项目奖"
CHANGE = "更正"
PROJECT_CHANGE = "部门项目更正"


@dataclass(frozen=True, slots=True)
class Change:
    """A ± row for an earlier quarter; `concerned` is money shown but not moved."""

    quarter: str
    unit_code: str
    unit_kind: UnitKind
    project_no: str
    lead: str
    rule: RuleKey
    item: str
    before: int
    after: int
    reason: str

    @property
    def difference(self) -> int:
        return self.after - self.before


def changes(session: Session, quarter: str, found_now: Quarter | None = None) -> list[Change]:
    """What earlier, issued quarters would pay today, where that differs from what stands.

    `found_now`: the quarter's own facts, where they are gathered already.
    """
    issued = sorted(
        r["issue"]
        for r in session.record.select(t.publications, t.publications.c.kind == "考核")
        if r["issue"] < quarter
    )
    found: list[Change] = []
    for earlier in issued:
        found.extend(_of_quarter(session, earlier))
    found.extend(_returns(session, found_now or gather(session, quarter)))
    return found


def _of_quarter(session: Session, earlier: str) -> list[Change]:
    now = gather(session, earlier, fines_too=False)
    stood = standing(session, earlier)
    found = []
    for reward in now.result.projects:
        project = reward.project
        dealer = project.kind is UnitKind.DEALER
        kind = PROJECT if dealer else DEPARTMENT_PROJECT
        before = stood.get((kind, project.unit, project.number), 0)
        if before == reward.amount:
            continue
        reason = "；".join(reward.reasons) or f"季度提车 {reward.pickups} 台，达到比例"
        found.append(
            Change(earlier, project.unit, project.kind, project.number, project.lead, reward.rule,
                   kind, before, reward.amount, f"登记或裁定变化后：{reason}")
        )  # fmt: skip
    for outcome in now.result.departments:
        unit = outcome.completion.unit
        for kind, rule, amount, words in (
            (COMPLETION, RuleKey.DEPARTMENT_COMPLETION_REWARD, outcome.completion.amount,
             f"计入 {outcome.completion.counted} 条，目标 {outcome.completion.target}"),
            (PROJECTS_TOTAL, RuleKey.DEPARTMENT_PROJECT_REWARD, outcome.projects.amount,
             f"合格项目 {outcome.projects.projects} 个"),
        ):  # fmt: skip
            before = stood.get((kind, unit, ""), 0)
            if before != amount:
                found.append(
                    Change(earlier, unit, UnitKind.DEPARTMENT, "", "", rule, kind, before, amount,
                           f"变化后：{words}")
                )  # fmt: skip
    return found


def _returns(session: Session, quarter: Quarter) -> list[Change]:
    """Returned vehicles of a rewarded project: 0 yuan, with the amount they concern (switch)."""
    found = []
    for item in quarter.result.returned:
        lead = session.record.select(t.leads, t.leads.c.project_no == item.number)
        kind = UnitKind(lead[0]["unit_kind"]) if lead else UnitKind.DEALER
        rule = (
            RuleKey.DEALER_PROJECT_REWARD
            if kind is UnitKind.DEALER
            else RuleKey.DEPARTMENT_PROJECT_REWARD
        )
        found.append(
            Change(item.quarter, item.unit, kind, item.number, lead[0]["number"] if lead else "",
                   rule, "退车", item.paid, item.now, f"{item.reason}，涉及 {item.concerned} 元")
        )  # fmt: skip
    return found


def standing(session: Session, quarter: str) -> dict[tuple[str, str, str], int]:
    """Amounts that stand for a quarter: issued, plus every correction since."""
    net: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in session.record.select(t.rewards):
        of = row["of_quarter"] or row["quarter"]
        if of == quarter:
            net[_item(row), row["unit_code"], row["project_no"] or ""] += row["amount"]
    return net


def _item(row: Row) -> str:
    """What a correction row corrects, by its rule and whether it names a project."""
    if row["kind"] == PROJECT_CHANGE:
        return DEPARTMENT_PROJECT
    if row["kind"] != CHANGE:
        return str(row["kind"])
    if row["rule"] == RuleKey.DEALER_PROJECT_REWARD:
        return PROJECT
    if row["rule"] == RuleKey.DEPARTMENT_COMPLETION_REWARD:
        return COMPLETION
    return PROJECTS_TOTAL


def record_rewards(session: Session, found: Quarter, changed: list[Change]) -> None:
    """Enter an issued quarter into 奖励台账 (and its projects as paid once)."""
    quarter, edition = found.quarter, found.edition
    for reward in found.result.projects:
        if not reward.qualifies:
            continue
        project = reward.project
        kind = PROJECT if project.kind is UnitKind.DEALER else DEPARTMENT_PROJECT
        lead = found.leads[project.number]
        _enter(session, quarter, kind, reward.rule, project.unit, reward.amount,
               project=project.number, lead=project.lead, quantity=reward.quantity,
               picked=reward.pickups, clause=edition.clause(reward.rule),
               reason=f"季度提车 {reward.pickups}/{reward.quantity} 台")  # fmt: skip
        session.record.change(t.leads, lead, reward=f"应付 {quarter}")
        session.tell(project.lead, "奖励", f"{quarter} {kind} {reward.amount} 元", rule=reward.rule,
                     new=reward.amount)  # fmt: skip
    for outcome in found.result.departments:
        done = outcome.completion
        if done.amount:
            rule = RuleKey.DEPARTMENT_COMPLETION_REWARD
            _enter(session, quarter, COMPLETION, rule, done.unit, done.amount,
                   clause=edition.clause(rule),
                   reason=f"计入 {done.counted}/{done.target} 条，{done.steps} 步")  # fmt: skip
        if outcome.projects.amount:
            rule = RuleKey.DEPARTMENT_PROJECT_REWARD
            _enter(session, quarter, PROJECTS_TOTAL, rule, done.unit, outcome.projects.amount,
                   clause=edition.clause(rule),
                   reason=f"合格项目 {outcome.projects.projects} 个")  # fmt: skip
    for change in changed:
        kind = PROJECT_CHANGE if change.item == DEPARTMENT_PROJECT else CHANGE
        _enter(session, quarter, kind, change.rule, change.unit_code, change.difference,
               project=change.project_no, lead=change.lead, of_quarter=change.quarter,
               clause=edition.clause(change.rule), reason=change.reason)  # fmt: skip


def _enter(
    session: Session,
    quarter: str,
    kind: str,
    rule: RuleKey,
    unit_code: str,
    amount: int,
    *,
    clause: str,
    reason: str,
    project: str = "",
    lead: str = "",
    quantity: int | None = None,
    picked: int | None = None,
    of_quarter: str = "",
) -> None:
    unit = session.unit(unit_code)
    session.record.add(
        t.rewards,
        {
            "number": f"JL{quarter}-{session.record.next(f'reward-{quarter}'):04d}",
            "quarter": quarter,
            "kind": kind,
            "rule": rule.value,
            "clause": clause,
            "unit_code": unit_code,
            "unit": unit.name if unit else "",
            "project_no": project or None,
            "lead": lead or None,
            "quantity": quantity,
            "picked": picked,
            "amount": amount,
            "of_quarter": of_quarter or None,
            "reason": reason,
            "issued_at": session.now,
        },
    )
