"""销毁证明: what was destroyed, how, by whose approval and when; no contacts, no customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from processor.workbooks.sheets import (
    Book,
    Column,
    Figure,
    Figures,
    Notes,
    Pair,
    Pairs,
    Sheet,
    Table,
)
from processor.workbooks.style import Look, Tone

METHOD = (
    "账本和台账：相应单元格置空，数据库整理后旧内容不再存在；判重索引中的联系方式摘要同时删除；"
    "旧台账文件覆盖擦除。",
    "归档原件：留下指纹和去除联系方式的摘录（销毁记录），原件销毁。",
    "回执、甄别表、邮件草稿等发出的文件：凡含有关联系方式的，销毁。",
    "备份：此前的备份全部销毁，并即时另存一份新备份。",
    "各文件的方式见“文件”表。覆盖擦除：以零覆盖后删除。固态硬盘和带快照的存储不能保证逐区覆盖，"
    "须由存储自身的加密或快照清理保证；工作区以外的明文副本（异地备份、个人留存的附件）"
    "由各保管人另行销毁。",
)
BY_KEY = (
    "密钥销毁：文件以各自的数据密钥（AES-256-GCM）加密存放，数据密钥已从密钥文件中删除，"
    "密钥文件以新盐重新封装，旧密钥文件覆盖擦除；文件及其副本凭现有密钥文件不能解密。"
    "如磁盘残留、快照或异地副本中仍可能有旧密钥文件，须随后更换主密钥并销毁旧主密钥"
    "（processor storage --change-key），此后旧密钥文件也不再能打开。"
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Facts of one purge. `rows`: number, kind, state, last activity. `files`: path, kind, sha256,
    what became of it, by which method. `left`: files that still hold something and need a person.
    `by_key`: some were encrypted and their keys were destroyed."""

    approval: str
    at: datetime
    years: int
    cutoff: datetime
    rows: Sequence[tuple[str, str, str, datetime]]
    files: Sequence[tuple[str, str, str, str, str]]
    left: Sequence[str] = ()
    by_key: bool = False


def plan(facts: Certificate) -> Book:
    """The certificate as a workbook of two sheets."""
    kinds = [kind for _, kind, _, _ in facts.rows]
    counts = (
        ("信息（条）", kinds.count("信息")),
        ("不予接收（条）", kinds.count("不予接收")),
        ("项目申报（条）", kinds.count("项目申报")),
        ("文件（个）", len(facts.files)),
    )
    tail = tuple(f"仍含有关内容，请人工处理：{path}" for path in facts.left)
    sign = (Pair("经办人", "", editable=True), Pair("监督人", "", editable=True))
    cover = Sheet(
        "销毁证明",
        "个人联系方式销毁证明",
        (
            Figures(tuple(Figure(label, count, Tone.NONE) for label, count in counts)),
            Pairs(
                (
                    (Pair("审批号", facts.approval),),
                    (Pair("销毁时间", facts.at, look=Look.MOMENT),),
                    (Pair("保存年限（年）", facts.years, look=Look.COUNT),),
                    (Pair("最近活动早于", facts.cutoff, look=Look.MOMENT),),
                    sign,
                )
            ),
            Notes((*METHOD, BY_KEY) if facts.by_key else METHOD, title="销毁方式"),
            *((Notes(tail, title="未能清除"),) if tail else ()),
            Table("销毁对象", _COLUMNS, [_row(row) for row in facts.rows], title="销毁对象"),
        ),
        left=("对象：保存年限已满的客户联系人、联系方式、提报人及电话",),
        widths=(22, 14, 12, 22),
    )
    files = Sheet(
        "文件",
        "销毁或改写的文件",
        (Table("销毁文件", _FILE_COLUMNS, [_file(row) for row in facts.files]),),
        left=("指纹为被销毁文件的 SHA-256。",),
    )
    return Book("个人联系方式销毁证明", "保存年限", facts.at, (cover, files))


_COLUMNS = (
    Column("编号", width=22),
    Column("种类", width=14),
    Column("状态", width=12),
    Column("最近活动", Look.MOMENT, 22),
)
_FILE_COLUMNS = (
    Column("文件", width=70),
    Column("种类", width=14),
    Column("指纹", width=68),
    Column("处理", width=26),
    Column("方式", width=20),
)


def _row(row: tuple[str, str, str, datetime]) -> Mapping[str, str | datetime]:
    return dict(zip(("编号", "种类", "状态", "最近活动"), row, strict=True))


def _file(row: tuple[str, str, str, str, str]) -> Mapping[str, str]:
    return dict(zip(("文件", "种类", "指纹", "处理", "方式"), row, strict=True))
