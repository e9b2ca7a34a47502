"""What a killed command left lying about, found by the folder it could not remove, and ended."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from processor.erasing import end_leftovers
from processor.ledger import journal
from processor.progress import Progress
from processor.workspace import MASTER, PURGE_OPEN, WRITTEN, Workspace, sweep

if TYPE_CHECKING:
    from processor.report import RunReport


def staging_folder(workspace: Workspace, engine: Engine) -> Path:
    """A fresh folder for private copies, to be removed when the work is done.

    One that is still there tells of a command that was killed or told to stop, and of what it may
    have left. A passing ledger may also be another command's, which left no such folder.
    """
    staging = workspace.state / "staging"
    sweep(workspace.state)
    if staging.exists():
        intranet = workspace.settings.bulletin.publish_dir
        shutil.rmtree(staging)
        journal.discard_facts(workspace, engine)
        sweep(*map(workspace.path, WRITTEN), *((Path(intranet),) if intranet else ()))
        for folder in (workspace.path(MASTER).parent, workspace.state, workspace.archive):
            end_leftovers(folder)
    staging.mkdir()
    return staging


def complete_purge(
    workspace: Workspace, engine: Engine, report: RunReport, progress: Progress
) -> None:
    """A purge that was committed and then interrupted is carried out; a person is told."""
    if not workspace.path(PURGE_OPEN).exists():
        return
    from processor.ledger.purge import complete

    words = complete(workspace, engine, report.as_of, progress)
    if words:
        report.attention = True
        report.warnings.append(words)
