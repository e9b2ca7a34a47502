"""The entries are what each scheduler takes, also for folders with awkward names."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path, PurePosixPath, PureWindowsPath
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from processor import schedule
from processor.cli import cli

POSIX = ("/opt/程序 目录/bin/processor",)
PLACES = (
    "/srv/leads",
    "/srv/大客户 信息",
    "/srv/100% $HOME 'quote' \"double\"",
    "/srv/back\\slash;rm -rf x",
)


def command_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("place", PLACES)
def test_cron_runs_the_program_with_that_folder(place: str, tmp_path: Path) -> None:
    """The line is executed as cron does: fields off, `\\%` back to `%`, the rest to sh."""
    root = tmp_path / place.removeprefix("/srv/").replace("/", "_")
    (root / "state").mkdir(parents=True)
    program = tmp_path / "a program"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$OUT"\necho trouble >&2\n')
    program.chmod(0o755)
    line = command_line(schedule.cron((str(program),), PurePosixPath(root)))
    fields = line.split(" ", 5)
    assert fields[:5] == ["*/10", "*", "*", "*", "*"]
    assert "%" not in fields[5].replace("\\%", "")
    out = tmp_path / "out"
    subprocess.run(
        ["/bin/sh", "-c", fields[5].replace("\\%", "%")],
        env={"HOME": str(tmp_path), "OUT": str(out)}, check=True,
    )  # fmt: skip
    assert out.read_text() == f"--workspace\n{root}\nrun\n"
    assert (root / "state/cron.log").read_text() == "trouble\n"


def test_cron_hands_over_the_secrets(tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/processor.env").write_text("PROCESSOR_MAIL_PASSWORD='a b'\n")
    (tmp_path / "state").mkdir()
    program = tmp_path / "p"
    program.write_text('#!/bin/sh\nprintf "%s" "$PROCESSOR_MAIL_PASSWORD" > "$OUT"\n')
    program.chmod(0o755)
    line = command_line(schedule.cron((str(program),), tmp_path)).split(" ", 5)[5]
    out = tmp_path / "out"
    subprocess.run(
        ["/bin/sh", "-c", line], env={"HOME": str(tmp_path), "OUT": str(out)}, check=True
    )
    assert out.read_text() == "a b"


@pytest.mark.parametrize("place", PLACES)
def test_systemd_takes_the_units(place: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here")
    program = tmp_path / "bin dir" / "processor"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = tmp_path / "units"
    units.mkdir()
    service, timer = units / "processor.service", units / "processor.timer"
    service.write_text(schedule.service((str(program),), PurePosixPath(place)))
    timer.write_text(schedule.timer())
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(service), str(timer)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    complaints = [x for x in done.stderr.splitlines() if str(units) in x or "processor" in x]
    assert done.returncode == 0, done.stderr
    assert complaints == []


def test_a_bad_unit_would_be_noticed(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here")
    service = tmp_path / "processor.service"
    service.write_text(schedule.service(("/no/such/program",), PurePosixPath("/srv")))
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(service)], capture_output=True, text=True, check=False
    )
    assert "/no/such/program" in done.stderr


def test_the_systemd_script_installs_both_units(tmp_path: Path) -> None:
    """Run for real, with a systemctl that only notes its words."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "systemctl").write_text('#!/bin/sh\necho "$@" >> "$HOME/calls"\n')
    (tools / "systemctl").chmod(0o755)
    place = PurePosixPath("/srv/大客户 $HOME `date`")
    subprocess.run(
        ["/bin/sh"], input=schedule.systemd(POSIX, place), text=True, check=True,
        env={"HOME": str(tmp_path), "PATH": f"{tools}:/usr/bin:/bin"},
    )  # fmt: skip
    folder = tmp_path / ".config/systemd/user"
    assert (folder / "processor.service").read_text() == schedule.service(POSIX, place)
    assert (folder / "processor.timer").read_text() == schedule.timer()
    assert (tmp_path / "calls").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now processor.timer",
    ]


# Element names and their order as Microsoft's schema (task version 1.2) has them, as far as used.
NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
ORDER = {
    "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
    "RegistrationInfo": ["Date", "Author", "Version", "Description"],
    "Triggers": ["CalendarTrigger"],
    "CalendarTrigger": [
        "Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit",
        "RandomDelay", "ScheduleByDay",
    ],
    "Repetition": ["Interval", "Duration", "StopAtDurationEnd"],
    "ScheduleByDay": ["DaysInterval"],
    "Principals": ["Principal"],
    "Principal": ["UserId", "LogonType", "GroupId", "DisplayName", "RunLevel"],
    "Settings": [
        "MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries",
        "AllowHardTerminate", "StartWhenAvailable", "RunOnlyIfNetworkAvailable", "IdleSettings",
        "AllowStartOnDemand", "Enabled", "Hidden", "RunOnlyIfIdle", "WakeToRun",
        "ExecutionTimeLimit", "Priority",
    ],
    "Actions": ["Exec"],
    "Exec": ["Command", "Arguments", "WorkingDirectory"],
}  # fmt: skip


def checked(element: ElementTree.Element) -> None:
    name = element.tag.removeprefix(NAMESPACE)
    assert element.tag == NAMESPACE + name
    children = [child.tag.removeprefix(NAMESPACE) for child in element]
    if children:
        order = ORDER[name]
        places = [order.index(child) for child in children]
        assert places == sorted(set(places)), name
    for child in element:
        checked(child)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_windows_task(encoding: str) -> None:
    """However the printed text is saved, it is the same XML."""
    place = PureWindowsPath("D:\\共享\\大客户 信息 <A&B>")
    program = (r"C:\Program Files\processor\processor.exe",)
    text = schedule.windows(program, place)
    root = ElementTree.fromstring(text.encode(encoding))
    checked(root)
    exec_ = root.find(f".//{NAMESPACE}Exec")
    assert exec_ is not None
    words = [child.text for child in exec_]
    assert words == [program[0], f'--workspace "{place}" run', str(place)]
    interval = root.find(f".//{NAMESPACE}Interval")
    assert interval is not None and interval.text == "PT10M"


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("run", "run"),
        ("a b", '"a b"'),
        ("D:\\x y\\", '"D:\\x y\\\\"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("D:\\plain\\", "D:\\plain\\"),
    ],
)
def test_windows_words(word: str, quoted: str) -> None:
    assert schedule._windows_word(word) == quoted
    assert subprocess.list2cmdline([word]) == quoted  # Python's own rule for the same thing


@pytest.mark.parametrize("kind", ["cron", "systemd", "windows"])
def test_command(kind: str, tmp_path: Path) -> None:
    """Prints an entry for this installation, also before the workspace exists."""
    result = CliRunner().invoke(cli, ["--workspace", str(tmp_path), "schedule", kind])
    assert result.exit_code == 0
    assert str(tmp_path) in result.stdout
    program = schedule.program()
    assert Path(program[0]).is_file()
    assert program[0] in result.stdout or shlex.quote(program[0]) in result.stdout
    done = subprocess.run([*program, "--help"], capture_output=True, check=False)
    assert done.returncode == 0
