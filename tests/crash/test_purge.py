"""A purge with encryption on, killed at one step after another: the next run completes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir() or sys.platform == "win32",
    reason="campaigns fork and look into /proc",
)


def campaign(stride: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.crash.purging", str(stride)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["failed"] == [], json.dumps(found["failed"][:3], ensure_ascii=False, indent=1)
    return found


@pytest.mark.timeout(280)
def test_a_share_of_all_steps() -> None:
    assert campaign(97)["visited"] >= 8


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_step() -> None:
    found = campaign(1)
    assert found["visited"] == found["points"] > 100
