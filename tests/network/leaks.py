#!/usr/bin/env python3
"""A whole run behind a recorder that sees all that passes between client and payer; then a search through the logs of
this run, and of those that ran before with the same FHIRKIT_NETWORK_LOGS: both streams of every process, the requests
that sandboxes log, receipts, and the arguments in the process list. Nothing in them is a token, a secret, a code, a
verifier, a name, a birth date, or the id of a subscriber, member or patient.

    FHIRKIT_NETWORK_LOGS=folder tests/network/leaks.py
"""

import base64
import json
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common import (EXEMPT, LOGS, SECRETS, WORK, Ended, Raw, Sandbox, address_of, begin, check, configure, direct, finish,
                    keep, log_in, run, secret, sign_in)

# What a form or a reply of the token endpoint holds that nobody else may see.
FIELDS = {"code": "code", "code_verifier": "verifier", "client_secret": "client secret", "access_token": "token",
          "refresh_token": "refresh token", "id_token": "id token"}


class NotFollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def recorder(origin):
    """A server that hands everything on to `origin` and notes the secrets that pass."""
    opener = direct(NotFollowed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def hand_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            request = urllib.request.Request(origin + self.path, body or None, headers, method=self.command)
            try:
                reply = opener.open(request)
            except urllib.error.HTTPError as error:
                reply = error
            text = reply.read()
            if self.path.endswith("/token"):
                note(urllib.parse.parse_qs(body.decode()))
                note({name: [value] for name, value in json.loads(text).items()})
                basic = self.headers.get("Authorization", "").removeprefix("Basic ")
                if basic:
                    secret("client secret", basic, base64.b64decode(basic).decode().partition(":")[2])
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = hand_on

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def note(form):
    for name, kind in FIELDS.items():
        secret(kind, *form.get(name, []))


def whole_run():
    """Every command that knows a secret, and some that fail."""
    with Sandbox("--refresh-tokens", "--token-lifetime", "2", "--resources", "60", "--page-size", "20",
                 "--fault", "html-200:1@2") as sandbox:
        origin = recorder(sandbox.origin)
        fhir = sandbox.fhir.replace(sandbox.origin, origin)
        folder = configure(WORK / "watched", "watched", fhir)
        ended = log_in("watched", folder, sandbox.members[0], "-vv")
        check("a public client signs in", ended.code == 0, ended.err)
        ended = run("fetch", "fetch", "watched", "-vv", "-o", "out.ndjson", cwd=folder)
        check("a fetch breaks off at an HTML page", ended.code == 6 and "page 2 is HTML" in ended.err, ended.err)
        keep(folder / "out.ndjson.receipt.json", "receipt")
        ended = run("fetch", "fetch", "watched", "-vv", "-o", "out.ndjson", cwd=folder)
        check("and goes on, with a refreshed token", ended.code == 0, ended.err)
        keep(folder / "out.ndjson.receipt.json", "receipt")
        other = sandbox.members[1]["patient_id"]
        ended = run("other", "fetch", "watched", "--patient", other, "-o", "other.ndjson", cwd=folder)
        check("the record of another is denied", ended.code == 4 and "error[auth/denied]" in ended.err, ended.err)
        for command in ("whoami", "userinfo", "doctor", "logout"):
            ended = run(command, command, *([] if command == "doctor" else ["watched"]), cwd=folder)
            check(f"{command} succeeds", ended.code == 0, ended.err)
            if command == "userinfo":
                secret("user", *(json.loads(ended.stdout)[claim] for claim in ("sub", "email", "name")))
        ended = run("fetch", "fetch", "watched", "-o", "out.ndjson", cwd=folder)
        check("after logout there is no token", ended.code == 4 and "auth/none" in ended.err, ended.err)
        folder = configure(
            WORK / "watched-confidential", "confidential", fhir, client_id=sandbox.about["client_id"],
            redirect_uri="https://oidcdebugger.com/debug", client_secret=Raw('{ env = "A_SECRET" }'), aud=False)
        for name, value, code in (("right", sandbox.about["client_secret"], 0), ("wrong", "not-this-one-at-all", 4)):
            secret("client secret", value)
            ended = paste(folder, sandbox.members[0], value)
            check(f"pasted, with the {name} secret: exit {code}", ended.code == code, ended.err)


def paste(folder, member, value):
    """Paste mode: the address that the browser landed on goes to stdin."""
    process = begin("login", ["login", "confidential", "--no-browser", "-vv"], subprocess.PIPE, folder, {"A_SECRET": value})
    landing = sign_in(address_of(process), member)
    process.stdin.write(b"https://oidcdebugger.com/debug?code=of-another&state=of-another\n" + landing.encode() + b"\n")
    process.stdin.close()
    return Ended(process, 30)


def whole_word(value):
    """Where a value stands by itself: `2657` is not in `12657 bytes`, a name not in a longer word."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", re.IGNORECASE)


def secrets_in(text, secrets):
    """The kind and the place of each secret in a text."""
    lower = text.lower()
    for kind, value in secrets:
        place = value.lower() in lower and whole_word(value).search(text)
        if place:
            yield kind, place.start()


def search():
    """Looks for everything that was noted, in everything that was kept."""
    secrets = {tuple(json.loads(line)) for line in SECRETS.read_text().splitlines()}
    # A word of three letters stands in many places that have nothing to do with it.
    secrets = {(kind, value) for kind, value in secrets if len(value) >= 4}
    found, asked_for, searched, size = [], 0, 0, 0
    for path in sorted(LOGS.iterdir()):
        text = path.read_text(errors="replace")
        places = list(secrets_in(text, secrets))
        if EXEMPT.search(path.name):
            asked_for += bool(places)
            continue
        searched, size = searched + 1, size + len(text)
        found.extend(f"{path.name}: a {kind}, after …{text[max(0, at - 60):at]!r}" for kind, at in places)
    kinds = {}
    for kind, _ in secrets:
        kinds[kind] = kinds.get(kind, 0) + 1
    print(f"       {searched} files of {size:,} bytes were searched for {len(secrets):,} values: "
          + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    check("every kind of secret was at hand", kinds.keys() >= {*FIELDS.values(), "subscriber", "name", "birth date"}, kinds)
    check(f"the search finds them where they were asked for, in {asked_for} streams", asked_for >= 3)
    check("no log, receipt, error or argument holds one of them", not found, "\n".join(found))


def main():
    whole_run()
    search()
    finish()


if __name__ == "__main__":
    main()
