"""The fifteen sheets of the master workbook (台账), as field records.

The master is the official record and must be lossless: the ledger can be rebuilt from it. So every
sheet carries the columns of the form it comes from, where the row was read, and what was decided.
`editable` marks the few columns the clerk may change by hand; the next run takes those over as
recorded changes and reports a change anywhere else.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.application import APPLICATION_FORM
from schemas.contract import CONTRACT_FORM
from schemas.fields import Field, Form, Kind, Need
from schemas.lead import LEAD_FORM
from schemas.leaks import LEAK_FORM
from schemas.rulings import RULING_FORM
from schemas.screening import SCREENING_FORM
from schemas.targets import TARGET_FORM

YES_NO = ("是", "否")
STATES = ("待甄别", "待裁定", "有效", "无效", "重复", "到期", "已转化", "关闭")

T, N, D, DT, M = Kind.TEXT, Kind.INTEGER, Kind.DATE, Kind.DATETIME, Kind.MONTH


def _f(
    name: str,
    heading: str,
    kind: Kind = T,
    width: int = 12,
    *,
    allowed: tuple[str, ...] = (),
    editable: bool = False,
    hint: str = "",
) -> Field:
    """A column of an output sheet: written by the tool unless the clerk may edit it."""
    need = Need.OPTIONAL if editable else Need.SYSTEM
    return Field(
        name, heading, kind, need, allowed=allowed, width=width, editable=editable, hint=hint
    )


def _of(form: Form, *names: str) -> tuple[Field, ...]:
    """Columns of a form as columns of a sheet; all of them (block first) when none is named."""
    chosen = [form.field(n) for n in names] if names else [*form.block, *form.fields]
    return tuple(replace(f, need=Need.SYSTEM, hidden=False) for f in chosen)


def _as_typed(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same columns holding the text as it was typed, for rows that were never parsed."""
    return tuple(replace(f, kind=T, allowed=()) for f in fields)


SOURCE = (
    _f("batch", "批次号", width=18),
    _f("source_file", "来源文件", width=28),
    _f("source_sheet", "来源工作表", width=14),
    _f("source_row", "来源行", N, 8),
    _f("fingerprint", "文件指纹", width=20, hint="文件的 SHA-256。"),
    _f("received_at", "受理时间", DT, 19),
)
UNIT = (
    _f("unit_code", "提报单位编码", width=13),
    _f("unit_name", "提报单位", width=26),
    _f("unit_kind", "提报单位类型", Kind.CHOICE, 12, allowed=("经销商", "部门")),
)
_REPORTED = (
    *_of(LEAD_FORM, "reporter", "reporter_phone"),
    replace(LEAD_FORM.field("reported_on"), heading="自填提报日期", need=Need.SYSTEM),
    _f("submitter", "自填提报单位", width=22),
    _f("submitter_kind", "自填单位类型", width=12),
)
_LEAD_COLUMNS = _of(LEAD_FORM, *(f.name for f in LEAD_FORM.fields))

