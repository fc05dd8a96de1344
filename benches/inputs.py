"""The inputs of the benchmarks, made once into a work folder: synthetic members, and foreign records repeated."""

import json
import re
import subprocess

from measure import BINARY, SHARED

MEGABYTE = 1_000_000


def demo(work, size):
    """`fhirkit demo --seed 1` as one NDJSON file of at least `size` bytes, and by type."""
    probe = work / "probe"
    if not probe.exists():
        subprocess.run([BINARY, "demo", probe, "--members", "20", "--seed", "1", "--format", "ndjson"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    per_member = sum(file.stat().st_size for file in probe.glob("*.ndjson")) / 20
    members = int(size / per_member) + 1
    folder = work / f"demo-{members}"
    if not folder.exists():
        subprocess.run([BINARY, "demo", folder, "--members", str(members), "--seed", "1", "--format", "ndjson"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def of_type(folder, kind, size, work):
    """Resources of one type from a demo folder, repeated with new ids to at least `size` bytes."""
    lines = (folder / f"{kind}.ndjson").read_text(encoding="utf-8").splitlines()
    return repeat(lines, size, work / f"demo-{kind}.ndjson")


def foreign(kind, size, work):
    """Resources of one type of the foreign sets P01 and P02, repeated with new ids; None without ../shared."""
    lines = []
    for name in ("P01-synthea-2019", "P02-synthea-2021-uscore"):
        for file in sorted((SHARED / "data" / name).glob("*.json")):
            text = file.read_text(encoding="utf-8")
            for entry in json.loads(text, parse_float=Digits, parse_int=Digits)["entry"]:
                if entry["resource"]["resourceType"] == kind:
                    lines.append(dumps(entry["resource"]))
    return repeat(lines, size, work / f"foreign-{kind}.ndjson") if lines else None


def repeat(lines, size, path):
    if path.exists() and path.stat().st_size >= size:
        return path
    pieces = []
    for line in lines:
        own = re.search(r'"id":"([^"]+)"', line)
        pieces.append((line[: own.end(1)], line[own.end(1):]))
    written, turn = 0, 0
    with open(path, "w", encoding="utf-8") as out:
        while written < size:
            for head, tail in pieces:
                written += out.write(f"{head}-{turn}{tail}\n")
            turn += 1
    return path


def bundle_of(ndjson, path, size):
    """One Bundle on one line with the resources of an NDJSON file, again and again until it has `size` bytes."""
    if path.exists() and path.stat().st_size >= size:
        return path
    written, turn = 0, 0
    with open(path, "w", encoding="utf-8") as out:
        out.write('{"resourceType":"Bundle","type":"collection","entry":[')
        while written < size:
            for line in open(ndjson, encoding="utf-8"):
                if written >= size:
                    break
                out.write("," if written else "")
                written += out.write('{"resource":' + line.rstrip("\n").replace('"id":"', f'"id":"r{turn}-', 1) + "}")
            turn += 1
        out.write("]}")
    return path


class Digits(float):
    """A number that keeps its digits."""

    def __new__(cls, digits):
        made = super().__new__(cls, digits)
        made.digits = digits
        return made


def dumps(value):
    if isinstance(value, Digits):
        return value.digits
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
