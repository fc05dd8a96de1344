"""Runs a command and measures it as a whole process: CPU seconds, wall seconds, peak resident set."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY = os.environ.get("FHIRKIT", str(ROOT / "target/release/fhirkit"))
SHARED = Path(os.environ.get("FHIRKIT_SHARED", ROOT.parent / "shared"))


@dataclass
class Cost:
    cpu: float
    wall: float
    rss: int  # bytes


def run(command, core=None, allowed=(0,), output=subprocess.DEVNULL):
    """The cost of one run; with `core`, the whole process is pinned to that core.

    The peak is the kernel's high-water mark of the program's own memory, read while it runs: what `wait` reports
    also counts the memory of this script, from which the process was forked.
    """
    pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        child = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors, preexec_fn=pin)
        peak, pid = 0, 0
        while pid == 0:
            peak = max(peak, high_water(child.pid))
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid == 0:
                time.sleep(0.002)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in allowed:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-3000:]
            raise SystemExit(f"{' '.join(map(str, command))}\nended with {child.returncode}\n{said}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak)


def high_water(pid):
    """The peak resident memory of a process in bytes; 0 when it has ended."""
    try:
        for line in open(f"/proc/{pid}/status", encoding="ascii", errors="replace"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def fastest(commands, rounds=3, before=lambda: None):
    """Runs several commands in turn, `rounds` times, so that a slow moment meets all; the least of each counts."""
    best = [None] * len(commands)
    for _ in range(rounds):
        for at, command in enumerate(commands):
            before()
            cost = command() if callable(command) else run(command)
            old = best[at]
            best[at] = cost if old is None else Cost(min(old.cpu, cost.cpu), min(old.wall, cost.wall), max(old.rss, cost.rss))
    return best


def export(inputs, out, *options, core=None):
    """One `fhirkit export` into a fresh folder."""
    shutil.rmtree(out, ignore_errors=True)
    paths = inputs if isinstance(inputs, list) else [inputs]
    return run([BINARY, "export", *paths, "-o", out, "-q", *options], core=core, allowed=(0, 1, 6))
