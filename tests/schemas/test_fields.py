"""The field records: literal headings, unambiguous wordings, agreement with the domain."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from processor.model import Category, FormKind, LeadContent, RuleKey, TaxiLevel, UnitKind, Verdict
from processor.model import Ruling as RulingWord
from schemas.catalogue import all_forms, form_by_title
from schemas.fields import Field, Form, Kind, Need
from schemas.lead import LEAD_FORM
from schemas.master import KEYS, MASTER_SHEETS
from schemas.roster import ROSTER_SHEETS, TITLE, UNIT_SHEET
from schemas.rulings import RULING_FORM
from schemas.screening import SCREENING_FORM

FORMS = (*all_forms(), *ROSTER_SHEETS)
ids = pytest.mark.parametrize("form", FORMS, ids=lambda f: f.key)

# The contract's headings, typed here a second time on purpose.
TABLES = dict(
    line.split(": ")
    for line in Path(__file__).with_name("headings.txt").read_text(encoding="utf-8").splitlines()
)
BLOCKS = {
    "大客户信息记录表": {"提报单位", "提报单位类型", "提报人", "提报人电话", "提报日期"},
    "合同登记汇总表": {"统计月份", "填报人", "填报日期", "本月无合同"},
    "大客户项目申报表": {"申报单位", "申报人", "申报日期"},
    "甄别反馈表": {"生成时间"},
    "目标信息量分解调整表": {"年度", "版本号", "生效月份", "批准人", "批准日期", "调整原因"},
}
FIFTEEN = (
    "台账 不予接收 立项 合同 项目申报 目标 裁定 客户别名 "
    "发布 奖励台账 处罚 泄漏 收文登记 变更记录 说明"
)


def fields_of(form: Form) -> tuple[Field, ...]:
    return (*form.block, *form.fields)


@ids
def test_headings_are_those_of_the_contract(form: Form) -> None:
    name = form.sheet or form.title
    assert " ".join(f.heading for f in form.fields) == TABLES[name]
    assert {f.heading for f in form.block} == BLOCKS.get(name, set())


def test_every_official_form_is_in_the_catalogue() -> None:
    assert {f.title for f in all_forms()} | {TITLE} == {kind.value for kind in FormKind}
    assert form_by_title("合同登记汇总表").key == "contracts"
    with pytest.raises(KeyError):
        form_by_title("汇总表")


def test_lead_names_are_the_attributes_of_lead_content() -> None:
    content = {f.name for f in dataclasses.fields(LeadContent)}
    names = {f.name for f in fields_of(LEAD_FORM)}
    own = {"seq", "submitter", "submitter_kind", "corrects", "template_version"}
    assert names == content | own


def test_only_five_columns_can_refuse_a_lead() -> None:
    gate = {f.heading for f in fields_of(LEAD_FORM) if f.need is Need.GATE}
    assert gate == {
        "客户单位全称",
        "采购类别",
        "标的量(台)",
        "客户联系人(第三方)",
        "联系方式",
    }


@pytest.mark.parametrize(
    ("word", "heading"),
    [
        *((w, "客户单位全称") for w in ("客户名称", "客户全称", "单位名称")),
        *((w, "采购类别") for w in ("类别", "客户类别")),
        *((w, "标的量(台)") for w in ("数量", "台数", "需求数量")),
        *((w, "意向车型") for w in ("车型", "需求车型")),
        *((w, "客户联系人(第三方)") for w in ("联系人", "第三方联系人")),
        *((w, "联系方式") for w in ("联系电话", "电话", "手机", "第三方联系方式")),
        *((w, "县(区)") for w in ("区县", "县", "区")),
    ],
)
def test_synonyms_promised_by_the_contract(word: str, heading: str) -> None:
    assert [f.heading for f in fields_of(LEAD_FORM) if word in f.synonyms] == [heading]


@ids
def test_no_name_or_wording_means_two_columns(form: Form) -> None:
    names = [f.name for f in fields_of(form)]
    assert len(set(names)) == len(names)
    words = [
        unicodedata.normalize("NFKC", word).casefold().replace(" ", "")
        for f in fields_of(form)
        for word in (f.heading, *f.synonyms)
    ]
    assert sorted(w for w in set(words) if words.count(w) > 1) == []


@ids
def test_fields_are_complete(form: Form) -> None:
    rules = {key.value for key in RuleKey}
    for item in fields_of(form):
        where = f"{form.key}.{item.name}"
        assert item.hint.endswith("。"), where
        assert len(item.hint + item.example) <= 240, where
        assert item.rule in rules | {""}, where
        assert bool(item.allowed) == (item.kind in (Kind.CHOICE, Kind.CHOICES)), where
        assert all(value in item.allowed for _, value in item.choice_synonyms), where
        for other, values in (item.when, item.unless):
            if other:
                known = form.field(other)
                assert not known.allowed or set(values) <= set(known.allowed), where


@ids
def test_examples_are_allowed_values(form: Form) -> None:
    for item in fields_of(form):
        if item.allowed and item.example:
            assert set(item.example.split(";")) <= set(item.allowed), item.heading


def test_lists_agree_with_the_domain() -> None:
    assert LEAD_FORM.field("category").allowed == tuple(Category)
    assert LEAD_FORM.field("taxi_level").allowed == tuple(TaxiLevel)
    assert SCREENING_FORM.field("verdict").allowed == tuple(Verdict)
    assert RULING_FORM.field("ruling").allowed == tuple(RulingWord)
    assert UNIT_SHEET.field("kind").allowed == tuple(UnitKind)


def test_nothing_but_a_literal_other_means_other() -> None:
    assert "其他" not in [value for _, value in LEAD_FORM.field("category").choice_synonyms]


def test_a_stricter_secrecy_is_never_read_as_a_milder_one() -> None:
    meanings = dict(LEAD_FORM.field("secrecy").choice_synonyms)
    assert {meanings[w] for w in ("秘密级", "机密", "绝密", "受限")} == {"秘密"}


def test_a_form_names_its_unknown_field() -> None:
    with pytest.raises(KeyError, match="leads: no field 'colour'"):
        LEAD_FORM.field("colour")


def test_the_master_has_its_fifteen_sheets() -> None:
    assert " ".join(MASTER_SHEETS) == FIFTEEN
    for sheet, fields in MASTER_SHEETS.items():
        for attribute in ("name", "heading"):
            values = [getattr(f, attribute) for f in fields]
            assert len(set(values)) == len(values), (sheet, attribute)
        if sheet in KEYS:
            assert KEYS[sheet] in {f.name for f in fields}, sheet


def test_the_master_holds_every_business_column_of_a_lead() -> None:
    headings = {f.heading for f in MASTER_SHEETS["台账"]}
    own = {"seq", "submitter_kind", "corrects", "template_version", "reported_on"}
    assert {f.heading for f in fields_of(LEAD_FORM) if f.name not in own} <= headings
    assert "自填提报日期" in headings


def test_the_master_holds_the_columns_of_its_own_contract() -> None:
    wanted = (
        "信息编号 批次号 来源文件 来源工作表 来源行 文件指纹 受理时间 提报单位编码 "
        "提报单位 提报单位类型 提报人 客户ID 标准化客户名 归属月份 归属季度 受理结果 状态 "
        "状态原因 依据条款 重复于 裁定编号 科室 项目责任人 转办时间 应反馈时间 "
        "实际反馈时间 是否逾期 到期日期 核实标的量 立项编号 申报编号 相差天数 计入提报量 "
        "不计入原因 累计提车 各季提车 累计转化率 奖励状态 规则版本 敏感级别 客户等级 "
        "最近更新 人工备注 行校验码 "
    )
    assert set(wanted.split()) <= {f.heading for f in MASTER_SHEETS["台账"]}


@pytest.mark.parametrize(
    ("sheet", "headings"),
    [
        ("台账", {"状态", "人工备注"}),
        ("客户别名", {"停用"}),
        ("处罚", {"本人申诉", "处理方式", "审批"}),
        ("奖励台账", {"兑现日期", "备注"}),
        ("变更记录", set()),
        ("收文登记", set()),
    ],
)
def test_columns_the_clerk_may_edit(sheet: str, headings: set[str]) -> None:
    assert {f.heading for f in MASTER_SHEETS[sheet] if f.editable} == headings


def test_field_records_are_light() -> None:
    code = (
        "import sys, schemas.master, schemas.catalogue, schemas.models, schemas.guide, "
        "processor.roster; schemas.catalogue.all_forms(); "
        "print([m for m in ('pandas','pandera','openpyxl','xlsxwriter','python_calamine') "
        "if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"
