#!/usr/bin/env python3
"""CSV, NDJSON and Parquet hold the same cells once `_issues.ndjson` is merged into Parquet's nulls.

Exports each set of ../shared/data in the three formats with the release binary and compares every cell of every
table: decimals exactly, and the digits of the CSV are digits that stand in the file the row came from; timestamps as
instants; dates as days; text byte for byte, null and the empty string apart. The readers are DuckDB (Parquet), a
tokenizer of RFC 4180 that is written here (CSV, where a quoted empty cell is not null) and Python's json (NDJSON).

    tests/merge.py [SET…]        FHIRKIT names the binary (default target/release/fhirkit)

Says so and ends well where ../shared is absent.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("FHIRKIT_SHARED", ROOT.parent / "shared"))
BINARY = os.environ.get("FHIRKIT", str(ROOT / "target/release/fhirkit"))
CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|\Z)')
NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[-+]\d\d:\d\d)")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
failures = []


def fail(text):
    failures.append(text)
    if len(failures) <= 40:
        print(f"  FAILED {text}")


def export(inputs, out, form, extra=()):
    command = [BINARY, "export", str(inputs), "--format", form, "-o", str(out), "-q", "--no-sync", *extra]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1, 6):
        fail(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-500:]}")
        return False
    return True


def csv_rows(path):
    """Rows of strings, None for null. Every byte belongs to a cell, or it is no CSV."""
    text = path.read_bytes().decode()
    rows, row, at = [], [], 0
    while at < len(text):
        found = CELL.match(text, at)
        if not found:
            fail(f"{path}: no CSV at character {at}")
            return rows
        quoted, plain, end = found.groups()
        row.append(quoted.replace('""', '"') if quoted is not None else plain or None)
        at = found.end()
        if end != ",":
            rows.append(row)
            row = []
    return rows


def ndjson_rows(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        return [json.loads(line, parse_float=str, parse_int=str) for line in lines]


def as_text(cell):
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell


def parquet_rows(path):
    """Column names, their types, and rows; instants as microseconds since 1970."""
    source = f"read_parquet('{path}', file_row_number=true)"
    schema = duckdb.sql(f"describe select * from {source}").fetchall()
    names, types = [row[0] for row in schema[:-1]], [row[1] for row in schema[:-1]]
    wanted = [f'epoch_us("{name}")' if kind.startswith("TIMESTAMP") else f'"{name}"' for name, kind in zip(names, types)]
    return names, types, duckdb.sql(f"select {', '.join(wanted)} from {source} order by file_row_number").fetchall()


def microseconds(text):
    """Of an instant; digits past the sixth are cut. None where it is not one."""
    found = INSTANT.fullmatch(text)
    if not found:
        return None
    seconds, fraction, zone = found.groups()
    leap = seconds.endswith(":60")
    moment = datetime.fromisoformat((seconds[:-2] + "59" if leap else seconds) + zone.replace("Z", "+00:00"))
    whole = (moment - EPOCH) // timedelta(microseconds=1) + leap * 1_000_000
    return whole + int(((fraction or "") + "000000")[:6])


def is_same(kind, typed, text):
    """Whether a Parquet value is what the text of the other formats says."""
    if kind.startswith("DECIMAL"):
        return typed == Decimal(text)
    if kind.startswith("TIMESTAMP"):
        return typed == microseconds(text)
    if kind == "DATE":
        return typed.isoformat() == text if isinstance(typed, date) else False
    if kind == "BOOLEAN":
        return text == ("true" if typed else "false")
    if kind in ("INTEGER", "BIGINT"):
        return str(typed) == text
    return typed == text


class Digits:
    """The number literals of each input file, also those within strings (numbers as text)."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}

    def holds(self, file, text):
        if file not in self.known:
            raw = (self.folder / file).read_bytes()
            raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
            self.known[file] = {number.decode() for number in NUMBER.findall(raw)}
        return text in self.known[file]


