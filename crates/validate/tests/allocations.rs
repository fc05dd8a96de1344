//! In the steady state the walk allocates nothing; two rules still do, a few times a resource, never an element.

use allocation_counter::measure;
use fhirkit_definitions::Definitions;
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p1","active":true,
  "meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient"],"lastUpdated":"2020-01-01T00:00:00Z"},
  "contained":[{"resourceType":"Organization","id":"o1","name":"Payer"}],
  "identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"value":"1"}],
  "name":[{"use":"old","given":["A",null],"_given":[null,{"extension":[{"url":"http://x","valueCode":"y"}]}]}],
  "deceasedBoolean":false,"birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"http://x","valueInteger":1}]},
  "managingOrganization":{"reference":"#o1"}}"##;

#[test]
fn a_clean_resource_allocates_next_to_nothing_once_its_kind_is_known() {
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let mut scratch = Scratch::new();
    let mut tape = Tape::new();
    tape.load(PATIENT.as_bytes().to_vec());
    let root = tape.parse(Span::new(0, PATIENT.len() as u32)).unwrap();
    let mut check = || {
        let mut issues = Vec::new();
        validator.check(&Subject::alone(tape.node(root)), &mut scratch, &mut |issue| issues.push(issue));
        assert!(issues.is_empty(), "{issues:?}");
    };
    check();
    // Two by references to what is contained, two by invariants.
    assert!(measure(check).count_total <= 4);
}
