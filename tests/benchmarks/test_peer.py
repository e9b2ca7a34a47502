"""The plain script and the product decide every row alike: only then is their time compared."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path

from benchmarks import peer, peer_pandera
from benchmarks.cases import _differences
from benchmarks.workspaces import fill_inbox, make_workspace
from processor.batch import run
from processor.workspace import open_workspace


def test_same_decisions(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    make_workspace(root, 12, date(2026, 11, 1))
    fill_inbox(root, 12, 20)
    out, frames = tmp_path / "peer", tmp_path / "frames"
    peer.main(root / "inbox", out, peer.read_form, peer.check_rows)
    peer.main(root / "inbox", frames, peer_pandera.read_frame, peer_pandera.check_frame)
    run(open_workspace(root), datetime(2026, 11, 3, 9, 30))
    for found in (out, frames):
        assert _differences(found / "decisions.json", root / "state" / "ledger.sqlite") == []
    outcomes = [o for rows in json.loads((out / "decisions.json").read_text("utf-8")).values()
                for _, o in rows]  # fmt: skip
    assert {"待甄别", "待裁定", "不予接收", "无效"} <= set(outcomes)
    assert len(outcomes) == 240


def test_a_difference_is_found(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    make_workspace(root, 10, date(2026, 11, 1))
    fill_inbox(root, 1, 3)
    out = tmp_path / "peer"
    peer.main(root / "inbox", out, peer.read_form, peer.check_rows)
    run(open_workspace(root), datetime(2026, 11, 3, 9, 30))
    decided = json.loads((out / "decisions.json").read_text("utf-8"))
    decided["提报_0000.xlsx"][0][1] = "重复"
    (out / "decisions.json").write_text(json.dumps(decided), "utf-8")
    assert len(_differences(out / "decisions.json", root / "state" / "ledger.sqlite")) == 1
    shutil.rmtree(out)
