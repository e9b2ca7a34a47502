"""What a run did: counts, what was published, what needs a person."""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from processor.model import FileState
from processor.workspace import Workspace


@dataclass(slots=True)
class RunReport:
    """What a run did: the object of `run --json`."""

    as_of: datetime
    run: int = 0
    files: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)
    forms: dict[str, int] = field(default_factory=dict)
    leads: dict[str, int] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    pending: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    mailed: list[str] = field(default_factory=list)
    attention: bool = False  # something needs a person: exit 1
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": f"{self.as_of:%Y-%m-%d %H:%M:%S}",
            "run": self.run,
            "files": {state.value: self.files[state.value] for state in FileState},
            "rows": self.rows,
            "forms": self.forms,
            "leads": self.leads,
            "published": self.published,
            "pending": self.pending,
            "warnings": self.warnings,
            "mailed": self.mailed,
            "exit_code": self.exit_code,
            "seconds": {k: round(v, 3) for k, v in self.seconds.items()},
        }

    @property
    def exit_code(self) -> int:
        return 1 if self.attention or self.pending else 0


def result_words(kept: dict[str, Any]) -> str:
    """A kept report (`to_json`) in a word, as its exit code said: 1 needs a person, hints alone
    do not."""
    if kept.get("exit_code", bool(kept["warnings"])):  # older records have no exit code
        return "需要处理"
    return "完成，有提醒" if kept["warnings"] else "完成"


def trouble(workspace: Workspace, at: datetime, error: Exception) -> str:
    """An exception in words for a person. A fault of the program is noted in state/fault.log for
    those who look after it."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    if isinstance(error, OperationalError) or type(error) is DatabaseError:  # damaged, not there
        return f"账本无法使用：{error.orig}"
    if isinstance(error, OSError):
        return f"{error.filename or '磁盘或共享文件夹'}：{error.strerror or error}"
    frames = "".join(traceback.format_tb(error.__traceback__))
    note_fault(workspace, at, f"{type(error).__name__}\n{frames}")
    return f"程序内部错误 {type(error).__name__}，详情见 state/fault.log"


def note_fault(workspace: Workspace, at: datetime, fault: str) -> None:
    """A fault of the program goes to a file for IT: its kind and frames, no values of cells."""
    log = workspace.state / "fault.log"
    with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as handle:
        handle.write(f"{at} {fault}\n")
