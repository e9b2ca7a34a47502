"""Compares what the product wrote with the answer key; every difference is one Chinese sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from processor.demo import recount, recount_money
from processor.demo.money_checks import check_assessment
from processor.demo.records import EXPIRED, VALID, Key, Planted
from processor.demo.secrecy import check_secrecy
from processor.demo.tables import Record, number, read_table, text

MASTER = "master/大客户信息台账.xlsx"
PARTS = {"上": 10, "中": 20, "下": 30}


def check(root: Path, key: Key) -> list[str]:
    """All differences between the workbooks under `root` and the key; empty when they agree."""
    master = root / MASTER
    if not master.exists():
        return ["没有台账"]
    leads = read_table(master, "台账", "信息编号", "状态", "备注")
    found = check_leads(leads, key)
    found += check_refusals(read_table(master, "不予接收", "不予接收原因"), key)
    found += check_files(read_table(master, "收文登记", "文件名", "结果"), key)
    for issue, changed in recount.restated(key).items():
        found += check_bulletin(root, key, issue, changed)
    numbers = {text(r["备注"]): text(r["信息编号"]) for r in leads}
    tags = {numbers.get(x.mark, ""): x.tag for x in key.planted if x.accepted}
    for quarter, _ in recount_money.quarters(key):
        found += check_assessment(root, key, quarter, tags)
    return found + check_secrecy(root, key)


def moment(value: object) -> datetime | None:
    """A cell as a moment: real or written as text."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    shown = text(value)
    return datetime.fromisoformat(shown) if shown else None


def check_leads(rows: Iterable[Record], key: Key) -> list[str]:
    """Every accepted planted row is one line of 台账 in the expected state, and nothing else is."""
    by_mark: dict[str, list[Record]] = {}
    for row in rows:
        by_mark.setdefault(text(row["备注"]), []).append(row)
    found = []
    names = {u.code: u.name for u in key.units}
    for lead in key.planted:
        if not lead.accepted:
            continue
        mine = by_mark.pop(lead.mark, [])
        if len(mine) != 1:
            found.append(f"{lead.tag}（{lead.case}）：台账有{len(mine)}行，应有1行")
            continue
        for what, wrote, expected in _facts(mine[0], lead, key, names):
            if wrote != expected:
                found.append(f"{lead.tag}（{lead.case}）：{what}为{wrote}，应为{expected}")
    found += [f"台账多出一行：{mark or '无备注'}" for mark in by_mark]
    return found


def _facts(
    row: Record, lead: Planted, key: Key, names: dict[str, str]
) -> list[tuple[str, object, object]]:
    state = lead.state_at(key.last)
    wrote = text(row["状态"])
    if lead.expiry is None and {wrote, state} == {VALID, EXPIRED}:
        wrote = state  # held for a while without a date: either word is right
    facts: list[tuple[str, object, object]] = [
        ("状态", wrote, state),
        ("提报单位", text(row["提报单位"]), names[lead.unit]),
        ("受理时间", moment(row["受理时间"]), lead.received),
        ("归属月份", text(row["归属月份"])[:7], f"{lead.received:%Y-%m}"),
    ]
    clause = lead.steps[-1].clause
    if clause:
        facts.append(("依据条款", text(row["依据条款"]), clause))
    if lead.due is not None:
        facts += [
            ("应反馈时间", moment(row["应反馈时间"]), lead.due),
            ("项目责任人", text(row["项目责任人"]), lead.screener),
            ("科室", text(row["科室"]), lead.section),
        ]
    if state in recount.GOOD:
        counted = "是" if recount.counts(key, lead, key.last) else "否"
        facts.append(("计入提报量", text(row["计入提报量"]), counted))
        held = moment(row["到期日期"])
        facts.append(("到期日期", held.date() if held else None, lead.expiry))
    if lead.confirmed_at is not None:
        facts.append(("核实标的量", number(row["核实标的量"]), lead.confirmed))
    return facts


def check_refusals(rows: Iterable[Record], key: Key) -> list[str]:
    """The refused rows, each with 5.2, by what stands in 备注."""
    wrote = Counter(text(r["备注"]) for r in rows if "5.2" in text(r["依据条款"]))
    expected = Counter(x.mark for x in key.planted if not x.accepted)
    found = [f"{mark}：不予接收{wrote[mark]}次，应为{n}次" for mark, n in expected.items()
             if wrote[mark] != n]  # fmt: skip
    return found + [f"不该不予接收：{mark}" for mark in wrote if mark not in expected]


STATES = {
    "accepted": ("accepted", "接收", "已受理", "受理"),
    "duplicate": ("duplicate", "重复", "重复文件"),
    "refused": ("refused", "不予接收", "拒收"),
    "quarantined": ("quarantined", "隔离", "已隔离"),
}


