"""The quarterly workbooks: money by live formulas that recalculate to the record's whole yuan."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.model import RuleKey, UnitKind
from processor.regulation import rewards
from processor.regulation.completion import completion
from processor.regulation.edition import Edition, load_all
from processor.workbooks import assessment_dealers, assessment_internal
from processor.workbooks.assessment_allocation import payable
from processor.workbooks.assessment_data import Department, InternalAssessment, Terms
from processor.workbooks.assessment_departments import complete
from processor.workbooks.assessment_projects import dealers_side, departments_side, work
from processor.workbooks.layout import place, plain_text
from processor.workbooks.sheets import Book, Formula, Link, render, verify_written, where, write
from tests.workbooks import assessment_sample as samples
from tests.workbooks.office import (
    cached_values,
    convert,
    formulas,
    needs_office,
    recalculation_differences,
)

DEALER_SHEETS = ["封面", "经销商奖励", "项目明细", "不予奖励", "更正", "参数", "附注", "校验"]
INTERNAL_SHEETS = [
    *["封面", "部门完成率", "部门项目奖", "部门项目明细", "部门合计与分配", "处罚建议"],
    *["诚信黑点", "更正", "另一读法", "报批单", "参数", "附注", "校验"],
]
PROJECT = (
    "立项编号 信息编号 受理日期 单次提报量 是否≥10 计入提报量 标的总量 季度提车量 季度转化率 "
    "是否≥40% 以往已奖励季度 本季奖励 累计转化率 合同编号 跨店标记 依据 备注"
)
HEADINGS = {
    "经销商奖励表": "经销商编码 经销商名称 项目数 奖励金额 合计",
    "项目明细表": f"序号 经销商编码 经销商名称 {PROJECT}",
    "部门项目明细表": f"序号 部门编码 部门 {PROJECT}",
    "更正表": "季度 提报单位 立项编号 项目 原金额 现金额 差额 原因",
    "部门完成率表": "部门 第1月目标 第1月计入 第2月目标 第2月计入 第3月目标 第3月计入 "
    "季度目标 季度计入 完成率 超出百分点 整10点步数 计算奖励 封顶后奖励 月均法完成率 封顶法完成率",
    "部门项目奖表": "部门 合格项目数 计算奖励 封顶后奖励",
    "部门合计表": "部门 完成率奖 项目奖 更正 应发 分配人 分配明细 合计校验",
    "处罚建议表": "条款 责任人 科室 事项 应完成 实际 逾期工作日 次数 金额 证据 "
    "本人申诉 处理方式 审批",
}


def dealer_book(**changes: object) -> Book:
    return assessment_dealers.plan(replace(samples.dealers(), **changes))  # type: ignore[arg-type]


def internal_book(**changes: object) -> Book:
    return assessment_internal.plan(replace(samples.internal(), **changes))  # type: ignore[arg-type]


def bare_dealers() -> Book:
    return dealer_book(dealers=(), projects=(), corrections=(), clauses=(), flow=())


def bare_internal() -> Book:
    empty: dict[str, object] = dict.fromkeys(
        ("departments", "projects", "penalties", "black_marks", "corrections", "alternatives"), ()
    )
    return internal_book(**empty)


BOOKS = {
    "dealers": dealer_book,
    "internal": internal_book,
    "no dealers": bare_dealers,
    "no departments": bare_internal,
}


def column(book: Book, sheet: str, table: str, heading: str) -> list[object]:
    """Cached values of a column."""
    found = []
    for row in book.sheet(sheet).table(table).rows:
        value = row[heading]
        value = getattr(value, "value", value) if not isinstance(value, Formula) else value
        found.append(value.value if isinstance(value, Formula) else value)
    return found


# --- shape ----------------------------------------------------------------------------------------


def test_sheets_in_order() -> None:
    for book in (dealer_book(), bare_dealers()):
        assert [sheet.name for sheet in book.sheets] == DEALER_SHEETS
    for book in (internal_book(), bare_internal()):
        assert [sheet.name for sheet in book.sheets] == INTERNAL_SHEETS


@pytest.mark.parametrize("name", BOOKS)
def test_headings_are_native_tables_to_the_letter(name: str, tmp_path: Path) -> None:
    import openpyxl

    book = BOOKS[name]()
    write(book, tmp_path / "a.xlsx")
    assert verify_written(book, tmp_path / "a.xlsx") == []
    made = openpyxl.load_workbook(tmp_path / "a.xlsx")
    seen = 0
    for sheet in made.worksheets:
        assert not sheet.merged_cells.ranges
        for table in sheet.tables.values():
            if expected := HEADINGS.get(table.name):
                wanted = expected.split()
                assert list(table.column_names)[: len(wanted)] == wanted
                seen += 1
    assert seen == (3 if "dealers" in name else 6)


@pytest.mark.parametrize("name", BOOKS)
def test_same_data_same_bytes(name: str) -> None:
    assert render(BOOKS[name]()) == render(BOOKS[name]())


@pytest.mark.parametrize("name", BOOKS)
def test_links_are_alive(name: str) -> None:
    book = BOOKS[name]()
    links = 0
    for sheet in book.sheets:
        for value, _, _ in place(sheet).cells.values():
            if isinstance(value, Link):
                links += 1
                target = place(book.sheet(value.sheet))
                letters, row = re.fullmatch(r"([A-Z]+)(\d+)", value.cell).groups()  # type: ignore[union-attr]
                index = 0
                for letter in letters:
                    index = index * 26 + ord(letter) - 64
                assert (int(row) - 1, index - 1) in target.cells
    assert links


def test_amount_leads_to_project_and_clause() -> None:
    data = samples.dealers()
    book = dealer_book()
    detail, notes = book.sheet("项目明细"), book.sheet("附注")
    for row in book.sheet("经销商奖励").table("经销商奖励表").rows:
        link = row["经销商名称"]
        assert isinstance(link, Link)
        first = next(i for i, p in enumerate(data.projects) if p.code == row["经销商编码"])
        assert link.cell == where(detail, "项目明细表", "立项编号", first)
    for row in detail.table("项目明细表").rows:
        link = row["依据"]
        assert isinstance(link, Link)
        index = [clause.number for clause in data.clauses].index(link.text)
        assert link.cell == where(notes, "附注表", "条款", index)


def test_trial_says_so_on_every_sheet() -> None:
    for book in (dealer_book(trial=True), internal_book(trial=True)):
        assert all("试算稿" in sheet.title for sheet in book.sheets)
    assert not any("试算" in sheet.title for sheet in dealer_book().sheets)


def test_restricted_source_is_not_shown() -> None:
    data = samples.dealers()
    hidden = [project.source for project in data.projects if project.restricted]
    text = "\n".join(
        plain_text(value)
        for sheet in dealer_book().sheets
        for value, _, _ in place(sheet).cells.values()
    )
    assert hidden
    assert not any(source in text for source in hidden)
    assert data.projects[0].source in text


# --- amounts --------------------------------------------------------------------------------------


def test_dealer_rewards_at_the_boundaries() -> None:
    book = dealer_book()
    assert column(book, "项目明细", "项目明细表", "本季奖励") == [
        case[-1] for case in samples.DEALER_CASES
    ]
    assert column(book, "经销商奖励", "经销商奖励表", "合计") == [3000, 0, 0]
    assert len(column(book, "不予奖励", "不予奖励表", "原因")) == 7
    assert column(book, "封面", "封面表", "数值")[1:7] == [3, 3000, 0, 3000, 3, 3000]


def test_department_rewards_at_the_boundaries() -> None:
    book = internal_book()
    paid = column(book, "部门完成率", "部门完成率表", "封顶后奖励")
    assert paid == [amount for _, amount in samples.COMPLETION_CASES] + [0, 0, 0]
    steps = column(book, "部门完成率", "部门完成率表", "整10点步数")
    assert steps == [0, 0, 1, 1, 2, 4, 4, 5, 10, 0, "—", "—", 0]
    rates = column(book, "部门完成率", "部门完成率表", "完成率")
    assert rates[-3:-1] == ["—", "—"]
    assert column(book, "部门项目奖", "部门项目奖表", "计算奖励")[4] == 1200
    assert column(book, "部门项目奖", "部门项目奖表", "封顶后奖励")[4] == 1000
    assert column(book, "部门合计与分配", "部门合计表", "应发")[4] == 1400
    assert column(book, "处罚建议", "处罚建议表", "金额") == [100, 100, 500]
    assert column(book, "诚信黑点", "诚信黑点表", "累计黑点") == [1, 1, 2, 3]
    assert column(book, "诚信黑点", "诚信黑点表", "建议")[-1] == "建议辞退，待公司决定"
    assert column(book, "诚信黑点", "诚信黑点表", "建议")[:3] == ["—"] * 3


@pytest.mark.parametrize("name", BOOKS)
def test_all_checks_pass(name: str) -> None:
    assert set(column(BOOKS[name](), "校验", "校验表", "结论")) == {"通过"}


@pytest.mark.parametrize("which", ["project", "dealer", "department", "penalty", "mark"])
def test_a_record_that_differs_is_seen(which: str) -> None:
    """An amount in the record that the formulas do not reach turns the conclusion."""
    if which in ("project", "dealer"):
        data = samples.dealers()
        if which == "project":
            first = replace(data.projects[0], amount=999)
            book = dealer_book(projects=(first, *data.projects[1:]))
        else:
            one = replace(data.dealers[0], reward=data.dealers[0].reward + 1)
            book = dealer_book(dealers=(one, *data.dealers[1:]))
    else:
        inner = samples.internal()
        if which == "department":
            row = replace(inner.departments[4], completion=200)
            rows = (*inner.departments[:4], row, *inner.departments[5:])
            book = internal_book(departments=rows)
        elif which == "penalty":
            fine = replace(inner.penalties[0], amount=200)
            book = internal_book(penalties=(fine, *inner.penalties[1:]))
        else:
            dot = replace(inner.black_marks[0], total=2)
            book = internal_book(black_marks=(dot, *inner.black_marks[1:]))
    assert "不通过" in column(book, "校验", "校验表", "结论")
    assert column(book, "封面", "封面表", "数值")[-1] == "不通过"


def test_numbers_of_the_regulation_stand_on_parameters_only(tmp_path: Path) -> None:
    """No 10, 40, 100, 200, 500 or 1000 inside a formula: a changed number is changed once."""
    for name in ("dealers", "internal"):
        path = tmp_path / "a.xlsx"
        write(BOOKS[name](), path)
        for address, text in formulas(path).items():
            bare = re.sub(r'"[^"]*"', "", text)  # texts
            bare = re.sub(r"\$?[A-Z]{1,3}\$?\d+", "", bare)  # addresses
            bare = re.sub(r"SUBTOTAL\(109,[^)]*\)", "", bare)
            numbers = {int(number) for number in re.findall(r"\d+", bare)}
            assert numbers <= {0, 1}, (address, text)


def test_every_amount_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    for name, money in (
        ("dealers", {"奖励金额", "合计", "其中更正", "本季奖励", "差额"}),
        (
            "internal",
            {
                "计算奖励",
                "封顶后奖励",
                "完成率奖",
                "项目奖",
                "应发",
                "分配明细",
                "差额",
                "本季奖励",
            },
        ),
    ):
        book = BOOKS[name]()
        write(book, path)
        live = formulas(path)
        for sheet in book.sheets:
            for placed in place(sheet).tables:
                for item in placed.table.columns:
                    if item.heading in money:
                        for row in range(len(placed.table.rows)):
                            at = where(sheet, placed.table.name, item.heading, row)
                            assert f"{sheet.name}!{at}" in live


# --- the same arithmetic as the clauses' ----------------------------------------


def edition() -> Edition:
    return load_all()[-1]


def terms(chosen: Edition) -> Terms:
    dealer, project = RuleKey.DEALER_PROJECT_REWARD, RuleKey.DEPARTMENT_PROJECT_REWARD
    done = RuleKey.DEPARTMENT_COMPLETION_REWARD
    return replace(
        samples.TERMS,
        dealer_minimum=chosen.param(dealer, "minimum"),
        dealer_rate=chosen.param(dealer, "rate"),
        dealer_amount=chosen.param(dealer, "amount"),
        project_minimum=chosen.param(project, "minimum"),
        project_rate=chosen.param(project, "rate"),
        project_amount=chosen.param(project, "amount"),
        project_cap=chosen.param(project, "cap"),
        step=chosen.param(done, "step"),
        step_amount=chosen.param(done, "amount"),
        completion_cap=chosen.param(done, "cap"),
        requires_counted=chosen.on("dealer.reward_requires_counted"),
        pay_once=chosen.on("conv.pay_once"),
        shared_cap=chosen.switch("dept.cap") == "shared",
        numerator=chosen.switch("conv.numerator"),
        scope=chosen.switch("conv.scope"),
        rate=chosen.switch("quarter.rate"),
    )


READINGS = [
    {},
    {"quarter.rate": "mean"},
    {"quarter.rate": "capped"},
    {"conv.numerator": "cumulative"},
    {"conv.scope": "aggregate"},
    {"conv.scope": "aggregate", "conv.numerator": "cumulative"},
    {"conv.pay_once": "false"},
    {"dealer.reward_requires_counted": "false"},
    {"dept.cap": "shared"},
]
COUNT = st.integers(0, 400)
TARGET = st.none() | st.integers(0, 200)


@settings(max_examples=200, deadline=None)
@given(
    counts=st.tuples(COUNT, COUNT, COUNT),
    targets=st.tuples(TARGET, TARGET, TARGET),
    chosen=st.sampled_from(READINGS),
)
def test_completion_is_the_clause(
    counts: tuple[int, int, int],
    targets: tuple[int | None, int | None, int | None],
    chosen: dict[str, str],
) -> None:
    under = edition().with_switches(chosen)
    clause = completion("甲部", counts, targets, under)
    row = Department("B1", "甲部", "", targets, counts, 0, 0, 0, 0, 0)
    made = complete(row, terms(under))
    assert (made.steps or 0, made.computed, made.amount) == (
        clause.steps,
        clause.computed,
        clause.amount,
    )
    assert (made.steps is None) == (clause.rate is None)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.integers(3, 40),
        st.integers(-5, 40),
        st.integers(0, 40),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(rows=ROWS, kind=st.sampled_from(["dealer", "department"]), chosen=st.sampled_from(READINGS))
def test_project_rewards_are_the_clause(
    rows: list[tuple[str, int, int, int, bool, bool, bool]], kind: str, chosen: dict[str, str]
) -> None:
    under = edition().with_switches(chosen)
    unit = UnitKind.DEALER if kind == "dealer" else UnitKind.DEPARTMENT
    clause = rewards.project_rewards(
        [
            rewards.Project(
                "LX",
                "DKH",
                code,
                unit,
                size,
                None,
                now,
                total,
                counted,
                valid,
                "2026Q2" if paid else "",
            )
            for code, size, now, total, counted, valid, paid in rows
        ],
        under,
    )
    base = samples.dealer_projects()[0]
    projects = [
        replace(
            base,
            code=code,
            quantity=size,
            pickups=now,
            cumulative=total,
            counted="是" if counted else "否",
            valid=valid,
            earlier="2026Q2" if paid else "",
        )
        for code, size, now, total, counted, valid, paid in rows
    ]
    using = terms(under)
    side = dealers_side(using) if kind == "dealer" else departments_side(using)
    assert [made.amount for made in work(projects, side, using)] == [item.amount for item in clause]


# --- LibreOffice ----------------------------------------------------------------------------------


def many_departments(chosen: dict[str, str]) -> InternalAssessment:
    """Departments of every sort, the caller's amounts made by the clauses."""
    under = edition().with_switches(chosen)
    using = terms(under)
    draw = random.Random(20260930)
    base = samples.internal()
    rows = []
    for index in range(120):
        goal = draw.choice([7, 9, 10, 13, 30, 100])
        targets = tuple(draw.choice([goal, goal, goal + 3]) for _ in range(3))
        total = sum(targets)
        wanted = total * draw.choice([99, 100, 109, 110, 119, 120, 130, 140, 150]) // 100
        first = draw.randint(0, wanted // 2)
        second = draw.randint(0, wanted - first)
        counts = (first, second, wanted - first - second)
        done = completion("x", counts, targets, under).amount
        rows.append(
            Department(f"B{index}", f"{index}号部", "", targets, counts, done, 0, 0, 0, done)
        )
    data = replace(base, terms=using, departments=tuple(rows), corrections=(), projects=())
    return replace(
        data,
        departments=tuple(replace(row, payable=payable(row, data)) for row in data.departments),
    )


def under_reading(chosen: dict[str, str]) -> tuple[Book, Book]:
    """Both workbooks of the sample under another reading; amounts as the formulas have them."""
    using = terms(edition().with_switches(chosen))
    data, inner = samples.dealers(), samples.internal()
    return (
        assessment_dealers.plan(replace(data, terms=replace(using, readings=()))),
        assessment_internal.plan(replace(inner, terms=using)),
    )


@needs_office
def test_recalculation_changes_nothing(tmp_path: Path) -> None:
    books = [make() for make in BOOKS.values()]
    books += [book for chosen in READINGS[1:] for book in under_reading(chosen)]
    books += [
        assessment_internal.plan(many_departments(chosen))
        for chosen in ({}, {"quarter.rate": "mean"}, {"quarter.rate": "capped"})
    ]
    paths = []
    for index, book in enumerate(books):
        paths.append(tmp_path / f"{index}.xlsx")
        write(book, paths[-1])
    assert recalculation_differences(paths, tmp_path / "again") == []
    for path in paths:
        values = cached_values(tmp_path / "again" / path.name)
        assert [at for at, value in values.items() if str(value).startswith("#")] == []


@needs_office
def test_people_who_change_a_number_see_what_follows(tmp_path: Path) -> None:
    """Pick-ups corrected by hand, a share filled in: amount, sum, check and cover follow."""
    import openpyxl

    dealers, internal = dealer_book(), internal_book()
    write(dealers, tmp_path / "d.xlsx")
    write(internal, tmp_path / "i.xlsx")
    made = openpyxl.load_workbook(tmp_path / "d.xlsx")
    made["项目明细"][where(dealers.sheet("项目明细"), "项目明细表", "季度提车量", 1)] = 4
    made.save(tmp_path / "d.xlsx")
    made = openpyxl.load_workbook(tmp_path / "i.xlsx")
    sheet = internal.sheet("部门合计与分配")
    shares = [row["分配部门"] for row in sheet.table("分配表").rows]
    for amount, offset in ((900, 0), (500, 1)):
        at = where(sheet, "分配表", "分配金额", shares.index("第120部") + offset)
        made["部门合计与分配"][at] = amount
    at = where(sheet, "分配表", "分配金额", shares.index("第110部"))
    made["部门合计与分配"][at] = 399
    made.save(tmp_path / "i.xlsx")
    one, two = convert([tmp_path / "d.xlsx", tmp_path / "i.xlsx"], "xlsx", tmp_path / "again")
    first, second = cached_values(one), cached_values(two)
    detail = dealers.sheet("项目明细")
    assert first[f"项目明细!{where(detail, '项目明细表', '本季奖励', 1)}"] == 1000
    cover = dealers.sheet("封面")
    assert first[f"封面!{where(cover, '封面表', '数值', 4)}"] == 4000
    assert first[f"封面!{where(cover, '封面表', '数值', 7)}"] == "不通过"

    def verdict(name: str) -> object:
        names = [row["部门"] for row in sheet.table("部门合计表").rows]
        return second[f"部门合计与分配!{where(sheet, '部门合计表', '合计校验', names.index(name))}"]

    assert (verdict("第120部"), verdict("第110部"), verdict("第150部"), verdict("第100部")) == (
        "相符",
        "不符",
        "待分配",
        "相符",
    )


def test_the_allocation_begins_a_page_and_repeats_its_heading(tmp_path: Path) -> None:
    book = internal_book()
    write(book, tmp_path / "内部考核.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "内部考核.xlsx")["部门合计与分配"]
    table = sheet.tables["分配表"]
    heading = sheet[table.ref][0][0].row
    (cut,) = sheet.row_breaks.brk
    assert heading - 3 <= cut.id < heading  # with its title and the legend
    assert sheet.print_title_rows == f"${heading}:${heading}"
