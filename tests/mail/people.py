"""An office whose people have addresses, and mails read back as people's programs read them."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from tests.acceptance import office as o

# (单位编码, 负责人邮箱, 领导邮箱)
UNIT_MAILS = {
    "D01": ("jia@example.com", "jia.boss@example.com"),
    "D02": ("yi@example.com", ""),
    "B01": ("quyu@example.com", "quzong@example.com"),
    "K01": ("keyi@example.com", ""),
    "K02": ("keer@example.com", ""),
}
PEOPLE = (
    {"姓名": "周策", "科室": "市场策略科", "角色": "策略科责任人", "邮箱": "zhou@example.com"},
    {"姓名": "赵丽", "科室": "销售支持科", "角色": "销售支持责任人", "邮箱": "zhao@example.com"},
    {"姓名": "孙工", "科室": "业务开发一科", "角色": "项目责任人", "邮箱": "sun@example.com"},
    {"姓名": "钱工", "科室": "业务开发二科", "角色": "项目责任人"},
    {"姓名": "李代", "科室": "业务开发一科", "角色": "项目责任人"},
    {"姓名": "财会", "科室": "财务计划部", "角色": "财务", "邮箱": "cai@example.com"},
    {"姓名": "综管", "科室": "综合管理部", "角色": "综合", "邮箱": "zong@example.com"},
    {"姓名": "总经理", "科室": "公司", "角色": "领导", "邮箱": "boss@example.com"},
)


def units(**changed: tuple[str, str]) -> list[dict[str, object]]:
    """The office's units with addresses; `D01=("new@…", "")` changes a unit's."""
    found: list[dict[str, object]] = []
    for cells in o.UNITS:
        head, leader = {**UNIT_MAILS, **changed}.get(str(cells["单位编码"]), ("", ""))
        found.append({**cells, "负责人邮箱": head, "领导邮箱": leader})
    return found


def office_with_mail(root: Path) -> o.Office:
    office = o.new_office(root)
    o.fill_roster(root / "master" / "单位名录.xlsx", units=units(), people=PEOPLE)
    return office


def settings(office: o.Office, port: int, **more: object) -> None:
    """The mail server in `processor.toml`."""
    values = {
        "server": "localhost",
        "port": port,
        "user": "batch@example.com",
        "sender": "大客户部 <batch@example.com>",
        **more,
    }
    words = {True: "true", False: "false"}
    lines = [f"{k} = {words[v] if isinstance(v, bool) else repr(v)}" for k, v in values.items()]
    body = "[intake]\nsettle_seconds = 0\n[mail]\n" + "\n".join(lines) + "\n"
    (office.root / "processor.toml").write_text(body.replace("'", '"'), "utf-8")


def drafts(office: o.Office) -> dict[str, list[EmailMessage]]:
    """The .eml files by recipient."""
    found: dict[str, list[EmailMessage]] = {}
    for path in sorted((office.outbox / "邮件").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.setdefault(message["To"], []).append(message)
    return found


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def html(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    content: str = body.get_content()
    return content


def attached(message: EmailMessage) -> dict[str, bytes]:
    return {str(p.get_filename()): p.get_content() for p in message.iter_attachments()}
