#!/usr/bin/env python3
"""How much a fetch costs: a record of 50,000 resources in pages of 1,000, from the sandbox to NDJSON, beside curl's cost
for the same pages.

    benches/fetch.py [RESOURCES]

FHIRKIT names the binary (default target/release/fhirkit: `cargo build --release` first). curl asks for the same pages
over one connection, with gzip and without, and throws them away; fhirkit parses them, keeps each in its journal (synced
to disk), takes what came twice out and writes the resources. Server and client share this machine, so CPU seconds are
the measure, not wall. Each figure is the least of three runs in turn.
"""

import json
import sys
import tempfile
import urllib.request
from pathlib import Path

from measure import BINARY, ROOT, fastest

sys.path.insert(0, str(ROOT / "tests/network"))
from common import ENVIRONMENT, Sandbox, configure, direct, log_in, note_token  # noqa: E402

PAGE_SIZE = 1_000


def pages(url, token):
    """The addresses of all pages, and their bytes."""
    opener, found, size = direct(), [], 0
    while url:
        found.append(url)
        with opener.open(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})) as reply:
            text = reply.read()
        size += len(text)
        url = next((link["url"] for link in json.loads(text)["link"] if link["relation"] == "next"), None)
    return found, size


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder, Sandbox("--resources", str(count), "--page-size", str(PAGE_SIZE)) as sandbox:
        work = configure(Path(folder), "here", sandbox.fhir)
        ended = log_in("here", work, sandbox.members[0])
        if ended.code != 0:
            raise SystemExit(ended.err)
        token = note_token("here", work)
        patient = sandbox.members[0]["patient_id"]
        found, size = pages(f"{sandbox.fhir}/Patient/{patient}/$everything", token)
        print(f"fetch: {count:,} resources, {len(found)} pages, {size / 1e6:.0f} MB")
        config = work / "pages.curl"
        config.write_text(f'header = "Authorization: Bearer {token}"\n' + "".join(
            f'url = "{url}"\noutput = "/dev/null"\n' for url in found))
        out = work / "out.ndjson"
        fhirkit = ["env", "-C", work, *(f"{name}={ENVIRONMENT[name]}" for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")),
                   BINARY, "fetch", "here", "-q", "--overwrite", "-o", out]
        curl = ["curl", "-sS", "--noproxy", "*", "-K", config]
        cost, packed, plain = fastest([fhirkit, [*curl, "--compressed"], curl])
        lines = sum(1 for _ in out.open("rb"))
        if lines != count:
            raise SystemExit(f"{lines} lines came, not {count}")
        for name, one in (("fhirkit fetch", cost), ("curl --compressed", packed), ("curl", plain)):
            print(f"  {name:<20} cpu {one.cpu:6.2f} s  {one.cpu * 1000 / (size / 1e6):6.2f} ms a MB   wall {one.wall:6.2f} s   rss {one.rss / 2**20:5.0f} MiB")
        print(f"  {cost.cpu / packed.cpu:.1f} times the CPU of curl --compressed; {count / cost.wall:,.0f} resources a second")


if __name__ == "__main__":
    main()