LEADS = (
    _f("lead_number", "信息编号", width=17),
    *SOURCE,
    *UNIT,
    *_REPORTED,
    *_LEAD_COLUMNS,
    _f("customer_id", "客户ID", width=12),
    _f("customer_key", "标准化客户名", width=22),
    _f("month", "归属月份", M, 10),
    _f("quarter", "归属季度", width=10),
    _f("acceptance", "受理结果", Kind.CHOICE, 10, allowed=("接收", "不予接收")),
    _f(
        "state",
        "状态",
        Kind.CHOICE,
        9,
        allowed=STATES,
        editable=True,
        hint="只可改为「关闭」：关闭后该客户可由其他单位重新提报。",
    ),
    _f("state_reason", "状态原因", width=30),
    _f("clause", "依据条款", width=12),
    _f("duplicate_of", "重复于", width=17),
    _f("ruling_number", "裁定编号", width=15),
    _f("section", "科室", width=14),
    _f("responsible", "项目责任人", width=11),
    _f("transferred_at", "转办时间", DT, 19),
    _f("due_at", "应反馈时间", DT, 19),
    _f("tentative", "期限暂定", Kind.CHOICE, 9, allowed=YES_NO),
    _f("answered_at", "实际反馈时间", DT, 19, hint="反馈文件的受理时间。"),
    _f("overdue", "是否逾期", Kind.CHOICE, 9, allowed=YES_NO),
    *_of(SCREENING_FORM, "verdict", "invalid_reason", "reason_note", "expires_on"),
    *_of(SCREENING_FORM, "confirmed_quantity", "verify_method", "verified_at", "screener"),
    replace(
        SCREENING_FORM.field("answered_at"),
        name="answer_typed_at",
        heading="自填反馈时间",
        need=Need.SYSTEM,
    ),
    _f("screening_remark", "甄别备注", width=16),
    _f("doubts", "疑点提示", width=22),
    _f("reminders", "请补充", width=22, hint="受理时提醒补充的栏目。"),
    _f("project_number", "立项编号", width=14),
    _f("application_number", "申报编号", width=14),
    _f("application_days", "相差天数", N, 9),
    _f("counted", "计入提报量", Kind.CHOICE, 10, allowed=("是", "否", "不适用")),
    _f("uncounted_reason", "不计入原因", width=20),
    _f("picked_up", "累计提车", N, 9),
    _f("picked_up_by_quarter", "各季提车", width=22, hint="如 2026Q3:5;2026Q4:7。"),
    _f("conversion", "累计转化率", Kind.NUMBER, 10),
    _f("reward_state", "奖励状态", width=14, hint="未达、应付，或已付及所属季度。"),
    _f("edition", "规则版本", width=16),
    _f("sensitivity", "敏感级别", Kind.CHOICE, 9, allowed=("内部", "受限")),
    _f("grade", "客户等级", Kind.CHOICE, 9, allowed=("A", "B", "C")),
    _f("updated_at", "最近更新", DT, 19),
    _f("clerk_note", "人工备注", width=24, editable=True, hint="可自由填写，下次运行时记入账本。"),
    _f("row_check", "行校验码", width=14),
)

REFUSED = (
    *SOURCE,
    *UNIT,
    *_as_typed(_REPORTED),
    *_as_typed(_LEAD_COLUMNS),
    _f("acceptance", "受理结果", Kind.CHOICE, 10, allowed=("接收", "不予接收")),
    _f("problem_columns", "问题列", width=20),
    _f("problems", "问题说明", width=40),
    _f("clause", "依据条款", width=12),
    _f("remedy", "修改示例", width=30),
    _f("repaired_by", "更正后信息编号", width=17),
    _f("edition", "规则版本", width=16),
    _f("row_check", "行校验码", width=14),
)

STAGES = ("立项", "初访", "方案", "投标", "签约", "提车", "关闭")

PROJECTS = (
    _f("project_number", "立项编号", width=14),
    _f("opened_on", "立项日期", D, 12),
    _f("lead_number", "信息编号", width=17),
    _f("customer", "客户全称", width=22),
    _f("grade", "等级", Kind.CHOICE, 7, allowed=("A", "B", "C")),
    _f("category", "类别", width=11),
    _f("place", "地区", width=18),
    _f("model", "车型", width=12),
    _f("quantity", "标的量", N, 9),
    _f("important", "重点", Kind.CHOICE, 7, allowed=YES_NO),
    _f("source_unit", "来源单位", width=24),
    _f("dealer", "承办经销商", width=24),
    _f("follower", "大客户部跟进人", width=14, editable=True),
    _f("stage", "阶段", Kind.CHOICE, 9, allowed=STAGES, editable=True),
    _f("next_action", "下一步行动", width=22, editable=True),
    _f("next_on", "下一步日期", D, 12, editable=True),
    _f("expires_on", "到期日期", D, 12),
    _f("signing_expected", "预计签约", D, 12, editable=True),
    _f("rivals", "竞争情况", width=16, editable=True),
    _f("last_contact", "最近沟通", D, 12, editable=True),
    _f("contact_frequency", "应沟通频次", width=11),
    _f("contacts_made", "本期已沟通", N, 11, editable=True),
    _f("contract_numbers", "合同编号", width=20),
    _f("picked_up", "累计提车", N, 9),
    _f("conversion", "转化率", Kind.NUMBER, 9),
    _f("to_threshold", "距40%还差台数", N, 13),
    _f("state", "状态", width=9),
    _f("updated_at", "最近更新", DT, 19),
    _f("row_check", "行校验码", width=14),
)

