//! Elements of the data: choices, primitives with extensions, shapes that are not as declared.

mod common;

use common::{evaluate, results, scope, types};
use fhirkit_fhirpath::{ErrorKind, Expression};

const GIVEN: &str = r#"{"resourceType":"Patient","name":[{"given":["Ann",null,"Eve"],
  "_given":[null,{"extension":[{"url":"u","valueString":"masked"}]},{"id":"g3"}]}],
  "_birthDate":{"extension":[{"url":"why","valueCode":"unknown"}]}}"#;

#[test]
fn primitives_keep_their_extensions_and_ids_in_step() {
    assert_eq!(results(GIVEN, "name.given.select($this.hasValue())"), ["true", "false", "true"]);
    assert_eq!(results(GIVEN, "name.given.extension('u').value"), ["masked"]);
    assert_eq!(results(GIVEN, "name.given.where(hasValue().not()).extension.url"), ["u"]);
    assert_eq!(results(GIVEN, "name.given.where(id = 'g3')"), ["Eve"]);
    assert_eq!(results(GIVEN, "birthDate.extension('why').value.ofType(code)"), ["unknown"]);
    assert_eq!(results(GIVEN, "birthDate.exists() and birthDate.hasValue().not()"), ["true"]);
    assert!(results(GIVEN, "birthDate < today()").is_empty());
}

#[test]
fn number_text_passes_untouched() {
    let json = r#"{"resourceType":"Observation","valueQuantity":{"value":1.10}}"#;
    assert_eq!(results(json, "value.ofType(Quantity).value"), ["1.10"]);
    assert_eq!(results(json, "value.value.toString()"), ["1.10"]);
    assert_eq!(results(json, "value.value * 2"), ["2.20"]);
    let long = json.replace("1.10", "176.35499866729558000000000001");
    assert_eq!(results(&long, "value.value"), ["176.35499866729558000000000001"]);
    let huge = json.replace("1.10", "1e400000000");
    assert!(results(&huge, "value.value > 1").is_empty());
}

#[test]
fn a_value_and_its_sibling_may_differ_in_being_a_list() {
    let json = r#"{"resourceType":"Patient","birthDate":"2020-02-01","_birthDate":[null,{"id":"a"}],
      "gender":["male","female"],"_gender":{"id":"g"},"_active":[{"id":"x"}]}"#;
    assert_eq!(results(json, "birthDate.where(hasValue())"), ["2020-02-01"]);
    assert_eq!(results(json, "birthDate.id"), ["a"]);
    assert_eq!(results(json, "gender.select(id)"), ["g"]);
    assert_eq!(results(json, "gender"), ["male", "female"]);
    assert_eq!(results(json, "active.id"), ["x"]);
}

