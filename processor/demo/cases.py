"""The planted oddities of one month: each function plants one kind of trouble and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from processor.demo import places
from processor.demo.days import add_months, cutoff, issue_days, month_end
from processor.demo.plot import Planner
from processor.demo.records import DUPLICATE, INVALID, Cells, Repair, Row, Submission
from processor.demo.screenings import mistaken

GATE = "5.2"
RENAMED = ("卫生健康委员会", "卫生局")  # a body and its name before the reform
STYLES = (
    "有效核实", "迟复有效", "迟复无效", "迟复无到期", "无到期", "到期已过", "及时补到期",
    "迟补到期", "改判无效", "需补充后有效", "填一半后有效", "需补充后迟复", "核实不足", "不答复",
)  # fmt: skip


def plant_refusals(p: Planner, month: date) -> None:
    """Rows that 5.2 refuses, and one that looks bad and passes."""
    refused: tuple[tuple[str, Cells], ...] = (
        ("缺客户联系人", {"客户联系人(第三方)": ""}),
        ("缺联系方式", {"联系方式": ""}),
        ("假号码", {"联系方式": "13800000000"}),
        ("采购类别空白", {"采购类别": ""}),
        ("采购类别不在列", {"采购类别": "待分类"}),
        ("标的量空白", {"标的量(台)": ""}),
        ("标的量不是数", {"标的量(台)": "若干"}),
        ("客户名称不成立", {"客户单位全称": "某公司"}),
    )
    for case, changed in refused:
        at = p.moment(month, 1, 27)
        p.add(p.unit(at), at, case, cells=changed, clause=GATE)
    at = p.moment(month, 1, 27)
    unit = p.unit(at)
    p.add(unit, at, "联系方式同提报人", cells={"联系方式": p.reporters[unit][1]}, clause=GATE)
    at = p.moment(month, 1, 27)
    cells: Cells = {"联系方式": "13800000000", "联系人邮箱或微信": "cheliang@example.com"}
    p.lead(p.unit(at), at, "假号码但有邮箱", cells=cells)


def plant_repairs(p: Planner, month: date) -> list[Repair]:
    """A refused row mended on its receipt; and one mended after another unit came first."""
    found = []
    at = p.moment(month, 3, 14)
    unit, who = p.unit(at, False), p.customer()
    tag = p.add(unit, at, "缺联系人待更正", who, cells={"客户联系人(第三方)": ""}, clause=GATE)
    found.append(_mend(p, tag, p.after(at, 1), {"客户联系人(第三方)": who.contact}, "回执更正"))
    p.hand_over(f"{tag}改", found[-1].at, who.province)
    p.screen(f"{tag}改", "有效")

    at = p.moment(month, 3, 14)
    unit, who = p.unit(at, False), p.customer()
    tag = p.add(unit, at, "缺联系方式他人先报", who, cells={"联系方式": ""}, clause=GATE)
    between = p.after(at, 1)
    first = p.lead(p.unit(between, None, unit), between, "他人更正前先报", who=who)
    typed = p.row_of(first).cells
    fixes = {name: typed[name] for name in ("联系方式", "预计采购时间")} | {"联系方式": who.phone}
    found.append(_mend(p, tag, p.after(at, 2), fixes, "更正晚于他人"))
    p.judged(f"{tag}改", DUPLICATE, "5.1")
    p.planted[f"{tag}改"] = replace(p.planted[f"{tag}改"], first=first)
    return found


def _mend(p: Planner, tag: str, at: datetime, cells: Cells, case: str) -> Repair:
    """The accepted twin of a refused row: same words in 备注, counted from the mending."""
    lead = p.planted[tag]
    p.planted[f"{tag}改"] = replace(
        lead, tag=f"{tag}改", case=case, received=at, accepted=True, clause=""
    )
    return Repair(at, lead.unit, "", tag, cells)


def plant_invalid(p: Planner, month: date) -> None:
    """5.4 and 5.6, at and around their edges."""
    for department, quantity in ((False, 2), (True, 1)):
        at = p.moment(month, 1, 27)
        tag = p.add(p.unit(at, department), at, f"标的{quantity}台", quantity=quantity)
        p.judged(tag, INVALID, "5.4")
    at = p.moment(month, 1, 27)
    p.lead(p.unit(at), at, "标的3台", quantity=3)
    places_now = places.DISTRICTS[month.month % 2 :: 2]
    for n, (province, city, county) in enumerate(places_now):
        at = p.moment(month, 1, 27)
        who = p.stranger("出租", province, city, county)
        level: Cells = {"出租运营地级别": "地市级及以上"}
        if n == 0:
            p.lead(p.unit(at, False), at, "经销商城市出租", "有效", who, 10, level)
        elif n == 1:
            tag = p.add(p.unit(at, True), at, "部门城市出租", who, 12, level)
            p.judged(tag, INVALID, "5.6")
        else:
            p.lead(p.unit(at, False), at, "经销商城市出租", "无效", who, 8, level)
    at = p.moment(month, 1, 27)
    p.lead(p.unit(at, True), at, "部门县级出租", who=p.customer("出租"), quantity=6)


def reworded(name: str, city: str, how: int) -> str:
    """The same body as another clerk would type it."""
    if how == 0:
        return f"{name[:3]} {name[3:]}"
    if how == 1:
        return f"\u3000{name}"
    if how == 2:
        return name.replace("有限公司", "有限责任公司")
    if how == 3:
        return city + name
    return name.replace("县", "縣").replace("汽车", "汽車").replace("公司", "公 司")


def plant_repeats(p: Planner, month: date) -> None:
    """重复 in its ways: exact, re-worded, own, too small, revived, after expiry."""
    for how in range(-1, 5):
        at = p.moment(month, 1, 14)
        who = p.customer("企事业单位" if how in (0, 2) else "")
        first = p.lead(p.unit(at), at, "被重复的首报", who=who)
        then = p.after(at, p.rng.randint(2, 6), 1)
        wording: Cells = {"客户单位全称": reworded(who.name, who.city, how)} if how >= 0 else {}
        unit = p.unit(then, None, p.planted[first].unit)
        p.duplicate(first, unit, then, f"重复（写法{how + 1}）", wording)

    at = p.moment(month, 1, 14)
    first = p.lead(p.unit(at), at, "本单位再报的首报", quantity=12)
    then = p.after(at, 3)
    p.duplicate(first, p.planted[first].unit, then, "本单位重复", quantity=14)

    at = p.moment(month, 1, 14)
    first = p.lead(p.unit(at), at, "两台重复的首报")
    then = p.after(at, 3)
    unit = p.unit(then, None, p.planted[first].unit)
    small = p.repeat(first, unit, then, "重复且不足", quantity=2)
    p.judged(small, INVALID, "5.4")

    for style in ("有效", "无效"):
        at = p.moment(month, 1, 14)
        first = p.lead(p.unit(at), at, "首报被判无效", "迟复无效")
        then = p.after(at, 1, 0)
        unit = p.unit(then, None, p.planted[first].unit)
        again = p.duplicate(first, unit, then, "首报无效后恢复")
        if p.planted[first].answered is not None:
            p.revive(again, style)

    at = p.moment(month, 1, 5)
    first = p.lead(p.unit(at), at, "将到期的首报", "有效", hold=9)
    expiry = p.planted[first].expiry
    if expiry is not None:
        then = p.grid.on(p.grid.days.on_or_after(expiry + timedelta(days=2))) or p.grid.last
        unit = p.unit(then, None, p.planted[first].unit)
        tag = p.repeat(first, unit, then, "到期后重报")
        p.hand_over(tag, then, p.who(first).province)
        p.screen(tag, "有效")


def plant_suspected(p: Planner, month: date) -> None:
    """Pairs the clerk must rule on: project, category and time tell them apart; and a tie."""
    for n, ruling in enumerate((DUPLICATE, "不重复", "同单位不同项目", DUPLICATE, "不重复")):
        at = p.moment(month, 1, 14)
        who = p.customer("政府采购" if n == 3 else "")
        named: Cells = {"项目名称": "办公用车更新"} if n < 3 else {}
        first = p.lead(p.unit(at), at, "疑似对的先报", who=who, cells=named)
        then = p.after(at, p.rng.randint(2, 4), 1)
        cells: Cells = {"项目名称": "外勤车辆购置"}
        if n == 3:
            cells = {"采购类别": "企事业单位"}
        elif n == 4:
            expected = p.row_of(first).cells["预计采购时间"]
            assert isinstance(expected, date)
            cells = {"预计采购时间": add_months(expected, 9)}
        unit = p.unit(then, None, p.planted[first].unit)
        p.suspected(first, unit, then, f"疑似（{ruling}）", ruling, cells)

    at = p.moment(month, 1, 14)
    who = next(c for c in p.pool if c.name.endswith(RENAMED[0]))
    p.take(who)
    former: Cells = {"客户单位全称": who.name.replace(*RENAMED)}
    first = p.lead(p.unit(at), at, "机构改革后的首报", who=who)
    then = p.after(at, 2)
    unit = p.unit(then, None, p.planted[first].unit)
    p.suspected(first, unit, then, "以改革前名称报（裁定重复）", DUPLICATE, former, alias=True)
    then = p.after(then, 3)
    unit = p.unit(then, None, p.planted[first].unit, unit)
    p.duplicate(first, unit, then, "裁定学得的别名", former)

    at = p.moment(month, 1, 14)
    first = p.lead(p.unit(at), at, "科室认出的先报")
    then = p.after(at, 2)
    other = p.customer(p.planted[first].category)
    unit = p.unit(then, None, p.planted[first].unit)
    tag = p.add(unit, then, "科室提出疑似重复", other)
    p.hand_over(tag, then, other.province)
    mistaken(p, tag, first)

    at = p.moment(month, 1, 14)
    one, two = sorted((first := p.unit(at), p.unit(at, None, first)))
    tag = p.lead(one, at, "同刻两家之先")
    p.suspected(tag, two, at, "同刻两家之后", DUPLICATE, {})


def plant_alias(p: Planner, month: date, number: int) -> None:
    """A report under a customer's former name, which the roster's alias sheet knows."""
    if number >= len(p.world.aliases):
        return
    alias = p.world.aliases[number]
    at = p.moment(month, 1, 14)
    first = p.lead(p.unit(at), at, "有曾用名的首报", who=p.known[alias.customer])
    then = p.after(at, 3)
    unit = p.unit(then, None, p.planted[first].unit)
    p.duplicate(first, unit, then, "以曾用名重复", {"客户单位全称": alias.alias})


def plant_screenings(p: Planner, month: date) -> None:
    """One lead for each way in which a section answers."""
    for style in STYLES:
        at = p.moment(month, 1, 24)
        p.lead(p.unit(at), at, f"甄别：{style}", style)
    at = p.moment(month, 1, 24)
    p.lead(p.unit(at), at, "密级为秘密", cells={"密级": "秘密"})
    at = p.moment(month, 24, 29)
    p.lead(p.unit(at, True), at, "跨过上月终值才答复", "隔月答复")


def plant_after_cutoff(p: Planner, month: date) -> None:
    """Rows received after the last issue's cut-off of the month (上月补报)."""
    last = cutoff(issue_days(month, month_end(month.year, month.month))[-1])
    late = [m for m in p.grid.month_moments(month) if m > last]
    for n, at in enumerate(late[:3]):
        p.lead(p.unit(at), at, "截止后补报", "改判无效" if n == 0 else "有效")
        p.add(
            p.unit(at, False), at, "截止后缺联系人", cells={"客户联系人(第三方)": ""}, clause=GATE
        )


