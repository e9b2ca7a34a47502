"""Edition files load strictly; the edition in force is the latest that has taken effect."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from processor.model import RuleKey, UnitKind
from processor.regulation.completion import completion
from processor.regulation.edition import (
    IMPLEMENTED,
    PARAMETERS,
    EditionError,
    in_force,
    load,
    load_all,
)
from processor.regulation.rewards import Project, project_reward
from processor.regulation.validity_checks import minimum_quantity
from tests.regulation.editions import V4, V4_FILE, invented


def test_the_fourth_edition() -> None:
    assert (V4.key, V4.number, V4.edition) == ("DKHW080004-v4", "DKHW080004", "第四版")
    assert V4.effective_from == date(2008, 2, 14)
    assert all(V4.has(rule) for rule in RuleKey)
    assert V4.clause(RuleKey.EXPIRY_MISSING) == "7.3.2-甲"
    assert V4.clause(RuleKey.BULLETIN_OVERDUE) == "7.3.2-乙"
    assert V4 in load_all()


@pytest.mark.parametrize("rule", RuleKey)
def test_every_rule_quotes_its_clause(rule: RuleKey) -> None:
    assert V4.clause(rule)[0].isdigit()
    assert V4.text(rule).endswith("。")


@pytest.mark.parametrize(
    ("rule", "name", "value", "unit"),
    [
        (RuleKey.MINIMUM_QUANTITY, "minimum", 3, "台"),
        (RuleKey.APPLICATION_LEAD_TIME, "days", 7, "天"),
        (RuleKey.SCREENING, "working_days", 2, "工作日"),
        (RuleKey.CONTRACT_REGISTER, "day", 2, "日"),
        (RuleKey.DEALER_PROJECT_REWARD, "minimum", 10, "台"),
        (RuleKey.DEALER_PROJECT_REWARD, "rate", 40, "%"),
        (RuleKey.DEALER_PROJECT_REWARD, "amount", 1000, "元"),
        (RuleKey.DEPARTMENT_COMPLETION_REWARD, "step", 10, "百分点"),
        (RuleKey.DEPARTMENT_COMPLETION_REWARD, "amount", 200, "元"),
        (RuleKey.DEPARTMENT_COMPLETION_REWARD, "cap", 1000, "元"),
        (RuleKey.DEPARTMENT_PROJECT_REWARD, "amount", 200, "元"),
        (RuleKey.DEPARTMENT_PROJECT_REWARD, "cap", 1000, "元"),
        (RuleKey.SCREENING_OVERDUE, "amount", 100, "元"),
        (RuleKey.EXPIRY_MISSING, "amount", 100, "元"),
        (RuleKey.BULLETIN_OVERDUE, "amount", 100, "元"),
        (RuleKey.REGISTER_OVERDUE, "amount", 100, "元"),
        (RuleKey.LEAK, "amount", 500, "元"),
        (RuleKey.LEAK, "marks", 3, "个"),
    ],
)
def test_parameters(rule: RuleKey, name: str, value: int, unit: str) -> None:
    assert (V4.param(rule, name), V4.unit(rule, name)) == (value, unit)


def test_unknown_parameter_and_switch_are_errors() -> None:
    with pytest.raises(EditionError, match=r"minimum_quantity 没有参数 maximum（可用：minimum）"):
        V4.param(RuleKey.MINIMUM_QUANTITY, "maximum")
    with pytest.raises(EditionError, match="没有开关 nosuch"):
        V4.switch("nosuch")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[rule.city_taxi]", "[rule.city_taxis]", r"rule 缺少 city_taxi（应有：definition、"),
        ("[rule.leak]", "[rule.extra]\nabsent = true\n[rule.leak]", r"rule 有不认识的 extra"),
        ('clause = "5.4"\n', "", r"rule\.minimum_quantity 缺少 clause（应有：clause、text、params"),
        ('clause = "5.4"', 'clause = ""', r"rule\.minimum_quantity\.clause 应为非空文字"),
        ("params.minimum = { value = 3, ", "params.least = { value = 3, ", r"params 缺少 minimum"),
        ('{ value = 3, unit = "台" }', '{ value = 3.5, unit = "台" }', r"value 应为非负整数"),
        ('{ value = 3, unit = "台" }', '{ value = true, unit = "台" }', r"value 应为非负整数"),
        ('{ value = 3, unit = "台" }', '{ value = -3, unit = "台" }', r"value 应为非负整数"),
        ('{ value = 3, unit = "台" }', "{ value = 3 }", r"params\.minimum 缺少 unit"),
        ('[switch."min_qty"]', '[switch."min"]', r"switch 缺少 min_qty"),
        (
            'default = "inclusive"',
            'default = "maybe"',
            r"不能取 maybe（可取：inclusive、exclusive）",
        ),
        ("values.inclusive = ", "values.includes = ", r"values 缺少 inclusive"),
        ('rule = "leak"', 'rule = "leaks"', r"不能取 leaks（可取：definition、"),
        ("effective_from = 2008-02-14", 'effective_from = "2008"', r"effective_from 应为日期"),
        ("[head]", "[heads]", r"文件顶层 缺少 head（应有：head、rule、switch）"),
        ('number = "DKHW080004"', "number =", r"读不出来"),
    ],
)
def test_a_wrong_file_says_where_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    with pytest.raises(EditionError, match=says) as caught:
        invented(tmp_path, {old: new}, "wrong")
    assert "wrong.toml" in str(caught.value)


def test_absent_rules_do_nothing_and_say_so(tmp_path: Path) -> None:
    text = V4_FILE.read_text(encoding="utf-8")
    start = text.index("[rule.minimum_quantity]")
    end = text.index("[rule.application_lead_time]")
    edition = invented(tmp_path, {text[start:end]: "[rule.minimum_quantity]\nabsent = true\n\n"})
    assert not edition.has(RuleKey.MINIMUM_QUANTITY)
    assert edition.clause(RuleKey.MINIMUM_QUANTITY) == ""
    assert minimum_quantity(1, edition) is None
    with pytest.raises(EditionError):
        edition.param(RuleKey.MINIMUM_QUANTITY, "minimum")


def _absent(value: str) -> str:
    return f"[rule.minimum_quantity]\nabsent = {value}"


def test_absent_says_true_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="只能写 true"):
        invented(tmp_path, {'[rule.minimum_quantity]\nclause = "5.4"': _absent("false")})
    with pytest.raises(EditionError, match="有不认识的 text（只能有：absent）"):
        invented(tmp_path, {'[rule.minimum_quantity]\nclause = "5.4"': _absent("true")}, "more")


def test_switches_may_be_overridden_only_with_allowed_values() -> None:
    changed = V4.with_switches({"dept.cap": "shared"})
    assert (changed.switch("dept.cap"), V4.switch("dept.cap")) == ("shared", "separate")
    with pytest.raises(EditionError, match=r"没有开关 dept\.caps（可用：.*dept\.cap"):
        V4.with_switches({"dept.caps": "shared"})
    with pytest.raises(EditionError, match=r"dept\.cap 不能取 none（可取：separate、shared）"):
        V4.with_switches({"dept.cap": "none"})


def test_the_edition_in_force_changes_on_its_day(tmp_path: Path) -> None:
    later = invented(tmp_path, {"effective_from = 2008-02-14": "effective_from = 2026-08-15"})
    editions = (later, V4)
    assert in_force(editions, date(2026, 8, 14)) is V4
    assert in_force(editions, date(2026, 8, 15)) is later
    assert in_force(editions, date(2008, 2, 14)) is V4
    with pytest.raises(EditionError, match="2008-02-13 尚无生效"):
        in_force(editions, date(2008, 2, 13))


def test_a_change_in_mid_year_leaves_earlier_quarters_alone(tmp_path: Path) -> None:
    later = invented(
        tmp_path,
        {
            "effective_from = 2008-02-14": "effective_from = 2026-07-01",
            'params.minimum = { value = 3, unit = "台" }': (
                'params.minimum = { value = 5, unit = "台" }'
            ),
            'params.amount = { value = 1000, unit = "元" }': (
                'params.amount = { value = 800, unit = "元" }'
            ),
            'params.step = { value = 10, unit = "百分点" }': (
                'params.step = { value = 20, unit = "百分点" }'
            ),
        },
    )
    project = Project("LX2026-0001", "D", "甲", UnitKind.DEALER, 10, None, 4, 4)
    expected = {"2026-06-30": (False, 1000, 400), "2026-07-01": (True, 800, 200)}
    for day, (invalid, dealer, department) in expected.items():
        edition = in_force((V4, later), date.fromisoformat(day))
        assert (minimum_quantity(4, edition) is not None) is invalid
        assert project_reward(project, edition).amount == dealer
        assert completion("某部", (40, 40, 40), (33, 33, 34), edition).amount == department


def test_two_editions_from_one_day_are_an_error(tmp_path: Path) -> None:
    invented(tmp_path, {'edition = "第四版"': 'edition = "甲版"'}, "a")
    invented(tmp_path, {'edition = "第四版"': 'edition = "乙版"'}, "b")
    with pytest.raises(EditionError, match="a 与 b 的生效日期相同"):
        load_all(tmp_path)


def test_a_missing_file_is_an_edition_error(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"none\.toml"):
        load(tmp_path / "none.toml")


def test_tables_of_the_code_name_only_what_the_edition_has() -> None:
    assert set(PARAMETERS) <= set(RuleKey)
    assert set(V4.switches) == set(IMPLEMENTED)