def check_files(rows: Iterable[Record], key: Key) -> list[str]:
    """Every planted file ends in its expected state."""
    wrote: dict[str, list[str]] = {}
    for row in rows:
        wrote.setdefault(text(row["文件名"]).rpartition("/")[2], []).append(text(row["结果"]))
    found = []
    expected: dict[str, list[str]] = {}
    for name, state in key.files:
        expected.setdefault(name, []).append(state)
    for name, states in expected.items():
        ended = wrote.get(name, [])
        good = len(ended) == len(states) and all(
            word in STATES[state] for word, state in zip(sorted(ended), sorted(states), strict=True)
        )
        if not good:
            found.append(f"文件{name}：结果为{ended}，应为{states}")
    return found


def label(issue: date) -> str:
    """2026-11-10 → 2026-11-上."""
    part = next(p for p, day in PARTS.items() if issue.day <= day)
    return f"{issue:%Y-%m}-{part}"


def named(issue: str) -> str:
    """An earlier issue, or a month's 终值, as 更正 names it."""
    return issue if "终值" in issue else label(date.fromisoformat(issue))


def bulletin_path(root: Path, issue: date) -> Path:
    return root / f"outbox/通报/{issue:%Y-%m}/大客户信息提报情况通报_{issue}.xlsx"


def check_bulletin(
    root: Path, key: Key, issue: date, corrections: dict[recount.What, tuple[str, str]]
) -> list[str]:
    """Every figure of an issue: units, corrections, late reports, finals, zero reports."""
    path = bulletin_path(root, issue)
    if not path.exists():
        return [f"没有{issue}期通报"]
    found: list[str] = []

    def differ(where: str, wrote: object, expected: object) -> None:
        if wrote != expected:
            found.append(f"{issue}期{where}：{wrote}，应为{expected}")

    units = {text(r["提报单位"]): r for r in read_table(path, "通报", "名次", "本月有效")}
    lines = {u.name: recount.issue_line(key, u, issue) for u in key.units}
    for unit in key.units:
        row = units.get(unit.name, {})
        for heading, value in lines[unit.name].items():
            differ(f"{unit.name}的{heading}", number(row.get(heading)), value)
        goal = recount.target(key, unit.code, issue.replace(day=1)) if unit.department else 0
        differ(f"{unit.name}的本月目标", number(row.get("本月目标")), goal or 0)
        if goal:
            rate = row.get("完成率")
            shown = round(rate * 10000) if isinstance(rate, (int, float)) else rate
            done = lines[unit.name]["计入提报量"]
            differ(f"{unit.name}的完成率", shown, round(done / goal * 10000))
    names = {u.code: u.name for u in key.units}
    changed = {
        (text(r["期号"]), text(r["提报单位"]), text(r["项目"])): (text(r["原数"]), text(r["现数"]))
        for r in read_table(path, "更正", "期号", "现数")
        if text(r["提报单位"]) in names.values()
    }
    differ(
        "更正",
        changed,
        {
            (named(earlier), names[unit], heading): figures
            for (earlier, unit, heading), figures in corrections.items()
        },
    )
    differ("名次", [n for n in units if n in lines], _ranks(key, lines, units))
    if issue.day == 10:
        found += _late(path, key, issue)
    if issue.day > 20:
        wrote = {
            text(r["提报单位"]): number(r["不予接收"])
            for r in read_table(path, "零提报", "提报单位", "不予接收")
        }
        zero = recount.zero_reports(key, issue)
        differ("零提报", wrote, {u.name: zero[u.code] for u in key.units if u.code in zero})
    return found


def _ranks(key: Key, lines: dict[str, dict[str, int]], units: dict[str, Record]) -> list[str]:
    listed = [u for u in key.units if u.name in units]
    listed.sort(key=lambda u: u.code)
    listed.sort(key=lambda u: (-lines[u.name]["本月有效"], -lines[u.name]["本月信息总量"]))
    return [u.name for u in listed]


def _late(path: Path, key: Key, issue: date) -> list[str]:
    """上月补报 and 上月终值 of the 10th."""
    found = []
    late = {text(r["提报单位"]): r for r in read_table(path, "上月补报", "提报单位", "信息总量")}
    finals = {text(r["提报单位"]): r for r in read_table(path, "上月终值", "提报单位", "上月目标")}
    began = issue.replace(day=1) > key.start
    for unit in key.units:
        for heading, value in recount.late_line(key, unit, issue).items():
            wrote = number(late.get(unit.name, {}).get(heading))
            if wrote != value:
                found.append(f"{issue}期上月补报{unit.name}的{heading}：{wrote}，应为{value}")
        if unit.department and began:
            done, goal = recount.final_line(key, unit, issue)
            row = finals.get(unit.name, {})
            figures = number(row.get("计入提报量")), number(row.get("上月目标"))
            if figures != (done, goal or 0):
                found.append(f"{issue}期上月终值{unit.name}：{figures}，应为{(done, goal or 0)}")
    return found
