"""疑似重复裁定表: one row is one suspected pair, laid side by side for a person to rule (5.1)."""

from __future__ import annotations

from schemas.fields import Field, Form, Kind, Need

VERSION = "DKHW080004-疑似裁定-v4.1"

RULINGS = ("重复", "不重复", "同单位不同项目", "无法判断")
# 先报… and 后报…: (name, heading, kind, example, width)
_SIDE = (
    ("lead_number", "信息编号", Kind.TEXT, "DKH202611-0007", 16),
    ("unit_kind", "单位类型", Kind.TEXT, "经销商", 9),
    ("received_at", "受理时间", Kind.DATETIME, "2026-11-04 09:12", 17),
    ("customer", "客户全称", Kind.TEXT, "南陵县公安局", 22),
    ("place", "地区", Kind.TEXT, "安徽省芜湖市南陵县", 16),
    ("model", "车型", Kind.TEXT, "瑞虎8", 11),
    ("quantity", "标的量", Kind.INTEGER, "12", 8),
    ("expected", "预计时间", Kind.DATE, "2026-12", 12),
    ("contact", "联系方式", Kind.TEXT, "0553****345", 14),
)


def _side(prefix: str, word: str) -> tuple[Field, ...]:
    return tuple(
        Field(
            f"{prefix}_{name}",
            word + heading,
            kind,
            Need.SYSTEM,
            hint="由系统填写，请勿改动。",
            example=example,
            rule="first_come",
            width=width,
        )
        for name, heading, kind, example, width in _SIDE
    )


LOCKED = (
    Field(
        "ruling_number",
        "裁定编号",
        need=Need.GATE,
        locked=True,
        hint="由系统填写，请勿改动；系统按此编号认领裁定。",
        example="CD202611-0003",
        rule="first_come",
        width=15,
    ),
    Field(
        "generated_at",
        "生成时间",
        Kind.DATETIME,
        Need.SYSTEM,
        hint="由系统填写。",
        example="2026-11-04 09:12",
        width=17,
    ),
    *_side("first", "先报"),
    *_side("later", "后报"),
    Field(
        "score",
        "相似度",
        Kind.INTEGER,
        Need.SYSTEM,
        hint="由系统填写，0至100，仅供参考。",
        example="88",
        width=7,
    ),
    Field(
        "evidence",
        "证据",
        need=Need.SYSTEM,
        hint="由系统填写。",
        example="字号相同;地区相同;车型不同",
        width=26,
    ),
    Field(
        "suggestion",
        "系统建议",
        need=Need.SYSTEM,
        hint="由系统填写，仅供参考。",
        example="重复",
        width=11,
    ),
    Field(
        "money_involved",
        "涉及金额",
        Kind.CHOICE,
        Need.SYSTEM,
        allowed=("是", "否"),
        hint="由系统填写：裁定是否影响奖励。",
        example="是",
        width=8,
    ),
)

FILL_IN = (
    Field(
        "ruling",
        "裁定",
        Kind.CHOICE,
        Need.REMIND,
        synonyms=("裁定结果", "裁定结论"),
        allowed=RULINGS,
        choice_synonyms=(("不是重复", "不重复"), ("非重复", "不重复"), ("不能判断", "无法判断")),
        hint="从下拉表中选择；未填视为尚未裁定。",
        example="重复",
        rule="first_come",
        width=14,
    ),
    Field(
        "reason",
        "理由",
        need=Need.REMIND,
        when=("ruling", RULINGS),
        synonyms=("裁定理由",),
        hint="一句话写明依据。",
        example="同一单位同一批执法用车",
        rule="first_come",
        width=22,
    ),
    Field(
        "ruled_by",
        "裁定人",
        need=Need.REMIND,
        when=("ruling", RULINGS),
        min_length=2,
        max_length=20,
        hint="不能是任何一方的提报人。",
        example="周敏",
        rule="first_come",
        width=10,
    ),
    Field(
        "ruled_on",
        "日期",
        Kind.DATE,
        Need.REMIND,
        when=("ruling", RULINGS),
        synonyms=("裁定日期",),
        hint="裁定的日期。",
        example="2026-11-05",
        rule="first_come",
        width=12,
    ),
    Field(
        "reviewer",
        "复核人",
        max_length=20,
        hint="标的量10台以上的必须有复核人。",
        example="吴刚",
        rule="first_come",
        width=10,
    ),
    Field(
        "register_alias",
        "登记为别名",
        Kind.CHOICE,
        synonyms=("登记别名",),
        allowed=("是", "否"),
        hint="两个名称确为同一客户的选「是」，今后自动识别。",
        example="是",
        width=9,
    ),
)

RULING_FORM = Form(
    key="rulings",
    title="疑似重复裁定表",
    version=VERSION,
    block=(),
    fields=(*LOCKED, *FILL_IN),
    intro=(
        "左为先报信息，右为后报信息；黄色各栏由裁定人填写。相同信息以先报为准，后报者不予计算"
        "（第{first_come}条）。裁定之前先报信息状态不变，后报信息为待裁定。"
    ),
)
