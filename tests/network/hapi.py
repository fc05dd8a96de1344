#!/usr/bin/env python3
"""fhirkit against HAPI FHIR, a server that nobody here wrote: what is fetched equals what was posted.

    tests/network/hapi.py        FHIRKIT names the binary (default target/release/fhirkit),
                                 HAPI the folder it is built in (default target/hapi)

Says so and ends well where ../shared is absent.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from foreign import TOKEN, Door, Hapi, ask, canonical, fixture, loads

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("FHIRKIT_SHARED", ROOT.parent / "shared"))
BINARY = Path(os.environ.get("FHIRKIT", ROOT / "target/release/fhirkit")).resolve()
PLACE = Path(os.environ.get("HAPI", ROOT / "target/hapi"))
# Small, with Medication, and one of more than HAPI's largest page.
RECORDS = ["Alberto", "8a4c9c04", "53eac4c0", "3edde3b8"]
# Made by HAPI where a transaction refers to what it does not bring.
PLACEHOLDERS = {"Practitioner", "Location", "Organization"}
passed, failures = 0, []


def check(fact, holds, detail=""):
    global passed
    if holds:
        passed += 1
        print(f"ok     {fact}", flush=True)
    else:
        failures.append(fact)
        print(f"FAILED {fact}\n    {str(detail)[:2000]}", flush=True)


class Fhirkit:
    """fhirkit in a folder of its own."""

    def __init__(self, work):
        self.work, self.said = work, []
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(work), "NO_COLOR": "1",
                            "XDG_STATE_HOME": str(work / "state"), "XDG_CONFIG_HOME": str(work / "config")}

    def start(self, *arguments):
        return subprocess.Popen([BINARY, *arguments], cwd=self.work, env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments):
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=300)
        self.said.append(stderr)
        return process.returncode, stdout, stderr

    def sign_in(self, provider, door, patient):
        """As the member's browser does it; the door agrees to everything."""
        door.patient = patient
        process = self.start("login", provider, "--no-browser", "--wait", "60")
        lines = []
        for line in process.stderr:
            lines.append(line)
            if visit := re.search(r"open in a browser: (\S+)", line):
                # The redirect is followed, to the listener of fhirkit.
                ask(visit[1])
        self.said.append("".join(lines))
        if process.wait(60) != 0:
            raise RuntimeError(f"login {provider}: {''.join(lines)}")

    def receipt(self, name):
        return json.loads((self.work / f"{name}.receipt.json").read_text())


def read(paths):
    """Resources of NDJSON files as (place, canonical text), counted."""
    counted = Counter()
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            resource = loads(line)
            counted[f"{resource['resourceType']}/{resource['id']}", canonical(resource)] += 1
    return counted


def difference(hapi, got, places):
    """What of `places` is missing or other than posted, and what came beside it that HAPI did not make up itself."""
    wanted = Counter((place, hapi.posted[place][1]) for place in places)
    own = set(hapi.found.values())
    surplus = [place for place, _ in got - wanted if place not in own and not place.startswith("Group/")]
    return [place for place, _ in wanted - got], surplus


def compare(fact, hapi, got, places):
    """What came is what was posted at `places`, each once."""
    missing, surplus = difference(hapi, got, places)
    check(f"{fact}: {len(places)} posted, {sum(got.values())} came", places and not missing and not surplus,
          f"missing or other {missing[:5]} ({len(missing)}), too many {surplus[:5]} ({len(surplus)})")


def comparison(hapi):
    """The comparison sees a resource that is lost, doubled, or other by a digit."""
    places = of(hapi, hapi.patients[0])
    whole = Counter((place, hapi.posted[place][1]) for place in places)
    place, text = first = next(iter(whole))
    other = (place, re.sub(r"\d", lambda digit: str(9 - int(digit[0])), text, count=1))
    seen = [difference(hapi, got, places) for got in
            (whole, whole - Counter([first]), whole + Counter([first]), whole - Counter([first]) + Counter([other]))]
    check("the comparison sees what is lost, doubled or changed",
          seen == [([], []), ([place], []), ([], [place]), ([place], [place])], seen)


def of(hapi, patient, types=None):
    return [place for place, (whose, _) in hapi.posted.items()
            if whose == patient and (types is None or place.split("/")[0] in types)]


