"""Click's own words in Chinese: help headings and the messages for wrong usage.

Click asks `gettext` for every sentence. Its catalogues need compiled files and the machine's
locale; our users read Chinese whatever the locale says, so the few sentences that can appear are
answered from this table.
"""

from __future__ import annotations

import importlib

WORDS = {
    "Usage:": "用法:",
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示本帮助。",
    "Aborted!": "已中止。",
    "Error: {message}": "用法有误：{message}",
    "Try '{command} {option}' for help.": "运行 {command} {option} 查看帮助。",
    "Invalid value: {message}": "值不合要求：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值不合要求：{message}",
    "Missing command.": "缺少命令。",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "No such option {name!r}.": "没有选项 {name!r}。",
    "No such command {name!r}.": "没有命令 {name!r}。",
    "Did you mean {possibility}?": "是不是 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（是不是其中之一：{possibilities}？）",
    "Option {name!r} does not take a value.": "选项 {name!r} 不带值。",
    "Option {name!r} requires an argument.": "选项 {name!r} 需要一个值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name!r} 需要 {nargs} 个值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 需要 {nargs} 个值。",
    "Got unexpected extra argument ({args})": "多出参数（{args}）",
    "Got unexpected extra arguments ({args})": "多出参数（{args}）",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是数字。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 内。",
    "{value!r} is not {choice}.": "{value!r} 不是 {choice}。",
    "{value!r} is not one of {choices}.": "{value!r} 不在其中：{choices}。",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
    "{name} {filename!r} does not exist.": "{name} {filename!r} 不存在。",
    "{name} {filename!r} is a file.": "{name} {filename!r} 是文件。",
    "{name} {filename!r} is a directory.": "{name} {filename!r} 是文件夹。",
    "{name} {filename!r} is not readable.": "{name} {filename!r} 不能读取。",
    "{name} {filename!r} is not writable.": "{name} {filename!r} 不能写入。",
}


def _one(message: str) -> str:
    return WORDS.get(message, message)


def _many(single: str, plural: str, count: int) -> str:
    return _one(single if count == 1 else plural)


def speak_chinese() -> None:
    """Have Click answer in Chinese from now on in this process."""
    for name in ("core", "decorators", "exceptions", "formatting", "parser", "types"):
        words = vars(importlib.import_module(f"click.{name}"))
        for function, chinese in (("_", _one), ("ngettext", _many)):
            if function in words:
                words[function] = chinese
