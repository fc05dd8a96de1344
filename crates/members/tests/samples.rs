//! The folder `samples/`: its members are what the generator writes, its other files are what its README says.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use fhirkit_members::{DemoOptions, write_demo};
use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

fn quirk(name: &str) -> Vec<u8> {
    fs::read(samples().join("quirks").join(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn members_are_what_the_generator_writes() {
    let dir = tempfile::tempdir().unwrap();
    write_demo(dir.path(), &DemoOptions { members: 3, ..DemoOptions::default() }).unwrap();
    let kept = samples().join("members");
    assert_eq!(names(&kept), names(dir.path()));
    for name in names(&kept) {
        let is_equal = fs::read(kept.join(&name)).unwrap() == fs::read(dir.path().join(&name)).unwrap();
        assert!(is_equal, "{name} differs: cargo run -p fhirkit-members --example write_samples");
    }
}

#[test]
fn payer_page_is_the_bundle_that_the_page_prints() {
    let bytes = fs::read(samples().join("payer-page/everything.json")).unwrap();
    let bundle: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        bundle["entry"][1]["resource"]["meta"]["profile"][0],
        "http://hl7.org/fhir/us/core/StructureDefinition/uscore-provenance"
    );
    let given =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/design/payer-page/everything.json");
    match fs::read(&given) {
        Ok(page) => assert!(page == bytes, "samples/payer-page/everything.json differs from the page"),
        Err(_) => {
            eprintln!("skipped: ../shared/design/payer-page is missing, so the page itself was not compared")
        }
    }
}

#[test]
fn readme_names_every_quirk() {
    let readme = fs::read_to_string(samples().join("README.md")).unwrap();
    let missing: Vec<String> = names(&samples().join("quirks"))
        .into_iter()
        .filter(|name| !readme.contains(&format!("| `{name}` |")))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn quirks_that_are_json_are_json_and_the_others_are_not() {
    let is_json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).is_ok();
    for name in names(&samples().join("quirks")).iter().filter(|name| name.ends_with(".json")) {
        let is_broken = ["truncated.json", "login-page.json"].contains(&name.as_str());
        assert_eq!(is_json(&quirk(name)), !is_broken, "{name}");
    }
    let lines = |name: &str| quirk(name).split(|byte| *byte == b'\n').map(is_json).collect::<Vec<_>>();
    assert_eq!(lines("bad-line.ndjson"), [true, false, true, false]);
    assert_eq!(lines("odd-values.ndjson"), [true, true, true, true, true, true, false]);
}

// An editor or a version control system that "mends" line ends would take the point out of this file.
#[test]
fn bom_and_line_ends_are_still_there() {
    let bytes = quirk("bom-crlf.ndjson");
    assert!(bytes.starts_with(b"\xEF\xBB\xBF{"));
    assert_eq!(bytes.windows(2).filter(|pair| pair == b"\r\n").count(), 3);
    assert!(bytes.ends_with(b"}"));
}

#[test]
fn keys_stand_in_the_order_that_the_readme_says() {
    let at = |name: &str, key: &str| String::from_utf8(quirk(name)).unwrap().rfind(key).unwrap();
    for name in ["everything-with-fatal-outcome.json", "list-entry-first.json"] {
        assert!(at(name, "\"entry\"") < at(name, "\"resourceType\""), "{name}");
    }
    assert!(
        at("resource-type-last.json", "\"resourceType\"") > at("resource-type-last.json", "\"birthDate\"")
    );
}
