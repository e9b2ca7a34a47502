"""单位名录: the workbook the clerk keeps; five sheets, each a form without block."""

from __future__ import annotations

from schemas.fields import Field, Form, Kind, Need
from schemas.lead import CATEGORIES

VERSION = "单位名录-v4.1"
TITLE = "单位名录"

UNIT_KINDS = ("经销商", "部门", "业务开发科室", "职能科室")
ROLES = ("策略科责任人", "项目责任人", "销售支持责任人", "综合", "财务", "领导")

UNITS = (
    Field(
        "code",
        "单位编码",
        need=Need.GATE,
        synonyms=("编码", "单位代码", "经销商编码", "经销商代码", "代码"),
        hint="每个单位唯一，不要重复使用。",
        example="D0021",
        width=11,
    ),
    Field(
        "name",
        "单位全称",
        need=Need.GATE,
        synonyms=("单位名称", "全称", "名称"),
        min_length=2,
        hint="单位的全称。",
        example="芜湖江城汽车销售有限公司",
        width=28,
    ),
    Field(
        "aliases",
        "简称或别名",
        synonyms=("简称/别名", "简称", "别名", "单位简称"),
        hint="提报时可能用到的其他名称，多个用「;」隔开。",
        example="江城汽车;芜湖江城",
        width=20,
    ),
    Field(
        "kind",
        "类型",
        Kind.CHOICE,
        Need.GATE,
        synonyms=("单位类型", "单位类别"),
        allowed=UNIT_KINDS,
        hint="从下拉表中选择。",
        example="经销商",
        width=13,
    ),
    Field("province", "省", synonyms=("省份",), hint="所在省。", example="安徽省", width=9),
    Field("city", "市", synonyms=("城市",), hint="所在市。", example="芜湖市", width=9),
    Field(
        "status",
        "状态",
        Kind.CHOICE,
        Need.REMIND,
        synonyms=("单位状态", "在网状态"),
        allowed=("在网", "停网"),
        choice_synonyms=(("正常", "在网"), ("启用", "在网"), ("停用", "停网"), ("退网", "停网")),
        hint="停网单位的提报不予接收；不填视为在网。",
        example="在网",
        width=8,
    ),
    Field(
        "since",
        "启用日期",
        Kind.DATE,
        Need.REMIND,
        synonyms=("入网日期", "开始日期"),
        hint="自该日起可以提报。",
        example="2024-01-01",
        width=12,
    ),
    Field(
        "until",
        "停用日期",
        Kind.DATE,
        synonyms=("退网日期", "结束日期"),
        hint="该日之后不能提报；在网的不填。",
        example="",
        width=12,
    ),
    Field("head", "负责人", hint="单位负责人。", example="刘洋", width=10),
    Field(
        "head_mail",
        "负责人邮箱",
        synonyms=("邮箱",),
        hint="收取回执和提醒的邮箱。",
        example="liuyang@example.cn",
        width=22,
    ),
    Field(
        "leader",
        "分管领导",
        synonyms=("部门分管领导",),
        hint="部门的分管总助以上领导。",
        example="陈总助",
        rule="leader_duty",
        width=11,
    ),
    Field(
        "leader_mail",
        "领导邮箱",
        synonyms=("分管领导邮箱",),
        hint="收取部门完成情况的邮箱。",
        example="chen@example.cn",
        width=22,
    ),
    Field(
        "folder",
        "收件目录名",
        synonyms=("收件目录", "目录名"),
        hint="收件箱和回执中该单位的文件夹名；不填用单位全称。",
        example="江城汽车",
        width=14,
    ),
    Field(
        "account",
        "收款户名",
        hint="经销商领取奖励的户名。",
        example="芜湖江城汽车销售有限公司",
        width=34,
    ),
)

PEOPLE = (
    Field(
        "name",
        "姓名",
        need=Need.GATE,
        min_length=2,
        max_length=20,
        hint="人员姓名。",
        example="孙工",
        width=10,
    ),
    Field(
        "section",
        "科室",
        need=Need.REMIND,
        synonyms=("所在科室", "部门"),
        hint="所在科室，与单位表一致。",
        example="政企开发科",
        width=16,
    ),
    Field(
        "role",
        "角色",
        Kind.CHOICE,
        Need.REMIND,
        synonyms=("岗位", "职责"),
        allowed=ROLES,
        hint="从下拉表中选择；一人多岗的每岗一行。",
        example="项目责任人",
        width=15,
    ),
    Field(
        "mail",
        "邮箱",
        synonyms=("电子邮箱",),
        hint="工作邮箱。",
        example="sun@example.cn",
        width=22,
    ),
    Field("deputy", "代理人", hint="不在岗时由谁代理。", example="钱工", width=10),
    Field(
        "since",
        "在岗起",
        Kind.DATE,
        synonyms=("在岗起始日期", "上岗日期"),
        hint="自该日起在岗；不填视为一直在岗。",
        example="2025-03-01",
        width=12,
    ),
    Field(
        "until",
        "在岗止",
        Kind.DATE,
        synonyms=("在岗截止日期", "离岗日期"),
        hint="在岗的最后一天。",
        width=12,
    ),
    Field(
        "pledged_on",
        "保密承诺签署日期",
        Kind.DATE,
        synonyms=("保密承诺日期", "保密承诺"),
        hint="签署保密承诺的日期。",
        example="2025-03-01",
        rule="leak",
        width=17,
    ),
)

