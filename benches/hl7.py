"""The HL7 validator (a Java library) and `fhirkit validate` over the same files: seconds, and who finds what."""

import collections
import json
import os
import subprocess
import tempfile
from pathlib import Path

from inputs import demo
from measure import BINARY, SHARED, run

PER_TYPE = 100
# What the members of `demo` claim; both programs are given the same guides.
GUIDES = ("hl7.fhir.us.core#6.1.0", "hl7.fhir.us.carin-bb#2.0.0")


def hl7(work):
    """The HL7 validator on the same files, one resource each: it reads no NDJSON. Needs Java, Maven and ../shared."""
    oracle = SHARED / "oracle/oracle"
    if not oracle.exists():
        return print("hl7: skipped, ../shared/oracle is not here")
    files = singles(demo(work, 1_000_000), work / "hl7")
    # What is built and unpacked for it, 350 MB, serves the next run as well.
    home = os.environ.get("HL7_WORK", str(work / "hl7-validator"))
    guides = [word for guide in GUIDES for word in ("--package", guide)]
    subprocess.run([oracle, home, *guides, files[0]], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryFile("w+") as theirs, tempfile.TemporaryFile("w+") as ours:
        start = run([oracle, home, *guides, files[0]])
        java = run([oracle, home, *guides, *files], output=theirs)
        names = [word for guide in GUIDES for word in ("--ig", guide)]
        rust = run([BINARY, "validate", *names, *files, "--output-format", "json-lines", "-q"], allowed=(0, 1), output=ours)
        theirs.seek(0), ours.seek(0)
        verdicts = [json.loads(text) for text in theirs if text.startswith("{")]
        found = [json.loads(text) for text in ours]
    faults = [(Path(verdict["file"]).name, issue["id"]) for verdict in verdicts for issue in verdict["issues"] if issue["severity"] in ("error", "fatal")]
    java_bad = {name for name, _ in faults}
    rust_bad = {Path(issue["file"]).name for issue in found if issue.get("severity") in ("error", "fatal")}
    print(f"hl7: {len(files)} files of one resource, {PER_TYPE} of a type, claiming US Core 6.1.0 and CARIN BB 2.0.0")
    print(f"  HL7 validator  cpu {java.cpu:7.2f} s  wall {java.wall:7.2f} s, of it {start.wall:.2f} s for the first file; rss {java.rss / 2**20:.0f} MiB; files with errors {len(java_bad)}")
    print(f"  fhirkit        cpu {rust.cpu:7.2f} s  wall {rust.wall:7.2f} s; rss {rust.rss / 2**20:.0f} MiB; files with errors {len(rust_bad)}")
    print(f"  wall {java.wall / rust.wall:.0f} times faster, CPU {java.cpu / rust.cpu:.0f} times; files that only one of them faults: {len(java_bad ^ rust_bad)}")
    # Without a terminology server it takes many codes for wrong that nobody here can know.
    for rule, count in collections.Counter(rule for name, rule in faults if name not in rust_bad).most_common():
        print(f"    only the HL7 validator: {rule}, {count} times")


def singles(folder, out):
    """The first resources of each type, a file each."""
    out.mkdir(exist_ok=True)
    files = []
    for source in sorted(folder.glob("*.ndjson")):
        with open(source, encoding="utf-8") as lines:
            for number, text in zip(range(PER_TYPE), lines):
                path = out / f"{source.stem}-{number}.json"
                path.write_text(text, encoding="utf-8")
                files.append(path)
    return files
