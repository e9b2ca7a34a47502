"""`docs/reference.md`, made from the code: commands, exit codes, settings, outputs, switches.

`python -m processor.reference` writes it again; a test compares it with what is committed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from processor import cli, cli_common, settings
from processor.regulation.edition import Edition

TARGET = Path("docs/reference.md")

EXIT_CODES = (
    (cli_common.OK, "完成。退回的行和文件是正常业务，也属完成。"),
    (
        cli_common.ATTENTION,
        "完成，但有事需要人处理：文件被隔离、工作簿正被打开而待发布、邮件未发出、"
        "收件文件未能移除，或系统时钟落后于上次运行。",
    ),
    (
        cli_common.USAGE,
        "用法或设置有误：命令写错、`processor.toml` 有误、没有这个编号或期号、"
        "`--as-of` 早于上次运行、加密存放的主密钥或密码缺失或不符。",
    ),
    (cli_common.BUSY, "另一次运行正在使用工作区，稍后再试。"),
    (
        cli_common.UNUSABLE,
        "工作区不能使用：不是工作区、共享未连接、磁盘已满、没有权限、密钥文件丢失。"
        "没有作任何更改。",
    ),
    (
        cli_common.BROKEN,
        "核对不符（`verify`），或有加密的文件因密钥丢失而不能读取（`storage`）。",
    ),
    (
        cli_common.FAULT,
        "程序内部错误，没有写入任何结果；详情在 `state/fault.log`，请交给维护人员。",
    ),
    (
        cli_common.STOPPED,
        "中途被停止（Ctrl-C、关机或结束任务）：已入账的不会丢失，再运行一次即可接着做完，不会重复。",
    ),
)

ENVIRONMENT = (
    ("PROCESSOR_WORKSPACE", "工作区文件夹，等同于 `--workspace`。"),
    (
        "PROCESSOR_FILE_PASSWORD",
        "打开加密来文所用的密码；没有时查系统密钥库。各单位的密码也会试用。",
    ),
    ("PROCESSOR_MAIL_PASSWORD", "邮件服务器的密码；没有时查系统密钥库。"),
    ("PROCESSOR_IMAP_PASSWORD", "收件邮箱的密码；没有时用上一项。"),
    (
        "PROCESSOR_STORAGE_KEY",
        "加密存放的主密钥，至少16个字符（`[storage] encrypt = true` 时必须有）；"
        "没有时查系统密钥库。",
    ),
    ("PROCESSOR_STORAGE_KEY_NEW", "只在更换主密钥时用：新的主密钥。"),
    (
        "PROCESSOR_MASTER_PASSWORD",
        "台账工作簿的打开密码（`[storage] encrypt = true` 时必须有）；没有时查系统密钥库。",
    ),
    (
        "PROCESSOR_PASSWORD_<单位编码>",
        "与该单位（或科室）约定的密码：含联系方式的工作簿加密后才随邮件发送，没有密码则不附；"
        "收到以此加密的文件也用它打开。"
        "编码中字母、数字以外的字符写作下划线。",
    ),
)

OUTPUTS = (
    ("今日待办.xlsx", "每次有变化，且每天至少一次", "办事员今天要做的事、逾期预警、运行情况"),
    ("回执/<单位>/<时刻>_<原文件名>_回执.xlsx", "每收一份文件", "逐行的处理结果和修改办法"),
    ("甄别/<科室>/甄别反馈表_<日期>.xlsx", "该科室有新转办或新反馈", "该科室尚未反馈的全部信息"),
    ("裁定/疑似重复裁定表_<日期>.xlsx", "有新的疑似或新的裁定", "等待裁定的全部信息对"),
    (
        "通报/<年-月>/大客户信息提报情况通报_<期号>.xlsx",
        "每月10、20、30日17:00之后的第一次运行",
        "公开版：没有客户名称和联系方式",
    ),
    (
        "通报/<年-月>/大客户信息提报情况通报_<期号>_内部版.xlsx",
        "同上",
        "内部版：另有线索明细，电话遮掩",
    ),
    ("开发计划/大客户开发计划.xlsx", "立项有变化", "每条有效信息一行（6.4）"),
    (
        "考核/<季度>/经销商奖励_<季度>.xlsx",
        "季末月登记表收到且期限已过；未收到的，次月10日起",
        "交财务计划部",
    ),
    ("考核/<季度>/内部考核_<季度>.xlsx", "同上", "交综合管理部"),
    (
        "考核/<季度>/单位报告/<单位>_<季度>.xlsx",
        "同上；本季提报过信息的单位各一份",
        "发给该单位：可避免的问题、及时率、重复率、转化率、本单位项目",
    ),
    ("邮件/<时刻>_<收件人>_<标识>.eml", "有事要告知时，每人每次一封", "邮件草稿，或已发邮件的副本"),
)

LEDGER_FILES = (
    ("master/大客户信息台账.xlsx", "台账，十五张工作表，正式记录"),
    ("master/单位名录.xlsx", "单位名录，由办事员维护"),
    ("archive/<年>/<月>/", "收到的每一份文件的原件，以及每次运行的记录"),
    ("archive/隔离/", "有危险或不能读取的文件"),
    ("archive/发布/", "每期通报、每季考核发布时的原样副本"),
    ("backups/", "每天一份备份；`backups/手工改动/` 是被改动过的台账"),
    (
        "state/storage.keys",
        "密钥文件（加密存放时），副本为 `archive/.storage.keys`；没有主密钥打不开",
    ),
    ("state/", "账本、运行锁、`last-run.json`（供监视程序读取）、`fault.log`"),
)


def reference(editions: Sequence[Edition]) -> str:
    """The whole page as Markdown; `editions` by the day they take effect."""
    parts = [
        "# 参考手册",
        "本文由程序生成（`python -m processor.reference`），请勿手工修改。"
        "表单栏目见 [forms.md](forms.md)，提示信息见 [messages.md](messages.md)。",
        "## 命令",
        "所有命令都接受 `--workspace 文件夹`（默认当前文件夹）。一切时间均为北京时间。",
        *commands(cli.cli),
        "## 退出码",
        table(("退出码", "含义"), ((str(code), words) for code, words in EXIT_CODES)),
        "## 设置 `processor.toml`",
        "没有此文件时全部取默认值；键名写错时给出可用的键，退出码 2。",
        table(("节", "键", "默认值", "说明"), setting_rows()),
        "密码不写在设置文件里，取自环境变量或系统密钥库：",
        table(("环境变量", "说明"), ((f"`{name}`", words) for name, words in ENVIRONMENT)),
        "## 输出文件（`outbox/`）",
        table(("文件", "何时写出", "内容"), ((f"`{p}`", w, c) for p, w, c in OUTPUTS)),
        "其他文件：",
        table(("文件", "内容"), ((f"`{path}`", words) for path, words in LEDGER_FILES)),
    ]
    for edition in editions:
        parts += [
            f"## 读法开关：{edition.number} {edition.edition}",
            f"自 {edition.effective_from} 起施行（`{edition.key}`）。有争议的条文各有一个开关，"
            '写在 `processor.toml` 的 `[switches]` 中，如 `"bulletin.shift" = "none"`。'
            "读法和理由见 [INTERPRETATION.md](../processor/regulation/INTERPRETATION.md)；"
            "改动只影响此后的判定。只有一个取值的是既定读法，列出备查。",
            table(("开关", "条款", "问题", "取值（首个为默认）"), switch_rows(edition)),
        ]
    return "\n\n".join(parts) + "\n"


def commands(group: click.Group) -> Iterator[str]:
    """A section a command: usage line, what it does, its arguments and options."""
    for name in group.commands:
        command = group.commands[name]
        words = [f"### `processor {name}`", f"{command.help or ''}"]
        rows = [_parameter(item) for item in command.params if item.name != "own_root"]
        if rows:
            words.append(table(("参数", "说明"), rows))
        yield "\n\n".join(words)


def _parameter(item: click.Parameter) -> tuple[str, str]:
    if isinstance(item, click.Option):
        kind = "" if item.is_flag else f" {(item.metavar or item.type.name).upper()}"
        shown = "、".join(f"`{name}{kind}`" for name in item.opts)
        return shown, item.help or ""
    name = (item.metavar or item.name or "").upper()
    many = "…" if item.nargs != 1 else ""
    return f"`{name}{many}`", "必填" if item.required else "可省略"


def setting_rows() -> Iterator[tuple[str, str, str, str]]:
    """Section, key, default, explanation: the last from the comments of the settings template."""
    words = explanations(settings.TEMPLATE)
    for part in dataclasses.fields(settings.Settings):
        if part.name == "switches":
            yield "[switches]", "", "", words.get(("switches", ""), "")
            continue
        section = settings._SECTIONS[part.name]
        for item in dataclasses.fields(section):
            yield (
                f"[{part.name}]",
                f"`{item.name}`",
                f"`{_toml(item.default)}`" if item.default is not None else "",
                words.get((part.name, item.name), ""),
            )


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return value.isoformat() if isinstance(value, date) else f"{value:g}"


def explanations(template: str) -> dict[tuple[str, str], str]:
    """(section, key) -> words: the comment lines above a key hold for the keys below them."""
    found: dict[tuple[str, str], str] = {}
    section, words, fresh = "", "", True
    for line in template.splitlines():
        text = line.removeprefix("# ").strip()
        if line.startswith("["):
            section, words, fresh = line.strip("[]"), "", True
        elif line.startswith("#") and section:
            key, equals, rest = text.partition(" = ")
            if equals and key.isidentifier():
                note = rest.partition("# ")[2].strip()
                found[section, key] = "；".join(part for part in (words, note) if part)
                fresh = True
            else:
                words = text if fresh else words + text
                fresh = False
                found[section, ""] = words
    return found


def switch_rows(edition: Edition) -> Iterator[tuple[str, str, str, str]]:
    """One row a switch: key, clause, question, values with the default first."""
    for name, switch in edition.switches.items():
        values = sorted(switch.values.items(), key=lambda item: item[0] != switch.default)
        yield (
            f"`{name}`",
            edition.clause(switch.rule),
            switch.question,
            "；".join(f"`{value}` {words}" for value, words in values),
        )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars inside a cell are escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |" for r in lines)


if __name__ == "__main__":
    from processor.regulation.edition import load_all

    TARGET.write_text(reference(load_all()), encoding="utf-8")
