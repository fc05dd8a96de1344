//! What a batch carries of a document: as written, or null and told.

use crate::common::{cells, compile, compile_json, run};
use fhirkit_definitions::Definitions;
use fhirkit_view::{BuiltIn, Kind, Options, Reason, TARGET};

const BUILT_IN: Options = Options { lineage: false, built_in: true };

#[test]
fn decimals_and_dates_are_carried_as_written() {
    let view = compile(
        "Observation",
        r#"{"name": "value", "path": "value.ofType(Quantity).value"}, {"name": "at", "path": "effective.ofType(dateTime)"}"#,
        Options::default(),
    )
    .unwrap();
    let targets: Vec<_> = view.schema().fields().iter().map(|f| f.metadata()[TARGET].as_str()).collect();
    assert_eq!(targets, ["decimal", "text"]);
    let resource =
        r#"{"resourceType":"Observation","valueQuantity":{"value":1.10},"effectiveDateTime":"2020-05"}"#;
    let (batch, _) = run(&view, &[resource]);
    assert_eq!((cells(&batch, "value"), cells(&batch, "at")), (vec!["1.10".into()], vec!["2020-05".into()]));
}

#[test]
fn json_of_the_wrong_kind_is_null_and_told_with_its_text() {
    let view = compile(
        "Patient",
        r#"{"name": "gender", "path": "gender"}, {"name": "active", "path": "active"},
           {"name": "births", "path": "multipleBirth.ofType(integer)"}"#,
        Options::default(),
    )
    .unwrap();
    let resource = r#"{"resourceType":"Patient","gender":7,"active":"false","multipleBirthInteger":1.5}"#;
    let (batch, errors) = run(&view, &[resource]);
    assert!(errors.is_empty());
    for name in ["gender", "active", "births"] {
        assert_eq!(cells(&batch, name), ["-"], "{name}");
    }
    let told: Vec<_> = batch.misfits.iter().map(|m| (m.row, m.column, m.text.as_str(), m.reason)).collect();
    let unfit = Reason::Unfit;
    assert_eq!(told, [(0, 0, "7", unfit), (0, 1, "false", unfit), (0, 2, "1.5", unfit)]);
}

