"""A new workspace: folders, blank roster, blank forms, commented settings."""

from __future__ import annotations

from pathlib import Path

from processor.settings import TEMPLATE
from processor.workspace import FOLDERS, ROSTER, SETTINGS_FILE


def init_workspace(root: Path) -> list[str]:
    """Make what is missing; nothing that exists is touched. Returns what was done, in Chinese."""
    from processor.workbooks.blank_forms import write_all

    done = []
    for name in FOLDERS:
        folder = root / name
        if not folder.exists():
            folder.mkdir(parents=True)
            done.append(f"已建立文件夹 {folder}")
    settings = root / SETTINGS_FILE
    if not settings.exists():
        settings.write_text(TEMPLATE, "utf-8")
        done.append(f"已写出设置 {settings}")
    for path in write_all(root / "templates"):
        done.append(f"已写出空白表格 {path}")
    roster = root / ROSTER
    blank = root / "templates" / ROSTER.name
    if not roster.exists() and blank.exists():
        roster.write_bytes(blank.read_bytes())
        done.append(f"已写出空白单位名录 {roster}，请先填写单位、人员和甄别分工")
    done.append("下一步：填写 master/单位名录.xlsx，把提报表格放入 inbox，然后运行 processor run。")
    return done
