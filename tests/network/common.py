"""What the tests of the network share: the binary, a sandbox, a member who signs in, and the folder of logs.

FHIRKIT names the binary (default target/release/fhirkit). All that others may see of a run (both streams, receipts,
the arguments in the process list) is kept in FHIRKIT_NETWORK_LOGS, by default a folder that is removed at the end.
What must never stand there is noted beside it, in `<folder>.secrets`; leaks.py then looks for it.
"""

import atexit
import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FHIRKIT", str(ROOT / "target/release/fhirkit"))
WORK = Path(tempfile.mkdtemp(prefix="fhirkit-network-"))
atexit.register(shutil.rmtree, WORK, ignore_errors=True)
LOGS = Path(os.environ.get("FHIRKIT_NETWORK_LOGS", WORK / "logs"))
LOGS.mkdir(parents=True, exist_ok=True)
SECRETS = LOGS.with_name(LOGS.name + ".secrets")

# Streams that are asked for what they hold: a sandbox that prints its members and its client's secret as JSON, the
# token that --show names, who is signed in where, what the server says of the member; and a patient's id that a person
# gives as an argument.
EXEMPT = re.compile(r"-((sandbox|token|whoami|userinfo)\.stdout|other\.cmdline)$")

# The home of a user of whom nothing is known, so that no token of whoever runs this is touched.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("FHIRKIT_", "XDG_", "DBUS_"))},
    "HOME": str(WORK / "home"),
    "XDG_STATE_HOME": str(WORK / "state"),
    "XDG_CONFIG_HOME": str(WORK / "config"),
    "NO_COLOR": "1",
}

counts = {"passed": 0, "failed": 0}
number = 0


def check(name, holds, details=""):
    """Counts a fact, and says what was seen instead when it does not hold."""
    counts["passed" if holds else "failed"] += 1
    print(f"{'ok    ' if holds else 'FAILED'} {name}", flush=True)
    if not holds and details:
        print("\n".join(f"    {text}" for text in str(details).splitlines()[:20]), flush=True)
    return holds


def finish():
    """The last line of a script, and its exit code."""
    word = "FAILED" if counts["failed"] else "ok"
    print(f"test result: {word}. {counts['passed']} passed; {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


def secret(kind, *values):
    """Notes what must not stand in any log."""
    with SECRETS.open("a") as file:
        for value in values:
            file.write(json.dumps([kind, value]) + "\n")


def log_of(name, ending):
    return LOGS / f"{Path(sys.argv[0]).stem}-{number:03d}-{name}.{ending}"


def begin(name, arguments, stdin=None, cwd=None, environment=None):
    """Starts fhirkit, its streams going to the logs."""
    global number
    number += 1
    command = [BINARY, *map(str, arguments)]
    out, err = log_of(name, "stdout"), log_of(name, "stderr")
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                                   cwd=cwd or WORK, env={**ENVIRONMENT, **(environment or {})})
    process.out, process.err, process.cmdline = out, err, log_of(name, "cmdline")
    see_arguments(process)
    return process


def see_arguments(process):
    """Keeps what the process list shows of it."""
    try:
        process.cmdline.write_bytes(Path(f"/proc/{process.pid}/cmdline").read_bytes().replace(b"\0", b" "))
    except OSError:
        pass


class Ended:
    """A run that has ended: its code, its words, its peak of memory in MiB, its CPU seconds."""

    def __init__(self, process, timeout):
        end = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                process.kill()
                _, status, usage = os.wait4(process.pid, 0)
                print(f"FAILED: killed after {timeout} s: {process.args}")
                break
            time.sleep(0.005)
        process.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.rss = usage.ru_maxrss / 1024
        self.cpu = usage.ru_utime + usage.ru_stime
        self.stdout, self.err = process.out.read_text(errors="replace"), process.err.read_text(errors="replace")


def run(name, *arguments, timeout=120, **options):
    return Ended(begin(name, arguments, **options), timeout)


def keep(path, name):
    """Keeps a file that others may see, such as a receipt."""
    if Path(path).exists():
        shutil.copy(path, log_of(name, "kept"))


