//! What columns of tables are made of allocates nothing once buffers are warm.

use allocation_counter::measure;
use fhirkit_definitions::Definitions;
use fhirkit_fhirpath::{Context, Expression, Scope, Scratch, Value};
use fhirkit_tape::{Span, Tape};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","active":true,
  "identifier":[{"type":{"coding":[{"system":"s","code":"MR"}]},"value":"1"},
                {"type":{"coding":[{"system":"s","code":"MB"}]},"value":"2"}],
  "name":[{"use":"old","given":["A"]},{"use":"usual","family":"F","given":["B","C"]}],
  "deceasedBoolean":false,"birthDate":"1970-01-01",
  "managingOrganization":{"reference":"https://example.org/fhir/Organization/o1/_history/2"},
  "extension":[{"url":"u","valueCode":"x"}]}"#;

#[test]
fn paths_and_common_criteria_allocate_nothing() {
    let definitions = Definitions::embedded().unwrap();
    let types = definitions.types();
    let ty = types.type_named("Patient").unwrap();
    let mut tape = Tape::new();
    tape.load(PATIENT.as_bytes().to_vec());
    let root = tape.parse(Span { start: 0, end: PATIENT.len() as u32 }).unwrap();
    let input = Value::element(tape.node(root), ty);
    for text in [
        "id",
        "name.given",
        "name.first().given.first()",
        "name.given[1]",
        "deceased.ofType(boolean)",
        "getResourceKey()",
        "managingOrganization.getReferenceKey(Organization)",
        "managingOrganization.getReferenceType()",
        "extension('u').value.ofType(code)",
        "name.where((use.empty() or use = 'usual') and period.end.empty()).first().given.first()",
        "identifier.where(type.coding.where(system = 's' and code = 'MB').exists()).value",
        "name.exists(use = 'usual')",
        "iif(active, name.count(), 0)",
    ] {
        let expression = Expression::compile(types, text, &Scope::in_view(ty, ty)).unwrap();
        let context = Context::new(types, input.clone());
        let (mut scratch, mut out) = (Scratch::new(), Vec::new());
        let mut evaluate = || {
            out.clear();
            expression.evaluate(&context, &input, &mut scratch, &mut out).unwrap();
            out.len()
        };
        assert_eq!(evaluate(), if text == "name.given" { 3 } else { 1 }, "{text}");
        let counted = measure(|| {
            evaluate();
        });
        assert_eq!(counted.count_total, 0, "{text}");
    }
}
