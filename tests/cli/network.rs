//! The commands that reach a server, against `fhirkit sandbox` and a package registry of the test's own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::Value;

use crate::support::{Place, Run, names};

/// A sandbox that ends with the test.
struct Sandbox {
    child: Child,
    said: Value,
}

impl Sandbox {
    fn start(place: &Place, words: &[&str]) -> Sandbox {
        let words = [&["sandbox", "--port", "0", "--json", "-q"], words].concat();
        let mut child = place.command(&words).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Sandbox { child, said: serde_json::from_str(&line).unwrap() }
    }

    /// What moves the built-in provider to this sandbox.
    fn settings(&self) -> String {
        format!("[provider.sandbox]\nfhir_base = {}\n", self.said["fhir_base"])
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Signs in as the documented member: the address that the command prints is gone through as a browser would.
fn sign_in(place: &Place, sandbox: &Sandbox) -> Run {
    let mut command = place.command(&["login", "sandbox", "--no-browser"]);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let start = loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no address in\n{said}");
        said.push_str(&line);
        if let Some((_, address)) = line.split_once("open in a browser: ") {
            break address.trim().to_owned();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(consent(&start, &sandbox.said["members"][0]));
    stderr.read_to_string(&mut said).unwrap();
    let mut run = Run::of(child.wait_with_output().unwrap());
    run.stderr = said;
    run
}

/// The four pages, and the landing at the listener.
async fn consent(start: &str, facts: &Value) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let origin = url::Url::parse(start).unwrap().origin().ascii_serialization();
    let answer = client.get(start).send().await.unwrap();
    let header = |answer: &reqwest::Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let cookie = header(&answer, "set-cookie").split(';').next().unwrap().to_owned();
    let mut place = header(&answer, "location");
    let fact = |name: &str| facts[name].as_str().unwrap().to_owned();
    let card = ["subscriber_id", "member_code", "first_name", "last_name", "birth_date", "zip"];
    let forms: [Vec<(&str, String)>; 4] = [
        vec![("decision", "yes".to_owned())],
        card.iter().map(|name| (*name, fact(name))).collect(),
        vec![("who", "self".to_owned())],
        vec![("demographics", "all".to_owned()), ("decision", "yes".to_owned())],
    ];
    for form in forms {
        let page = client.get(format!("{origin}{place}")).header("cookie", &cookie).send().await.unwrap();
        let page = page.text().await.unwrap();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", csrf).extend_pairs(form);
        let request = client.post(format!("{origin}{place}")).header("cookie", &cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        place = header(&request.body(body.finish()).send().await.unwrap(), "location");
    }
    client.get(place).send().await.unwrap();
}

#[test]
fn a_member_signs_in_and_the_record_lands_as_a_file_and_as_tables() {
    let place = Place::new();
    let sandbox = Sandbox::start(&place, &["--members", "2", "--page-size", "7"]);
    place.file("fhirkit.toml", sandbox.settings());
    place.run(&["fetch", "sandbox"]).ends_with(4).says("auth/none").says("fhirkit login sandbox");
    sign_in(&place, &sandbox).ends_with(0).says("signed in · patient [id]").says("token valid 23 h 59 min");
    place.run(&["whoami"]).ends_with(0).prints("patient   2657").prints("id_token verified");
    let token = place.run(&["token", "sandbox", "--show"]);
    token.ends_with(0);
    let who = place.run(&["userinfo", "sandbox"]);
    who.ends_with(0).prints("\"patient\": \"2657\"");
    let doctor = place.run(&["doctor"]);
    doctor.ends_with(0).prints("sign_ins").prints("hl7.fhir.us.core#6.1.0");
    assert!(!doctor.stdout.contains(token.stdout.trim()) && !doctor.stdout.contains("2657"));

    place.run(&["fetch", "sandbox", "-o", "me.ndjson"]).ends_with(0).says("→ me.ndjson");
    let lines = place.read("me.ndjson").lines().count() as u64;
    let receipt: Value = serde_json::from_str(&place.read("me.ndjson.receipt.json")).unwrap();
    assert_eq!((&receipt["resources"], &receipt["complete"]), (&lines.into(), &true.into()));
    assert!(receipt["pages"].as_u64().unwrap() > 1, "{receipt}");
    let again = place.run(&["fetch", "sandbox", "-o", "me.ndjson"]);
    again
        .ends_with(5)
        .says("error[io/exists]: `me.ndjson` exists already")
        .says("= help: --overwrite replaces it");

    place.run(&["pull", "sandbox", "-o", "tables"]).says("→ tables");
    let manifest: Value = serde_json::from_str(&place.read("tables/_manifest.json")).unwrap();
    assert_eq!(manifest["input"]["resources"], lines);
    assert!(place.path("tables/patient").is_dir() && place.path("tables.receipt.json").is_file());
    assert!(!place.path("tables.journal").exists());

    place.run(&["logout", "sandbox"]).ends_with(0).says("signed out");
    place.run(&["whoami", "sandbox"]).ends_with(4).says("nobody is signed in");
}

#[test]
fn a_record_that_breaks_off_leaves_no_tables_and_goes_on_later() {
    let place = Place::new();
    let whole = ["--members", "1", "--page-size", "7"];
    let sandbox = Sandbox::start(&place, &[&whole[..], &["--fault", "invalid-json@3"]].concat());
    place.file("fhirkit.toml", sandbox.settings());
    sign_in(&place, &sandbox).ends_with(0);
    let run = place.run(&["pull", "sandbox", "-o", "tables", "--tries", "1"]);
    run.ends_with(6).says("fetch/incomplete");
    assert!(!place.path("tables").exists() && place.path("tables.journal").is_dir());
    let run = place.run(&["fetch", "sandbox", "-o", "me.ndjson", "--tries", "1"]);
    run.ends_with(6).says("→ me.ndjson.part").says("net/not-fhir");
    assert!(!place.path("me.ndjson").exists());
}

#[test]
fn a_record_with_a_gap_becomes_tables_whose_manifest_says_so() {
    let place = Place::new();
    let with = ["--members", "1", "--page-size", "7", "--fault", "lost-page-410"];
    let sandbox = Sandbox::start(&place, &with);
    place.file("fhirkit.toml", sandbox.settings());
    sign_in(&place, &sandbox).ends_with(0);
    place.run(&["pull", "sandbox", "-o", "tables"]).ends_with(6).says("fetch/incomplete");
    let manifest: Value = serde_json::from_str(&place.read("tables/_manifest.json")).unwrap();
    let gaps = manifest["ledger"]["incomplete"].as_array().unwrap();
    assert!(gaps.len() == 1 && gaps[0]["reason"].as_str().unwrap().contains("410"), "{manifest}");
}

#[test]
fn a_provider_that_is_unknown_or_not_there_says_so() {
    let place = Place::new();
    place.run(&["login", "sandbx"]).ends_with(2).says("did you mean `sandbox`?");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    place.file("fhirkit.toml", format!("[provider.gone]\nfhir_base = \"http://{closed}/fhir\"\nclient_id = \"me\"\nredirect_uri = \"http://127.0.0.1/callback\"\n"));
    place
        .run(&["login", "gone", "--no-browser", "--tries", "1"])
        .ends_with(4)
        .says("net/connect")
        .says("refused");
    place.file("fhirkit.toml", "[provider.sandbox]\nfhir_base = \"https://127.0.0.2.invalid/fhir\"\n");
    let moved = place.run(&["login", "sandbox", "--no-browser", "--tries", "1"]);
    moved
        .ends_with(4)
        .says("a settings file moves the built-in provider `sandbox` to https://127.0.0.2.invalid/fhir");
    place.file("fhirkit.toml", "[provider.bad]\nfhir_base = \"https://x.org\"\nclient_di = \"me\"\n");
    place.run(&["login", "bad"]).ends_with(2).says("fhirkit.toml").says("did you mean `client_id`?");
}

#[test]
fn a_provider_is_added_to_the_settings_as_it_will_be_read() {
    let place = Place::with("fhirkit.toml", "# ours\n[export]\nformat = \"csv\"");
    let words = ["init", "provider", "mine", "--fhir-base", "https://payer.example/fhir/"];
    place.run(&words).ends_with(2).says("--client-id is missing");
    let words = [&words[..], &["--client-id", "me", "--secret-env", "MINE_SECRET"]].concat();
    place.run(&words).ends_with(0).says("[provider.mine] → fhirkit.toml");
    let text = place.read("fhirkit.toml");
    assert!(
        text.starts_with("# ours\n[export]\nformat = \"csv\"\n\n") && text.contains("[provider.mine]"),
        "{text}"
    );
    place.run(&words).ends_with(2).says("there is a provider `mine` already");
    place.run(&["whoami", "mine"]).ends_with(4);
    place.run(&["config", "show"]).ends_with(0);
}

/// A P-384 key as PEM, and its public half as a JWK.
fn backend_key() -> (String, String) {
    let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap();
    let body = BASE64_STANDARD.encode(document.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let point = pair.public_key().as_ref();
    let part = |range: std::ops::Range<usize>| BASE64_URL_SAFE_NO_PAD.encode(&point[range]);
    let jwk =
        serde_json::json!({"kty": "EC", "crv": "P-384", "kid": "k1", "x": part(1..49), "y": part(49..97)});
    (pem, jwk.to_string())
}

#[test]
fn an_export_of_all_patients_comes_by_backend_services() {
    let place = Place::new();
    let (private, public) = backend_key();
    place.file("private.pem", private);
    place.file("public.json", public);
    let sandbox = Sandbox::start(&place, &["--members", "3", "--backend-key", "public.json"]);
    let settings = format!(
        "[provider.bulk]\nfhir_base = {}\nclient_id = {}\n[provider.bulk.backend]\nkey_file = \"private.pem\"\nkey_id = \"k1\"\nalgorithm = \"ES384\"\n",
        sandbox.said["fhir_base"], sandbox.said["backend_client_id"]
    );
    place.file("fhirkit.toml", settings);
    let words = ["fetch", "bulk", "--bulk", "-o", "all"];
    place.run(&words).ends_with(0).says("→ all").says("next: fhirkit export all");
    let receipt: Value = serde_json::from_str(&place.read("all.receipt.json")).unwrap();
    let lines = |name: &String| match name.ends_with(".ndjson") {
        true => place.read(&format!("all/{name}")).lines().count() as u64,
        false => 0,
    };
    let of_patients: u64 =
        names(&place.path("all")).iter().filter(|name| name.starts_with("Patient")).map(lines).sum();
    assert_eq!((&receipt["entries"]["Patient"], &receipt["complete"]), (&of_patients.into(), &true.into()));
    assert_eq!(receipt["entries"]["Patient"], 3, "{receipt}");
    place
        .run(&["fetch", "bulk", "--bulk", "--cancel", "-o", "other"])
        .ends_with(0)
        .says("no export was begun here");
    place.run(&["fetch", "bulk", "--group", "all"]).ends_with(2).says("--bulk");
}

/// A registry on loopback that answers by path; ends with the process.
fn registry(answers: HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            while {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap() > 2
            } {}
            let path = line.split(' ').nth(1).unwrap_or_default();
            let (status, body) =
                answers.get(path).map_or(("404 Not Found", &[][..]), |body| ("200 OK", body));
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)));
        }
    });
    format!("http://{address}")
}

