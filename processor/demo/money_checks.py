"""Compares the quarter's assessment workbooks with the recount."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from processor.demo import recount_money
from processor.demo.records import Key
from processor.demo.tables import number, read_table, text

OF_A_LEAD = ("7.3.1", "7.3.2-甲")


def check_assessment(root: Path, key: Key, quarter: str, tags: dict[str, str]) -> list[str]:
    """Rewards, completion and penalties of one quarter. `tags`: 信息编号 → tag of the key."""
    folder = root / "outbox/考核" / quarter
    dealers = folder / f"经销商奖励_{quarter}.xlsx"
    internal = folder / f"内部考核_{quarter}.xlsx"
    missing = [f"没有{path.name}" for path in (dealers, internal) if not path.exists()]
    if missing:
        return missing
    return [
        *_projects(dealers, "项目明细", key, quarter, False, tags),
        *_dealers(dealers, key, quarter),
        *_projects(internal, "部门项目明细", key, quarter, True, tags),
        *_departments(internal, key, quarter),
        *_penalties(internal, key, quarter, tags),
        *_changes(dealers, internal, key, quarter),
    ]


def _projects(
    path: Path, sheet: str, key: Key, quarter: str, department: bool, tags: dict[str, str]
) -> list[str]:
    """Which projects earn, with their vehicles and the quarter's pick-ups."""
    each = 200 if department else 1000
    expected = {
        tag
        for found in recount_money.project_rewards(key, department)[quarter].values()
        for tag in found
    }
    at = recount_money.assessed_at(key, quarter)
    assert at is not None
    planted = {x.tag: x for x in key.planted}
    earned = set()
    found = []
    for row in read_table(path, sheet, "信息编号", "标的总量"):
        tag = tags.get(text(row["信息编号"]))
        if tag is None:
            continue
        if number(row["本季奖励"]):
            earned.add(tag)
            if number(row["本季奖励"]) != each:
                found.append(f"{path.name}{tag}：奖励{row['本季奖励']}，应为{each}")
        figures = number(row["标的总量"]), number(row["季度提车量"])
        right = planted[tag].quantity_at(at), recount_money.picked(key, tag, quarter, at)
        if figures != right:
            found.append(f"{path.name}{tag}：标的与提车{figures}，应为{right}")
    found += [f"{path.name}漏奖：{tag}（{planted[tag].case}）" for tag in sorted(expected - earned)]
    found += [f"{path.name}多奖：{tag}（{planted[tag].case}）" for tag in sorted(earned - expected)]
    return found


def _dealers(path: Path, key: Key, quarter: str) -> list[str]:
    """One line a dealer that earns: projects and yuan."""
    wrote = {
        text(r["经销商编码"]): (number(r["项目数"]), number(r["奖励金额"]))
        for r in read_table(path, "经销商奖励", "经销商编码", "奖励金额")
        if number(r["奖励金额"]) and text(r["经销商编码"]) in {u.code for u in key.units}
    }
    expected = {
        unit: (len(tags), 1000 * len(tags))
        for unit, tags in recount_money.project_rewards(key, False)[quarter].items()
    }
    return _compare(f"{path.name}经销商奖励", wrote, expected)


def _departments(path: Path, key: Key, quarter: str) -> list[str]:
    """7.2.1 and 7.2.2 by department."""
    at = recount_money.assessed_at(key, quarter)
    assert at is not None
    names = {u.code: u.name for u in key.units if u.department}
    completion = {
        text(r["部门"]): (number(r["季度计入"]), number(r["季度目标"]), number(r["封顶后奖励"]))
        for r in read_table(path, "部门完成率", "部门", "季度目标")
        if text(r["部门"]) in names.values()
    }
    expected = {}
    for code, name in names.items():
        done, goal = recount_money.completion(key, code, quarter, at)
        expected[name] = (done, goal, recount_money.completion_reward(done, goal))
    found = _compare(f"{path.name}部门完成率", completion, expected)
    projects = recount_money.project_rewards(key, True)[quarter]
    wrote = {
        text(r["部门"]): (number(r["合格项目数"]), number(r["封顶后奖励"]))
        for r in read_table(path, "部门项目奖", "部门", "合格项目数")
        if number(r["合格项目数"]) and text(r["部门"]) in names.values()
    }
    right = {names[u]: (len(tags), min(1000, 200 * len(tags))) for u, tags in projects.items()}
    return found + _compare(f"{path.name}部门项目奖", wrote, right)


def _changes(dealers: Path, internal: Path, key: Key, quarter: str) -> list[str]:
    """± yuan of earlier quarters, by quarter and unit."""
    names = {u.code: u.name for u in key.units}
    units = {x.tag: x.unit for x in key.planted}
    found = []
    for path, department in ((dealers, False), (internal, True)):
        expected: Counter[tuple[str, str]] = Counter()
        for (earlier, tag), yuan in recount_money.settle(key, department)[1][quarter].items():
            expected[earlier, names[units[tag]]] += yuan
        if department:
            for (earlier, unit), yuan in recount_money.completion_changes(key)[quarter].items():
                expected[earlier, names[unit]] += yuan
        wrote: Counter[tuple[str, str]] = Counter()
        for row in read_table(path, "更正", "季度", "差额"):
            if text(row["提报单位"]) in names.values():
                wrote[text(row["季度"]), text(row["提报单位"])] += number(row["差额"])
        plain = ({k: v for k, v in side.items() if v} for side in (wrote, expected))
        found += _compare(f"{path.name}更正", *plain)
    return found


def _penalties(path: Path, key: Key, quarter: str, tags: dict[str, str]) -> list[str]:
    """Every proposed penalty: clause, person, yuan, and the lead where it is about one."""
    wrote: Counter[tuple[str, str, int, str]] = Counter()
    for row in read_table(path, "处罚建议", "责任人", "金额"):
        clause, matter = text(row["条款"]), text(row["事项"])
        if clause.startswith("7.3"):
            about = tags.get(matter[:14].rstrip("，； "), "") if clause in OF_A_LEAD else ""
            wrote[clause, text(row["责任人"]), number(row["金额"]), about] += 1
    expected = Counter(
        (p.clause, p.person, p.amount, p.matter if p.clause in OF_A_LEAD else "")
        for p in recount_money.penalties(key, quarter)
    )
    return _compare(f"{path.name}处罚建议", dict(wrote), dict(expected))


def _compare(where: str, wrote: dict, expected: dict) -> list[str]:  # type: ignore[type-arg]
    keys = sorted(wrote.keys() | expected.keys())
    return [
        f"{where} {k}：{wrote.get(k)}，应为{expected.get(k)}"
        for k in keys
        if wrote.get(k) != expected.get(k)
    ]
