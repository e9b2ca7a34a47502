"""The fifteen sheets of the master workbook: every business fact the system holds.

The ledger's tables are made from these same records, so the sheets are lossless by construction:
a ledger column that carries a business fact is a column here, or it does not exist.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.fields import Field, Kind, Need
from schemas.lead import LEAD_FORM

T, I, D, DT, M = Kind.TEXT, Kind.INTEGER, Kind.DATE, Kind.DATETIME, Kind.MONTH  # noqa: E741


def _f(name: str, heading: str, kind: Kind = T, width: int = 12, editable: bool = False) -> Field:
    return Field(name, heading, kind, width=width, editable=editable)


_NOT_CONTENT = frozenset({"seq", "submitter", "submitter_kind", "corrects", "template_version"})
_WIDER = {"customer": 37, "content": 46, "category_note": 18, "contact_other": 24}

CONTENT: tuple[Field, ...] = tuple(
    replace(
        f,
        need=Need.OPTIONAL,
        hidden=False,
        width=_WIDER.get(f.name, f.width),  # a record shows what a form leaves to its row's height
        heading="自填提报日期" if f.name == "reported_on" else f.heading,
    )
    for f in (*LEAD_FORM.block, *LEAD_FORM.fields)
    if f.name not in _NOT_CONTENT
)
"""The business columns of 大客户信息记录表, block values included (names of `LeadContent`)."""

_SOURCE = (
    _f("batch", "批次号", width=18),
    _f("source_file", "来源文件", width=36),
    _f("source_sheet", "来源工作表", width=20),
    _f("source_row", "来源行", I, 8),
    _f("received_at", "受理时间", DT, 21),
)
_UNIT = (
    _f("unit_code", "提报单位编码", width=12),
    _f("unit", "提报单位", width=32),
    _f("unit_kind", "提报单位类型", width=12),
)

LEADS: tuple[Field, ...] = (
    _f("number", "信息编号", width=17),
    _f("state", "状态", width=9, editable=True),
    _f("state_reason", "状态原因", width=60),
    *_UNIT,
    *CONTENT,
    *_SOURCE,
    _f("file_print", "文件指纹", width=16),
    _f("row_prints", "行指纹", width=16),
    _f("place_at", "顺位时间", DT, 21),
    _f("place_seq", "顺位序号", I, 10),
    _f("evidence", "到达依据", width=16),
    _f("corrected_at", "最近更正时间", DT, 21),
    _f("customer_id", "客户ID", width=17),
    _f("customer_key", "标准化客户名", width=36),
    _f("month", "归属月份", width=9),
    _f("quarter", "归属季度", width=9),
    _f("acceptance", "受理结果", width=9),
    _f("state_rule", "规则键", width=16),
    _f("state_clause", "依据条款", width=10),
    _f("state_since", "状态时间", DT, 21),
    _f("flags", "提示", width=20),
    _f("reminders", "请补充", width=24),
    _f("duplicate_of", "重复于", width=17),
    _f("ruling_no", "裁定编号", width=17),
    _f("section", "科室", width=14),
    _f("screener", "项目责任人", width=11),
    _f("deputised", "代理人承接", width=10),
    _f("transferred_at", "转办时间", DT, 21),
    _f("due_at", "应反馈时间", DT, 21),
    _f("due_tentative", "应反馈暂定", width=10),
    _f("answered_at", "实际反馈时间", DT, 21),
    _f("late", "是否逾期", width=9),
    _f("verdict", "甄别结论", width=9),
    _f("verdict_at", "结论受理时间", DT, 21),
    _f("verdict_reason", "无效原因", width=14),
    _f("verdict_note", "原因说明", width=20),
    _f("verdict_by", "甄别人", width=10),
    _f("verified_by", "核实方式", width=9),
    _f("verified_on", "核实时间", width=19),
    _f("expires_on", "到期日期", D, 11),
    _f("expiry_at", "到期日期受理时间", DT, 21),
    _f("confirmed", "核实标的量", I, 10),
    _f("project_no", "立项编号", width=13),
    _f("application_no", "申报编号", width=13),
    _f("application_on", "申报日期", D, 11),
    _f("days_before", "相差天数", I, 9),
    _f("counted", "计入提报量", width=10),
    _f("uncounted_reason", "不计入原因", width=38),
    _f("picked_total", "累计提车", I, 9),
    _f("picked_by_quarter", "各季提车", width=20),
    _f("conversion", "累计转化率", width=10),
    _f("converted_at", "转化时间", DT, 21),
    _f("closed_at", "关闭时间", DT, 21),
    _f("reward", "奖励状态", width=14),
    _f("issue", "刊登期号", width=12),
    _f("pending_issues", "待甄别期号", width=24),
    _f("ruleset", "规则版本", width=16),
    _f("sensitivity", "敏感级别", width=9),
    _f("grade", "客户等级", width=9),
    _f("updated_at", "最近更新", DT, 21),
    _f("clerk_note", "人工备注", width=24, editable=True),
    _f("row_check", "行校验码", width=14),
)

REFUSALS: tuple[Field, ...] = (
    _f("number", "拒收编号", width=17),
    *_UNIT,
    _f("problems", "不予接收原因", width=64),
    _f("clauses", "依据条款", width=10),
    *(replace(f, kind=T) for f in CONTENT),
    *_SOURCE,
    _f("file_print", "文件指纹", width=16),
    _f("row_print", "行指纹", width=22),
    _f("month", "归属月份", width=9),
    _f("issue", "刊登期号", width=12),
)

PROJECTS: tuple[Field, ...] = (
    _f("number", "立项编号", width=13),
    _f("opened_on", "立项日期", D, 11),
    _f("lead", "信息编号", width=17),
    _f("dealer", "承办经销商", width=32),
    _f("stage", "阶段", width=9, editable=True),
    _f("follower", "大客户部跟进人", width=14, editable=True),
    _f("next_action", "下一步行动", width=24, editable=True),
    _f("next_on", "下一步日期", width=11, editable=True),
    _f("sign_on", "预计签约", width=11, editable=True),
    _f("rivals", "竞争情况", width=20, editable=True),
    _f("last_contact", "最近沟通", width=20, editable=True),
    _f("updated_at", "最近更新", DT, 21),
)

CONTRACTS: tuple[Field, ...] = (
    _f("number", "登记编号", width=20),
    _f("month", "统计月份", width=9),
    _f("seq", "序号", width=6),
    _f("lead", "信息编号", width=17),
    _f("project_no", "立项编号", width=13),
    _f("contract_no", "合同编号", width=16),
    _f("customer", "客户单位全称", width=28),
    _f("dealer", "执行经销商", width=32),
    _f("dealer_code", "执行经销商编码", width=12),
    _f("signed_on", "合同签订日期", D, 11),
    _f("model", "车型", width=14),
    _f("quantity", "合同数量(台)", I, 12),
    _f("amount", "合同金额(万元)", width=12),
    _f("deliver_on", "约定交付期", D, 11),
    _f("picked", "本月实际提车(台)", I, 12),
    _f("picked_total", "累计实际提车(台)", I, 12),
    _f("picked_from", "提车日期起", D, 11),
    _f("picked_to", "提车日期止", D, 11),
    _f("vins", "VIN清单", width=20),
    _f("status", "执行状态", width=9),
    _f("papers", "证明资料", width=16),
    _f("filler", "填报人", width=10),
    _f("filled_on", "填报日期", D, 11),
    _f("remark", "备注", width=20),
    _f("matched_lead", "对应信息编号", width=17),
    _f("cross_dealer", "跨店执行", width=9),
    _f("findings", "核对异常", width=40),
    _f("superseded", "已被替换", width=9),
    *_SOURCE,
)

APPLICATIONS: tuple[Field, ...] = (
    _f("number", "申报编号", width=13),
    _f("unit_code", "申报单位编码", width=12),
    _f("unit", "申报单位", width=32),
    _f("applied_on", "申报日期", D, 11),
    _f("typed_on", "自填申报日期", D, 11),
    _f("lead", "关联信息编号", width=17),
    _f("customer", "客户单位全称", width=28),
    _f("category", "采购类别", width=11),
    _f("province", "省"),
    _f("city", "市"),
    _f("county", "县(区)"),
    _f("model", "车型", width=14),
    _f("quantity", "数量(台)", I, 9),
    _f("sign_on", "预计签约日期", D, 11),
    _f("method", "采购方式", width=12),
    _f("rivals", "竞争情况", width=16),
    _f("support", "申请支持内容", width=14),
    _f("amount", "申请金额", width=10),
    _f("contact", "客户联系人", width=10),
    _f("contact_phone", "联系方式", width=14),
    _f("applicant", "申报人", width=10),
    _f("attachments", "附件清单", width=16),
    _f("remark", "备注", width=16),
    _f("matched_lead", "匹配信息编号", width=17),
    _f("reported_on", "提报日", D, 11),
    _f("days_before", "相差天数", I, 9),
    _f("outcome", "5.5判定", width=9),
    *_SOURCE,
)

TARGETS: tuple[Field, ...] = (
    _f("year", "年度", I, 7),
    _f("department", "部门", width=16),
    _f("unit_code", "部门编码", width=10),
    _f("version", "版本号", I, 8),
    _f("effective", "生效月份", width=9),
    _f("total", "全年目标", I, 9),
    *(_f(f"m{n:02d}", f"{n}月", I, 7) for n in range(1, 13)),
    _f("leader", "部门分管领导", width=12),
    _f("reason", "调整原因", width=20),
    _f("approved_by", "批准人", width=16),
    _f("approved_on", "批准日期", D, 11),
    _f("remark", "备注", width=16),
    _f("number", "登记编号", width=20),
    *_SOURCE,
)

PAIRS: tuple[Field, ...] = (
    _f("number", "判重编号", width=31),
    _f("ruling_no", "裁定编号", width=17),
    _f("asked_at", "生成时间", DT, 21),
    _f("earlier", "先报信息编号", width=17),
    _f("later", "后报信息编号", width=17),
    _f("advice", "系统建议", width=10),
    _f("kind", "判定类别", width=10),
    _f("rule", "判定规则", width=18),
    _f("reason", "判定理由", width=60),
    _f("evidence", "证据", width=60),
    _f("score", "相似度", I, 8),
    _f("ruling", "裁定", width=16),
    _f("ruling_reason", "理由", width=30),
    _f("ruled_by", "裁定人", width=10),
    _f("ruled_on", "日期", D, 11),
    _f("reviewer", "复核人", width=10),
    _f("learn_alias", "登记为别名", width=10),
    _f("ruled_at", "裁定受理时间", DT, 21),
    _f("interested", "利害关系", width=10),
)

ALIASES: tuple[Field, ...] = (
    _f("number", "别名编号", width=16),
    _f("alias", "别名", width=24),
    _f("customer", "客户单位全称", width=32),
    _f("place", "地区", width=14),
    _f("source", "来源", width=20),
    _f("added_at", "登记时间", DT, 21),
    _f("disabled", "停用", width=8, editable=True),
)

PUBLICATIONS: tuple[Field, ...] = (
    _f("number", "发布编号", width=26),
    _f("kind", "类别", width=13),
    _f("issue", "期号", width=12),
    _f("unit_code", "单位编码", width=12),
    _f("window_from", "统计起", DT, 21),
    _f("window_to", "统计止", DT, 21),
    _f("generated_at", "生成时间", DT, 21),
    _f("due_at", "应发布时间", DT, 21),
    _f("due_tentative", "暂定", width=8),
    _f("published_at", "发布时间", DT, 21),
    _f("published_how", "发布方式", width=16),
    _f("printed", "刊登数", width=40),
    _f("stated", "最近公布数", width=40),
    _f("ruleset", "规则版本", width=16),
)

REWARDS: tuple[Field, ...] = (
    _f("number", "奖励编号", width=18),
    _f("quarter", "季度", width=9),
    _f("kind", "类别", width=13),
    _f("rule", "规则键", width=29),
    _f("clause", "依据条款", width=10),
    _f("unit_code", "单位编码", width=12),
    _f("unit", "单位名称", width=32),
    _f("project_no", "立项编号", width=13),
    _f("lead", "信息编号", width=17),
    _f("quantity", "标的总量", I, 9),
    _f("picked", "季度提车量", I, 10),
    _f("amount", "金额(元)", I, 10),
    _f("of_quarter", "更正季度", width=9),
    _f("reason", "说明", width=40),
    _f("issued_at", "出具时间", DT, 21),
    _f("paid_on", "兑现日期", width=11, editable=True),
    _f("remark", "备注", width=20, editable=True),
)

PENALTIES: tuple[Field, ...] = (
    _f("number", "处罚编号", width=37),
    _f("quarter", "季度", width=9),
    _f("rule", "规则键", width=29),
    _f("clause", "条款", width=10),
    _f("person", "责任人", width=10),
    _f("section", "科室", width=14),
    _f("matter", "事项", width=24),
    _f("due_at", "应完成", DT, 21),
    _f("actual_at", "实际", DT, 21),
    _f("late_days", "逾期工作日", I, 10),
    _f("times", "次数", I, 7),
    _f("amount", "金额", I, 8),
    _f("evidence", "证据", width=60),
    _f("appeal", "本人申诉", width=20, editable=True),
    _f("handling", "处理方式", width=14, editable=True),
    _f("approval", "审批", width=12, editable=True),
    _f("status", "状态", width=9),
    _f("raised_at", "提出时间", DT, 21),
    _f("issued_in", "列入季度", width=9),
)

LEAKS: tuple[Field, ...] = (
    _f("number", "登记编号", width=16),
    _f("registered_on", "登记日期", D, 11),
    _f("found_on", "发现日期", D, 11),
    _f("finder", "发现人", width=10),
    _f("found_by", "发现方式", width=11),
    _f("leads", "涉及信息编号", width=20),
    _f("customer", "涉及客户", width=32),
    _f("what", "泄漏内容", width=14),
    _f("channel", "泄漏途径", width=16),
    _f("impact", "影响评估", width=9),
    _f("suspect", "嫌疑人", width=10),
    _f("insider", "是否大客户部内部人员", width=12),
    _f("finding", "调查结论", width=10),
    _f("concluded_on", "结论日期", D, 11),
    _f("advice", "处理建议", width=26),
    _f("marks", "累计黑点", I, 9),
    _f("dismissal", "达3建议", width=24),
    _f("notified", "通知受影响客户", width=12),
    _f("notified_on", "通知日期", D, 11),
    _f("mending", "补救措施", width=20),
    _f("approver", "审批人", width=10),
    _f("closed_on", "关闭日期", D, 11),
    *_SOURCE,
)

FILES: tuple[Field, ...] = (
    _f("batch", "批次号", width=18),
    _f("received_at", "受理时间", DT, 21),
    _f("name", "文件名", width=40),
    _f("path", "来源路径", width=50),
    _f("form", "形式", width=18),
    _f("state", "结果", width=12),
    _f("reason", "原因", width=40),
    _f("unit_code", "单位编码", width=12),
    _f("unit", "单位", width=32),
    _f("evidence", "到达依据", width=16),
    _f("sha256", "文件指纹", width=20),
    _f("read", "读取行数", I, 9),
    _f("blank", "空行", I, 7),
    _f("accepted", "接收", I, 7),
    _f("refused", "不予接收", I, 9),
    _f("known", "已受理过", I, 9),
    _f("month", "统计月份", width=9),
    _f("nil", "本月无合同", width=10),
    _f("superseded", "已被替换", width=9),
    _f("archived", "归档路径", width=40),
    _f("run", "运行序号", I, 9),
    _f("processed_at", "处理时间", DT, 21),
)

EVENTS: tuple[Field, ...] = (
    _f("seq", "序号", I, 9),
    _f("at", "时间", DT, 21),
    _f("number", "编号", width=17),
    _f("what", "事项", width=14),
    _f("rule", "规则键", width=29),
    _f("clause", "依据条款", width=10),
    _f("reason", "原因", width=50),
    _f("old", "原值", width=16),
    _f("new", "新值", width=16),
    _f("source_file", "来源文件", width=36),
    _f("source_sheet", "来源工作表", width=20),
    _f("source_row", "来源行", I, 8),
    _f("run", "运行序号", I, 9),
    _f("chain", "链校验", width=20),
)

NOTES: tuple[Field, ...] = (_f("item", "项目", width=24), _f("text", "说明", width=90))

MASTER_SHEETS: dict[str, tuple[Field, ...]] = {
    "台账": LEADS,
    "不予接收": REFUSALS,
    "立项": PROJECTS,
    "合同": CONTRACTS,
    "项目申报": APPLICATIONS,
    "目标": TARGETS,
    "裁定": PAIRS,
    "客户别名": ALIASES,
    "发布": PUBLICATIONS,
    "奖励台账": REWARDS,
    "处罚": PENALTIES,
    "泄漏": LEAKS,
    "收文登记": FILES,
    "变更记录": EVENTS,
    "说明": NOTES,
}

KEYS: dict[str, str] = {
    "台账": "number",
    "不予接收": "number",
    "立项": "number",
    "合同": "number",
    "项目申报": "number",
    "目标": "number",
    "裁定": "number",
    "客户别名": "number",
    "发布": "number",
    "奖励台账": "number",
    "处罚": "number",
    "泄漏": "number",
    "收文登记": "batch",
    "变更记录": "seq",
}
"""The column that names a row of each sheet."""