class Sandbox:
    """`fhirkit sandbox` on a free port."""

    def __init__(self, *arguments):
        self.process = begin("sandbox", ["sandbox", "--port", "0", "--json", "--members", "3", *arguments])
        end = time.monotonic() + 20
        while not (text := self.process.out.read_text()).endswith("\n"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the sandbox did not start: {self.process.err.read_text()}")
            time.sleep(0.01)
        see_arguments(self.process)
        self.about = json.loads(text)
        self.origin, self.fhir = self.about["base_url"], self.about["fhir_base"]
        self.members = self.about["members"]
        secret("client secret", self.about["client_secret"])
        for member in self.members:
            birth = member["birth_date"]
            month, day, year = birth.split("/")
            secret("subscriber", member["subscriber_id"])
            secret("name", member["first_name"], member["last_name"])
            secret("birth date", birth, f"{year}-{month}-{day}")
            secret("patient id", member["patient_id"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def words(self):
        return self.process.err.read_text()


def configure(folder, name, fhir_base, **more):
    """A folder with a fhirkit.toml that has one provider: the sandbox's public client unless `more` says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = {"fhir_base": fhir_base, "client_id": "fhirkit", "redirect_uri": "http://127.0.0.1/callback",
            "scopes": ["openid", "read", "profile", "clinical"], **more}
    lines = "\n".join(f"{key} = {value if isinstance(value, Raw) else json.dumps(value)}" for key, value in keys.items())
    (folder / "fhirkit.toml").write_text(f"[provider.{name}]\n{lines}\n")
    return folder


class Raw(str):
    """TOML as it stands."""


class Stay(urllib.request.HTTPRedirectHandler):
    """Redirects to another host are where a member leaves the payer; they are not followed."""

    def redirect_request(self, request, file, code, message, headers, url):
        here, there = urllib.parse.urlsplit(request.full_url), urllib.parse.urlsplit(url)
        if here.netloc != there.netloc:
            raise Left(url)
        return super().redirect_request(request, file, code, message, headers, url)


class Left(Exception):
    def __init__(self, url):
        super().__init__("left the payer")
        self.url = url


class Token(HTMLParser):
    """The token of a form."""

    csrf = None

    def handle_starttag(self, tag, attributes):
        fields = dict(attributes)
        if tag == "input" and fields.get("name") == "csrf":
            self.csrf = fields["value"]


def direct(*handlers):
    """An opener that asks no proxy: all of this is on this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


def sign_in(url, member, demographics="all", context=None):
    """Walks a member through the four pages. Gives the address that the browser lands on, which is not visited."""
    handlers = [urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Stay()]
    if context:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    opener = direct(*handlers)
    answers = [
        {"decision": "yes"},
        {"subscriber_id": member["subscriber_id"], "member_code": member["member_code"],
         "first_name": member["first_name"], "last_name": member["last_name"],
         "birth_date": member["birth_date"], "zip": member["zip"], "decision": "yes"},
        {"who": "self", "decision": "yes"},
        {"demographics": demographics, "decision": "yes"},
    ]
    try:
        with opener.open(url) as reply:
            place, page = reply.url, reply.read().decode()
        for answer in answers:
            form = Token()
            form.feed(page)
            body = urllib.parse.urlencode({"csrf": form.csrf, **answer}).encode()
            with opener.open(place, body) as reply:
                place, page = reply.url, reply.read().decode()
    except Left as left:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(left.url).query)
        secret("code", *query.get("code", []))
        return left.url
    raise RuntimeError("the sign-in has not ended")


def address_of(process):
    """The address that `login` prints."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = re.search(r"open in a browser: (\S+)\n", process.err.read_text())
        if found:
            return found.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise SystemExit(f"login printed no address: {process.err.read_text()}")


def log_in(provider, folder, member, *arguments, demographics="all", context=None, timeout=60):
    """`fhirkit login PROVIDER`, the member signing in; the browser's last step is taken as well."""
    process = begin("login", ["login", provider, "--no-browser", *arguments], cwd=folder)
    landing = sign_in(address_of(process), member, demographics, context)
    try:
        direct().open(landing, timeout=5).read()
    except (urllib.error.URLError, OSError):
        pass
    return Ended(process, timeout)


def note_token(provider, folder):
    """Notes the token of a sign-in, which `token --show` prints."""
    shown = run("token", "token", provider, "--show", cwd=folder)
    if shown.code == 0:
        secret("token", shown.stdout.strip())
    return shown.stdout.strip()