#[test]
fn numbers_beyond_arithmetic_are_ordered_by_their_signs() {
    let json =
        |value: &str| format!(r#"{{"resourceType":"Observation","valueQuantity":{{"value":{value}}}}}"#);
    let below = |value: &str, other: &str| results(&json(value), &format!("value.value < {other}"));
    assert_eq!(below("-1e1000", "0"), ["true"]);
    assert_eq!(below("1e1000", "0"), ["false"]);
    assert_eq!(below("-1E-1000", "1"), ["true"]);
    assert_eq!(below("0.0e9999", "1"), ["true"]);
    assert!(below("1e1000", "1").is_empty() && below("-1e1000", "-1").is_empty());
}

#[test]
fn a_fault_knows_what_it_met_and_does_not_show_it() {
    let json = r#"{"resourceType":"Patient","gender":true,"name":[{"given":["a",{"x":1}],"family":"F"},{}]}"#;
    for (path, found) in [
        ("name.given.join(',')", r#"["a",{"x":1}]"#),
        ("gender.contains('a')", "true"),
        ("name.where(given.upper() = 'A')", r#"["a",{"x":1}]"#),
        ("('q' | 'r\"').upper()", r#"["q","r\""]"#),
        ("name.family.toChars().combine('x').allTrue()", r#"["F","x"]"#),
    ] {
        let error = evaluate(json, path, |_| {}).unwrap_err();
        assert_eq!(error.found(), Some(found), "{path}");
        assert!(!format!("{error:?}{error}").contains(found), "{path}");
    }
}

#[test]
fn choices_are_one_element_of_several_types() {
    let json = r#"{"resourceType":"Observation","valueString":"x"}"#;
    assert_eq!(results(json, "value"), ["x"]);
    assert_eq!(results(json, "(value as string)"), ["x"]);
    assert!(results(json, "value.ofType(Quantity).unit").is_empty());
    assert_eq!(results(json, "value is string"), ["true"]);
}

#[test]
fn data_of_another_shape_is_read_for_what_it_holds() {
    let json = r#"{"resourceType":"Patient","name":{"family":["A","B"]},"active":"false",
      "identifier":[{"value":7}],"birthDate":"IGNORED"}"#;
    assert_eq!(results(json, "name.family"), ["A", "B"]);
    assert_eq!(results(json, "identifier.where(value = '7').exists()"), ["true"]);
    assert!(results(json, "birthDate < @2020-01-01").is_empty());
    assert_eq!(results(json, "active"), ["false"]);
}

#[test]
fn a_type_named_twice_gives_each_item_once() {
    let json = r#"{"resourceType":"Patient","name":[{"family":"A"}]}"#;
    let twice = |scope: &mut fhirkit_fhirpath::Scope| {
        let types = scope.context.types.clone();
        scope.context.types.extend(types);
    };
    assert_eq!(evaluate(json, "name.family", twice).unwrap().0, ["A"]);
}

#[test]
fn context_and_resource_stay_what_they_are_inside_functions() {
    let json = r#"{"resourceType":"Claim","careTeam":[{"sequence":1,"provider":{"display":"A"}},
      {"sequence":2,"provider":{"display":"B"}}],"item":[{"careTeamSequence":[2]}]}"#;
    let path = "item.select(%resource.careTeam.where(sequence in %context.item.careTeamSequence)).provider";
    assert_eq!(results(json, &format!("{path}.display")), ["B"]);
    assert_eq!(results(json, "careTeam.select($index + 1 = sequence)"), ["true", "true"]);
}

#[test]
fn contained_resources_have_the_type_they_say() {
    let json = r#"{"resourceType":"Patient","contained":[{"resourceType":"Organization","name":"O"}]}"#;
    assert_eq!(results(json, "contained.ofType(Organization).name"), ["O"]);
    assert_eq!(results(json, "contained.name"), ["O"]);
    assert!(results(json, "contained.ofType(Patient)").is_empty());
}

#[test]
fn unknown_names_give_place_and_likely_name() {
    let fault =
        |text: &str, resource: &str| Expression::compile(types(), text, &scope(resource)).unwrap_err();
    let error = fault("name.where(use = 'x').familly", "Patient");
    assert_eq!((error.kind(), error.position()), (ErrorKind::Semantic, 22));
    assert_eq!(error.to_string(), "`HumanName` has no element `familly`");
    assert_eq!(error.hint(), Some("did you mean `family`?"));
    let error = fault("valueQuantity.unit", "Observation");
    assert_eq!(error.hint(), Some("write `value.ofType(Quantity)`"));
    assert_eq!(fault("name.frist()", "Patient").hint(), Some("did you mean `first()`?"));
    assert_eq!(fault("value.ofType(Quantty)", "Observation").hint(), Some("did you mean `Quantity`?"));
    assert_eq!(fault("name.where()", "Patient").to_string(), "`where()` takes 1 argument, found 0");
    assert_eq!(fault("%resorce.id", "Patient").hint(), Some("did you mean `%resource`?"));
    let error = evaluate(GIVEN, "name.memberOf('x')", |scope| scope.allow_lookups = false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Semantic);
}

#[test]
fn simple_paths_show_their_keys() {
    let observation = scope("Observation");
    let expression = Expression::compile(types(), "value.ofType(Quantity).value", &observation).unwrap();
    let keys: Vec<_> = expression.simple_path().unwrap().iter().map(|step| &*step.routes[0].key).collect();
    assert_eq!(keys, ["valueQuantity", "value"]);
    assert!(expression.result().single);
    let expression = Expression::compile(types(), "category.where(text = 'x')", &observation).unwrap();
    assert!(expression.simple_path().is_none() && !expression.result().single);
}

#[test]
fn a_filter_on_the_item_itself_needs_no_name_before_it() {
    let json = r#"{"resourceType":"Patient","name":[{"use":"usual"},{"use":"old"}]}"#;
    assert_eq!(results(json, "name.select(where(use = 'old').exists())"), ["false", "true"]);
    assert_eq!(results(json, "where(active.exists().not()).exists()"), ["true"]);
}
