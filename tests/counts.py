#!/usr/bin/env python3
"""Exports every set of ../shared/data with the release binary and reads the outputs back with DuckDB.

What an independent program counted (truth.json: resources by type, claims, lines, adjudications, exact sums of
money) must stand in the tables, in the rejects and in the ledger, for every format and every way to hand the same
resources over: as files, gzipped, concatenated to NDJSON, merged to one Bundle.

    tests/counts.py [SET…]        FHIRKIT names the binary (default target/release/fhirkit)

Says so and ends well where ../shared is absent.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("FHIRKIT_SHARED", ROOT.parent / "shared"))
BINARY = os.environ.get("FHIRKIT", str(ROOT / "target/release/fhirkit"))
OWN_ROW = {"patient": "Patient", "coverage": "Coverage", "claim": "ExplanationOfBenefit",
           "observation": "Observation", "condition": "Condition", "encounter": "Encounter"}
NOT_R4 = "P10-not-R4"
failures = []


def check(what, got, wanted):
    if got != wanted:
        failures.append(f"{what}: {got!r}, wanted {wanted!r}")
        print(f"  FAILED {failures[-1]}")


class Tables:
    """The tables of one output folder, read by DuckDB whatever their format."""

    def __init__(self, folder, form):
        self.folder, self.form, self.db = folder, form, duckdb.connect()
        self.db.execute("set threads to 2")

    def source(self, table):
        files = f"{self.folder}/{table}/**/*.{self.form}"
        if not list((self.folder / table).rglob(f"*.{self.form}")):
            return None
        return {"parquet": f"read_parquet('{files}')",
                "csv": f"read_csv('{files}', header=true, all_varchar=true, parallel=false, "
                       "max_line_size=200000000, buffer_size=500000000)",
                "ndjson": f"read_json('{files}', format='newline_delimited', "
                          "maximum_object_size=500000000, sample_size=-1)"}[self.form]

    def query(self, query, table):
        source = self.source(table)
        return self.db.execute(query.replace("TABLE", source)).fetchall() if source else []

    def count(self, table, where="true"):
        rows = self.query(f"select count(*) from TABLE where {where}", table)
        return rows[0][0] if rows else 0

    def rows(self, table, columns):
        """Rows in the order of the file, numbers exact (NDJSON would pass through a double in DuckDB)."""
        if self.form != "ndjson":
            shown = ", ".join(f"{column}::varchar" for column in columns)
            return self.query(f"select {shown} from TABLE", table)
        return [tuple(row[column] for column in columns)
                for file in sorted((self.folder / table).rglob("*.ndjson"))
                for row in map(loads, open(file, encoding="utf-8"))]


def loads(text):
    return json.loads(text, parse_float=Exact, parse_int=Exact)


class Exact(float):
    """A number that keeps its digits when it is written again."""

    def __new__(cls, digits):
        made = super().__new__(cls, digits)
        made.digits = digits
        return made

    def __repr__(self):
        return self.digits

    __str__ = __repr__


def dumps(value):
    if isinstance(value, Exact):
        return value.digits
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + dumps(item) for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def exact(values):
    return sum((Decimal(str(value)) for value in values if value is not None), Decimal(0))


def export(inputs, out, form, extra=()):
    command = [BINARY, "export", *map(str, inputs), "--format", form, "-o", str(out), "-q", "--no-sync", *extra]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1, 6):
        check(" ".join(command), f"exit {done.returncode}: {done.stderr[-2000:]}", "exit 0, 1 or 6")
        return None
    return json.loads((out / "_manifest.json").read_text(encoding="utf-8"))


def balance(name, tables, manifest, truth):
    """Every resource stands somewhere, by type."""
    types = manifest["ledger"]["types"]
    for kind, wanted in truth["types"].items():
        own = sum(tables.count(table) for table, resource in OWN_ROW.items() if resource == kind)
        other = tables.count("other_resource", f"resource_type = '{kind}'")
        ledger = types.get(kind, {})
        refused = ledger.get("rejected", 0) + ledger.get("not_r4", 0) + ledger.get("operation_outcome", 0)
        check(f"{name} {kind} rows + other + rejected + refused + reported", own + other + refused, wanted)
        check(f"{name} {kind} read by the ledger", ledger.get("read", 0), wanted)
        check(f"{name} {kind} own rows of the ledger", ledger.get("own_row", 0), own)
        check(f"{name} {kind} other_resource of the ledger", ledger.get("other_resource", 0), other)
    extra = {kind: counts["read"] for kind, counts in types.items() if kind not in truth["types"]}
    check(f"{name} types that the truth does not know", extra, {})


def other_claims(tables):
    """Explanations that stand as JSON: preauthorizations, until they have tables of their own."""
    return [loads(text if isinstance(text, str) else dumps(text))
            for kind, text in tables.rows("other_resource", ["resource_type", "json"]) if kind == "ExplanationOfBenefit"]


def claims(name, tables, truth, explanations):
    """Claims, lines, adjudications and sums of money, to the last digit."""
    eob, others = truth.get("eob"), other_claims(tables)
    if not eob:
        return
    items = [item for claim in others for item in claim.get("item", [])]
    check(f"{name} claims", tables.count("claim") + len(others), eob["count"])
    check(f"{name} items", tables.count("claim_line", "line_type = 'item'") + len(items), eob["items"])
    for level, key in (("item", "item_adjudications"), ("header", "header_adjudications")):
        check(f"{name} {key}", tables.count("claim_adjudication", f"level = '{level}'"), eob[key])
    lines = [net for net, kind in tables.rows("claim_line", ["net_amount", "line_type"]) if kind == "item"]
    check(f"{name} item net", exact(lines) + exact(item.get("net", {}).get("value") for item in items), Decimal(eob["item_net"][1]))
    paid = [row[0] for row in tables.rows("claim", ["payment_amount"])]
    paid += [claim.get("payment", {}).get("amount", {}).get("value") for claim in others]
    check(f"{name} payment", exact(paid), Decimal(eob["payment"][1]))
    categories(name, tables, eob, explanations)


def categories(name, tables, eob, explanations):
    """Line amounts by category. The truth names a category by its first coding, which the columns split in two
    (the standard's code and the payer's), so each row is laid beside the adjudication that it comes from."""
    raw = [(next((coding.get("code") for coding in a.get("category", {}).get("coding", [])), None), a.get("amount", {}).get("value"))
           for claim in explanations for item in claim.get("item", []) for a in item.get("adjudication", [])]
    rows = [row[1:] for row in tables.rows("claim_adjudication", ["level", "category_code", "payer_category_code", "amount"]) if row[0] == "item"]
    check(f"{name} adjudication rows", len(rows), len(raw))
    found = {}
    for (first, value), (code, payer, amount) in zip(raw, rows):
        if first not in (code, payer) or exact([value]) != exact([amount]):
            check(f"{name} adjudication", (code, payer, amount), (first, str(value)))
            return
        if amount is not None:
            count, total = found.get(first, (0, Decimal(0)))
            found[first] = (count + 1, total + Decimal(str(amount)))
    for key, (count, total) in eob["item_adjudication_by_category"].items():
        check(f"{name} category {key}", found.get(key), (count, Decimal(total)))


def check_set(name, inputs, truth, explanations, work, form, label):
    out = work / "out"
    manifest = export(inputs, out, form)
    if manifest is None:
        return
    before = len(failures)
    tables = Tables(out, form)
    title = f"{name} {label} {form}"
    balance(title, tables, manifest, truth)
    if name != NOT_R4:
        claims(title, tables, truth, explanations)
    shutil.rmtree(out)
    print(f"{'ok    ' if len(failures) == before else 'FAILED'} {title}", flush=True)


def documents(file):
    """The top-level JSON objects of a file as (text, value), found without fhirkit; broken lines are left out."""
    decoder = json.JSONDecoder(parse_float=Exact, parse_int=Exact)
    text, place, found, whole = file.read_bytes().decode("utf-8-sig", errors="replace"), 0, [], True
    while True:
        place = re.compile(r"\s*").match(text, place).end()
        if place >= len(text):
            return found, whole
        try:
            value, end = decoder.raw_decode(text, place)
        except ValueError:
            whole, line = False, text.find("\n", place)
            place = line if line >= 0 else len(text)
            continue
        found.append((text[place:end], value))
        place = end


def explanations_in(value):
    if isinstance(value, dict):
        if value.get("resourceType") == "ExplanationOfBenefit":
            yield value
        else:
            for item in value.values():
                yield from explanations_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from explanations_in(item)


def variants(folder, read, work):
    """The same set handed over in other ways: gzipped, as NDJSON, as one Bundle."""
    gz = work / "gz"
    for file in folder.iterdir():
        gz.mkdir(exist_ok=True)
        (gz / (file.name + ".gz")).write_bytes(gzip.compress(file.read_bytes(), 1))
    yield "gzipped", [gz]
    if not all(whole for _, whole in read):
        print(f"  {folder.name} holds broken files: not merged")
        return
    found = [pair for pairs, _ in read for pair in pairs]
    ndjson = work / "set.ndjson"
    ndjson.write_text("".join(dumps(value) + "\n" for _, value in found), encoding="utf-8")
    yield "as NDJSON", [ndjson]
    entries = []
    for _, value in found:
        is_bundle = isinstance(value, dict) and value.get("resourceType") == "Bundle"
        entries += value.get("entry", []) if is_bundle else [{"resource": value}]
    bundle = work / "bundle.json"
    bundle.write_text('{"resourceType":"Bundle","type":"collection","entry":' + dumps(entries) + "}", encoding="utf-8")
    yield "as one Bundle", [bundle]


def main():
    data = SHARED / "data"
    if not data.is_dir():
        print(f"SKIPPED: {data} is absent; the counts of foreign records are not checked here")
        return 0
    truth = json.loads((data / "truth.json").read_text(encoding="utf-8"))
    for name in sys.argv[1:] or sorted(truth):
        files = sorted((data / name).glob("*json"), key=lambda file: os.fsencode(file.name))
        read = [documents(file) for file in files]
        explanations = [found for pairs, _ in read for _, value in pairs for found in explanations_in(value)]
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            for form in ("parquet", "csv", "ndjson"):
                check_set(name, [data / name], truth[name], explanations, work, form, "as it is")
            for label, inputs in variants(data / name, read, work):
                check_set(name, inputs, truth[name], explanations, work, "parquet", label)
    print(f"{len(failures)} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
