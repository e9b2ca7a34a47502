"""Never lost, never twice: shown at a share of all points here, at all of them in the slow part."""

from __future__ import annotations

import json
import os
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


SECRETS = {
    "PROCESSOR_STORAGE_KEY": "the-main-key-of-this-office",
    "PROCESSOR_MASTER_PASSWORD": "Taizhang-2026",
}


def campaign(*plans: str, limit: int = 7200, **secrets: str) -> list[dict[str, Any]]:
    """Carried out in a process without threads; its outcomes. With `SECRETS` all is encrypted."""
    command = [sys.executable, "-m", "tests.crash.campaign", *plans]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
        env={**os.environ, **secrets},
    )
    assert done.stdout, done.stderr[-3000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def flawless(outcome: dict[str, Any], least: int) -> None:
    assert outcome["failed"] == [], json.dumps(outcome["failed"][:3], ensure_ascii=False, indent=1)
    assert outcome["visited"] >= least, outcome["visited"]


@pytest.mark.timeout(280)
def test_a_share_of_every_campaign() -> None:
    """Strides that share no factor with a run's own rhythm, so that they meet all its parts."""
    plans = (
        "kill:41:2",
        "power:83:9",
        "EIO-once:97:5",
        "ENOSPC-for-ever:113:20",
        "kill-kill:331:170",
    )
    kill, power, eio, full, twice = campaign(*plans)
    flawless(kill, 10)
    assert kill["points"] > 300
    assert kill["codes"]["died"] >= 10
    flawless(power, 5)
    assert power["codes"]["died"] >= 5
    flawless(eio, 5)
    flawless(full, 4)
    assert full["codes"].keys() <= {"1", "4"}  # for ever full: never "all is well"
    flawless(twice, 2)


@pytest.mark.timeout(280)
def test_a_share_with_encryption_on() -> None:
    kill, power = campaign("kill:131:3", "power:199:60", **SECRETS)
    flawless(kill, 4)
    flawless(power, 2)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("secrets", [{}, SECRETS], ids=["plain", "encrypted"])
@pytest.mark.parametrize("mode", ["kill", "power"])
def test_at_every_operation(mode: str, secrets: dict[str, str]) -> None:
    (outcome,) = campaign(f"{mode}:1", **secrets)
    flawless(outcome, outcome["points"])


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", ["EIO", "ENOSPC", "EACCES"])
@pytest.mark.parametrize("how", ["once", "for-ever"])
def test_faults_at_every_operation(name: str, how: str) -> None:
    (outcome,) = campaign(f"{name}-{how}:2")
    flawless(outcome, outcome["points"] // 2)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_killed_again_in_the_recovery() -> None:
    (outcome,) = campaign("kill-kill:23:11")
    flawless(outcome, 200)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_mail_at_every_operation_of_sending() -> None:
    (outcome,) = campaign("mail")
    flawless(outcome, 20)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    "plan",
    ["sys-kill:3", "sys-EIO-once:11", "sys-EIO-for-ever:23", "sys-ENOSPC-once:11",
     "sys-ENOSPC-for-ever:23", "sys-EACCES-once:23"],
)  # fmt: skip
def test_at_system_calls(plan: str) -> None:
    """What lies between two operations: half-written files, SQLite's journal, torn commits."""
    from tests.crash.syscalls import available

    if not available():
        pytest.skip("strace is not here or may not attach")
    (outcome,) = campaign(plan)
    flawless(outcome, 40)