def everything(hapi, door, fhirkit):
    for patient, count in zip(hapi.patients, (None, 20, 50, 500)):
        fhirkit.sign_in("hapi", door, patient)
        name = f"{patient.split('/')[1]}.ndjson"
        pages, resources = hapi.everything(patient, count or 10)
        code, _, words = fhirkit.run("fetch", "hapi", "-o", name, *(["--count", str(count)] if count else []))
        receipt = fhirkit.receipt(name) if code == 0 else {}
        check(f"_count={count}: {pages} pages, {resources} resources", code == 0 and receipt["complete"]
              and (receipt["pages"], receipt["resources"], receipt["duplicates"]) == (pages, resources, 0),
              (code, words, receipt))
        compare(f"$everything with _count={count}", hapi, read([fhirkit.work / name]), of(hapi, patient))
    check("HAPI has cut _count=500", pages > 1 and resources > 200, (pages, resources))
    code, _, words = fhirkit.run("fetch", "hapi", "--format", "bundle", "-o", "bundle.json", "--patient",
                                 hapi.patients[0].split("/")[1])
    check("as one Bundle", code == 0, words)
    bundle = loads((fhirkit.work / "bundle.json").read_text())
    got = Counter((f"{r['resourceType']}/{r['id']}", canonical(r)) for r in (e["resource"] for e in bundle["entry"]))
    compare("the Bundle", hapi, got, of(hapi, hapi.patients[0]))
    code, _, words = fhirkit.run("fetch", "hapi", "--type", "Condition,Immunization", "--count", "100",
                                 "-o", "types.ndjson")
    got = read([fhirkit.work / "types.ndjson"]) if code == 0 else Counter()
    wanted = of(hapi, hapi.patients[-1], {"Condition", "Immunization"})
    come = {place for place, _ in got if place.split("/")[0] in ("Condition", "Immunization")}
    check(f"--type: {len(wanted)} of two types", code == 0 and come == set(wanted) and sum(got.values()) < 200,
          (code, words))
    code, _, words = fhirkit.run("fetch", "hapi", "--patient", "no-such-patient", "-o", "nobody.ndjson")
    check("a patient whom HAPI does not know", code == 4 and "404" in words
          and not list(fhirkit.work.glob("nobody*")), (code, words))


def tables(hapi, door, fhirkit):
    """A record straight into tables: one row a resource where a table is one of resources."""
    patient = hapi.patients[-1]
    fhirkit.sign_in("hapi", door, patient)
    code, _, words = fhirkit.run("pull", "hapi", "--to", "ndjson", "--count", "50", "-o", "tables")
    own = {"patient": "Patient", "claim": "ExplanationOfBenefit", "observation": "Observation",
           "condition": "Condition", "encounter": "Encounter"}
    parts = {table: (fhirkit.work / "tables" / table).glob("*.ndjson") for table in own}
    rows = {table: sum(len(part.read_bytes().splitlines()) for part in parts[table]) for table in own}
    wanted = {table: len(of(hapi, patient, {kind})) for table, kind in own.items()}
    check(f"pull: {wanted}", code == 0 and rows == wanted, (code, words, rows))


def stale_token(hapi, door, fhirkit):
    door.token = "forgotten-by-hapi"
    fhirkit.sign_in("hapi", door, hapi.patients[0])
    door.token = TOKEN
    code, _, words = fhirkit.run("fetch", "hapi", "-o", "stale.ndjson")
    check("a token that HAPI does not take: exit 4, with the way out", code == 4 and "fhirkit login hapi" in words
          and "forgotten" not in words and not list(fhirkit.work.glob("stale*")), (code, words))


class Once:
    """Makes the `number`th request for a further page, or every one from it on, one for a page that HAPI lost."""

    def __init__(self, number, times=1):
        self.number, self.times, self.pages = number, times, 0

    def __call__(self, method, path):
        if "_getpages=" not in path:
            return None
        self.pages += 1
        if not self.number <= self.pages < self.number + self.times:
            return None
        return re.sub(r"_getpages=[^&]*", "_getpages=00000000-0000-0000-0000-000000000000", path)