DUTIES = (
    Field(
        "category",
        "采购类别",
        Kind.CHOICE,
        synonyms=("类别",),
        allowed=(*CATEGORIES, "*"),
        hint="不填或填「*」表示所有类别。",
        example="公检法司",
        rule="sorting",
        width=13,
    ),
    Field(
        "province",
        "省",
        synonyms=("省区", "省份"),
        hint="不填或填「*」表示所有省；最具体的一行优先。",
        example="安徽省",
        rule="sorting",
        width=12,
    ),
    Field(
        "section",
        "科室",
        need=Need.GATE,
        synonyms=("业务开发科室",),
        hint="负责甄别的业务开发科室。",
        example="政企开发科",
        rule="sorting",
        width=18,
    ),
    Field(
        "screener",
        "项目责任人",
        need=Need.GATE,
        synonyms=("甄别人", "责任人"),
        hint="对甄别负责的人，须在人员表中。",
        example="孙工",
        rule="screening",
        width=13,
    ),
    Field(
        "deputy",
        "代理人",
        hint="责任人不在岗时由谁甄别。",
        example="钱工",
        rule="screening",
        width=11,
    ),
)

CALENDAR = (
    Field(
        "day",
        "日期",
        Kind.DATE,
        Need.GATE,
        hint="要调整的日期。",
        example="2027-02-07",
        width=13,
    ),
    Field(
        "kind",
        "类型",
        Kind.CHOICE,
        Need.GATE,
        allowed=("休", "班"),
        choice_synonyms=(("放假", "休"), ("休息", "休"), ("上班", "班"), ("调休上班", "班")),
        hint="休：放假；班：上班。",
        example="班",
        width=8,
    ),
    Field("source", "来源", hint="依据的通知。", example="国务院办公厅放假通知", width=40),
)

ALIASES = (
    Field(
        "alias",
        "别名",
        need=Need.GATE,
        synonyms=("客户别名", "简称"),
        min_length=2,
        hint="客户的另一个名称。",
        example="芜湖交警",
        width=28,
    ),
    Field(
        "customer",
        "客户单位全称",
        need=Need.GATE,
        synonyms=("客户全称", "客户名称"),
        min_length=2,
        hint="该名称所指的客户单位全称。",
        example="芜湖市公安局交通警察支队",
        width=32,
    ),
    Field("source", "来源", hint="裁定编号或其他依据。", example="CD202611-0003", width=24),
)


def _sheet(key: str, sheet: str, fields: tuple[Field, ...], intro: str) -> Form:
    return Form(
        key=key, title=TITLE, version=VERSION, block=(), fields=fields, sheet=sheet, intro=intro
    )


UNIT_SHEET = _sheet(
    "roster_units",
    "单位",
    UNITS,
    "提报单位和业务科室。只有名录中在网的单位可以提报（第{known_submitter}条）。",
)
PEOPLE_SHEET = _sheet("roster_people", "人员", PEOPLE, "各岗位的责任人。一人多岗的每岗一行。")
DUTY_SHEET = _sheet(
    "roster_duties",
    "甄别分工",
    DUTIES,
    "哪类信息转哪个科室、由谁甄别（第{sorting}条、第{screening}条）。最具体的一行优先。",
)
CALENDAR_SHEET = _sheet(
    "roster_calendar",
    "日历调整",
    CALENDAR,
    "对国家法定节假日安排的补充：公司自定的休、班，或次年安排公布后的调休。",
)
ALIAS_SHEET = _sheet(
    "roster_aliases",
    "客户别名",
    ALIASES,
    "同一客户的不同名称。登记后视为同一客户，用于判断重复（第{first_come}条）。",
)

ROSTER_SHEETS: tuple[Form, ...] = (
    UNIT_SHEET,
    PEOPLE_SHEET,
    DUTY_SHEET,
    CALENDAR_SHEET,
    ALIAS_SHEET,
)
