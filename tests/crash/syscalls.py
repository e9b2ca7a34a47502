"""The same campaigns at every system call, SQLite's and the Rust writer's own included: by strace.

strace attaches to a forked run that has stopped itself, and kills it, or lets one call (or all of
its name from there on) fail, at one writing system call of its main thread after the other. It
counts the calls of each name apart: the n-th call of all is the k-th of its name.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.crash.campaign import Campaign, Outcome, run_once, silent

CALLS = (
    "write,pwrite64,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,copy_file_range,sendfile"
)


def available() -> bool:
    """strace is installed and may attach here."""
    program = shutil.which("strace")
    if program is None:
        return False
    command = [program, "-qq", "-o", os.devnull, "-e", "inject=getpid:retval=1", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def traced(root: Path, inject: str = "", log: Path | None = None) -> int:
    """A run under strace; its wait status."""
    child = os.fork()
    if child == 0:
        silent()
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(run_once(root))
    os.waitpid(child, os.WUNTRACED)
    command = ["strace", "-qq", "-y", "-s", "0", "-o", str(log or os.devnull), "-p", str(child)]
    command += ["-e", f"trace={CALLS}", "-e", "signal=none"]
    if inject:
        command += ["-e", f"inject={inject}"]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while "TracerPid:\t0" in Path(f"/proc/{child}/status").read_text():
            if tracer.poll() is not None:
                os.kill(child, signal.SIGKILL)
                raise RuntimeError("strace does not attach")
            time.sleep(0.005)
        os.kill(child, signal.SIGCONT)
        _, status = os.waitpid(child, 0)
    finally:
        tracer.terminate()
        tracer.wait()
    return status


MODES = {
    "sys-kill": "{call}:signal=KILL:when={k}",
    **{
        f"sys-{code}-{name}": f"{{call}}:error={code}:when={{k}}{'+' if name == 'for-ever' else ''}"
        for code in ("EIO", "ENOSPC", "EACCES")
        for name in ("once", "for-ever")
    },
}


def calls_of(field: Campaign) -> list[str]:
    """The writing calls of an undisturbed run."""
    log = field.folder / "calls"
    with field.copy() as root:
        traced(root, log=log)
    return [x for x in log.read_text("utf-8", "replace").splitlines() if "(" in x]


def visit(field: Campaign, mode: str, stride: int, offset: int) -> Outcome:
    """Every `stride`-th call in one of the MODES."""
    names = calls_of(field)
    calls = [words.partition("(")[0] for words in names]
    outcome = Outcome(mode, len(names))
    started = time.perf_counter()
    for point in range(1 + offset, len(names) + 1, stride):
        call = calls[point - 1]
        with field.copy() as root:
            status = traced(root, MODES[mode].format(call=call, k=calls[:point].count(call)))
            killed = os.WIFSIGNALED(status)
            told = ("died", status) if killed else ("code", os.WEXITSTATUS(status))
            wrong = field.judge(root)
        if mode != "sys-kill" and told[1] not in (0, 1, 4):
            wrong.append(f"a fault ends with {told}")
        outcome.note(point, names[point - 1][:200], told, wrong)
    outcome.seconds = time.perf_counter() - started
    return outcome