def plant_corrections(p: Planner, month: date) -> None:
    """更正原信息编号: a pending lead's quantity; and 2 → 5 vehicles, which revives the lead."""
    at = p.moment(month, 1, 6)
    who = p.customer()
    tag = p.lead(p.unit(at), at, "编号更正数量", "需补充后有效", who, 12)
    then = p.grid.next(at) or p.grid.last
    p.planted[tag] = replace(p.planted[tag], corrected=(then, 15))
    _again(p, tag, then, {"标的量(台)": 15})

    at = p.moment(month, 11, 16)
    tag = p.add(p.unit(at), at, "更正后达到3台", p.customer(), 2)
    p.judged(tag, INVALID, "5.4")
    then = p.after(at, 1)
    p.planted[tag] = replace(p.planted[tag], corrected=(then, 5))
    _again(p, tag, then, {"标的量(台)": 5})
    p.hand_over(tag, then, p.who(tag).province)
    p.screen(tag, "有效")


def _again(p: Planner, tag: str, at: datetime, cells: Cells) -> None:
    row = p.row_of(tag)
    p.rows[p.planted[tag].unit, at].append(Row(tag, row.cells | cells, corrects=tag))


def plant_resend(p: Planner, month: date) -> None:
    """A file sent again with one row more: the old rows are known, the new one counts."""
    for (unit, at), rows in sorted(p.rows.items()):
        plain = all(p.planted[r.tag].case == "正常" and not r.corrects for r in rows)
        if at.date().replace(day=1) == month and 2 <= at.day <= 22 and plain and len(rows) > 1:
            then = p.after(at, 1)
            p.lead(unit, then, "续报新增一条")
            p.rows[unit, then] = [*rows, *p.rows[unit, then]]
            return


