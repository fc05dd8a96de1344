//! Compiled profiles as text. `UPDATE_SNAPSHOTS=1 cargo test -p fhirkit-validate --test snapshots` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use fhirkit_definitions::Definitions;
use fhirkit_validate::{Options, Validator};

fn compiled_as_before(name: &str, canonical: &str) {
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let text = validator.explain(canonical).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = text.lines().zip(expected.lines()).find(|(found, wanted)| found != wanted);
    assert!(text == expected, "{name} differs: {difference:?}");
}

#[test]
fn a_type_compiles_to_its_elements() {
    compiled_as_before("quantity", "http://hl7.org/fhir/StructureDefinition/Quantity|4.0.1");
}

#[test]
fn a_profile_compiles_to_its_slices_and_fixed_values() {
    compiled_as_before("heartrate", "http://hl7.org/fhir/StructureDefinition/heartrate|4.0.1");
}
