"""The domain's records and enums: light, frozen, importable from everywhere.

Moments are naive `datetime` in China Standard Time, to the second. Money is whole yuan (`int`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class RuleKey(StrEnum):
    """Stable names of the regulation's rules; the edition in force maps each to clause and text."""

    DEFINITION = "definition"  # 2: categories of fleet customers
    MONTHLY_DUTY = "monthly_duty"  # 4.1.1: dealers report every month
    TARGET_DUTY = "target_duty"  # 4.2.1, annex 1: departments owe monthly targets
    LEADER_DUTY = "leader_duty"  # 4.2.2: the leader answers for completion
    FEEDBACK = "feedback"  # 4.3.1: collect, sort, answer
    APPROVAL = "approval"  # 4.3.3: assessments are submitted for approval
    FIRST_COME = "first_come"  # 5.1
    OFFICIAL_TEMPLATE = "official_template"  # 5.2: the official template
    KNOWN_SUBMITTER = "known_submitter"  # 5.2 with 3: only roster units report
    TRUE_AND_DETAILED = "true_and_detailed"  # 5.2: true, detailed, timely
    THIRD_PARTY_CONTACT = "third_party_contact"  # 5.2: contact and method or refused
    WHOLE_MONTH_COUNT = "whole_month_count"  # 5.3
    MINIMUM_QUANTITY = "minimum_quantity"  # 5.4
    APPLICATION_LEAD_TIME = "application_lead_time"  # 5.5
    CITY_TAXI = "city_taxi"  # 5.6
    BULLETIN_DAYS = "bulletin_days"  # 6.1
    SORTING = "sorting"  # 6.2: enter, classify, hand over first-time leads
    SCREENING = "screening"  # 6.3: verdict within two working days
    EXPIRY_DATE = "expiry_date"  # 6.3: valid leads carry an expiry date
    PROJECT_PLAN = "project_plan"  # 6.4
    CONTRACT_REGISTER = "contract_register"  # 6.5
    DEALER_PROJECT_REWARD = "dealer_project_reward"  # 7.1.1
    DEPARTMENT_COMPLETION_REWARD = "department_completion_reward"  # 7.2.1
    DEPARTMENT_PROJECT_REWARD = "department_project_reward"  # 7.2.2
    DEPARTMENT_ALLOCATION = "department_allocation"  # 7.2.3
    SCREENING_OVERDUE = "screening_overdue"  # 7.3.1
    EXPIRY_MISSING = "expiry_missing"  # 7.3.2-甲
    BULLETIN_OVERDUE = "bulletin_overdue"  # 7.3.2-乙
    REGISTER_OVERDUE = "register_overdue"  # 7.3.3
    LEAK = "leak"  # 7.3.4


class UnitKind(StrEnum):
    DEALER = "经销商"
    DEPARTMENT = "部门"
    SECTION = "业务开发科室"
    OFFICE = "职能科室"


class Category(StrEnum):
    GOVERNMENT = "政府采购"
    JUSTICE = "公检法司"
    MILITARY = "军警装备"
    TAXI = "出租"
    RENTAL = "租赁"
    DRIVING_SCHOOL = "驾校"
    ENTERPRISE = "企事业单位"
    OTHER = "其他"


class TaxiLevel(StrEnum):
    COUNTY = "县级及以下"
    CITY = "地市级及以上"


class State(StrEnum):
    """State of an accepted lead."""

    PENDING = "待甄别"
    RULING = "待裁定"
    VALID = "有效"
    INVALID = "无效"
    DUPLICATE = "重复"
    EXPIRED = "到期"
    CONVERTED = "已转化"
    CLOSED = "关闭"


COUNTS_AS_VALID = frozenset({State.VALID, State.EXPIRED, State.CONVERTED, State.CLOSED})
COUNTS_AS_PENDING = frozenset({State.PENDING, State.RULING})


class Verdict(StrEnum):
    """A screener's answer (甄别结论)."""

    VALID = "有效"
    INVALID = "无效"
    SUSPECT = "疑似重复"
    MORE = "需补充"


class Ruling(StrEnum):
    """A person's decision on a suspected pair (裁定)."""

    DUPLICATE = "重复"
    DISTINCT = "不重复"
    OTHER_PROJECT = "同单位不同项目"
    UNDECIDED = "无法判断"


class FormKind(StrEnum):
    """Which official form a file is (its title)."""

    LEADS = "大客户信息记录表"
    CONTRACTS = "合同登记汇总表"
    APPLICATION = "大客户项目申报表"
    SCREENING = "甄别反馈表"
    RULINGS = "疑似重复裁定表"
    TARGETS = "目标信息量分解调整表"
    LEAKS = "信息泄漏登记表"
    ROSTER = "单位名录"