def plant_files(p: Planner, month: date, made: list[Submission]) -> list[Submission]:
    """Whole files that come to nothing: copies, strangers, scraps; and one sent again, longer."""
    found = []
    ordinary = [s for s in made if s.at.date().replace(day=1) == month and s.at.day < 24]
    for n, name in enumerate(("", "（副本）")):
        one = ordinary[(n * 7) % len(ordinary)]
        then = p.after(one.at, 1)
        copy = f"{name}{one.name}"
        found.append(Submission(then, one.unit, copy, "copy", expect="duplicate", copy_of=one.name))
    stamp = f"{month:%m%d}"
    like = p.moment(month, 2, 20)
    who = p.customer()
    row = Row("", p.cells(who, 5, like, "单位不明"))
    found += [
        Submission(like, "", f"外单位线索{stamp}.xlsx", rows=(row,), expect="refused"),
        Submission(like, "", f"会议签到表{stamp}.xlsx", "stray", expect="refused"),
        Submission(like, "", f"传坏的文件{stamp}.xlsx", "damaged", expect="quarantined"),
    ]
    row = Row("", p.cells(p.customer(), 6, like, "停网单位"))
    gone = p.world.suspended
    found.append(
        Submission(like, gone.code, f"停网单位{stamp}.xlsx", rows=(row,), expect="refused")
    )
    return found
