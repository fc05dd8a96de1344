//! A view is checked when it is compiled, before the first byte of data.

use crate::common::{compile, compile_json};
use fhirkit_view::{Kind, Options, ViewDefinition};

fn fault(resource: &str, columns: &str) -> fhirkit_view::Error {
    compile(resource, columns, Options::default()).unwrap_err()
}

#[test]
fn an_unknown_element_is_named_with_the_one_that_was_meant() {
    let error = fault("ExplanationOfBenefit", r#"{"name": "start", "path": "billablePeriodd.start"}"#);
    assert_eq!(error.kind(), Kind::UnknownPath);
    assert_eq!((error.view(), error.column(), error.position()), (Some("v"), Some("start"), Some(0)));
    assert_eq!(error.hint(), Some("did you mean `billablePeriod`?"));
    assert_eq!(
        error.to_string(),
        "`ExplanationOfBenefit` has no element `billablePeriodd` (view v, column start)"
    );
}

#[test]
fn a_path_that_is_no_fhirpath_tells_its_place() {
    let error = fault("Patient", r#"{"name": "x", "path": "name.where(use = ).family"}"#);
    assert_eq!(error.kind(), Kind::Expression);
    assert_eq!(error.expression(), Some("name.where(use = ).family"));
    assert!(error.position().is_some_and(|at| (15..18).contains(&at)), "{:?}", error.position());
}

#[test]
fn functions_that_ask_the_outside_are_refused() {
    let error = fault("Observation", r#"{"name": "x", "path": "code.memberOf('http://x')"}"#);
    assert_eq!(error.kind(), Kind::Expression);
}

#[test]
fn a_wrong_type_is_told() {
    let error = fault("Patient", r#"{"name": "x", "path": "gender", "type": "integer"}"#);
    assert_eq!(error.to_string(), "type `integer` is asked, but the path gives `code` (view v, column x)");
    assert_eq!(fault("Patient", r#"{"name": "x", "path": "name.first()"}"#).kind(), Kind::WrongType);
}

#[test]
fn names_clash_only_outside_of_one_union() {
    let error = fault("Patient", r#"{"name": "id", "path": "id"}, {"name": "id", "path": "gender"}"#);
    assert_eq!(error.kind(), Kind::NameClash);
    assert_eq!(fault("Patient", r#"{"name": "a b", "path": "id"}"#).kind(), Kind::BadName);
}

#[test]
fn branches_of_a_union_have_the_same_columns_and_types() {
    let union = |second: &str| {
        let json = format!(
            r#"{{"name": "v", "resource": "Patient", "select": [{{"unionAll": [
                {{"column": [{{"name": "a", "path": "id"}}, {{"name": "b", "path": "active"}}]}}, {second}]}}]}}"#
        );
        compile_json(&json, Options::default())
    };
    assert!(union(r#"{"column": [{"name": "a", "path": "gender"}, {"name": "b", "path": "{}"}]}"#).is_ok());
    for wrong in [
        r#"{"column": [{"name": "a", "path": "id"}]}"#,
        r#"{"column": [{"name": "b", "path": "active"}, {"name": "a", "path": "id"}]}"#,
        r#"{"column": [{"name": "a", "path": "id"}, {"name": "b", "path": "id"}]}"#,
    ] {
        assert_eq!(union(wrong).unwrap_err().kind(), Kind::UnionMismatch, "{wrong}");
    }
}

#[test]
fn an_unknown_resource_type_is_told() {
    let error = fault("Patiant", r#"{"name": "x", "path": "id"}"#);
    assert_eq!((error.rule(), error.hint()), ("view/unknown-resource", Some("did you mean `Patient`?")));
}

#[test]
fn both_forms_of_the_resource_are_read() {
    for form in ["ViewDefinition", "https://sql-on-fhir.org/ig/StructureDefinition/ViewDefinition"] {
        let json = format!(
            r#"{{"resourceType": "{form}", "resource": "Patient", "select": [{{"column": [{{"name": "id", "path": "id"}}]}}]}}"#
        );
        assert!(ViewDefinition::from_json(json.as_bytes()).is_ok(), "{form}");
    }
    let error = ViewDefinition::from_json(br#"{"resourceType": "Patient"}"#).unwrap_err();
    assert!(error.to_string().starts_with("expected `ViewDefinition`, found `Patient`"), "{error}");
}

#[test]
fn a_misspelt_member_is_told_with_line_and_column() {
    let json = "{\"resource\": \"Patient\",\n \"select\": [{\"foreach\": \"name\"}]}";
    let error = ViewDefinition::from_json(json.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "unknown member `foreach` (at select[0])");
    assert_eq!(error.hint(), Some("did you mean `forEach`?"));
    assert_eq!(error.line_column(), Some((2, 25)));
    let error = ViewDefinition::from_json(br#"{"resource": "Patient", "select": {}}"#).unwrap_err();
    assert_eq!(error.to_string(), "expected a list, found an object (at select)");
    assert_eq!(ViewDefinition::from_json(b"<html>").unwrap_err().kind(), Kind::Syntax);
}

#[test]
fn constants_of_every_type_are_checked() {
    let with = |constant: &str, path: &str| {
        compile_json(
            &format!(
                r#"{{"resource": "Patient", "constant": [{{"name": "c", {constant}}}], "select": [{{"column": [{{"name": "x", "path": "{path}"}}]}}]}}"#
            ),
            Options::default(),
        )
    };
    assert!(with(r#""valueDate": "2020-01-01""#, "birthDate = %c").is_ok());
    assert_eq!(with(r#""valueDate": "1.1.2020""#, "birthDate = %c").unwrap_err().kind(), Kind::WrongType);
    assert_eq!(
        with(r#""valueStrin": "x""#, "id = %c").unwrap_err().hint(),
        Some("did you mean `valueString`?")
    );
    assert!(with(r#""valueString": "x""#, "id = %d").is_err());
}

#[test]
fn a_member_stands_once_and_an_abstract_type_is_no_hint() {
    let json =
        "{\"name\": \"v\", \"resource\": \"Patient\",\n \"resource\": \"Observation\", \"select\": []}";
    let error = compile_json(json, Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.line_column()), (Kind::Structure, Some((2, 2))));
    let error = fault("Resource", r#"{"name": "x", "path": "id"}"#);
    assert_eq!((error.kind(), error.hint()), (Kind::UnknownResource, None));
}

#[test]
fn a_view_has_columns() {
    for select in ["", r#"{"column": []}"#, r#"{"unionAll": []}"#, "{}"] {
        let json = format!(r#"{{"name": "v", "resource": "Patient", "select": [{select}]}}"#);
        let error = compile_json(&json, Options::default()).unwrap_err();
        assert_eq!(error.kind(), Kind::Structure, "{select}");
    }
}
