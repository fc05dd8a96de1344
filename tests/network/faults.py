#!/usr/bin/env python3
"""Every fault that the sandbox can play: the words, the exit code, and that nothing half written stands under the
final name. Then: no other host ever sees the token, a page of 10 GB and a gzip bomb are refused in little memory.

    tests/network/faults.py [FAULT…]
"""

import json
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common import WORK, Raw, Sandbox, check, configure, direct, finish, keep, log_in, note_token, run, secret

RESOURCES, PAGE_SIZE, PAGES = 60, 20, 3

# A fault as it is given; what fetch is given besides; the exit code; words of stderr; the state that is left: `whole`,
# `part` (a .part file and a receipt that says it is not complete) or `nothing`.
Case = namedtuple("Case", "fault code words left more again", defaults=((), None))
ELSEWHERE = "{elsewhere}"
CASES = [
    Case("429", 4, ["error[net/status]", "429", "3 tries"], "nothing"),
    Case("429:2", 0, [], "whole"),
    Case("429:1@2", 0, [], "whole"),
    Case("429-date", 4, ["error[net/status]", "429", "3 tries"], "nothing"),
    Case("429-date:1", 0, [], "whole"),
    Case("429:1=7200", 4, ["error[net/status]", "asks to wait 2 h"], "nothing", again=0),
    Case("503", 4, ["error[net/status]", "503", "2 tries"], "nothing", ("--tries", "2")),
    Case("503:1=1", 0, [], "whole"),
    Case("503@3", 4, ["error[net/status]", "503", "error[fetch/incomplete]: 2 pages came"], "part", ("--tries", "1")),
    Case("500", 4, ["error[net/status]", "500"], "nothing"),
    Case("slow-body=10", 0, [], "whole"),
    Case("stalled-body", 4, ["error[net/timeout]"], "nothing", ("--timeout", "1", "--tries", "2")),
    Case("stalled-body:1@2", 0, [], "whole", ("--timeout", "1")),
    Case("truncated-body", 4, ["error[net/connect]", "broke off"], "nothing", ("--tries", "2")),
    Case("truncated-body:1@3", 0, [], "whole"),
    Case("html-200", 4, ["error[net/not-fhir]", "page 1 is HTML", "fhirkit login"], "nothing"),
    Case("html-200:1@2", 6, ["error[net/not-fhir]", "page 2 is HTML", "1 page came"], "part", again=0),
    Case("expire-mid-paging", 4, ["error[auth/expired]", "fhirkit login", "1 page came"], "part"),
    Case("lost-page-410:1", 6, ["error[fetch/incomplete]", "page 2 is gone (410)"], "part", again=0),
    Case("paging-loop", 6, ["error[net/loop]", "circle"], "part"),
    Case(f"next-other-host={ELSEWHERE}", 4, ["error[net/redirect]", "`next` link of page 1 leads to"], "nothing"),
    Case(f"next-other-host@2={ELSEWHERE}", 4, ["error[net/redirect]", "`next` link of page 2 leads to"], "part"),
    Case(f"redirect-other-host={ELSEWHERE}", 4, ["error[net/redirect]"], "nothing"),
    Case(f"redirect-other-host@2={ELSEWHERE}", 4, ["error[net/redirect]"], "part"),
    Case("huge-page", 4, ["error[net/too-large]", "announces 10.0 GB"], "nothing"),
    Case("huge-page@2", 6, ["error[net/too-large]", "announces 10.0 GB"], "part"),
    Case("gzip-bomb", 4, ["error[net/too-large]"], "nothing", ("--max-page", "64MiB")),
    Case("gzip-bomb@3", 6, ["error[net/too-large]"], "part", ("--max-page", "64MiB")),
    Case("invalid-json", 4, ["error[net/not-fhir]", "page 1 is no JSON at byte"], "nothing"),
    Case("invalid-json:1@2", 6, ["error[net/not-fhir]", "page 2 is no JSON at byte"], "part", again=0),
    Case("cut-json", 6, ["error[fetch/incomplete]", "page 1 breaks off at byte"], "nothing", ("--tries", "2")),
    Case("cut-json:1@2", 0, [], "whole"),
    Case("wrong-content-type", 4, ["error[net/not-fhir]", "text/plain"], "nothing"),
    Case("duplicate-entries", 0, ["60 left out that came twice"], "whole"),
    Case("fatal-outcome-200", 6, ["OperationOutcome", "fatal"], "nothing"),
    Case("fatal-outcome-200:1@2", 6, ["OperationOutcome", "fatal"], "part", again=0),
    Case("outcome-entry", 6, ["[io/operation-outcome]", "error[fetch/incomplete]", "something is missing"], "part"),
    Case("total-too-large", 6, ["error[fetch/incomplete]", "the server says there are 67 resources, and sent 60"], "part"),
    Case("empty-page@2", 6, ["error[fetch/incomplete]", "the server says there are 60 resources, and sent 40"], "part"),
]
# Faults of a sign-in: the exit code of login, and its words. What a stranger brings to the listener ends nothing: the
# member may still come, until the time is up.
SIGN_INS = [
    Case("wrong-state", 4, ["error[net/timeout]", "within 2 s"], "", ("--wait", "2")),
    Case("no-state", 4, ["error[net/timeout]", "within 2 s"], "", ("--wait", "2")),
    Case("wrong-issuer", 4, ["error[auth/mismatch]", "issuer"], ""),
    Case("wrong-nonce", 4, ["error[auth/mismatch]", "nonce"], ""),
    Case("bad-signature", 4, ["error[auth/mismatch]", "sign"], ""),
]
# Faults of a bulk export, by Backend Services; what is left is told by the folder's name alone.
EXPORTS = [
    Case("export-failed", 4, ["error[net/status]", "the export has failed"], "nothing"),
    Case("export-error-file", 6, ["error[fetch/incomplete]", "something is missing (error: exception)"], "part"),
    Case("429:1", 0, [], "whole"),
    Case("truncated-body:1", 0, [], "whole"),
    Case("html-200", 4, ["error[net/not-fhir]"], "nothing"),
    Case(f"redirect-other-host={ELSEWHERE}", 4, ["error[net/redirect]"], "nothing"),
    Case("huge-page", 4, ["error[net/too-large]"], "nothing"),
]
# MiB: what a run that refuses may take, beside the limit that it was given.
LITTLE = 60