def lost_page(hapi, door, fhirkit):
    patient = hapi.patients[2]
    fhirkit.sign_in("door", door, patient)
    for fact, times in (("goes on", 1), ("begins again", 2)):
        name = f"lost-{times}.ndjson"
        door.fault, door.seen[:] = Once(3, times), []
        code, _, words = fhirkit.run("fetch", "door", "--count", "20", "-o", name)
        gone = [path for _, path, status in door.seen if status == 410]
        check(f"a lost page: exit 6 and the words ({fact})", code == 6 and "page 4 is gone (410)" in words
              and len(gone) == 1, (code, words, door.seen))
        check("nothing under the final name", not (fhirkit.work / name).exists()
              and len((fhirkit.work / f"{name}.part").read_text().splitlines()) == 60)
        asked = len(door.seen)
        code, _, words = fhirkit.run("fetch", "door", "--count", "20", "-o", name)
        first = any("$everything" in path for _, path, _ in door.seen[asked:])
        receipt = fhirkit.receipt(name) if code == 0 else {}
        check(f"the same command again {fact}", code == 0 and first == (times == 2)
              and receipt["resumed_pages"] == (3 if times == 1 else 0), (code, words, receipt, door.seen[asked:]))
        compare("after a lost page", hapi, read([fhirkit.work / name]), of(hapi, patient))
        left = [path.name for path in fhirkit.work.glob(f"{name}.*") if not path.name.endswith(".receipt.json")]
        check("nothing else is left", left == [], left)
    door.fault = lambda method, path: None
    check("HAPI's pages came with gzip", door.encodings == {"gzip"}, door.encodings)


def fallback(hapi, door, fhirkit):
    listed = (ROOT / "crates/fetch/src/everything/compartment.txt").read_text()
    compartment = {line.split()[0] for line in listed.splitlines()}
    for status, patient in ((404, hapi.patients[0]), (405, hapi.patients[2])):
        fhirkit.sign_in("door", door, patient)
        door.fault, door.seen[:] = lambda method, path: status if "$everything" in path else None, []
        code, _, words = fhirkit.run("fetch", "door", "-o", f"without-{status}.ndjson")
        check(f"no $everything ({status}): told, with the way out", code == 4
              and "--everything-fallback search" in words
              and not (fhirkit.work / f"without-{status}.ndjson").exists(), (code, words))
        code, _, words = fhirkit.run("fetch", "door", "--everything-fallback", "search", "--count", "100",
                                     "-o", f"search-{status}.ndjson")
        receipt = fhirkit.receipt(f"search-{status}.ndjson") if code == 0 else {}
        refused = [path for _, path, answer in door.seen if answer >= 400 and "$everything" not in path]
        check(f"searched instead ({status}), and HAPI knows every search", code == 0 and refused == []
              and receipt["not_offered"] == {"$everything": status}, (code, words, receipt, refused))
        got = read([fhirkit.work / f"search-{status}.ndjson"]) if code == 0 else Counter()
        compare(f"the searches ({status})", hapi, got, of(hapi, patient, compartment | {"Patient"}))
    door.fault = lambda method, path: None


def key(work):
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384",
                    "-out", str(work / "key.pem")], check=True)


def bulk(hapi, door, fhirkit):
    """Every level of `$export`; HAPI asks for the token at the files as well."""
    member = {"resourceType": "Group", "id": "two", "type": "person", "actual": True,
              "member": [{"entity": {"reference": patient}} for patient in hapi.patients[:2]]}
    hapi.ask("Group/two", "PUT", json.dumps(member).encode())
    # HAPI leaves out what belongs to no patient, but gives what the members of a group refer to.
    alone = {place for place in hapi.posted if place.split("/")[0] not in {"Medication", *PLACEHOLDERS}}
    two = {"Condition", "Immunization"}
    levels = [
        ("the system", "backend", ["--system"], set(hapi.posted)),
        ("all patients", "backend", [], alone),
        ("two types", "backend", ["--type", ",".join(sorted(two))],
         {place for place in alone if place.split("/")[0] in two}),
        # With the kept sign-in: this provider has no key.
        ("a group", "door", ["--group", "two"], {*of(hapi, hapi.patients[0]), *of(hapi, hapi.patients[1])}),
    ]
    for number, (level, provider, arguments, places) in enumerate(levels):
        begun = time.monotonic()
        door.seen[:] = []
        code, _, words = fhirkit.run("fetch", provider, "--bulk", *arguments, "-o", f"bulk-{number}")
        asked = [kind for _, kind, _ in door.seen if kind == "client_credentials"]
        check(f"$export of {level} in {time.monotonic() - begun:.1f} s", code == 0
              and len(asked) == (provider == "backend"), (code, words, asked))
        folder = fhirkit.work / f"bulk-{number}"
        compare(f"$export of {level}", hapi, read(sorted(folder.glob("*.ndjson"))), places)
        check("HAPI is told that it may forget the job, and 404 to that is no failure",
              [(method, status) for method, _, status in door.seen][-1] == ("DELETE", 404), door.seen[-1])


