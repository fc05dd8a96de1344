"""HAPI FHIR as a process, what was posted to it, and a door before it that signs in and lets things go wrong."""

import json
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "secret"
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url, method="GET", body=None, headers=None, timeout=300):
    """Status, headers and body; a status is never an exception."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with WITHOUT_PROXY.open(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def loads(text):
    """JSON with its numbers as they are written."""
    number = "number {}".format
    return json.loads(text, parse_float=number, parse_int=number)


class Hapi:
    """The server of ../shared/hapi, built once into `folder`."""

    def __init__(self, source, folder):
        jar = folder / "target/hapi.jar"
        if not jar.exists():
            begun = time.monotonic()
            shutil.rmtree(folder, ignore_errors=True)
            # Not its permissions: what is given may be read-only.
            shutil.copytree(source / "src", folder / "src", copy_function=shutil.copyfile)
            shutil.copyfile(source / "pom.xml", folder / "pom.xml")
            subprocess.run(["mvn", "-q", "-B", "package"], cwd=folder, check=True, timeout=900)
            print(f"       HAPI built in {time.monotonic() - begun:.0f} s")
        flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"]
        options = ["port=0", f"token={TOKEN}", "retry-after=1"]
        self.process = subprocess.Popen(["java", *flags, "-jar", str(jar), *options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"HAPI did not start: {line!r}")
        print(f"       HAPI {line.strip()}")
        self.base = line.split()[1]
        self.posted = {}
        self.patients = []
        self.found = {}

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def ask(self, path, method="GET", body=None):
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/fhir+json",
                   "Content-Type": "application/fhir+json"}
        url = path if path.startswith("http") else f"{self.base}/{path}".rstrip("/")
        status, _, text = ask(url, method, body, headers)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {text[:300]!r}")
        return loads(text)

    def post(self, path):
        """Posts a transaction and remembers what HAPI should give back, by `Type/ID`, with whose record it is."""
        bundle = loads(path.read_text(encoding="utf-8"))
        answer = self.ask("", "POST", path.read_bytes())
        places = {}
        for entry, answered in zip(bundle["entry"], answer["entry"], strict=True):
            places[entry["fullUrl"]] = "/".join(answered["response"]["location"].split("/")[:2])
        patient = next(place for place in places.values() if place.startswith("Patient/"))
        self.patients.append(patient)
        for entry in bundle["entry"]:
            place = places[entry["fullUrl"]]
            self.posted[place] = (patient, canonical(self.with_places(entry["resource"], places)))
        return patient

    def with_places(self, value, places):
        """References as HAPI stores them: `urn:uuid:` and `Type?identifier=` become `Type/ID`."""
        if isinstance(value, list):
            return [self.with_places(item, places) for item in value]
        if not isinstance(value, dict):
            return value
        value = {key: self.with_places(item, places) for key, item in value.items()}
        reference = value.get("reference")
        if isinstance(reference, str):
            value["reference"] = places.get(reference) or self.find(reference)
        return value

    def find(self, reference):
        """What a conditional reference led to."""
        if "?" not in reference:
            return reference
        if reference not in self.found:
            kind, query = reference.split("?", 1)
            name, _, value = query.partition("=")
            bundle = self.ask(f"{kind}?{name}={urllib.parse.quote(value)}")
            self.found[reference] = f"{kind}/{bundle['entry'][0]['resource']['id']}"
        return self.found[reference]

    def everything(self, patient, count):
        """How many pages and resources `$everything` has, counted without fhirkit."""
        pages, resources, url = 0, 0, f"{patient}/$everything?_count={count}"
        while url:
            bundle = self.ask(url)
            pages, resources = pages + 1, resources + len(bundle["entry"])
            url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
        return pages, resources


def canonical(resource):
    """A resource without what HAPI changes: id, version, time and source, and the order of profiles."""
    resource = {key: value for key, value in resource.items() if key != "id"}
    meta = {key: value for key, value in resource.pop("meta", {}).items()
            if key not in ("versionId", "lastUpdated", "source")}
    if "profile" in meta:
        meta["profile"] = sorted(meta["profile"])
    if meta:
        resource["meta"] = meta
    return json.dumps(resource, sort_keys=True, ensure_ascii=False)


class Door:
    """An origin before HAPI: /authorize and /token sign in, /fhir is HAPI, but for what `fault` makes of a request.

    `fault` is called with method and path; it gives None, another path, or a status.
    """

    def __init__(self, hapi):
        self.hapi, self.fault, self.patient, self.seen, self.encodings = hapi, lambda method, path: None, "", [], set()
        self.token = TOKEN
        door = self

        class Guest(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                status, headers, body = door.answer(self.command, self.path, self.headers, self.rfile.read(length))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                try:
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    # A guest that was killed.
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = serve

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Guest)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, path, headers, body):
        route, _, query = path.partition("?")
        if route == "/authorize":
            asked = dict(urllib.parse.parse_qsl(query))
            back = urllib.parse.urlencode({"code": "a-code", "state": asked["state"]})
            return 302, [("Location", f"{asked['redirect_uri']}?{back}")], b""
        if route == "/token":
            token = {"access_token": self.token, "token_type": "Bearer", "expires_in": 3600}
            asked = dict(urllib.parse.parse_qsl(body.decode()))
            if asked["grant_type"] == "authorization_code":
                token["patient"] = self.patient.removeprefix("Patient/")
            self.seen.append((method, asked["grant_type"], 200))
            return 200, [("Content-Type", "application/json")], json.dumps(token).encode()
        fault = self.fault(method, path)
        if isinstance(fault, int):
            self.seen.append((method, path, fault))
            outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-supported"}]}
            return fault, [("Content-Type", "application/fhir+json")], json.dumps(outcome).encode()
        kept = {name: value for name, value in headers.items()
                if name.lower() in ("accept", "accept-encoding", "authorization", "prefer", "content-type")}
        # HAPI makes its links of the name that it was called by.
        kept["Host"] = headers["Host"]
        url = self.hapi.base.removesuffix("/fhir") + (fault or path)
        status, given, text = ask(url, method, body or None, kept)
        self.seen.append((method, path, status))
        if status == 200:
            self.encodings.add(given.get("Content-Encoding"))
        hop = ("transfer-encoding", "connection", "content-length", "date", "server")
        return status, [pair for pair in given.items() if pair[0].lower() not in hop], text


def fixture(shared: Path, names):
    """The files of P01 and P02 whose names hold one of `names`."""
    folders = ("P01-synthea-2019", "P02-synthea-2021-uscore")
    files = [file for folder in folders for file in sorted((shared / "data" / folder).glob("*.json"))]
    return [file for name in names for file in files if name in file.name]
