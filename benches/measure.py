"""Runs a command and measures it as a whole process: CPU seconds, wall seconds, peak resident set."""

import os
import shutil
import subprocess
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
    """The cost of one run; with `core`, the whole process is pinned to that core."""
    pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    start = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.PIPE, preexec_fn=pin)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in allowed:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {child.returncode}\n{errors.decode(errors='replace')[-3000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


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
