"""The gate (5.2): what makes a row acceptable at all.

Refused (不予接收) are rows whose customer, category, quantity, third-party contact or contact
method is missing, unreadable or a dummy. Everything else is a reminder. Too few vehicles are not
the gate's affair: such a row is accepted and judged 无效 (5.4).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from processor.intake.contacts import PLACEHOLDERS, has_dummy, is_masked, methods
from processor.intake.problems import Place, cell_problem
from processor.intake.text import squeeze
from processor.model import Category, LeadContent, Problem, Severity
from schemas.fields import Field
from schemas.lead import LEAD_FORM

CATEGORIES = frozenset(Category)
EXPECTED_PAST_DAYS = 30  # 预计采购时间 may lie so far before 提报日期
EXPECTED_FAR_MONTHS = 18
VEHICLE_PRICE = (Decimal(2), Decimal(100))  # 万元 a vehicle, the sane range

_STOP_NAMES = frozenset(
    {
        *("客户", "公司", "单位", "企业", "有限公司", "机关", "政府", "学校", "医院", "某", "某某"),
        *("测试公司", "测试单位", "测试客户", "测试数据", "测试用户", "客户单位", "客户单位全称"),
        *(
            "客户名称",
            "单位名称",
            "单位全称",
            "示例",
            "样例",
            "示例公司",
            "示例单位",
            "待确认",
            "待定单位",
            "待定公司",
            "保密单位",
            "未定",
        ),
    }
)
# 「XX公司」, 「××单位」, 「某局」: a blank with a kind of body behind it
_BLANK_NAME = re.compile(
    r"(?:[x×*○〇口□_?]{1,6}|某+)(?:市|县|省|区)?"
    r"(?:有限|责任|股份|集团|汽车|租赁|科技|出租|客运|贸易)*"
    r"(?:公司|单位|企业|局|委|厅|院|校|学校|医院|集团|客户|机关|政府|部门|中心|部队)?",
    re.IGNORECASE,
)
_STOP_START = re.compile(r"^(?:某|待定|待补|暂无|测试[^试]{0,2}$|test\d*$)", re.IGNORECASE)
_WORD = re.compile(r"[a-z\u3400-\u9fff\U00020000-\U0003ffff]", re.IGNORECASE)
_STOP_CONTACTS = frozenset(
    {
        *(
            "先生",
            "女士",
            "小姐",
            "同志",
            "老师",
            "师傅",
            "领导",
            "负责人",
            "联系人",
            "客户",
            "本人",
        ),
        *("经理", "主任", "科长", "处长", "局长", "院长", "校长", "老板", "采购", "某人", "某某"),
        *("客户联系人", "第三方", "第三方联系人", "提报人", "同提报人"),
    }
)
_BLANK_CONTACT = re.compile(r"(?:[x×*某]+)(?:先生|女士|小姐|经理|主任|科长|总|工)?", re.IGNORECASE)

Where = Callable[[str], Place]


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate's answer: accepted or not, and every problem of the row, the given ones included."""

    accepted: bool
    problems: tuple[Problem, ...]


def gate(
    content: LeadContent,
    problems: Sequence[Problem],
    *,
    where: Where | None = None,
    received: date | None = None,
) -> Gate:
    """Is the row taken (5.2)?

    `problems` are those of reading and validating the row; the ones about its method of contact are
    softened when 联系人邮箱或微信 serves. `where` gives the place of a field for the gate's own
    problems (`FormRow.where`), `received` the date of receipt for the dates' plausibility.
    """
    judge = _Judge(content, list(problems), where or (lambda _: Place()))
    judge.customer()
    judge.category()
    judge.quantity()
    judge.contact()
    judge.method()
    judge.plausibility(received)
    found = tuple(judge.problems)
    refused = any(problem.severity in (Severity.ROW, Severity.FILE) for problem in found)
    return Gate(not refused, found)


def is_placeholder_customer(name: str) -> bool:
    """Is this no customer at all: 「某公司」, 「待定」, 「测试」, 「XX单位」, digits or signs?"""
    plain = squeeze(name).casefold()
    return (
        plain in PLACEHOLDERS
        or plain in _STOP_NAMES
        or _BLANK_NAME.fullmatch(plain) is not None
        or _STOP_START.match(plain) is not None
        or _WORD.search(plain) is None
        or len(set(plain)) == 1
    )


