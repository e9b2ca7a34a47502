"""How the sections answer: every style of screening, with what must become of the lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from processor.demo.records import (
    DUPLICATE,
    EXPIRED,
    INVALID,
    RULING,
    VALID,
    Answer,
    RulingAnswer,
    Step,
)

if TYPE_CHECKING:
    from processor.demo.plot import Planner

REASONS = ("不真实", "无采购计划", "联系不上", "已签约")


def screen(p: Planner, tag: str, style: str, hold: int | None = None) -> None:
    """Plans the section's answers to a handed-over lead. Styles are the keys used below."""
    lead = p.planted[tag]
    assert lead.transferred is not None
    early = p.grid.after(lead.transferred, 1, p.rng.choice((0, 1)))
    second = p.grid.after(lead.transferred, 2, 0)
    late = p.grid.after(lead.transferred, p.rng.choice((3, 4, 6)), p.rng.choice((0, 1)))
    last = p.grid.after(lead.transferred, 8, 0)
    if style == "不答复":
        return
    if style in ("有效", "有效核实", "无效", "核实不足"):
        _answer(p, tag, p.rng.choice((early, early, second)), style, hold)
    elif style in ("迟复有效", "迟复无效", "迟复无到期"):
        _answer(p, tag, late, style.removeprefix("迟复"), hold)
    elif style == "隔月答复":
        _answer(p, tag, p.grid.after(lead.transferred, 13), "有效", hold)
    elif style in ("无到期", "到期已过"):
        _answer(p, tag, early, style, hold)
    elif style == "及时补到期":
        _answer(p, tag, early, "无到期", hold)
        _date_later(p, tag, second)
    elif style == "迟补到期":
        _answer(p, tag, early, "无到期", hold)
        _date_later(p, tag, late)
    elif style in ("需补充后有效", "填一半后有效"):
        _draft(p, tag, early, style)
        _answer(p, tag, second, "有效", hold)
    elif style == "改判无效":
        _answer(p, tag, early, "有效", hold)
        _overturn(p, tag)
    elif style == "需补充后迟复":
        _draft(p, tag, early, style)
        _answer(p, tag, last, "有效", hold)
    else:
        raise ValueError(style)


def _draft(p: Planner, tag: str, at: datetime | None, style: str) -> None:
    if at is not None:
        lead = p.planted[tag]
        more = style.startswith("需补充")
        verdict, note = ("需补充", "请补充采购计划批复情况") if more else ("", "电话暂未接通")
        p.answers.append(Answer(at, tag, lead.section, lead.screener, verdict, note=note))


def _answer(p: Planner, tag: str, at: datetime | None, style: str, hold: int | None) -> None:
    if at is None:  # past the end of the story: nobody answers
        return
    lead = p.planted[tag]
    base = Answer(at, tag, lead.section, lead.screener)
    expiry = at.date() + timedelta(days=hold or p.rng.randint(60, 170))
    changed = replace(lead, answered=at)
    if style == "无效":
        reason = p.rng.choice(REASONS)
        p.answers.append(replace(base, verdict=INVALID, reason=reason, note="经电话核实"))
    elif style == "无到期":
        p.answers.append(replace(base, verdict=VALID))
    elif style == "到期已过":
        past = at.date() - timedelta(days=3)
        p.answers.append(replace(base, verdict=VALID, expiry=past))
    else:
        changed = replace(changed, expiry=expiry, expiry_at=at)
        confirmed = None
        if style == "有效核实":
            confirmed = max(3, lead.quantity_at(at) + p.rng.choice((-2, -1, 2, 5)))
        elif style == "核实不足":
            confirmed = 2
            changed = replace(changed, expiry=None, expiry_at=None)
        if confirmed is not None:
            changed = replace(changed, confirmed=confirmed, confirmed_at=at)
        p.answers.append(replace(base, verdict=VALID, expiry=expiry, confirmed=confirmed))
    p.planted[tag] = changed
    if style in ("无效", "核实不足"):
        p.step(tag, at, INVALID, "5.4" if style == "核实不足" else "6.3")
    else:
        p.step(tag, at, VALID)
        _expire(p, tag)


def _date_later(p: Planner, tag: str, at: datetime | None) -> None:
    lead = p.planted[tag]
    if at is None or lead.answered is None or at <= lead.answered:
        return
    expiry = at.date() + timedelta(days=p.rng.randint(60, 170))
    p.answers.append(Answer(at, tag, lead.section, lead.screener, VALID, expiry=expiry))
    p.planted[tag] = replace(lead, expiry=expiry, expiry_at=at)
    _expire(p, tag)


def _overturn(p: Planner, tag: str) -> None:
    """A week later the section takes its 有效 back."""
    lead = p.planted[tag]
    at = p.grid.after(lead.answered, 5) if lead.answered else None
    if at is None:
        return
    base = Answer(at, tag, lead.section, lead.screener, INVALID, unlisted=True)
    p.answers.append(replace(base, reason="无采购计划", note="客户来函取消采购"))
    kept = tuple(step for step in lead.steps if step.at < at)
    p.planted[tag] = replace(lead, steps=(*kept, Step(at, INVALID, "6.3")))


def mistaken(p: Planner, tag: str, first: str) -> None:
    """The section finds that the lead repeats `first`; the clerk agrees the day after."""
    lead = p.planted[tag]
    assert lead.transferred is not None
    at = p.grid.after(lead.transferred, 1, 0)
    when = p.grid.after(at, 1, 0) if at else None
    if at is None or when is None:
        return
    answer = Answer(at, tag, lead.section, lead.screener, "疑似重复", same_as=first)
    p.answers.append(answer)
    p.rulings.append(RulingAnswer(when, tag, DUPLICATE, "两单位所报为同一批车辆"))
    p.planted[tag] = replace(lead, answered=at, first=first)
    p.step(tag, at, RULING)
    p.step(tag, when, DUPLICATE, "5.1")


def _expire(p: Planner, tag: str) -> None:
    lead = p.planted[tag]
    if lead.expiry is not None:
        gone = p.grid.on(lead.expiry + timedelta(days=1))
        if gone is not None:
            p.step(tag, gone, EXPIRED)
