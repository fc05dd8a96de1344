#!/usr/bin/env python3
"""kill -9 in the middle of a fetch of 200 pages, ten times at random moments: what the last run leaves is what an
uninterrupted one writes, byte for byte, and nothing stands under the final name before.

    tests/network/kill.py [SEED]

The seed is printed; the same one picks the same moments.
"""

import json
import random
import sys
import time

from common import WORK, Sandbox, begin, check, configure, finish, keep, log_in, note_token, run

KILLS = 10
PAGES = 200
PAGE_SIZE = 25
# A page takes its twenty pieces' time, so that there is a middle to be killed in.
SLOW = ("--fault", "slow-body=1")


def interrupted(name, arguments, output, whole_seconds, folder, dice, is_whole):
    """Runs until ten runs were killed, then to the end. Gives the last run, and whether no output but a whole one was
    ever there: a kill may fall between the moment it gets its name and the end of the process."""
    killed, clean = 0, True
    while killed < KILLS:
        process = begin(name, arguments, cwd=folder)
        wait = dice.uniform(0.01, whole_seconds / KILLS * 1.6)
        end = time.monotonic() + wait
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.001)
        if process.poll() is not None:
            # It was faster than the dice: what is left of the kills falls on a run of its own.
            print(f"    ended before kill {killed + 1}; begun anew")
            clean = clean and process.returncode == 0
            remove(output)
            continue
        process.kill()
        process.wait()
        killed += 1
        if output.exists():
            print(f"    had its name before kill {killed}; begun anew")
            clean = clean and is_whole()
            remove(output)
    return run(name, *arguments, cwd=folder, timeout=300), clean


def remove(output):
    for path in output.parent.glob(output.name + "*"):
        if path.is_dir():
            for inner in sorted(path.rglob("*"), reverse=True):
                inner.rmdir() if inner.is_dir() else inner.unlink()
            path.rmdir()
        else:
            path.unlink()


def fetches(folder, dice):
    whole = folder / "whole.ndjson"
    begun = time.monotonic()
    ended = run("fetch", "fetch", "here", "-o", whole, cwd=folder, timeout=300)
    seconds = time.monotonic() - begun
    check("an uninterrupted fetch succeeds", ended.code == 0, ended.err)
    receipt = json.loads((folder / "whole.ndjson.receipt.json").read_text())
    check(f"it has {PAGES} pages and every resource", (receipt["pages"], receipt["resources"])
          == (PAGES, PAGES * PAGE_SIZE), receipt)
    print(f"    {receipt['pages']} pages, {receipt['bytes'] / 1e6:.1f} MB in {seconds:.1f} s")
    for form in ("ndjson", "bundle"):
        if form == "bundle":
            whole = folder / "whole.json"
            ended = run("fetch", "fetch", "here", "--format", form, "-o", whole, cwd=folder, timeout=300)
            check("an uninterrupted fetch to a Bundle succeeds", ended.code == 0, ended.err)
        output = folder / f"killed.{form}"
        is_whole = lambda: output.read_bytes() == whole.read_bytes()
        last, clean = interrupted("fetch", ["fetch", "here", "--format", form, "-o", output], output, seconds, folder, dice, is_whole)
        check(f"{form}: the run after {KILLS} kills succeeds", last.code == 0, last.err)
        check(f"{form}: nothing but the whole stood under the final name before", clean)
        check(f"{form}: it is the uninterrupted one byte for byte",
              output.exists() and output.read_bytes() == whole.read_bytes())
        path = folder / f"killed.{form}.receipt.json"
        keep(path, "receipt")
        receipt = json.loads(path.read_text())
        print(f"    {receipt['resumed_pages']} of {receipt['pages']} pages came from before the last kill")
        check(f"{form}: its receipt counts the same", (receipt["pages"], receipt["resources"], receipt["duplicates"])
              == (PAGES, PAGES * PAGE_SIZE, 0) and receipt["complete"], receipt)
        left = sorted(path.name for path in folder.glob(f"killed.{form}*"))
        check(f"{form}: nothing else is left", left == [f"killed.{form}", f"killed.{form}.receipt.json"], left)
    resources = [json.loads(line) for line in (folder / "killed.ndjson").read_text().splitlines()]
    ids = {(resource["resourceType"], resource["id"]) for resource in resources}
    check("no entry is lost or doubled", len(resources) == len(ids) == PAGES * PAGE_SIZE, (len(resources), len(ids)))


def tables(folder):
    """The table files, by name; what tells about the run itself (times) is not among them."""
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.suffix == ".parquet"}


def pulls(folder, dice):
    whole, output = folder / "whole", folder / "killed"
    pull = ["pull", "here", "--to", "parquet", "-o"]
    begun = time.monotonic()
    ended = run("pull", *pull, whole, cwd=folder, timeout=300)
    seconds = time.monotonic() - begun
    if not check("an uninterrupted pull succeeds", ended.code == 0, ended.err):
        return
    is_whole = lambda: tables(output) == tables(whole)
    last, clean = interrupted("pull", [*pull, output], output, seconds, folder, dice, is_whole)
    check(f"pull: the run after {KILLS} kills succeeds", last.code == 0, last.err)
    check("pull: nothing but the whole stood under the final name before", clean)
    wanted, found = tables(whole), tables(output)
    print(f"    {len(wanted)} table files, {sum(map(len, wanted.values())) / 1e6:.1f} MB, {seconds:.1f} s uninterrupted")
    check("pull: every table file is the uninterrupted one byte for byte", wanted and wanted == found,
          [name for name in {*wanted, *found} if wanted.get(name) != found.get(name)])


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    dice = random.Random(seed)
    with Sandbox("--resources", str(PAGES * PAGE_SIZE), "--page-size", str(PAGE_SIZE), *SLOW) as sandbox:
        folder = configure(WORK / "kill", "here", sandbox.fhir)
        ended = log_in("here", folder, sandbox.members[0])
        check("the member signs in", ended.code == 0, ended.err)
        note_token("here", folder)
        fetches(folder, dice)
        if run("pull", "pull", "--help").code == 0:
            pulls(folder, dice)
        else:
            check("the binary has `pull`", False)
    finish()


if __name__ == "__main__":
    main()