def issues_of(folder, name):
    path = folder / "_issues.ndjson"
    if not path.exists():
        return {}
    cells = {}
    for record in map(json.loads, open(path, encoding="utf-8")):
        place = (record["table"], record["row"], record["field"])
        if place in cells:
            fail(f"{name} {place}: two issues for one cell")
        cells[place] = (record["rule"], record["text"])
    return cells


def merged(typed, issue):
    """What a Parquet null means: the text of an unfit cell; a cell that met several values is null everywhere."""
    if typed is None and issue and issue[0] != "view/ambiguous":
        return issue[1]
    return None


def compare(name, table, outs, issues, digits):
    part = f"{table}/part-00000"
    names, types, typed = parquet_rows(outs["parquet"] / f"{part}.parquet")
    header, *texts = csv_rows(outs["csv"] / f"{part}.csv")
    objects = ndjson_rows(outs["ndjson"] / f"{part}.ndjson")
    if header != names or any(list(row) != names for row in objects[:1]):
        fail(f"{name} {table}: the columns differ")
        return 0
    if not len(typed) == len(texts) == len(objects):
        fail(f"{name} {table}: {len(typed)}, {len(texts)} and {len(objects)} rows")
        return 0
    file_at = names.index("_source_file")
    for row, (values, cells, item) in enumerate(zip(typed, texts, objects)):
        for at, (column, kind) in enumerate(zip(names, types)):
            value, cell, place = values[at], cells[at], (table, row, column)
            issue = issues.pop(place, None)
            if issue and value is not None:
                fail(f"{name} {place}: an issue, and yet Parquet has {value!r}")
            if as_text(item[column]) != cell:
                fail(f"{name} {place}: NDJSON {item[column]!r}, CSV {cell!r}")
            if value is None:
                if merged(value, issue) != cell:
                    fail(f"{name} {place}: Parquet null, issue {issue!r}, CSV {cell!r}")
            elif cell is None or not is_same(kind, value, cell):
                fail(f"{name} {place}: Parquet {kind} {value!r}, CSV {cell!r}")
            if kind.startswith("DECIMAL") and value is not None and not digits.holds(values[file_at], cell):
                fail(f"{name} {place}: {cell!r} does not stand in {values[file_at]}")
    return len(typed) * len(names)


def one_set(folder):
    name = folder.name
    with tempfile.TemporaryDirectory() as temporary:
        outs = {form: Path(temporary) / form for form in ("parquet", "csv", "ndjson")}
        if all(export(folder, out, form) for form, out in outs.items()):
            same_cells(name, folder, outs)
            outs["parquet"] = Path(temporary) / "narrow"
            # Few decimals fit this type, so that most come back by way of the issues.
            if export(folder, outs["parquet"], "parquet", ["--decimal", "decimal(4,1)"]):
                same_cells(f"{name} decimal(4,1)", folder, outs, narrow=True)


def same_cells(name, folder, outs, narrow=False):
    tables = [{path.name for path in out.iterdir() if path.is_dir()} for out in outs.values()]
    if tables[0] != tables[1] or tables[0] != tables[2]:
        fail(f"{name}: the tables differ: {tables}")
        return
    issues = issues_of(outs["parquet"], name)
    for form in () if narrow else ("csv", "ndjson"):
        if issues_of(outs[form], name) != issues:
            fail(f"{name}: the issues of {form} differ from those of Parquet")
    count, digits = len(issues), Digits(folder)
    cells = sum(compare(name, table, outs, issues, digits) for table in sorted(tables[0]))
    for place in issues:
        fail(f"{name} {place}: an issue of a cell that is not there")
    print(f"{name}: {cells:,} cells, {count:,} of them by way of _issues.ndjson")


def main():
    data = SHARED / "data"
    if not data.is_dir():
        print(f"skipped: {data} is not there", file=sys.stderr)
        return 0
    names = sys.argv[1:] or sorted(path.name for path in data.iterdir() if path.is_dir())
    for name in names:
        one_set(data / name)
    print(f"test result: {'ok' if not failures else 'FAILED'}. {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
