"""The arrows between the rooms: the import contracts hold, and would not hold with a false one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

# module -> a line that breaks a contract
FALSE_ARROWS = {
    "schemas/fields.py": "import processor.model",
    "processor/model.py": "import processor.calendar",
    "processor/matching/text.py": "import processor.regulation.edition",
    "processor/regulation/rewards.py": "import pandas",
    "processor/matching/names.py": "import openpyxl",
    "processor/matching/places.py": "import sqlalchemy",
    "processor/workbooks/style.py": "import processor.ledger.store",
}


def contracts(folder: Path) -> dict[str, str]:
    """Contract name -> KEPT or BROKEN, of the tree in `folder`."""
    done = subprocess.run(
        [LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^(.+) (KEPT|BROKEN)$", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    assert (done.returncode == 0) == all(state == "KEPT" for _, state in found)
    return dict(found)


def test_every_contract_is_kept_and_each_is_broken_by_a_false_arrow(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("processor", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    kept = contracts(tmp_path)
    assert set(kept.values()) == {"KEPT"}

    for name, line in FALSE_ARROWS.items():
        path = tmp_path / name
        path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    assert contracts(tmp_path) == dict.fromkeys(kept, "BROKEN")


def test_the_picture_is_the_one_of_the_contract() -> None:
    namespace: dict[str, object] = {"__name__": "drawing", "__file__": str(ROOT / "docs/x.py")}
    exec((ROOT / "docs/draw_layers.py").read_text("utf-8"), namespace)
    draw, rows = namespace["svg"], namespace["layers"]
    made = draw(rows((ROOT / "pyproject.toml").read_text("utf-8")))  # type: ignore[operator]
    committed = (ROOT / "docs/images/layers.svg").read_text("utf-8")
    assert committed == made, "run: python docs/draw_layers.py"
