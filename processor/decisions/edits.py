"""Hand edits the clerk saved in the master or the development plan, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.decisions.session import Session
from processor.workspace import Workspace

if TYPE_CHECKING:
    from processor.ledger.store import Record


def hand_edits(workspace: Workspace, record: Record) -> list[dict[str, Any]]:
    return []


def apply_edits(session: Session) -> None:
    return None