class Elsewhere:
    """A server on another port, which is another origin: it keeps what it is asked with, and redirects nobody."""

    def __init__(self):
        self.requests = []
        seen = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append((self.path, dict(self.headers.items())))
                self.send_response(200)
                self.send_header("Content-Type", "application/fhir+json")
                self.end_headers()
                self.wfile.write(b'{"resourceType":"Bundle","type":"searchset","entry":[]}')

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def saw(self, token):
        return [request for request in self.requests if token in json.dumps(request) or "uthorization" in request[1]]


def state_of(output):
    """What stands under the names of an output."""
    part, receipt = output.with_name(output.name + ".part"), output.with_name(output.name + ".receipt.json")
    if output.exists():
        lines = [json.loads(line) for line in output.read_text().splitlines()]
        whole = len(lines) == RESOURCES and json.loads(receipt.read_text())["complete"]
        return "whole" if whole and not part.exists() else f"{len(lines)} lines under the final name"
    if part.exists():
        # Each line of it is whole.
        [json.loads(line) for line in part.read_text().splitlines()]
        said = json.loads(receipt.read_text())
        return "part" if not said["complete"] and said["incomplete_because"] else "a receipt that says it is complete"
    left = sorted(path.name for path in output.parent.glob(output.name + "*"))
    return f"{left}" if left else "nothing"


def matches(ended, case):
    return ended.code == case.code and all(word in ended.err for word in case.words) and "panicked" not in ended.err


def fetches(case, elsewhere):
    name = case.fault.replace(ELSEWHERE, "…")
    fault = case.fault.replace(ELSEWHERE, elsewhere.origin)
    with Sandbox("--resources", str(RESOURCES), "--page-size", str(PAGE_SIZE), "--fault", fault) as sandbox:
        folder = configure(WORK / f"fault-{CASES.index(case)}", "here", sandbox.fhir)
        ended = log_in("here", folder, sandbox.members[0])
        if ended.code != 0:
            return check(f"{name}: the member signs in", False, ended.err)
        token = note_token("here", folder)
        output = folder / "out.ndjson"
        ended = run("fetch", "fetch", "here", "-o", output, *case.more, cwd=folder)
        keep(folder / "out.ndjson.receipt.json", "receipt")
        check(f"{name}: exit {case.code}" + "".join(f", {word}" for word in case.words[:2]), matches(ended, case),
              f"exit {ended.code}, wanted {case.code} and {case.words}\n{ended.err}")
        state = state_of(output)
        check(f"{name}: leaves {case.left}", state == case.left, state)
        check(f"{name}: nothing on stdout", ended.stdout == "", ended.stdout)
        if case.again is not None:
            again = run("fetch", "fetch", "here", "-o", output, cwd=folder)
            check(f"{name}: the same command then succeeds", again.code == case.again and state_of(output) == "whole",
                  f"exit {again.code}\n{again.err}")
        if fault.startswith(("huge", "gzip")):
            limit = LITTLE + (64 if case.more else 0) * (2 if "gzip" in fault else 1)
            print(f"       peak {ended.rss:.0f} MiB, {ended.cpu:.1f} s of CPU")
            check(f"{name}: refused in less than {limit} MiB", ended.rss < limit, f"{ended.rss:.0f} MiB")
        if ELSEWHERE in case.fault:
            check(f"{name}: the other host sees no token", not elsewhere.saw(token), elsewhere.saw(token))