def is_placeholder_contact(name: str) -> bool:
    """Is this no person's name: 「先生」 alone, 「待定」, digits or signs?"""
    plain = squeeze(name).casefold()
    return (
        plain in PLACEHOLDERS
        or plain in _STOP_CONTACTS
        or _BLANK_CONTACT.fullmatch(plain) is not None
        or _WORD.search(plain) is None
    )


@dataclass(slots=True)
class _Judge:
    """One row before the gate; `problems` grows."""

    content: LeadContent
    problems: list[Problem]
    where: Where

    def _field(self, name: str) -> Field:
        return LEAD_FORM.field(name)

    def _column(self, name: str) -> str:
        return self.where(name).column or self._field(name).heading

    def _told(self, name: str) -> bool:
        """Has reading already refused the row for this column?"""
        column = self._column(name)
        return any(p.severity is Severity.ROW and p.column == column for p in self.problems)

    def _add(self, code: str, name: str, found: str = "") -> None:
        if any(problem.code == code for problem in self.problems):
            return
        problem = cell_problem(code, self._field(name), self.where(name), found=found)
        if problem.severity is Severity.ROW:
            # a refusal makes the lesser remarks on the same cell idle
            self.problems = [
                p
                for p in self.problems
                if p.column != problem.column or p.severity in (Severity.ROW, Severity.NOTE)
            ]
        self.problems.append(problem)

    def customer(self) -> None:
        name = self.content.customer
        if not name:
            if not self._told("customer"):
                self._add("customer_missing", "customer")
        elif is_placeholder_customer(name):
            self._add("customer_placeholder", "customer", name)

    def category(self) -> None:
        category = self.content.category
        if not category:
            if not self._told("category"):
                self._add("category_missing", "category")
        elif category not in CATEGORIES:
            self._add("category_unknown", "category", category)
        elif category == Category.OTHER and not self.content.category_note:
            self._add("category_note_missing", "category_note")

    def quantity(self) -> None:
        if self.content.quantity is None and not self._told("quantity"):
            self._add("quantity_missing", "quantity")

    def contact(self) -> None:
        name = self.content.contact
        if not name:
            if not self._told("contact"):
                self._add("contact_missing", "contact")
        elif is_placeholder_contact(name):
            self._add("contact_placeholder", "contact", name)
        elif self.content.reporter and squeeze(name) == squeeze(self.content.reporter):
            self._add("contact_is_reporter", "contact", name)

    def method(self) -> None:
        """At least one way of reaching the contact that can be real and is not the reporter's."""
        written = self.content.contact_phone
        own = set(methods(self.content.reporter_phone))
        named = methods(written)
        usable = [item for item in named if item not in own]
        if usable:
            if has_dummy(written):
                self._add("method_partly", "contact_phone", written)
            return
        if any(item not in own for item in methods(self.content.contact_other)):
            self._soften(written)
        elif named:
            self._add("method_is_reporters", "contact_phone", written)
        elif not written:
            if not self._told("contact_phone"):
                self._add("method_missing", "contact_phone")
        elif has_dummy(written) or is_masked(written) or squeeze(written).lower() in PLACEHOLDERS:
            self._add("method_dummy", "contact_phone", written)
        else:
            self._add("method_unreadable", "contact_phone", written)

    def _soften(self, written: str) -> None:
        column = self._column("contact_phone")
        found = written
        for problem in self.problems:
            if problem.column == column and problem.severity is Severity.ROW:
                found = found or problem.found
        self.problems = [
            p for p in self.problems if p.column != column or p.severity is not Severity.ROW
        ]
        code = "method_replaced" if found else "method_blank"
        self._add(code, "contact_phone", found)

    def plausibility(self, received: date | None) -> None:
        content = self.content
        reported = content.reported_on
        if reported and received and reported > received:
            self._add("reported_future", "reported_on", reported.isoformat())
        base = reported or received
        if content.expected and base:
            if content.expected < base - timedelta(days=EXPECTED_PAST_DAYS):
                self._add("expected_past", "expected", content.expected.isoformat())
            elif _months_between(base, content.expected) > EXPECTED_FAR_MONTHS:
                self._add("expected_far", "expected", content.expected.isoformat())
        if content.budget and content.quantity and content.quantity > 0:
            each = Decimal(content.budget) / content.quantity
            if not VEHICLE_PRICE[0] <= each <= VEHICLE_PRICE[1]:
                self._add("budget_odd", "budget", content.budget)


def _months_between(earlier: date, later: date) -> int:
    """Whole or begun months: 2026-11-03 to 2028-05-03 is 18, to 2028-05-04 is 19."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months + (later.day > earlier.day)
