"""`processor.toml`: every setting with its default; a missing file is fine, a wrong key is not."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal


class SettingsError(Exception):
    """The settings file is wrong (exit 2); the message is for a person."""


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    start_date: date | None = None


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    url: str = ""


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    settle_seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class BulletinSettings:
    publish_dir: str = ""


@dataclass(frozen=True, slots=True)
class MailSettings:
    send: bool = False
    server: str = ""
    port: int = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    sender: str = ""
    imap_server: str = ""
    imap_port: int = 993
    imap_user: str = ""
    imap_folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class BackupSettings:
    keep: int = 14


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    years: int = 5


@dataclass(frozen=True, slots=True)
class StorageSettings:
    encrypt: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    bulletin: BulletinSettings = field(default_factory=BulletinSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    switches: tuple[tuple[str, str], ...] = ()  # [switches]: another reading of a clause


_SECTIONS: dict[str, type[Any]] = {
    "workspace": WorkspaceSettings,
    "ledger": LedgerSettings,
    "intake": IntakeSettings,
    "bulletin": BulletinSettings,
    "mail": MailSettings,
    "backup": BackupSettings,
    "retention": RetentionSettings,
    "storage": StorageSettings,
}


def parse_settings(raw: dict[str, Any], file: str) -> Settings:
    """Check keys and types strictly. Raises SettingsError naming file, key and what is allowed."""
    values: dict[str, Any] = {}
    for section, content in raw.items():
        if section == "switches":
            if not isinstance(content, dict):
                raise SettingsError(f'{file}：[switches] 应为一节，例如 "dup.tie" = "ruling"。')
            values["switches"] = tuple((str(k), str(v)) for k, v in content.items())
        elif section not in _SECTIONS:
            allowed = "、".join((*_SECTIONS, "switches"))
            raise SettingsError(f"{file}：不认识的节 [{section}]，可用的有 {allowed}。")
        else:
            values[section] = _section(_SECTIONS[section], section, content, file)
    return Settings(**values)


def _section(kind: type[Any], section: str, content: Any, file: str) -> Any:
    if not isinstance(content, dict):
        raise SettingsError(f"{file}：[{section}] 应为一节，例如 [{section}] 后逐行写 键 = 值。")
    # pydantic is loaded only when a settings file says something: start-up is part of every run
    from pydantic import TypeAdapter, ValidationError

    known = [f.name for f in dataclasses.fields(kind)]
    for key in content:
        if key not in known:
            raise SettingsError(
                f"{file}：[{section}] 中不认识的键 {key}，可用的有 {'、'.join(known)}。"
            )
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"])
        raise SettingsError(
            f"{file}：[{section}] {key} 的值 {first['input']!r} 不合要求（{first['msg']}）。"
        ) from error


TEMPLATE = """# 大客户信息处理程序设置。每一项都有默认值，去掉行首的 # 即可修改。

[workspace]
# 记录起始日：此前的通报、登记表和期限既不公布也不考核（默认为首次运行之日）
# start_date = 2026-01-01

[ledger]
# 账本位置，默认 state/ledger.sqlite；可改用 PostgreSQL：postgresql://用户@主机/库
# url = ""

[intake]
# xls、csv 文件两次查看之间的秒数
# settle_seconds = 3

[bulletin]
# 内网发布文件夹：设置后通报自动复制到此并登记发布时间
# publish_dir = ""

[mail]
# 是否在每次运行时发送；不发送的写成草稿放在 outbox/邮件
# send = false
# 发送邮件的服务器；密码取自环境变量 PROCESSOR_MAIL_PASSWORD 或系统密钥库，绝不写在这里
# server = ""
# 发送端口
# port = 465
# 加密方式
# security = "tls"      # tls、starttls、none
# 登录名；不需要登录的留空
# user = ""
# 发件人，如 大客户部 <dkh@example.cn>；默认同登录名
# sender = ""
# 收件邮箱（可选）：设置后附件自动进入 inbox，受理时间为邮件服务器收到的时间；密码取自
# PROCESSOR_IMAP_PASSWORD（没有时用 PROCESSOR_MAIL_PASSWORD）或系统密钥库
# imap_server = ""
# 收件端口；143 用 STARTTLS，其他用 TLS
# imap_port = 993
# 收件登录名，默认同 user
# imap_user = ""
# 收件文件夹
# imap_folder = "INBOX"

[backup]
# 保留的备份份数
# keep = 14

[retention]
# 已了结信息中联系方式的保存年限
# years = 5

[storage]
# 归档和备份是否加密存放，台账工作簿是否加打开密码；主密钥取自环境变量 PROCESSOR_STORAGE_KEY，
# 台账的打开密码取自 PROCESSOR_MASTER_PASSWORD，或都存入系统密钥库，绝不写在这里；
# 账本（state/）靠磁盘自身的加密
# encrypt = false

[switches]
# 有争议条文的另一种读法，例如 "dup.tie" = "ruling"；可用的键见 docs/reference.md
"""
