"""大客户项目申报表 (5.5): a dealer applies for support; one row is one project."""

from __future__ import annotations

from dataclasses import replace

from schemas.fields import Field, Form, Kind, Need
from schemas.lead import LEAD_FORM

VERSION = "DKHW080004-项目申报-v4.1"

BLOCK = (
    Field(
        "applicant",
        "申报单位",
        need=Need.GATE,
        synonyms=("申报经销商", "申报单位名称", "申请单位", "经销商", "经销商名称"),
        hint="填单位名录中的经销商全称、简称或编码。",
        example="芜湖江城汽车销售有限公司",
        rule="application_lead_time",
        width=26,
    ),
    Field(
        "applicant_person",
        "申报人",
        need=Need.REMIND,
        synonyms=("申请人", "填报人", "填表人", "经办人"),
        min_length=2,
        max_length=20,
        hint="填写本表的人。",
        example="王明",
        width=12,
    ),
    Field(
        "applied_on",
        "申报日期",
        Kind.DATE,
        Need.REMIND,
        synonyms=("申请日期", "填报日期", "申报时间"),
        hint="填表当天的日期；相差天数按系统受理日期计算。",
        example="2026-11-11",
        rule="application_lead_time",
        width=12,
    ),
)

FIELDS = (
    Field(
        "application_number",
        "申报编号",
        need=Need.SYSTEM,
        synonyms=("申请编号",),
        hint="由系统编号，不用填。",
        example="SB2026-0077",
        width=13,
    ),
    Field(
        "lead_number",
        "关联信息编号",
        need=Need.REMIND,
        synonyms=("信息编号", "大客户信息编号", "原信息编号"),
        hint="本单位此前提报该项目的信息编号；没有的可不填。",
        example="DKH202611-0007",
        rule="application_lead_time",
        width=16,
    ),
    replace(LEAD_FORM.field("customer"), width=26),
    replace(LEAD_FORM.field("category"), need=Need.REMIND),
    LEAD_FORM.field("province"),
    LEAD_FORM.field("city"),
    LEAD_FORM.field("county"),
    replace(
        LEAD_FORM.field("model"), heading="车型", synonyms=("意向车型", "采购车型", "申报车型")
    ),
    Field(
        "quantity",
        "数量(台)",
        Kind.INTEGER,
        Need.REMIND,
        synonyms=("数量", "台数", "标的量(台)", "数量(辆)", "采购数量", "申报数量", "标的量"),
        minimum=3,
        maximum=500,
        hint="填整数，3台以上（含3台）。",
        example="12",
        rule="minimum_quantity",
        width=8,
    ),
    Field(
        "signing_expected",
        "预计签约日期",
        Kind.DATE,
        Need.REMIND,
        synonyms=("预计签约时间", "预计签订日期", "预计签约"),
        hint="预计与客户签订合同的日期。",
        example="2026-12-15",
        width=12,
    ),
    LEAD_FORM.field("method"),
    Field(
        "rivals",
        "竞争情况",
        synonyms=("竞争品牌及报价", "竞争品牌", "竞品", "竞品情况"),
        hint="已知的竞争品牌、车型和报价。",
        example="哈弗H6",
        width=14,
    ),
    Field(
        "support",
        "申请支持内容",
        Kind.CHOICES,
        synonyms=("支持内容", "申请支持", "申请内容"),
        allowed=("价格", "资源", "公关", "商务"),
        choice_synonyms=(("价格支持", "价格"), ("资源支持", "资源"), ("商务支持", "商务")),
        hint="可选多项，用「;」隔开：价格、资源、公关、商务。",
        example="价格;商务",
        width=13,
    ),
    Field(
        "amount",
        "申请金额",
        Kind.NUMBER,
        synonyms=("申请金额(元)", "申请支持金额", "支持金额"),
        positive=True,
        hint="申请支持的金额，以元计，没有可不填。",
        example="24000",
        width=11,
    ),
    replace(
        LEAD_FORM.field("contact"),
        heading="客户联系人",
        need=Need.REMIND,
        synonyms=(
            "联系人",
            "客户联系人(第三方)",
            "第三方联系人",
            "联系人姓名",
        ),
    ),
    replace(LEAD_FORM.field("contact_phone"), need=Need.REMIND),
    Field(
        "attachments",
        "附件清单",
        synonyms=("附件", "附件名称"),
        hint="随表提交的资料名称。",
        example="招标公告;客户需求函",
        width=16,
    ),
    replace(LEAD_FORM.field("remark"), width=14),
)

APPLICATION_FORM = Form(
    key="application",
    title="大客户项目申报表",
    version=VERSION,
    block=BLOCK,
    fields=FIELDS,
    intro=(
        "经销商申请项目支持时填写，一行一个项目。申报7天前已提报的信息计入经销商信息提报量，"
        "否则不予计入（第{application_lead_time}条）；天数按系统受理日期计算。"
    ),
)
