"""What the documents say exists, exists: links, pictures, commands, files, headings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from processor.cli import cli
from processor.model import Category, FormKind
from processor.setup import init_workspace
from schemas.master import MASTER_SHEETS

ROOT = Path(__file__).parents[2]
WRITTEN = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "inbox/README.md",
           "outbox/README.md", "docs/handbook.zh-CN.md", "docs/architecture.md")  # fmt: skip
GENERATED = ("docs/forms.md", "docs/messages.md", "docs/reference.md")
PICTURES = 1_500_000  # bytes of all pictures together


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.strip().replace(" ", "-"))
    return found


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]


@pytest.mark.parametrize("name", WRITTEN + GENERATED)
def test_every_link_leads_somewhere(name: str) -> None:
    dead = []
    for link in links(text_of(name)):
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            dead.append(link)
    assert dead == []


def test_pictures_are_small_and_all_used() -> None:
    used = {Path(link).name for name in WRITTEN for link in links(text_of(name))}
    pictures = sorted((ROOT / "docs" / "images").iterdir())
    assert [p.name for p in pictures if p.name not in used] == []
    assert sum(p.stat().st_size for p in pictures) < PICTURES
    assert all(
        p.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for p in pictures if p.suffix == ".png"
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_every_command_named_exists(name: str) -> None:
    named = set(re.findall(r"(?<![\w.-])processor ([a-z][a-z-]+)", text_of(name)))
    assert named - set(cli.commands) == set()


def test_every_option_named_exists() -> None:
    unknown = []
    for name in WRITTEN:
        for command, rest in re.findall(r"processor ([a-z][a-z-]+)([^`\n]*)", text_of(name)):
            known = {opt for item in cli.commands[command].params for opt in item.opts}
            unknown += [o for o in re.findall(r"--[a-z][a-z-]+", rest) if o not in known]
    assert unknown == []


@pytest.mark.parametrize("name", ("README.md", "README.zh-CN.md"))
def test_the_two_readmes_give_the_same_commands(name: str) -> None:
    blocks = re.findall(r"```bat\n(.+?)```", text_of(name), re.DOTALL)
    assert blocks == re.findall(r"```bat\n(.+?)```", text_of("README.md"), re.DOTALL)
    assert "make run" in text_of(name)
    assert "make test" in text_of(name)


def test_the_readmes_keep_step() -> None:
    def shape(name: str) -> tuple[list[str], int]:
        text = text_of(name)
        return re.findall(r"^#+", text, re.MULTILINE), text.count("\n| ")

    assert shape("README.md") == shape("README.zh-CN.md")
    shared = {link for link in links(text_of("README.md")) if not link.startswith("README")}
    assert shared == {
        link for link in links(text_of("README.zh-CN.md")) if not link.startswith("README")
    }


def test_make_targets_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for name in WRITTEN:
        assert set(re.findall(r"make ([a-z]+(?:-[a-z]+)*)`", text_of(name))) <= targets


def test_the_first_hour_starts_from_what_init_makes(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    for name in (
        "master/单位名录.xlsx",
        "templates/大客户信息记录表.xlsx",
        "processor.toml",
        "inbox",
    ):
        assert name in text_of("README.md")
        assert (tmp_path / name).exists()


def test_the_handbook_speaks_of_every_form_and_of_sheets_that_exist() -> None:
    handbook = text_of("docs/handbook.zh-CN.md")
    short = {FormKind.SCREENING: "甄别反馈表", FormKind.RULINGS: "疑似重复裁定表"}
    missing = [kind.value for kind in FormKind if short.get(kind, kind.value) not in handbook]
    assert missing == []
    assert len(MASTER_SHEETS) == 15
    assert "十五张工作表" in handbook
    assert Category.MILITARY.value in handbook


def test_files_named_in_the_architecture_exist() -> None:
    text = text_of("docs/architecture.md")
    for name in re.findall(r"`((?:processor|schemas|docs|tests)/[\w/.-]+)`", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:\w+/)+\w+\.(?:py|tsv))`", text):
        base = ROOT if name.split("/")[0] in ("docs", "tests", "schemas") else ROOT / "processor"
        assert (ROOT / name).exists() or (base / name).exists(), name


def test_no_word_of_the_workplace() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    pages = [page for page in listed if page and (ROOT / page).exists()] or list(WRITTEN)
    bad = re.compile(r"/(?:work|tmp|root|home)/|(?<![\w#])#\d+\b", re.ASCII)
    assert [page for page in pages if bad.search(text_of(page))] == []