#[test]
fn two_values_are_an_error_in_a_users_view_and_null_in_ours() {
    let column = r#"{"name": "family", "path": "name.family"}"#;
    let (two, one) = (
        r#"{"resourceType":"Patient","id":"p1","name":[{"family":"A"},{"family":"B"}]}"#,
        r#"{"resourceType":"Patient","id":"p2","name":[{"family":"C"}]}"#,
    );
    let (batch, errors) = run(&compile("Patient", column, Options::default()).unwrap(), &[two, one]);
    assert_eq!(errors[0].kind(), Kind::MultipleValues);
    assert_eq!(
        errors[0].to_string(),
        "expected one value, found 2 (view v, column family, resource Patient/p1)"
    );
    assert_eq!((cells(&batch, "family"), batch.row_entry), (vec!["C".to_owned()], vec![1]));

    let (batch, errors) = run(&compile("Patient", column, BUILT_IN).unwrap(), &[two, one]);
    assert!(errors.is_empty());
    assert_eq!(cells(&batch, "family"), ["-", "C"]);
    assert_eq!(
        (batch.misfits[0].reason, batch.misfits[0].text.as_str()),
        (Reason::Ambiguous, r#"["A","B"]"#)
    );
}

#[test]
fn a_collection_is_a_list() {
    let view = compile(
        "Patient",
        r#"{"name": "given", "path": "name.given", "collection": true}"#,
        Options::default(),
    )
    .unwrap();
    let (batch, _) = run(
        &view,
        &[
            r#"{"resourceType":"Patient","name":[{"given":["A","B"]},{"given":["C"]}]}"#,
            r#"{"resourceType":"Patient"}"#,
        ],
    );
    assert_eq!(cells(&batch, "given"), [r#"["A", "B", "C"]"#, "[]"]);
}

#[test]
fn a_built_in_timestamp_wants_time_and_zone_and_its_twins_carry_the_rest() {
    let columns = r#"
        {"name": "at", "path": "period.start", "type": "dateTime", "tag": [{"name": "ansi/type", "value": "TIMESTAMP"}]},
        {"name": "at_date", "path": "period.start", "type": "date", "tag": [{"name": "ansi/type", "value": "DATE"}]},
        {"name": "at_text", "path": "period.start", "type": "string"}"#;
    let view = compile("Encounter", columns, BUILT_IN).unwrap();
    let texts = ["2020", "2020-05-06", "2020-05-06T10:00:00", "2020-05-06T10:00:00+02:00", "6.5.2020"];
    let resources =
        texts.map(|text| format!(r#"{{"resourceType":"Encounter","period":{{"start":"{text}"}}}}"#));
    let (batch, _) = run(&view, &resources.each_ref().map(String::as_str));
    assert_eq!(cells(&batch, "at"), ["-", "-", "-", texts[3], texts[4]]);
    assert_eq!(cells(&batch, "at_date"), ["-", "2020-05-06", "2020-05-06", "2020-05-06", texts[4]]);
    assert_eq!(cells(&batch, "at_text"), texts);
    assert!(batch.misfits.is_empty());

    let users = compile("Encounter", columns, Options::default()).unwrap();
    let (batch, _) = run(&users, &resources.each_ref().map(String::as_str));
    assert_eq!(cells(&batch, "at"), texts, "a user's cast leaves it to the sink to say what does not fit");
}

#[test]
fn a_partial_birth_date_stays_for_the_sink_to_tell() {
    let view = BuiltIn::named("patient").unwrap().compile(Definitions::embedded().unwrap(), false).unwrap();
    let (batch, _) = run(&view, &[r#"{"resourceType":"Patient","id":"p","birthDate":"1956"}"#]);
    assert_eq!(
        (cells(&batch, "birth_date"), cells(&batch, "birth_date_text")),
        (vec!["1956".into()], vec!["1956".into()])
    );
}

#[test]
fn casts_read_numbers_from_text() {
    let view = compile(
        "Observation",
        r#"{"name": "n", "path": "value.ofType(string)", "tag": [{"name": "ansi/type", "value": "INTEGER"}]}"#,
        Options::default(),
    )
    .unwrap();
    let resource = |text: &str| format!(r#"{{"resourceType":"Observation","valueString":"{text}"}}"#);
    let (batch, _) = run(&view, &[&resource("42"), &resource("many")]);
    assert_eq!(cells(&batch, "n"), ["42", "-"]);
    assert_eq!(batch.misfits[0].text, "many");
}

#[test]
fn levels_multiply_and_a_row_knows_its_document() {
    let json = r#"{"name": "v", "resource": "Patient", "select": [
        {"forEach": "name", "column": [{"name": "family", "path": "family"}, {"name": "i", "path": "%rowIndex"}]},
        {"forEachOrNull": "telecom", "column": [{"name": "phone", "path": "value"}]},
        {"column": [{"name": "id", "path": "getResourceKey()"}]}]}"#;
    let view = compile_json(json, Options { lineage: true, built_in: false }).unwrap();
    let (batch, _) = run(
        &view,
        &[
            r#"{"resourceType":"Group"}"#,
            r#"{"resourceType":"Patient","id":"p","name":[{"family":"A"},{"family":"B"}],"telecom":[{"value":"1"},{"value":"2"}]}"#,
            r#"{"resourceType":"Patient","id":"q","name":{"family":"C"}}"#,
        ],
    );
    assert_eq!(cells(&batch, "family"), ["A", "A", "B", "B", "C"]);
    assert_eq!(cells(&batch, "phone"), ["1", "2", "1", "2", "-"]);
    assert_eq!(cells(&batch, "id"), ["p", "p", "p", "p", "q"]);
    assert_eq!(batch.row_entry, [1, 1, 1, 1, 2]);
    assert_eq!(
        (cells(&batch, "_source_file")[0].as_str(), cells(&batch, "_source_line")[0].as_str()),
        ("in.ndjson", "7")
    );
    assert_eq!(cells(&batch, "_source_offset")[0], "24");
}

#[test]
fn repeat_without_an_end_is_an_error() {
    let json = r#"{"name": "v", "resource": "Patient", "select": [
        {"repeat": ["$this"], "column": [{"name": "id", "path": "id"}]}]}"#;
    let view = compile_json(json, Options::default()).unwrap();
    let (batch, errors) = run(&view, &[r#"{"resourceType":"Patient","id":"p"}"#]);
    assert_eq!((batch.record.num_rows(), errors[0].kind()), (0, Kind::TooManyRows));
}

#[test]
fn other_resource_carries_everything_as_read() {
    let view =
        BuiltIn::named("other_resource").unwrap().compile(Definitions::embedded().unwrap(), false).unwrap();
    let immunization =
        r#"{"resourceType":"Immunization","id":"i", "patient":{"reference":"Patient/p1"},"x":1.10}"#;
    let task = r#"{"resourceType":"Task","id":"t","for":{"reference":"http://s/Patient/p2/_history/3"}}"#;
    let unknown = r#"{"resourceType":"Nonsense"}"#;
    let (batch, errors) = run(&view, &[immunization, task, unknown]);
    assert!(errors.is_empty() && batch.misfits.is_empty());
    assert_eq!(cells(&batch, "resource_type"), ["Immunization", "Task", "Nonsense"]);
    assert_eq!(cells(&batch, "resource_id"), ["i", "t", "-"]);
    assert_eq!(cells(&batch, "patient_id"), ["p1", "p2", "-"]);
    assert_eq!(cells(&batch, "json"), [immunization, task, unknown]);
}