fn package(name: &str, dependencies: &str) -> Vec<u8> {
    let manifest = format!(
        r#"{{"name":"{name}","version":"1.0.0","fhirVersions":["4.0.1"],"dependencies":{dependencies}}}"#
    );
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, "package/package.json", manifest.as_bytes()).unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

fn listing(name: &str, checksum: &str) -> Vec<u8> {
    format!(r#"{{"name":"{name}","dist-tags":{{"latest":"1.0.0"}},"versions":{{"1.0.0":{{"dist":{{"tarball":"/{name}.tgz"{checksum}}}}}}}}}"#)
        .into_bytes()
}

#[test]
fn packages_are_installed_from_the_registry_that_is_configured_and_no_other() {
    let place = Place::new();
    place
        .run(&["packages", "install", "my.guide"])
        .ends_with(2)
        .says("no package registry is configured")
        .says("--registry URL");
    let answers = [
        ("/my.guide", listing("my.guide", "")),
        ("/my.base", listing("my.base", "")),
        ("/false.guide", listing("false.guide", r#","shasum":"0000000000000000000000000000000000000000""#)),
        ("/my.guide.tgz", package("my.guide", r#"{"my.base":"1.0.0","hl7.fhir.r4.core":"4.0.1"}"#)),
        ("/my.base.tgz", package("my.base", "{}")),
        ("/false.guide.tgz", package("false.guide", "{}")),
    ];
    let address = registry(answers.into_iter().map(|(path, body)| (path.to_owned(), body)).collect());
    place.file("fhirkit.toml", format!("[packages]\nregistry = \"{address}\"\n"));
    place.run(&["config", "show"]).ends_with(0).prints("packages.registry").prints("fhirkit.toml:2");
    place
        .run(&["packages", "install", "my.guide"])
        .ends_with(0)
        .says("my.guide#1.0.0")
        .says("my.base#1.0.0")
        .says("no checksum");
    let kept = place.path("home/.local/share/fhirkit/packages");
    assert_eq!(names(&kept), ["my.base#1.0.0.tgz", "my.guide#1.0.0.tgz"]);
    place.run(&["packages", "list"]).prints("my.guide ");
    place.run(&["packages", "install", "false.guide@1.0.0"]).ends_with(4).says("net/checksum");
    place.run(&["packages", "install", "no.guide"]).ends_with(4);
    assert_eq!(names(&kept).len(), 2);
}