_FILED = (
    *SOURCE,
    _f("filed_by", "报送单位", width=22),
    _f("current", "是否采用", Kind.CHOICE, 9, allowed=YES_NO, hint="重报后旧表为「否」。"),
    _f("notes", "提示", width=30),
    _f("row_check", "行校验码", width=14),
)

CONTRACTS = (
    *_of(CONTRACT_FORM),
    _f("matched_lead", "匹配信息编号", width=17),
    _f("matched_project", "匹配立项编号", width=14),
    _f("cross_dealer", "跨店执行", Kind.CHOICE, 9, allowed=YES_NO),
    *_FILED,
)
APPLICATIONS = (
    *_of(APPLICATION_FORM),
    _f("applicant_code", "申报单位编码", width=13),
    _f("matched_lead", "匹配信息编号", width=17),
    _f("lead_received_on", "提报日", D, 12),
    _f("days", "相差天数", N, 9),
    _f("judgement", "5.5判定", Kind.CHOICE, 10, allowed=("计入", "不计入", "待裁定", "未匹配")),
    *_FILED,
)
TARGETS = (
    *_of(TARGET_FORM),
    _f("department_code", "部门编码", width=11),
    *_FILED,
)
RULINGS = (
    *_of(RULING_FORM),
    _f("status", "裁定状态", Kind.CHOICE, 10, allowed=("待裁定", "已裁定", "已撤销")),
    _f("due_at", "应裁定时间", DT, 19),
    _f("cause", "提请原因", width=20, hint="系统比对、甄别人提出或同时受理。"),
    *SOURCE,
    _f("notes", "提示", width=30),
    _f("row_check", "行校验码", width=14),
)
ALIASES = (
    _f("alias", "别名", width=28),
    _f("customer", "客户单位全称", width=32),
    _f("source", "来源", width=24),
    _f("ruling_number", "裁定编号", width=15),
    _f("added_at", "登记时间", DT, 19),
    _f(
        "disabled",
        "停用",
        Kind.CHOICE,
        8,
        allowed=YES_NO,
        editable=True,
        hint="填「是」后不再按此别名识别。",
    ),
    _f("row_check", "行校验码", width=14),
)
PUBLICATIONS = (
    _f("kind", "类别", Kind.CHOICE, 10, allowed=("通报", "考核", "发布登记")),
    _f("issue", "期号", width=14),
    _f("label", "期次", width=14, hint="如 2026-11-上。"),
    _f("window_from", "统计起", DT, 19),
    _f("cutoff", "截止时刻", DT, 19),
    _f("generated_at", "生成时间", DT, 19),
    _f("due_at", "应发布时间", DT, 19),
    _f("published_at", "发布时间", DT, 19),
    _f("file", "文件", width=36),
    _f("sha256", "文件指纹", width=20),
    _f("edition", "规则版本", width=16),
    _f("part", "分段", N, 7, hint="数据较长时分成几行，按分段相接。"),
    _f("numbers", "数据", width=40, hint="当期所公布的数字（JSON），供以后更正时对照。"),
    _f("row_check", "行校验码", width=14),
)
REWARDS = (
    _f("entry_number", "序号", N, 7),
    _f("quarter", "季度", width=9),
    _f("clause", "依据条款", width=12),
    _f("rule", "规则", width=20),
    _f("unit_code", "单位编码", width=11),
    _f("unit_name", "单位", width=26),
    _f("unit_kind", "类型", width=9),
    _f("project_number", "立项编号", width=14),
    _f("lead_number", "信息编号", width=17),
    _f("quantity", "标的总量", N, 9),
    _f("picked_up", "季度提车量", N, 10),
    _f("entry", "性质", Kind.CHOICE, 9, allowed=("奖励", "更正", "不予奖励")),
    _f("amount", "金额(元)", N, 10),
    _f("for_quarter", "所涉季度", width=9, hint="更正所涉及的季度。"),
    _f("reason", "原因", width=28),
    _f("issued_at", "出具时间", DT, 19),
    _f("file", "文件", width=30),
    _f("edition", "规则版本", width=16),
    _f("paid_on", "兑现日期", D, 12, editable=True),
    _f("remark", "备注", width=18, editable=True),
    _f("row_check", "行校验码", width=14),
)
PENALTIES = (
    _f("entry_number", "序号", N, 7),
    _f("quarter", "季度", width=9),
    _f("clause", "条款", width=10),
    _f("rule", "规则", width=20),
    _f("person", "责任人", width=10),
    _f("section", "科室", width=14),
    _f("matter", "事项", width=24, hint="信息编号、期号或月份。"),
    _f("due_at", "应完成", DT, 19),
    _f("done_at", "实际", DT, 19),
    _f("days_late", "逾期工作日", N, 10),
    _f("times", "次数", N, 7),
    _f("amount", "金额(元)", N, 10),
    _f("black_marks", "黑点", N, 7),
    _f("evidence", "证据", width=28),
    _f("proposed_at", "提出时间", DT, 19),
    _f("appeal", "本人申诉", width=18, editable=True),
    _f("handling", "处理方式", width=14, editable=True),
    _f("approval", "审批", width=12, editable=True),
    _f("edition", "规则版本", width=16),
    _f("row_check", "行校验码", width=14),
)
LEAKS = (*_of(LEAK_FORM), *_FILED)
FILES = (
    _f("batch", "批次号", width=18),
    _f("order", "次序", N, 7, hint="同一批次内的先后。"),
    _f("received_at", "受理时间", DT, 19),
    _f("evidence", "到达依据", width=20, hint="文件系统的到达时间或邮件服务器时间。"),
    _f("file", "文件名", width=30),
    _f("path", "收件路径", width=30),
    _f("unit_code", "单位编码", width=11),
    _f("unit_name", "单位", width=24),
    _f("form", "表单", width=18),
    _f(
        "state",
        "状态",
        Kind.CHOICE,
        9,
        allowed=("受理", "重复文件", "不予接收", "隔离", "等待", "忽略"),
    ),
    _f("reason", "原因", width=30),
    _f("fingerprint", "文件指纹", width=20),
    _f("size", "文件大小", N, 10),
    _f("rows_read", "读取行数", N, 9),
    _f("rows_accepted", "接收", N, 8),
    _f("rows_refused", "不予接收", N, 9),
    _f("rows_known", "已知", N, 8),
    _f("rows_blank", "空行", N, 8),
    _f("archived_as", "归档路径", width=40),
    _f("edition", "规则版本", width=16),
    _f("row_check", "行校验码", width=14),
)
CHANGES = (
    _f("seq", "序号", N, 8),
    _f("at", "时间", DT, 19),
    _f("number", "编号", width=17),
    _f("matter", "事项", width=14),
    _f("rule", "规则", width=20),
    _f("clause", "条款", width=10),
    _f("reason", "原因", width=34),
    _f("old", "原值", width=18),
    _f("new", "新值", width=18),
    _f("source_file", "来源文件", width=28),
    _f("source_sheet", "来源工作表", width=14),
    _f("source_row", "来源行", N, 8),
    _f("row_check", "行校验码", width=14),
)
ABOUT = (_f("item", "项目", width=24), _f("content", "内容", width=80))

MASTER_SHEETS: dict[str, tuple[Field, ...]] = {
    "台账": LEADS,
    "不予接收": REFUSED,
    "立项": PROJECTS,
    "合同": CONTRACTS,
    "项目申报": APPLICATIONS,
    "目标": TARGETS,
    "裁定": RULINGS,
    "客户别名": ALIASES,
    "发布": PUBLICATIONS,
    "奖励台账": REWARDS,
    "处罚": PENALTIES,
    "泄漏": LEAKS,
    "收文登记": FILES,
    "变更记录": CHANGES,
    "说明": ABOUT,
}
