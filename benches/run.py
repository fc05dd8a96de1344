#!/usr/bin/env python3
"""The benchmarks: ratios against peers and limits, measured in one run on one machine, CPU seconds beside wall.

    benches/run.py [--work DIR] [PART…]      parts: parse engine duckdb threads memory start validate hl7

FHIRKIT names the binary (default target/release/fhirkit: `cargo build --release` first). Needs Python 3 with `duckdb`
for the part `duckdb`. The prototypes in ../shared, where they exist, are built and run beside. Each figure is the
least of three runs taken in turn. Inputs: `demo --seed 1`, and foreign Synthea records repeated with new ids; where
both exist, the lower ratio counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hl7 import hl7
from inputs import bundle_of, demo, foreign, of_type
from measure import BINARY, ROOT, SHARED, export, fastest, run

SIZE = 75_000_000
VIEW = ROOT / "benches/views/observation15.json"


def line(name, size, cost):
    print(f"  {name:<34} cpu {cost.cpu:7.2f} s  {size / 1e6 / cost.cpu:7.0f} MB/cpu-s   wall {cost.wall:7.2f} s   rss {cost.rss / 2**20:6.0f} MiB")


def prototype(name, binary):
    """A prototype's binary, built beside; None without ../shared."""
    folder = SHARED / "prototypes" / name
    if not folder.is_dir():
        print("  (../shared is absent: no prototype to compare with)")
        return None
    target = ROOT / "target/prototypes"
    subprocess.run(["cargo", "build", "--release", "--quiet", "--manifest-path", folder / "Cargo.toml", "--bin", binary],
                   check=True, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    return target / "release" / binary


def inputs_of(kind, work):
    yield "demo", of_type(demo(work, SIZE), kind, SIZE, work)
    other = foreign(kind, SIZE, work)
    if other:
        yield "P01+P02", other


def peer(binary):
    """A binary of benches/peers; `parse` is the one with the prototype beside the others where there is one."""
    package = ROOT / "benches/peers"
    if binary == "parse" and (SHARED / "prototypes/parse").is_dir():
        package /= "prototype"
    target = ROOT / "target/peers"
    subprocess.run(["cargo", "build", "--release", "--quiet", "--manifest-path", package / "Cargo.toml", "--bin", binary],
                   check=True, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    return target / "release" / binary


def parse(work):
    """The tape against other parsers, in one process; the splitter against the prototype's, in turn."""
    parser = peer("parse")
    for kind in ("Observation", "ExplanationOfBenefit"):
        for name, path in inputs_of(kind, work):
            print(f"parse: {kind}, {name}, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            subprocess.run([parser, path], check=True)
    splitter, other = peer("split"), prototype("parse", "split")
    for name, path in inputs_of("ExplanationOfBenefit", work):
        bundle = bundle_of(path, work / f"split-{name}.json", 4 * SIZE)
        size, commands = bundle.stat().st_size, [[splitter, bundle]]
        if other:
            commands.append([other, "split_stream", bundle])
        costs = fastest(commands, rounds=5)
        print(f"split: a Bundle of one line, {name}, {size / 1e6:.0f} MB")
        line("fhirkit source", size, costs[0])
        if other:
            line("prototype", size, costs[1])
            print(f"  ratio {costs[1].cpu / costs[0].cpu:.2f} of the prototype (at least 0.55)")
        bundle.unlink()


def engine(work):
    """A 15-column Observation view to Parquet, zstd(1), doubles: the limit is a program written for that view alone."""
    binary = prototype("export", "exp")
    for name, path in inputs_of("Observation", work):
        size, out = path.stat().st_size, work / "out"
        ours = lambda: export(path, out, "--view", VIEW, "--decimal", "double", "--no-lineage", "--compression", "zstd(1)", "-j", "1", "--no-sync")
        commands = [ours]
        if binary:
            commands.append([binary, "obs", "pq", path, "1", "zstd1", "sel"])
        costs = fastest(commands)
        print(f"engine: {name}, {size / 1e6:.0f} MB")
        line("fhirkit export --view", size, costs[0])
        if binary:
            line("prototype", size, costs[1])
            print(f"  ratio {costs[1].cpu / costs[0].cpu:.2f} of the prototype (at least 0.5)")


def duckdb(work):
    """Default tables against DuckDB's read_json with the same columns and types, declared and detected."""
    for table, kind in (("observation", "Observation"), ("claim_line", "ExplanationOfBenefit")):
        for name, path in inputs_of(kind, work):
            size, out = path.stat().st_size, work / "out"
            ours = lambda: export(path, out, "--table", table, "-j", "2", "--no-sync")
            peer = lambda declared: [sys.executable, Path(__file__).with_name("duckdb_tables.py"), table, path, declared, "2", work / "peer.parquet"]
            # What is detected depends on the data: a query over an element that no record has does not bind.
            detects = subprocess.run([str(part) for part in peer("detected")], capture_output=True).returncode == 0
            ways = ["declared", "detected"] if detects else ["declared"]
            costs = fastest([ours] + [peer(way) for way in ways])
            print(f"duckdb: {table}, {name}, {size / 1e6:.0f} MB")
            line("fhirkit export --table", size, costs[0])
            for way, cost in zip(ways, costs[1:]):
                line(f"DuckDB, columns {way}", size, cost)
            if not detects:
                print("  DuckDB, columns detected: the query does not bind, some elements are in no record")
            peer_size = (work / "peer.parquet").stat().st_size
            own_size = sum(file.stat().st_size for file in out.rglob("*.parquet"))
            print(f"  output {own_size / 1e6:.1f} MB, DuckDB {peer_size / 1e6:.1f} MB")
            print(f"  ratio {min(cost.cpu for cost in costs[1:]) / costs[0].cpu:.2f} times DuckDB in CPU seconds (at least 2, goal 4)")


def threads(work):
    """Two workers against one, the one with the whole process on one core."""
    folder = demo(work, 4 * SIZE)
    size, out = sum(file.stat().st_size for file in folder.glob("*.ndjson")), work / "out"
    one, two = fastest([lambda: export(folder, out, "-j", "1", "--no-sync", core=0), lambda: export(folder, out, "-j", "2", "--no-sync")])
    print(f"threads: demo, {size / 1e6:.0f} MB, all tables to Parquet")
    line("-j 1, one core", size, one)
    line("-j 2", size, two)
    print(f"  wall {one.wall / two.wall:.2f} times faster (at least 1.5), CPU {two.cpu / one.cpu:.2f} times (at most 1.15)")


def memory(work):
    """Peak RSS at 0.25 and 1 GB, one-line Bundle and NDJSON, all tables to Parquet."""
    for framing in ("NDJSON", "Bundle"):
        found = []
        for size in (250_000_000, 1_000_000_000):
            given = demo(work, size)
            if framing == "Bundle":
                whole = work / "whole.ndjson"
                with open(whole, "wb") as out:
                    for file in sorted(given.glob("*.ndjson")):
                        out.write(file.read_bytes())
                given = bundle_of(whole, work / "bundle.json", size)
                whole.unlink()
            cost = export(given, work / "out", "--no-sync")
            line(f"{framing}, {size / 1e6:.0f} MB", size, cost)
            found.append(cost.rss)
            if framing == "Bundle":
                given.unlink()
        print(f"  peak {found[1] / 2**20:.0f} MiB (at most 256), {found[1] / found[0]:.2f} times the smaller (at most 1.10)")


def start(work):
    """Cold start."""
    small = work / "small.ndjson"
    small.write_text('{"resourceType":"Patient","id":"a"}\n')
    version, one = fastest([[BINARY, "--version"], lambda: export(small, work / "out", "--no-sync")], rounds=20)
    print(f"start: --version {version.wall * 1000:.1f} ms (goal 5), one small file to Parquet {one.wall * 1000:.1f} ms (goal 40)")


def validate(work):
    """The validator, everything on, beside the parser alone; one thread against the size of the input; cold start."""
    target = ROOT / "target"
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "fhirkit-validate", "--example", "speed"], cwd=ROOT, check=True)
    for kind in ("Observation", "ExplanationOfBenefit"):
        path = of_type(demo(work, SIZE), kind, SIZE, work)
        for mode in ("structure", "full"):
            text = subprocess.run([target / "release/examples/speed", path, mode], capture_output=True, text=True, check=True).stdout
            rates = {"parse": [], "check": []}
            for words in (line.split() for line in text.splitlines()):
                if words and words[0] in rates:
                    rates[words[0]].append(float(words[-2]))
            parsed, checked = max(rates["parse"]), max(rates["check"])
            print(f"validate: {kind}, demo, {mode}: parse {parsed:.0f} MB/s, check {checked:.0f} MB/s, {checked / parsed:.2f} of the tape (full: at least 0.05)")
    lines = of_type(demo(work, SIZE), "Observation", SIZE, work).read_bytes().splitlines(keepends=True)
    given = work / "validate.ndjson"
    for count in (5_000, 50_000, 500_000):
        with open(given, "wb") as out:
            for start in range(0, count, len(lines)):
                out.writelines(lines[: min(len(lines), count - start)])
        cost = run([BINARY, "validate", given, "-j", "1", "--output-format", "json-lines", "-q"])
        line(f"{count:,} Observations", given.stat().st_size, cost)
    given.unlink()
    small = work / "two.json"
    entry = '{"fullUrl":"urn:uuid:0b9e0e4c-7d7e-4b71-9b2a-7c8d2f0f4a1%d","resource":{"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"]},"identifier":[{"system":"http://example.org/mrn","value":"1"}],"name":[{"family":"A"}],"gender":"female"}}'
    small.write_text('{"resourceType":"Bundle","type":"collection","entry":[' + ",".join(entry % i for i in (0, 1)) + "]}")
    (cold,) = fastest([[BINARY, "validate", small]], rounds=20)
    print(f"validate: two entries from a cold start {cold.wall * 1000:.1f} ms (goal 15)")


PARTS = {part.__name__: part for part in (parse, engine, duckdb, threads, memory, start, validate, hl7)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--work", type=Path, help="keep the inputs in this folder")
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = chosen.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        for name in chosen.parts or PARTS:
            PARTS[name](work)


if __name__ == "__main__":
    main()
