"""What a verification finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20  # differences of one kind named in full


@dataclass(slots=True)
class Findings:
    """Differences break the promise; notices do not. `checked` counts what was looked at."""

    differences: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": not self.differences,
            "differences": self.differences,
            "notices": self.notices,
            "checked": self.checked,
        }

    def add(self, lines: Sequence[str]) -> None:
        """Differences of one kind; beyond a few, their number."""
        self.differences.extend(lines[:SHOWN])
        if len(lines) > SHOWN:
            self.differences.append(f"……同类差异另有 {len(lines) - SHOWN} 处")