class Killing:
    """Kills `process` when it asks for a file for the `number`th time."""

    def __init__(self, number):
        self.number, self.process = number, None

    def __call__(self, method, path):
        self.number -= "/Binary/" in path
        if self.number == 0:
            self.process.kill()
        return None


def interrupted_bulk(hapi, door, fhirkit):
    arguments = ("fetch", "backend", "--bulk", "--system", "--parallel", "1", "-o", "killed")
    door.fault, door.seen[:] = Killing(5), []
    process = door.fault.process = fhirkit.start(*arguments)
    fhirkit.said.append(process.communicate(timeout=120)[1])
    check("kill -9 at the fifth file", process.returncode == -9 and not (fhirkit.work / "killed").exists(),
          process.returncode)
    door.seen[:] = []
    code, _, words = fhirkit.run(*arguments)
    again = [path for _, path, _ in door.seen if "$export?" in path or path.endswith("$export")]
    resumed = fhirkit.receipt("killed")["resumed_files"] if code == 0 else None
    check(f"the same command goes on after {resumed} files, with the same job",
          code == 0 and again == [] and resumed == 4, (code, words, again))
    compare("after kill -9", hapi, read(sorted((fhirkit.work / "killed").glob("*.ndjson"))), set(hapi.posted))
    door.seen[:] = []
    arguments = ("fetch", "backend", "--bulk", "--system", "-o", "given-up")
    process = fhirkit.start(*arguments)
    while not any("$export" in path and status == 202 for _, path, status in door.seen) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    words = process.communicate(timeout=60)[1]
    fhirkit.said.append(words)
    check("Ctrl-C while HAPI works", process.returncode == 130 and not (fhirkit.work / "given-up").exists(),
          (process.returncode, words))
    code, _, words = fhirkit.run(*arguments, "--cancel")
    last = [(method, status) for method, _, status in door.seen][-1]
    check("--cancel tells HAPI", code == 0 and last == ("DELETE", 202), (code, words, last))
    left = [path.name for path in fhirkit.work.glob("given-up*")]
    check("and leaves nothing", left == [], left)


def main():
    if not SHARED.is_dir():
        print(f"SKIPPED: {SHARED} is absent; HAPI was not run")
        sys.exit(77)
    hapi = Hapi(SHARED / "hapi", PLACE)
    try:
        with tempfile.TemporaryDirectory(prefix="fhirkit-hapi-") as folder:
            looked_at(hapi, Fhirkit(Path(folder)))
    finally:
        hapi.stop()


def looked_at(hapi, fhirkit):
    begun = time.monotonic()
    for file in fixture(SHARED, RECORDS):
        hapi.post(file)
    print(f"       {len(hapi.posted)} resources posted in {time.monotonic() - begun:.1f} s")
    comparison(hapi)
    door = Door(hapi)
    sign_in = (f'authorize_url = "{door.origin}/authorize"\ntoken_url = "{door.origin}/token"\nclient_id = "me"\n'
               'redirect_uri = "http://127.0.0.1/landed"\nscopes = "patient/*.read"\n')
    backend = 'backend = { key_file = "key.pem", key_id = "1", algorithm = "ES384" }\n'
    (fhirkit.work / "fhirkit.toml").write_text(
        f'[provider.hapi]\nfhir_base = "{hapi.base}"\n{sign_in}\n'
        f'[provider.door]\nfhir_base = "{door.origin}/fhir"\n{sign_in}\n'
        f'[provider.backend]\nfhir_base = "{door.origin}/fhir"\n{sign_in}{backend}')
    key(fhirkit.work)
    for part in (everything, tables, stale_token, lost_page, fallback, bulk, interrupted_bulk):
        begun = time.monotonic()
        try:
            part(hapi, door, fhirkit)
        except Exception as error:
            check(f"{part.__name__} runs to its end", False, repr(error))
        print(f"       {part.__name__}: {time.monotonic() - begun:.1f} s")
    ids = [patient.split("/")[1] for patient in hapi.patients]
    told = [words for words in fhirkit.said if re.search(rf"Bearer|\b{TOKEN}\b|Patient/({'|'.join(ids)})\b", words)]
    check(f"neither token nor patient in the words of {len(fhirkit.said)} runs", not told, told[:1])
    receipts = "".join(path.read_text() for path in fhirkit.work.glob("*.receipt.json"))
    check("nor in the receipts", not re.search(rf"\b{TOKEN}\b|Patient/\d", receipts))


main()
print(f"test result: {'FAILED' if failures else 'ok'}. {passed} passed; {len(failures)} failed")
sys.exit(1 if failures else 0)
