"""Overwriting: the old bytes go, never those of a file that is still there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from processor.erasing import destroy, end_leftovers, ending


def other(path: Path, data: bytes) -> None:
    """Replaced as everything here is: another file under the same name."""
    fresh = path.with_name("fresh")
    fresh.write_bytes(data)
    fresh.replace(path)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_a_destroyed_file_is_zeros_and_gone(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * size)
    os.link(path, tmp_path / "kept")
    destroy(path)
    assert not path.exists()
    assert (tmp_path / "kept").read_bytes() == bytes(size)


def test_replaced_bytes_are_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(b"old")
    os.link(path, tmp_path / "kept")
    with ending(path):
        other(path, b"new!")
    assert path.read_bytes() == b"new!"
    assert (tmp_path / "kept").read_bytes() == bytes(3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept", "台账.xlsx"]


def test_what_was_not_replaced_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="full"), ending(path):
        raise OSError("full")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    with ending(tmp_path / "a"):
        other(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("replaced", [False, True])
def test_second_names_left_by_a_kill(tmp_path: Path, replaced: bool) -> None:
    """Killed before the file was replaced, or after."""
    path, neighbour = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"old")
    neighbour.write_bytes(b"beside")
    (tmp_path / ".notes.old").write_bytes(b"of somebody else")
    with ending(path):
        (second,) = (p for p in tmp_path.glob(".*.old") if p.name != ".notes.old")
        os.link(second, tmp_path / "again")
    (tmp_path / "again").rename(second)  # as the kill left it
    if replaced:
        other(path, b"new!")
    os.link(second, tmp_path / "kept")
    end_leftovers(tmp_path)
    assert path.read_bytes() == (b"new!" if replaced else b"old")
    assert (tmp_path / "kept").read_bytes() == (bytes(3) if replaced else b"old")
    assert neighbour.read_bytes() == b"beside"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".notes.old", "a", "b", "kept"]
