"""目标信息量分解调整表 (附件1): the departments' targets, one version a file.

One row is one department.
"""

from __future__ import annotations

from schemas.fields import Field, Form, Kind, Need

VERSION = "DKHW080004-附件1-v4.1"

BLOCK = (
    Field(
        "year",
        "年度",
        Kind.INTEGER,
        Need.GATE,
        synonyms=("年份", "目标年度"),
        minimum=2000,
        hint="目标所属的年度，如 2026。",
        example="2026",
        rule="target_duty",
        width=10,
    ),
    Field(
        "version_number",
        "版本号",
        Kind.INTEGER,
        Need.REMIND,
        synonyms=("版次", "版本"),
        minimum=1,
        hint="第一版填1，每调整一次加1。",
        example="2",
        rule="target_duty",
        width=10,
    ),
    Field(
        "effective_month",
        "生效月份",
        Kind.MONTH,
        Need.GATE,
        synonyms=("生效月", "执行月份", "起始月份"),
        hint="本版目标自该月1日起适用，如 2026-07。",
        example="2026-07",
        rule="target_duty",
        width=12,
    ),
    Field(
        "approver",
        "批准人",
        need=Need.REMIND,
        synonyms=("审批人", "签发人"),
        max_length=20,
        hint="批准本版目标的领导。",
        example="李总",
        rule="approval",
        width=12,
    ),
    Field(
        "approved_on",
        "批准日期",
        Kind.DATE,
        Need.REMIND,
        synonyms=("审批日期", "签发日期"),
        hint="批准本版目标的日期。",
        example="2026-06-28",
        rule="approval",
        width=12,
    ),
    Field(
        "reason",
        "调整原因",
        synonyms=("原因", "变更原因"),
        hint="第2版起必填。",
        example="组织调整",
        rule="target_duty",
        width=20,
    ),
)

FIELDS = (
    Field(
        "department",
        "部门",
        need=Need.GATE,
        synonyms=("部门名称", "单位", "提报部门", "提报单位"),
        hint="填单位名录中的部门名称。",
        example="区域营销部",
        rule="target_duty",
        width=18,
    ),
    Field(
        "year_target",
        "全年目标",
        Kind.INTEGER,
        Need.REMIND,
        synonyms=("全年目标(条)", "年度目标", "全年", "合计"),
        minimum=0,
        hint="全年应提报的信息条数，等于12个月之和。",
        example="120",
        rule="target_duty",
        width=12,
    ),
    *(
        Field(
            f"month_{n:02d}",
            f"{n}月",
            Kind.INTEGER,
            Need.REMIND,
            synonyms=(f"{n:02d}月", f"{n}月目标", f"{n}月份")
            if n < 10
            else (f"{n}月目标", f"{n}月份"),
            minimum=0,
            hint=f"{n}月应提报的信息条数。",
            example="10",
            rule="target_duty",
            width=12,
        )
        for n in range(1, 13)
    ),
    Field(
        "leader",
        "部门分管领导",
        synonyms=("分管领导", "分管总助以上领导"),
        hint="分管总助以上领导，对信息完成率负全责。",
        example="陈总助",
        rule="leader_duty",
        width=13,
    ),
    Field("remark", "备注", hint="其他需要说明的事项。", width=14),
)

TARGET_FORM = Form(
    key="targets",
    title="目标信息量分解调整表",
    version=VERSION,
    block=BLOCK,
    fields=FIELDS,
    intro=(
        "各部门全年及各月目标信息量（条）。每次调整交一份新版本，写明生效月份、批准人和调整原因；"
        "各月以该月1日生效的版本为准。"
    ),
)
