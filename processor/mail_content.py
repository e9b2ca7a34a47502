"""What a mail says: parts decided in the run, and their plain and HTML shape.

A part never holds a customer's name or a contact, so that its text may travel in the clear.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from html import escape

from processor import mail_chart
from processor.mail_chart import FONTS, Bar, Fonts

_CHINA = timezone(timedelta(hours=8))
_ROWS_SHOWN = 60
_XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_FONT = mail_chart.STYLE
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
class Part:
    """One matter of a mail. `subject` is its share of the subject line; `chart` the title of its
    bars."""

    subject: str
    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    bars: tuple[Bar, ...] = ()
    files: tuple[Attachment, ...] = ()
    chart: str = ""


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
            raw.get("chart", ""),  # not in mails planned by earlier versions
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
        if part.bars and part.chart:
            lines.append(part.chart)
        lines.extend(map(mail_chart.told, part.bars))
        blocks.append("\n".join(lines))
    if notes:
        blocks.append("\n".join(("【附件】", *notes)))
    return "\n\n".join((*blocks, FOOTER)) + "\n"


def html_body(
    parts: tuple[Part, ...], notes: tuple[str, ...], pictures: dict[int, str] | None = None
) -> str:
    """The mail as HTML of the plainest kind: Outlook and Foxmail draw tables and nothing newer.

    `pictures`: the Content-ID of the chart of the part at that place; without one it is drawn as
    table cells.
    """
    blocks = [f'<p style="{_FONT}">您好：</p>']
    for place, part in enumerate(parts):
        blocks.append(f'<h3 style="{_FONT};font-size:16px">{escape(part.title)}</h3>')
        blocks.extend(f'<p style="{_FONT}">{escape(line)}</p>' for line in part.lines)
        if part.rows:
            blocks.append(_table(part.head, part.rows[:_ROWS_SHOWN]))
            blocks.extend(f'<p style="{_FONT}">{escape(line)}</p>' for line in _more(part))
        if part.bars:
            blocks.append(_chart(part, (pictures or {}).get(place, "")))
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


def _chart(part: Part, cid: str) -> str:
    if not cid:
        title = f'<p style="{_FONT}">{escape(part.chart)}</p>' if part.chart else ""
        return title + mail_chart.table(part.bars)
    words = "；".join((part.chart or part.title, *map(mail_chart.told, part.bars)))
    return (
        f'<p><img src="cid:{cid}" width="{mail_chart.WIDTH}" style="max-width:100%"'
        f' alt="{escape(words)}"></p>'
    )


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    titles = "".join(
        f'<th style="{_CELL};background:#DDEBF7;white-space:nowrap">{escape(h)}</th>' for h in head
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<table style="border-collapse:collapse"><tr>{titles}</tr>{body}</table>'


def _cell(text: str) -> str:
    width = ";white-space:nowrap" if len(text) <= _SHORT else ""
    return f'<td style="{_CELL}{width}">{escape(text)}</td>'


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
    fonts: Fonts = FONTS,
) -> bytes:
    """The whole message. `draft` marks it unsent, so that Outlook and Foxmail open it to be sent.

    `when` is China time. The charts are inline pictures where the machine has one
    of `fonts`. Raises ValueError for an address with a line break in it.
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
    drawn = {
        place: made
        for place, part in enumerate(parts)
        if part.bars and (made := mail_chart.picture(part.bars, part.chart or part.title, fonts))
    }
    cids = {place: f"chart{place}.{message_id}" for place in drawn}
    rich = html_body(parts, notes, cids)
    message.add_alternative(rich, subtype="html", charset="utf-8", cte="base64")
    for place, data in drawn.items():
        body = message.get_body(("html",))
        assert isinstance(body, EmailMessage)
        body.add_related(
            *(data, "image", "png"),
            cid=f"<{cids[place]}>",
            filename=f"chart{place}.png",
            disposition="inline",
        )
    for name, data in files:
        message.add_attachment(data, maintype=_XLSX[0], subtype=_XLSX[1], filename=name)
    # boundaries of our own: the same mail is the same bytes
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"=_{message_id.partition('@')[0]}_{number}")
    return message.as_bytes()
