"""Ready entries for the scheduler of the machine: cron, systemd, Windows Task Scheduler.

A run is safe at any interval and catches up with what fell due while the machine was off, so the
entries only have to call it now and then.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path, PurePath
from xml.sax.saxutils import escape

MINUTES = 10
SECRETS = ".config/processor.env"  # under the user's home; for systemd and cron


def program() -> tuple[str, ...]:
    """How this very installation is called, with an absolute path."""
    here = Path(sys.executable)
    for name in ("processor", "processor.exe"):
        script = here.with_name(name)
        if script.is_file():
            return (str(script),)
    return (str(here), "-c", "from processor.cli import main; main()")


def cron(command: tuple[str, ...], workspace: PurePath) -> str:
    """A line for `crontab -e`. Nothing is logged but messages on standard error."""
    words = " ".join(shlex.quote(w) for w in (*command, "--workspace", str(workspace), "run"))
    log = shlex.quote(str(workspace / "state" / "cron.log"))
    secrets = f'[ -f "$HOME/{SECRETS}" ] && set -a && . "$HOME/{SECRETS}"; set +a; '
    line = f"{secrets}{words} >/dev/null 2>>{log}".replace("%", r"\%")
    return "\n".join(
        (
            f"# 大客户信息处理：每 {MINUTES} 分钟运行一次。用 crontab -e 加入下一行。",
            f"# 邮件密码等写在 ~/{SECRETS}（权限 600），例如 PROCESSOR_MAIL_PASSWORD=…",
            "# 运行结果见 state/last-run.json 和 outbox/今日待办.xlsx。",
            f"*/{MINUTES} * * * * {line}",
            "",
        )
    )


def service(command: tuple[str, ...], workspace: PurePath) -> str:
    """`processor.service`. A person's attention needed (1) and a busy workspace (3) are no
    failures."""
    words = " ".join(_systemd_word(w) for w in (*command, "--workspace", str(workspace), "run"))
    return f"""[Unit]
Description=大客户信息处理

[Service]
Type=oneshot
ExecStart={words}
SuccessExitStatus=1 3
EnvironmentFile=-%h/{SECRETS}
StandardOutput=null
TimeoutStartSec=1h
Nice=5
"""


def timer() -> str:
    """`processor.timer`: also after the machine was off."""
    return f"""[Unit]
Description=大客户信息处理，每 {MINUTES} 分钟一次

[Timer]
OnCalendar=*:0/{MINUTES}
Persistent=true
AccuracySec=30s

[Install]
WantedBy=timers.target
"""


def systemd(command: tuple[str, ...], workspace: PurePath) -> str:
    """A shell script that installs service and timer for the user."""
    folder = '"$HOME/.config/systemd/user"'
    return f"""#!/bin/sh
# 大客户信息处理：安装 systemd 定时任务。用法：processor schedule systemd | sh
# 邮件密码等写在 ~/{SECRETS}（权限 600），例如 PROCESSOR_MAIL_PASSWORD=…
# 用户注销后仍要运行：loginctl enable-linger
set -e
mkdir -p {folder}
cat > {folder}/processor.service <<'END'
{service(command, workspace)}END
cat > {folder}/processor.timer <<'END'
{timer()}END
systemctl --user daemon-reload
systemctl --user enable --now processor.timer
"""


def windows(command: tuple[str, ...], workspace: PurePath) -> str:
    """A task for `schtasks /Create /XML`: every few minutes, all day, caught up when missed.

    It runs as the user who is logged on, whose shares and secrets it needs. No encoding is
    declared, for it depends on how the text is saved.
    """
    arguments = " ".join(
        _windows_word(w) for w in (*command[1:], "--workspace", str(workspace), "run")
    )
    return f"""<?xml version="1.0"?>
<!-- 大客户信息处理。保存为 processor.xml，然后运行：
     schtasks /Create /TN 大客户信息处理 /XML processor.xml
     邮件密码：setx PROCESSOR_MAIL_PASSWORD …，或存入 Windows 凭据管理器。 -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>大客户信息处理，每 {MINUTES} 分钟一次</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT{MINUTES}M</Interval>
        <Duration>P1D</Duration>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(command[0])}</Command>
      <Arguments>{escape(arguments)}</Arguments>
      <WorkingDirectory>{escape(str(workspace))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _systemd_word(word: str) -> str:
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if re.fullmatch(r"[\w./:=+-]+", text, re.ASCII) else f'"{text}"'


def _windows_word(word: str) -> str:
    """As the C runtime splits a command line: quotes around blanks, no backslash before a quote."""
    if word and not re.search(r'[\s"]', word):
        return word
    return '"' + re.sub(r'(\\*)(")', r"\1\1\\\2", re.sub(r"(\\+)$", r"\1\1", word)) + '"'
