"""Hand edits the clerk saved in the master or the development plan, read back."""

from __future__ import annotations

from processor.decisions.session import Session
from processor.workspace import Workspace


def take_hand_edits(workspace: Workspace, session: Session) -> None:
    return None
