#!/usr/bin/env python3
"""The gates of CI: counts that repeat, never times.

    benches/gates.py             compare with benches/gates.tsv, fail outside the tolerance
    benches/gates.py --write     measure and write benches/gates.tsv (a commit of its own, with the reason)

instructions per byte   callgrind over one-threaded exports of `demo --seed 1`, in each format
peak RSS                a one-line Bundle and NDJSON to Parquet, default tables, at two sizes: below the limit, and the
                        larger not far above the smaller (GROWTH)
Allocations per resource are gated by tests/allocations.rs.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from inputs import bundle_of, demo
from measure import BINARY, export

TSV = Path(__file__).with_name("gates.tsv")
LIMIT = 256 << 20
SMALL, LARGE = 64_000_000, 256_000_000
# A ratchet: 1.07 to 1.08 were measured (it was 1.13 to 1.22). The goal is 1.10 between 0.25 and 1 GB: docs/benchmarks.md.
GROWTH = 1.20


def instructions(work):
    """Instructions a byte of input: the process is deterministic on one worker thread, so figures repeat."""
    folder = demo(work, 4_000_000)
    size = sum(file.stat().st_size for file in folder.glob("*.ndjson"))
    for form in ("parquet", "csv", "ndjson"):
        out = work / "counted"
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", BINARY, "export", folder, "-j", "1",
                   "--format", form, "-o", out, "-q", "--no-sync", "--overwrite"]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        counted = re.search(r"Collected : (\d+)", done.stderr)
        if not counted:
            raise SystemExit(f"callgrind gave no count: {done.stderr[-2000:]}")
        yield f"instructions per byte, {form}", int(counted.group(1)) / size


def peak(work):
    """Peak resident memory in bytes of default exports, by framing and size."""
    for framing in ("NDJSON", "Bundle"):
        sizes = {}
        for size in (SMALL, LARGE):
            folder = demo(work, size)
            given = folder
            if framing == "Bundle":
                whole = work / f"all-{size}.ndjson"
                if not whole.exists():
                    with open(whole, "wb") as out:
                        for file in sorted(folder.glob("*.ndjson")):
                            out.write(file.read_bytes())
                given = bundle_of(whole, work / f"bundle-{size}.json", size)
                whole.unlink()
            sizes[size] = export(given, work / "out", "--no-sync").rss
            if framing == "Bundle":
                given.unlink()
        print(f"peak RSS, {framing}: {sizes[SMALL] / 2**20:.0f} MiB at {SMALL / 1e6:.0f} MB, {sizes[LARGE] / 2**20:.0f} MiB at {LARGE / 1e6:.0f} MB")
        yield framing, sizes


def main():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        measured = dict(instructions(work))
        if "--write" in sys.argv:
            TSV.write_text("".join(f"{name}\t{value:.1f}\t3\n" for name, value in measured.items()))
            print(TSV.read_text())
            return 0
        for line in TSV.read_text().splitlines():
            name, committed, tolerance = line.split("\t")
            got, wanted, percent = measured[name], float(committed), float(tolerance)
            off = (got / wanted - 1) * 100
            print(f"{name}: {got:.1f}, committed {wanted:.1f} ({off:+.1f} %)")
            if abs(off) > percent:
                failures.append(f"{name} is {off:+.1f} % off the committed figure (±{percent:.0f} %): --write and say why")
        for framing, sizes in peak(work):
            if sizes[LARGE] > LIMIT:
                failures.append(f"peak RSS of {framing}: {sizes[LARGE]} bytes, limit {LIMIT}")
            if sizes[LARGE] > sizes[SMALL] * GROWTH:
                failures.append(f"peak RSS of {framing} grows with the input: {sizes[SMALL]} to {sizes[LARGE]} bytes")
    for failure in failures:
        print(f"FAILED {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
