"""甄别反馈表: to and from each 业务开发科室; one row is one lead (6.3).

The tool fills the first columns (SYSTEM, locked on the sheet); the screener fills the rest. A row
without 甄别结论 is simply not answered yet.
"""

from __future__ import annotations

from schemas.fields import Field, Form, Kind, Need
from schemas.lead import CATEGORIES

VERSION = "DKHW080004-甄别反馈-v4.1"

VERDICTS = ("有效", "无效", "疑似重复", "需补充")
INVALID_REASONS = (
    "不真实",
    "无采购计划",
    "联系不上",
    "标的不足",
    "已签约",
    "超出范围",
    "其他",
)
VERIFY_METHODS = ("电话", "走访", "公告")

BLOCK = (
    Field(
        "generated_at",
        "生成时间",
        Kind.DATETIME,
        Need.SYSTEM,
        synonyms=("生成日期",),
        hint="由系统填写。",
        example="2026-11-04 09:12",
        width=17,
    ),
)

LOCKED = (
    Field(
        "lead_number",
        "信息编号",
        need=Need.GATE,
        locked=True,
        synonyms=("大客户信息编号", "线索编号"),
        hint="由系统填写，请勿改动；系统按此编号认领反馈。",
        example="DKH202611-0007",
        rule="screening",
        width=16,
    ),
    Field(
        "transferred_at",
        "转办时间",
        Kind.DATETIME,
        Need.SYSTEM,
        hint="由系统填写。",
        example="2026-11-04 09:12",
        rule="sorting",
        width=17,
    ),
    Field(
        "due_at",
        "应反馈时间",
        Kind.DATETIME,
        Need.SYSTEM,
        hint="由系统填写：转办后第二个工作日下班前。",
        example="2026-11-06 17:30",
        rule="screening",
        width=18,
    ),
    Field("section", "科室", need=Need.SYSTEM, hint="由系统填写。", example="政企开发科", width=12),
    Field(
        "responsible",
        "项目责任人",
        need=Need.SYSTEM,
        hint="由系统填写：转办时单位名录中的责任人。",
        example="孙工",
        width=11,
    ),
    Field(
        "customer",
        "客户全称",
        need=Need.SYSTEM,
        synonyms=("客户单位全称", "客户名称"),
        hint="由系统填写。",
        example="南陵县公安局",
        width=22,
    ),
    Field(
        "category",
        "采购类别",
        Kind.CHOICE,
        Need.SYSTEM,
        allowed=CATEGORIES,
        hint="由系统填写。",
        example="公检法司",
        width=10,
    ),
    Field("province", "省", need=Need.SYSTEM, hint="由系统填写。", example="安徽省", width=8),
    Field("city", "市", need=Need.SYSTEM, hint="由系统填写。", example="芜湖市", width=8),
    Field(
        "county",
        "县(区)",
        need=Need.SYSTEM,
        synonyms=("区县", "县", "区"),
        hint="由系统填写。",
        example="南陵县",
        width=8,
    ),
    Field("model", "意向车型", need=Need.SYSTEM, hint="由系统填写。", example="瑞虎8", width=12),
    Field(
        "quantity",
        "标的量(台)",
        Kind.INTEGER,
        Need.SYSTEM,
        hint="由系统填写：提报的台数。",
        example="12",
        width=8,
    ),
    Field(
        "contact",
        "客户联系人(第三方)",
        need=Need.SYSTEM,
        hint="由系统填写，请勿外传。",
        example="李强",
        width=11,
    ),
    Field(
        "contact_phone",
        "联系方式",
        Kind.PHONE,
        Need.SYSTEM,
        hint="由系统填写，请勿外传。",
        example="0553-6812345",
        width=15,
    ),
    Field(
        "content",
        "信息内容",
        need=Need.SYSTEM,
        synonyms=("信息内容及进展",),
        hint="由系统填写。",
        example="已立项，预计12月上旬挂网招标",
        width=26,
    ),
    Field(
        "important",
        "重点",
        Kind.CHOICE,
        Need.SYSTEM,
        synonyms=("重点(≥10)",),
        allowed=("是", "否"),
        hint="由系统填写：标的量10台以上为「是」。",
        example="是",
        width=6,
    ),
    Field(
        "doubts",
        "疑点提示",
        need=Need.SYSTEM,
        hint="由系统填写：甄别时请留意之处。",
        example="联系电话与另一客户相同",
        width=20,
    ),
)

FILL_IN = (
    Field(
        "verdict",
        "甄别结论",
        Kind.CHOICE,
        Need.REMIND,
        synonyms=("结论", "甄别结果"),
        allowed=VERDICTS,
        choice_synonyms=(
            ("真实有效", "有效"),
            ("疑似", "疑似重复"),
            ("待补充", "需补充"),
            ("需要补充", "需补充"),
        ),
        hint="从下拉表中选择；未填视为尚未反馈。",
        example="有效",
        rule="screening",
        width=10,
    ),
    Field(
        "invalid_reason",
        "无效原因",
        Kind.CHOICE,
        Need.REMIND,
        when=("verdict", ("无效",)),
        allowed=INVALID_REASONS,
        hint="结论为「无效」时必填。",
        example="无采购计划",
        rule="screening",
        width=11,
    ),
    Field(
        "reason_note",
        "原因说明",
        hint="补充说明判断的依据。",
        example="电话核实，今年无购车计划",
        width=18,
    ),
    Field(
        "expires_on",
        "到期日期",
        Kind.DATE,
        Need.REMIND,
        when=("verdict", ("有效",)),
        synonyms=("有效期至", "到期时间", "信息到期日期"),
        hint="结论为「有效」时必填，不早于反馈当天；未注明的将列入考核。",
        example="2027-03-31",
        rule="expiry_date",
        width=12,
    ),
    Field(
        "confirmed_quantity",
        "核实标的量",
        Kind.INTEGER,
        synonyms=("核实标的量(台)", "核实数量", "核实台数"),
        minimum=0,
        maximum=500,
        hint="核实后的台数，与提报相同可不填；不足3台视为无效。",
        example="12",
        rule="minimum_quantity",
        width=8,
    ),
    Field(
        "verify_method",
        "核实方式",
        Kind.CHOICE,
        allowed=VERIFY_METHODS,
        choice_synonyms=(("电话核实", "电话"), ("上门", "走访"), ("招标公告", "公告")),
        free=True,
        hint="电话、走访或公告。",
        example="电话",
        width=9,
    ),
    Field(
        "verified_at",
        "核实时间",
        Kind.DATETIME,
        hint="与客户核实的时间。",
        example="2026-11-05 10:30",
        width=17,
    ),
    Field(
        "screener",
        "甄别人",
        need=Need.REMIND,
        when=("verdict", VERDICTS),
        synonyms=("甄别责任人",),
        min_length=2,
        max_length=20,
        hint="作出结论的人，须在单位名录中。",
        example="孙工",
        rule="screening",
        width=10,
    ),
    Field(
        "answered_at",
        "反馈时间",
        Kind.DATETIME,
        hint="填表时间；是否按时以系统受理时间为准。",
        example="2026-11-05 11:00",
        width=17,
    ),
    Field("remark", "备注", hint="其他需要说明的事项。", width=14),
)

SCREENING_FORM = Form(
    key="screening",
    title="甄别反馈表",
    version=VERSION,
    block=BLOCK,
    fields=(*LOCKED, *FILL_IN),
    intro=(
        "白色各栏由系统填写，请勿改动；黄色各栏由甄别人填写。请在应反馈时间之前反馈；"
        "有效信息要注明到期日期（第{expiry_date}条）。「需补充」不停止计时。"
    ),
)
