"""The planted story is deterministic, complete and consistent with itself."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from processor.demo import recount, recount_money
from processor.demo.answer_key import load_key, write_key
from processor.demo.cases import STYLES
from processor.demo.records import Story
from processor.demo.story import make_story
from processor.demo.tables import read_table, text
from processor.demo.world import make_world

START = date(2026, 7, 1)


def tell(units: int = 12, months: int = 3, seed: int = 5, runs: int = 2) -> Story:
    return make_story(make_world(units, seed, START, months), START, months, runs_a_day=runs)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell()


def test_same_seed_same_story(story: Story) -> None:
    assert tell() == story
    assert tell(seed=6) != story


def test_every_planted_row_is_sent_exactly_once(story: Story) -> None:
    sent = Counter(row.tag for s in story.submissions for row in s.rows if not row.corrects)
    mended = {r.receipt_of for r in story.repairs}
    for lead in story.key.planted:
        assert sent[lead.tag] or lead.file in mended, lead
    marks = Counter(x.mark for x in story.key.planted if x.accepted)
    assert set(marks.values()) == {1}


def test_states_follow_in_time_and_within_the_runs(story: Story) -> None:
    runs = set(story.key.runs)
    for lead in story.key.planted:
        assert lead.received in runs
        assert bool(lead.steps) is lead.accepted, lead
        moments = [step.at for step in lead.steps]
        assert moments == sorted(moments), lead
        assert not moments or moments[0] == lead.received
        assert set(moments) <= runs
        if lead.answered is not None and lead.transferred is not None:
            assert lead.transferred < lead.answered


def test_answers_belong_to_handed_over_leads(story: Story) -> None:
    planted = {x.tag: x for x in story.key.planted}
    for answer in story.answers:
        lead = planted[answer.tag]
        assert answer.section == lead.section
        assert lead.transferred is not None
        assert lead.transferred < answer.at
    per_run = Counter((a.at, a.tag) for a in story.answers)
    assert set(per_run.values()) == {1}


def test_no_two_units_report_one_customer_in_one_run_but_the_planted_tie(story: Story) -> None:
    seen: dict[tuple[object, str], set[str]] = {}
    for lead in story.key.planted:
        seen.setdefault((lead.received, lead.customer), set()).add(lead.case)
    shared = [cases for cases in seen.values() if len(cases) > 1]
    assert shared
    assert all(cases == {"同刻两家之先", "同刻两家之后"} for cases in shared)


def test_every_case_is_planted(story: Story) -> None:
    cases = {x.case for x in story.key.planted}
    assert {f"甄别：{style}" for style in STYLES} <= cases
    assert {
        "缺客户联系人", "假号码", "假号码但有邮箱", "标的2台", "标的3台", "部门城市出租",
        "经销商城市出租", "本单位重复", "重复且不足", "首报无效后恢复", "到期后重报",
        "同刻两家之后", "以曾用名重复", "截止后补报", "编号更正数量", "更正后达到3台",
        "续报新增一条", "更正晚于他人",
        "项目：恰好40%", "申报前6天", "申报前7天",
    } <= cases  # fmt: skip
    assert {s.expect for s in story.submissions} == {
        "accepted", "duplicate", "refused", "quarantined",
    }  # fmt: skip
    assert {s.how for s in story.submissions} >= {"template", "csv", "zip", "shuffled", "copy"}


def test_department_rates_fall_on_the_chosen_steps(story: Story) -> None:
    ((quarter, at),) = recount_money.quarters(story.key)
    rewards = [
        recount_money.completion_reward(*recount_money.completion(story.key, u.code, quarter, at))
        for u in story.key.units
        if u.department
    ]
    assert rewards[-1] == 0  # no target, no reward
    big = tell(46)
    ((quarter, at),) = recount_money.quarters(big.key)
    found = [
        recount_money.completion_reward(*recount_money.completion(big.key, u.code, quarter, at))
        for u in big.key.units
        if u.department
    ]
    assert found == [400, 800, 200, 0, 1000, 0]


def test_first_department_is_over_the_cap(story: Story) -> None:
    earned = recount_money.project_rewards(story.key, True)["2026Q3"]
    assert len(earned["B01"]) > 5


def test_conservation_in_every_issue(story: Story) -> None:
    key = story.key
    printed = Counter[str]()
    for issue in recount.issues(key):
        for unit in key.units:
            line = recount.issue_line(key, unit, issue)
            for part in ("本期", "本月"):
                parts = (line[f"{part}{k}"] for k in ("有效", "无效", "待甄别"))
                assert line[f"{part}信息总量"] == sum(parts)
                assert line[f"{part}重复"] <= line[f"{part}无效"]
            late = recount.late_line(key, unit, issue)
            printed["收"] += line["本期信息总量"] + late["信息总量"]
            printed["拒"] += line["本期不予接收"] + late["不予接收"]
    last = recount.cutoff(recount.issues(key)[-1])
    rows = Counter("收" if x.accepted else "拒" for x in key.planted if x.received <= last)
    assert printed == rows


def test_key_survives_the_disk(story: Story, tmp_path: Path) -> None:
    data, book = write_key(story.key, tmp_path)
    assert load_key(data) == story.key
    rows = read_table(book, "逐条答案", "样例编号", "最后状态")
    assert len(rows) == len(story.key.planted)
    assert text(rows[0]["样例编号"]) == story.key.planted[0].tag


@pytest.mark.parametrize("months", [1, 2, 4])
def test_other_lengths(months: int) -> None:
    key = tell(units=8, months=months, runs=1).key
    assert len(recount.issues(key)) == 3 * months + 1
    assert any(lead.state_at(key.last) == "有效" for lead in key.planted)


@pytest.mark.parametrize("seed", range(8))
def test_any_seed_can_be_told(seed: int) -> None:
    """Whatever the dice say: nobody answers what was not asked, nothing happens out of order."""
    story = tell(units=8 + 7 * seed, months=1 + seed % 3, seed=seed, runs=1 + seed % 2)
    test_states_follow_in_time_and_within_the_runs(story)
    test_answers_belong_to_handed_over_leads(story)
    test_every_planted_row_is_sent_exactly_once(story)
    planted = {x.tag: x for x in story.key.planted}
    for lead in story.key.planted:
        if lead.first and lead.accepted:
            assert planted[lead.first].received <= lead.received
    moments = Counter((lead.tag, step.at) for lead in story.key.planted for step in lead.steps)
    assert set(moments.values()) == {1}
