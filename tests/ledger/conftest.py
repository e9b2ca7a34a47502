from __future__ import annotations

from pathlib import Path

import pytest

from processor.workspace import Workspace
from tests.ledger.worlds import copied, play_world


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of two weeks. Never changed: work on a copy."""
    root = tmp_path_factory.mktemp("played") / "workspace"
    play_world(root)
    return root


@pytest.fixture
def workspace(played: Path, tmp_path: Path) -> Workspace:
    return copied(played, tmp_path / "workspace")