class FileState(StrEnum):
    """The one state in which every inbox file of a run ends."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    WAITING = "waiting"
    IGNORED = "ignored"


class Severity(StrEnum):
    """What a problem does."""

    FILE = "file"  # the file is refused as a whole
    ROW = "row"  # the row is refused (不予接收)
    INVALID = "invalid"  # the row is accepted and judged 无效
    REMIND = "remind"  # accepted; please complete (请补充)
    NOTE = "note"  # for information: salvage, comparison


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read: file name as sent, sheet, Excel row (1-based)."""

    file: str
    sheet: str = ""
    row: int = 0

    def __str__(self) -> str:
        return f"{self.file}/{self.sheet}!{self.row}" if self.row else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with (or worth saying about) a file, a row or a cell."""

    code: str  # key of the catalogue in `processor.intake.problems`
    severity: Severity
    message: str  # Chinese: what is wrong
    remedy: str  # Chinese: how to mend it
    rule: RuleKey | None = None
    sheet: str = ""
    row: int = 0  # Excel row, 0 = the file
    column: str = ""  # heading as the submitter wrote it
    cell: str = ""  # "F7"
    found: str = ""  # the text found (never a contact or phone in logs: receipts only)


@dataclass(frozen=True, slots=True)
class LeadContent:
    """The business columns of 大客户信息记录表, typed. None or "" = not given or unreadable."""

    customer: str = ""  # 客户单位全称
    credit_code: str = ""  # 统一社会信用代码
    category: str = ""  # 采购类别, one of Category
    category_note: str = ""  # 类别说明
    province: str = ""
    city: str = ""
    county: str = ""
    taxi_level: str = ""  # 出租运营地级别, one of TaxiLevel
    project_name: str = ""  # 项目名称
    model: str = ""  # 意向车型
    quantity: int | None = None  # 标的量(台)
    expected: date | None = None  # 预计采购时间, first day of the month when only a month is given
    method: str = ""  # 采购方式
    budget: str = ""  # 采购预算(万元), decimal text
    contact: str = ""  # 客户联系人(第三方)
    contact_title: str = ""  # 联系人职务
    contact_phone: str = ""  # 联系方式
    contact_other: str = ""  # 联系人邮箱或微信
    decider: str = ""  # 决策人/影响人
    rivals: str = ""  # 竞争品牌及报价
    origin: str = ""  # 信息来源
    content: str = ""  # 信息内容及进展
    secrecy: str = ""  # 密级
    remark: str = ""  # 备注
    reporter: str = ""  # 提报人
    reporter_phone: str = ""  # 提报人电话
    reported_on: date | None = None  # 提报日期, as typed; display only

    @property
    def restricted(self) -> bool:
        """公检法司, 军警装备 and 密级 秘密 are never shown by name outside the restricted files."""
        return self.category in (Category.JUSTICE, Category.MILITARY) or "秘密" in self.secrecy


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of the roster's 单位 sheet."""

    code: str
    name: str
    kind: UnitKind
    aliases: tuple[str, ...] = ()
    province: str = ""
    city: str = ""
    active: bool = True  # 状态 在网
    since: date | None = None
    until: date | None = None
    head: str = ""
    head_mail: str = ""
    leader: str = ""
    leader_mail: str = ""
    folder: str = ""  # 收件目录名
    account: str = ""  # 收款户名

    @property
    def directory(self) -> str:
        return self.folder or self.name

    def active_on(self, day: date) -> bool:
        return (
            self.active
            and (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the roster's 人员 sheet."""

    name: str
    section: str  # 科室
    role: str  # 策略科责任人/项目责任人/销售支持责任人/综合/财务/领导
    mail: str = ""
    deputy: str = ""
    since: date | None = None  # 在岗起
    until: date | None = None  # 在岗止

    def on_duty(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class Duty:
    """A row of the roster's 甄别分工 sheet: who screens a category in a province."""

    category: str
    province: str  # blank or * = all
    section: str
    screener: str
    deputy: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a customer."""

    alias: str
    customer: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """The roster workbook, read. `calendar` maps a day to True (班, working) or False (休)."""

    units: tuple[Unit, ...] = ()
    people: tuple[Person, ...] = ()
    duties: tuple[Duty, ...] = ()
    calendar: tuple[tuple[date, bool], ...] = ()
    aliases: tuple[Alias, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline: the moment, and whether it rests on a calendar not yet announced (暂定)."""

    at: datetime
    tentative: bool = False
