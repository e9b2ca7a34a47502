from __future__ import annotations

from pathlib import Path

import pytest

from processor.workspace import Workspace
from tests.ledger.worlds import copied, shared_world


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of eleven days. Never changed: work on a copy."""
    return shared_world(tmp_path_factory.getbasetemp())


@pytest.fixture
def workspace(played: Path, tmp_path: Path) -> Workspace:
    return copied(played, tmp_path / "workspace")
