"""The rules' reasons, in words a dealer accepts, and what would turn each verdict."""

from __future__ import annotations

_SAY: dict[str, tuple[str, str]] = {
    "credit_code_equal": (
        "统一社会信用代码相同。",
        "如代码填错，请核对营业执照或事业单位法人证书后更正。",
    ),
    "credit_code_differs": ("统一社会信用代码不同，不是同一单位。", "如代码填错，更正后重新判定。"),
    "ruled_distinct": ("此前已裁定两者不是同一单位。", "撤销该裁定后重新判定。"),
    "text_equal": ("单位名称相同。", "若为异地同名单位，请填写所在省、市、县和统一社会信用代码。"),
    "alias": (
        "「{alias}」为已知的简称或曾用名，与对方为同一单位。",
        "在客户别名表中停用该别名后重新判定。",
    ),
    "alias_ambiguous": (
        "「{alias}」可能指多个单位，其中一个与对方一致，需人工确认。",
        "填写单位全称后可直接判定。",
    ),
    "place_conflict": ("所在地不同（{a}、{b}），不是同一单位。", "如所在地填错，更正后重新判定。"),
    "place_level": (
        "所属层级不同（{a}、{b}），不是同一单位。",
        "如名称中的市、县、区有误，更正后重新判定。",
    ),
    "place_level_company": (
        "字号与行业相同，但名称所冠地区不同（{a}、{b}），需人工确认。",
        "补充统一社会信用代码后可直接判定。",
    ),
    "place_unknown": (
        "名称主体相同，但有一方未写明所在地，需人工确认。",
        "补充所在省、市、县后可直接判定。",
    ),
    "ordinal": ("序号不同（{a}、{b}），不是同一单位。", "如序号写错，更正后重新判定。"),
    "ordinal_one_side": ("一方名称带序号、另一方不带，需人工确认。", "填写单位全称后可直接判定。"),
    "branch": ("分支机构不同（{a}、{b}），不是同一单位。", "如分支机构写错，更正后重新判定。"),
    "branch_one_side": (
        "一方为总部、一方为分支机构（{branch}），需人工确认由谁采购。",
        "双方写明同一分支机构后可直接判定。",
    ),
    "department": (
        "同一单位的不同部门或独立机构（{a}、{b}），不作重复。",
        "如部门写错，更正后重新判定。",
    ),
    "department_one_side": (
        "一方为单位本身、一方为其下属部门（{unit}），需人工确认由谁采购。",
        "双方写明同一部门后可直接判定。",
    ),
    "group_one_side": (
        "一方为集团、一方不是，需人工确认是否同一法人。",
        "补充统一社会信用代码后可直接判定。",
    ),
    "core_equal": (
        "去掉地区、企业类型和惯用写法后，名称主体与所在地一致。",
        "若确非同一单位，请提供双方统一社会信用代码。",
    ),
    "slip_phone": (
        "名称仅差一处（{kind}：{a}/{b}），且联系方式相同，视为笔误。",
        "若确非同一单位，请提供双方统一社会信用代码。",
    ),
    "slip": (
        "名称仅差一处（{kind}：{a}/{b}），可能是笔误，需人工确认。",
        "联系方式一致或更正名称后可直接判定。",
    ),
    "one_character": (
        "名称有一字不同（{a}/{b}），且不像笔误，视为不同单位。",
        "如确为笔误，更正名称后重新判定。",
    ),
    "successor": (
        "机构改革前后的名称（{a}、{b}），需人工确认是否同一单位。",
        "填写现用名称后可直接判定。",
    ),
    "abbreviation_proof": (
        "「{short}」是「{long}」的简称，且联系信息一致。",
        "若确非同一单位，请提供双方统一社会信用代码。",
    ),
    "abbreviation": (
        "「{short}」可能是「{long}」的简称，需人工确认。",
        "填写单位全称，或在客户别名表中登记后可直接判定。",
    ),
    "wording": (
        "同一地区两个名称写法相近（{a}、{b}），需人工确认是否同一单位。",
        "填写单位全称或统一社会信用代码后可直接判定。",
    ),
    "different": (
        "名称主体不同（{a}、{b}），不是同一单位。",
        "如系同一单位的简称或曾用名，请在客户别名表中登记。",
    ),
    "same_purchase": (
        "同一单位的在途信息，未见为另一采购项目。",
        "如为另一项目，请写明项目名称、采购类别或预计采购时间。",
    ),
    "purchase_differs": (
        "同一单位已有在途信息，但{what}，可能是另一采购项目，需人工裁定。",
        "由裁定人确认是否为同一采购项目。",
    ),
}


def explain(rule: str, said: dict[str, str]) -> tuple[str, str]:
    """Reason and turning point of a rule in Chinese; `said` fills in what differs."""
    reason, flip = _SAY[rule]
    filled = {key: value or "无" for key, value in said.items()}
    return reason.format(**filled), flip
