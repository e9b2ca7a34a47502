"""`processor demo` from the outside: a small company, its summary, its key, its refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from processor.demo.answer_key import load_key
from processor.demo.command import demo


@pytest.mark.timeout(600)
def test_a_small_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "示例"
    assert demo(folder, units=8, months=1, seed=2) == 0
    said = capsys.readouterr().out
    assert "全部一致" in said
    assert "大客户信息台账.xlsx" in said
    assert "Traceback" not in said
    key = load_key(tmp_path / "示例_答案.json")
    assert len(key.units) == 8
    assert (tmp_path / "示例_答案.xlsx").exists()
    assert (folder / "outbox/今日待办.xlsx").exists()
    assert len(list((folder / "outbox/通报").rglob("*_内部版.xlsx"))) == 4


def test_a_folder_with_other_content_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "重要").mkdir()
    precious = tmp_path / "重要" / "文件.txt"
    precious.write_text("不要删", "utf-8")
    assert demo(tmp_path / "重要", units=8, months=1) == 2
    assert precious.read_text("utf-8") == "不要删"
    assert "已有内容" in capsys.readouterr().out


@pytest.mark.parametrize(("units", "months"), [(7, 1), (201, 1), (8, 0), (8, 10)])
def test_sizes_out_of_range(tmp_path: Path, units: int, months: int) -> None:
    assert demo(tmp_path / "ws", units=units, months=months) == 2
    assert not (tmp_path / "ws").exists()
