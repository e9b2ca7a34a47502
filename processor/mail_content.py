"""What a mail says: parts decided in the run, and their plain and HTML shape.

A part never holds a customer's name or a contact, so that its text may travel in the clear.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from html import escape

_CHINA = timezone(timedelta(hours=8))
_ROWS_SHOWN = 60
_XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_COLOURS = {"有效": "#2E75B6", "无效": "#C55A11", "待甄别": "#A6A6A6", "完成": "#2E75B6"}
_BAR_WIDTH = 320  # pixels of the longest bar
_FONT = "font-family:'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif;font-size:14px"
# Outlook hands no font down into table cells
_CELL = f"{_FONT};border:1px solid #BFBFBF;padding:4px 8px"
_SHORT = 24  # characters that stay on one line
FOOTER = "本邮件由大客户信息处理程序自动生成，内部资料，请勿转发。如有疑问，请与市场策略科联系。"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A workbook to go with a mail. `path` under the workspace; `lock` names whose password it
    needs because it holds contacts ("" = it holds none); `shown` is what may be said of its place;
    `matter` is the number under which its sending is recorded."""

    path: str
    name: str
    lock: str = ""
    shown: str = ""
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar of a chart: its label and its segments (word, count)."""

    label: str
    segments: tuple[tuple[str, int], ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One matter of a mail. `subject` is its share of the subject line."""

    subject: str
    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    bars: tuple[Bar, ...] = ()
    files: tuple[Attachment, ...] = ()


def parts_to_json(parts: tuple[Part, ...]) -> str:
    return json.dumps([asdict(p) for p in parts], ensure_ascii=False, separators=(",", ":"))


def parts_from_json(text: str) -> tuple[Part, ...]:
    """The parts written by `parts_to_json`."""
    return tuple(
        Part(
            raw["subject"],
            raw["title"],
            tuple(raw["lines"]),
            tuple(raw["head"]),
            tuple(tuple(row) for row in raw["rows"]),
            tuple(
                Bar(b["label"], tuple((w, n) for w, n in b["segments"]), b["remark"])
                for b in raw["bars"]
            ),
            tuple(Attachment(**f) for f in raw["files"]),
        )
        for raw in json.loads(text)
    )


def subject_of(parts: tuple[Part, ...], now: datetime) -> str:
    """大客户信息：回执 2 份、甄别 5 条（2026-11-03）."""
    return f"大客户信息：{'、'.join(p.subject for p in parts)}（{now:%Y-%m-%d}）"


def plain_body(parts: tuple[Part, ...], notes: tuple[str, ...]) -> str:
    """The mail as text. `notes`: what is attached, what is not and where it lies."""
    blocks = ["您好："]
    for part in parts:
        lines = [f"【{part.title}】", *part.lines]
        if part.rows:
            lines.append(" | ".join(part.head))
            lines.extend(" | ".join(row) for row in part.rows[:_ROWS_SHOWN])
            lines.extend(_more(part))
        for bar in part.bars:
            counts = "，".join(f"{word} {count}" for word, count in bar.segments)
            lines.append(f"{bar.label}：{counts}{_remark(bar)}")
        blocks.append("\n".join(lines))
    if notes:
        blocks.append("\n".join(("【附件】", *notes)))
    return "\n\n".join((*blocks, FOOTER)) + "\n"


def html_body(parts: tuple[Part, ...], notes: tuple[str, ...]) -> str:
    """The mail as HTML of the plainest kind: Outlook and Foxmail draw tables and nothing newer."""
    blocks = [f'<p style="{_FONT}">您好：</p>']
    for part in parts:
        blocks.append(f'<h3 style="{_FONT};font-size:16px">{escape(part.title)}</h3>')
        blocks.extend(f'<p style="{_FONT}">{escape(line)}</p>' for line in part.lines)
        if part.rows:
            blocks.append(_table(part.head, part.rows[:_ROWS_SHOWN]))
            blocks.extend(f'<p style="{_FONT}">{escape(line)}</p>' for line in _more(part))
        if part.bars:
            blocks.append(_chart(part.bars))
    if notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in notes)
        blocks.append(f'<h3 style="{_FONT};font-size:16px">附件</h3>')
        blocks.append(f'<ul style="{_FONT}">{items}</ul>')
    blocks.append(f'<p style="{_FONT};color:#7F7F7F;font-size:12px">{escape(FOOTER)}</p>')
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"<html><head>{head}</head><body>{''.join(blocks)}</body></html>"


def _more(part: Part) -> tuple[str, ...]:
    extra = len(part.rows) - _ROWS_SHOWN
    return (f"……另有 {extra} 行，见所附或所存的工作簿。",) if extra > 0 else ()


def _remark(bar: Bar) -> str:
    return f"（{bar.remark}）" if bar.remark else ""


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    titles = "".join(
        f'<th style="{_CELL};background:#DDEBF7;white-space:nowrap">{escape(h)}</th>' for h in head
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<table style="border-collapse:collapse"><tr>{titles}</tr>{body}</table>'


def _cell(text: str) -> str:
    width = ";white-space:nowrap" if len(text) <= _SHORT else ""
    return f'<td style="{_CELL}{width}">{escape(text)}</td>'


def _chart(bars: tuple[Bar, ...]) -> str:
    """Stacked bars as table cells: text stays text, so no font can be missing."""
    longest = max((sum(n for _, n in bar.segments) for bar in bars), default=0)
    words = dict.fromkeys(word for bar in bars for word, _ in bar.segments)
    legend = "　".join(
        f'<span style="color:{_COLOURS.get(word, "#7F7F7F")}">■</span> {escape(word)}'
        for word in words
    )
    rows = []
    for bar in bars:
        cells = "".join(
            f'<td width="{max(2, n * _BAR_WIDTH // longest)}" height="14"'
            f' bgcolor="{_COLOURS.get(word, "#7F7F7F")}" style="font-size:1px">&nbsp;</td>'
            for word, n in bar.segments
            if n and longest
        )
        inner = f'<table cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>' if cells else ""
        counts = " / ".join(str(n) for _, n in bar.segments)
        rows.append(
            f'<tr><td style="{_FONT};padding:2px 8px">{escape(bar.label)}</td><td>{inner}</td>'
            f'<td style="{_FONT};padding:2px 8px">{counts}{escape(_remark(bar))}</td></tr>'
        )
    return f'<p style="{_FONT}">{legend}</p><table>{"".join(rows)}</table>'


def compose(
    parts: tuple[Part, ...],
    *,
    message_id: str,
    subject: str,
    sender: str,
    recipient: str,
    when: datetime,
    files: tuple[tuple[str, bytes], ...],
    notes: tuple[str, ...],
    draft: bool,
) -> bytes:
    """The whole message. `draft` marks it unsent, so that Outlook and Foxmail open it to be sent.

    `when` is China time. Raises ValueError for an address with a line break in it.
    """
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    if sender:
        message["From"] = sender
    message["To"] = recipient
    message["Date"] = when.replace(tzinfo=_CHINA)
    message["Message-ID"] = f"<{message_id}>"
    if draft:
        message["X-Unsent"] = "1"
    else:
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(plain_body(parts, notes), charset="utf-8", cte="base64")
    message.add_alternative(html_body(parts, notes), subtype="html", charset="utf-8", cte="base64")
    for name, data in files:
        message.add_attachment(data, maintype=_XLSX[0], subtype=_XLSX[1], filename=name)
    # boundaries of our own: the same mail is the same bytes
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"=_{message_id.partition('@')[0]}_{number}")
    return message.as_bytes()