def sign_ins(case):
    with Sandbox("--fault", case.fault) as sandbox:
        folder = configure(WORK / f"fault-{case.fault}", f"here-{case.fault}", sandbox.fhir)
        ended = log_in(f"here-{case.fault}", folder, sandbox.members[0], *case.more)
        check(f"{case.fault}: login ends with {case.code}" + "".join(f", {word}" for word in case.words),
              matches(ended, case), f"exit {ended.code}\n{ended.err}")
        kept = run("whoami", "whoami", f"here-{case.fault}", cwd=folder)
        check(f"{case.fault}: nobody is signed in then", kept.code == 4 and "auth/none" in kept.err, kept.err)


def key():
    """The key of a server that asks for itself."""
    private, public = WORK / "key.pem", WORK / "key.pub"
    if not private.exists():
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", private], check=True)
        private.chmod(0o600)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
        secret("client secret", "".join(private.read_text().splitlines()[1:-1])[:60])
    return private, public


def exports(case, elsewhere):
    name = "export, " + case.fault.replace(ELSEWHERE, "…")
    private, public = key()
    with Sandbox("--backend-key", public, "--fault", case.fault.replace(ELSEWHERE, elsewhere.origin)) as sandbox:
        backend = Raw(f'{{ key_file = "{private}", key_id = "1", algorithm = "ES384" }}')
        folder = configure(WORK / f"export-{EXPORTS.index(case)}", "here", sandbox.fhir,
                           client_id=sandbox.about["backend_client_id"], backend=backend)
        ended = run("bulk", "fetch", "here", "--bulk", "-o", "out", *case.more, cwd=folder)
        for receipt in folder.rglob("*receipt*.json"):
            keep(receipt, "receipt")
        check(f"{name}: exit {case.code}" + "".join(f", {word}" for word in case.words), matches(ended, case),
              f"exit {ended.code}, wanted {case.code} and {case.words}\n{ended.err}")
        is_there = (folder / "out").exists()
        check(f"{name}: {'whole' if is_there else 'nothing'} under the final name", is_there == (case.left == "whole"),
              [path.name for path in folder.iterdir()])
        check(f"{name}: little memory", ended.rss < LITTLE, f"{ended.rss:.0f} MiB")
        if ELSEWHERE in case.fault:
            check(f"{name}: the other host sees no token", not elsewhere.saw("Bearer"), elsewhere.requests)


def over_tls(elsewhere):
    """From https to http, on this machine: another origin as well."""
    certificate = WORK / "sandbox.pem"
    for fault in ("next-other-host", "redirect-other-host"):
        with Sandbox("--resources", "60", "--page-size", "20", "--tls-cert", certificate,
                     "--fault", f"{fault}={elsewhere.origin}") as sandbox:
            folder = configure(WORK / f"tls-{fault}", "secure", sandbox.fhir)
            trust = ("--ca-cert", certificate)
            ended = run("login", "login", "secure", "--no-browser", "--wait", "5", cwd=folder)
            check(f"{fault} over TLS: a certificate of nobody is not trusted", ended.code == 4
                  and "error[net/tls]" in ended.err and "--ca-cert" in ended.err, ended.err)
            context = ssl.create_default_context(cafile=certificate)
            ended = log_in("secure", folder, sandbox.members[0], *trust, context=context)
            check(f"{fault} over TLS: the member signs in with --ca-cert", ended.code == 0, ended.err)
            token = note_token("secure", folder)
            ended = run("fetch", "fetch", "secure", "-o", "out.ndjson", *trust, cwd=folder)
            check(f"{fault} over TLS: http is not followed", ended.code == 4 and "error[net/redirect]" in ended.err,
                  ended.err)
            check(f"{fault} over TLS: the other host sees no token", not elsewhere.saw(token), elsewhere.saw(token))
            check(f"{fault} over TLS: nothing under the final name", not (folder / "out.ndjson").exists())


def main():
    elsewhere = Elsewhere()
    chosen = sys.argv[1:]
    wanted = lambda case: not chosen or case.fault.split("=")[0].split(":")[0].split("@")[0] in chosen
    for case in filter(wanted, CASES):
        fetches(case, elsewhere)
    for case in filter(wanted, SIGN_INS):
        sign_ins(case)
    for case in filter(wanted, EXPORTS):
        exports(case, elsewhere)
    if not chosen or "tls" in chosen:
        over_tls(elsewhere)
    if not chosen:
        listed = run("list", "sandbox", "--fault", "list").stdout
        names = {line.split()[0] for line in listed.splitlines() if line.strip()}
        played = {case.fault.split("=")[0].split(":")[0].split("@")[0] for case in CASES + SIGN_INS + EXPORTS}
        check("every fault of the list is played", names == played, sorted(names ^ played))
        print(f"       the other host was asked {len(elsewhere.requests)} times")
        # That nothing was seen proves something only if it would have been.
        request = urllib.request.Request(elsewhere.origin, headers={"Authorization": "Bearer seen"})
        direct().open(request).close()
        check("the other host would have seen a token", elsewhere.saw("seen"))
    finish()


if __name__ == "__main__":
    main()
