"""A fresh workspace for every test, made once by `processor init` and copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.office import Office, copied, new_office


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pattern") / "workspace"
    new_office(root)
    return root


@pytest.fixture
def office(pattern: Path, tmp_path: Path) -> Office:
    return copied(pattern, tmp_path / "workspace")
