//! Cells of the built-in tables on data that is not as it should be.

use crate::common::{cells, compile_json, run};
use fhirkit_definitions::Definitions;
use fhirkit_view::{Batch, BuiltIn, Kind, Options, Reason};

fn table(name: &str, resource: &str) -> Batch {
    let view = BuiltIn::named(name).unwrap().compile(Definitions::embedded().unwrap(), false).unwrap();
    let (batch, errors) = run(&view, &[resource]);
    assert!(errors.is_empty(), "{errors:?}");
    batch
}

/// Reason and text of a column's misfits.
fn told(batch: &Batch, column: &str) -> Vec<(Reason, String)> {
    let index = batch.record.schema().index_of(column).unwrap() as u32;
    let misfits = batch.misfits.iter().filter(|misfit| misfit.column == index);
    misfits.map(|misfit| (misfit.reason, misfit.text.clone())).collect()
}

#[test]
fn two_conditional_references_are_two_values() {
    let npi = |number| {
        format!(r#"{{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|{number}"}}"#)
    };
    let (one, two) = (npi("1111111111"), npi("2222222222"));
    let both = r#"["1111111111","2222222222"]"#;
    for (name, column, json) in [
        (
            "encounter",
            "practitioner_npi",
            format!(
                r#"{{"resourceType":"Encounter","participant":[{{"individual":{one}}},{{"individual":{two}}}]}}"#
            ),
        ),
        (
            "observation",
            "performer_npi",
            format!(r#"{{"resourceType":"Observation","performer":[{one},{two}]}}"#),
        ),
        ("coverage", "payer_npi", format!(r#"{{"resourceType":"Coverage","payor":[{one},{two}]}}"#)),
        ("claim_line", "rendering_npi", {
            let role = r#""role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claimcareteamrole","code":"rendering"}]}"#;
            let member = |provider: &str| format!(r#"{{"provider":{provider},{role}}}"#);
            let team = [member(&one), member(&two)].join(",");
            format!(
                r#"{{"resourceType":"ExplanationOfBenefit","use":"claim","careTeam":[{team}],"item":[{{"sequence":1}}]}}"#
            )
        }),
    ] {
        let batch = table(name, &json);
        assert_eq!(cells(&batch, column), ["-"], "{column}");
        assert_eq!(told(&batch, column), [(Reason::Ambiguous, both.to_owned())], "{column}");
    }
    let batch = table("coverage", &format!(r#"{{"resourceType":"Coverage","payor":[{one}]}}"#));
    assert_eq!(cells(&batch, "payer_npi"), ["1111111111"]);
}

#[test]
fn what_an_expression_fails_on_is_told_as_it_stands() {
    let patient =
        |line: &str| format!(r#"{{"resourceType":"Patient","id":"p","address":[{{"line":{line}}}]}}"#);
    for line in [r#"["a",true]"#, r#"["a",{"x":1}]"#] {
        let view =
            BuiltIn::named("patient").unwrap().compile(Definitions::embedded().unwrap(), false).unwrap();
        let (batch, _) = run(&view, &[&patient(line)]);
        let texts: Vec<_> =
            batch.misfits.iter().map(|misfit| (misfit.reason, misfit.text.as_str())).collect();
        assert_eq!(texts, [(Reason::Unfit, line)]);
        let index = batch.misfits[0].column as usize;
        assert!(batch.record.column(index).is_null(0));
    }
    let json = r#"{"resourceType":"ExplanationOfBenefit","use":"claim","provider":{"reference":true}}"#;
    assert_eq!(told(&table("claim", json), "provider_npi"), [(Reason::Unfit, "true".to_owned())]);
}

#[test]
fn a_number_in_quotes_is_told_without_them() {
    let json = r#"{"resourceType":"Observation","valueQuantity":{"value":"5\u0030"}}"#;
    let batch = table("observation", json);
    let texts: Vec<_> = batch.misfits.iter().map(|misfit| (misfit.reason, misfit.text.as_str())).collect();
    assert_eq!(texts, [(Reason::Unfit, "50")]);
}

#[test]
fn a_line_meets_one_currency_and_a_date_beside_a_list() {
    let why = r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}"#;
    let json = format!(
        r#"{{"resourceType":"ExplanationOfBenefit","use":"claim","billablePeriod":{{"start":"2020-03-01","_start":[null,{{"id":"b"}}]}},
          "item":[{{"sequence":1,"servicedDate":"2020-02-01","_servicedDate":[null,{{"id":"a"}}],
          "adjudication":[{{"amount":{{"value":5,"currency":"USD"}}}},{{"amount":{{"value":6,"_currency":{why}}}}}]}},
          {{"sequence":2}}]}}"#
    );
    let batch = table("claim_line", &json);
    assert_eq!(cells(&batch, "currency"), ["USD", "-"]);
    assert_eq!(cells(&batch, "service_start_date")[0], "2020-02-01");
    assert!(batch.misfits.is_empty(), "{:?}", batch.misfits);
    let starts = |batch: &Batch| cells(batch, "billable_start_text");
    assert_eq!(starts(&table("claim", &json)), ["2020-03-01"]);
}

#[test]
fn an_amount_beyond_arithmetic_is_negative_all_the_same() {
    let json = |value: &str| {
        format!(
            r#"{{"resourceType":"ExplanationOfBenefit","use":"claim","item":[{{"sequence":1,"adjudication":[{{"amount":{{"value":{value}}}}}]}}]}}"#
        )
    };
    assert_eq!(cells(&table("claim", &json("-1e1000")), "has_negative_amount"), ["true"]);
    assert_eq!(cells(&table("claim", &json("1e1000")), "has_negative_amount"), ["false"]);
}

#[test]
fn a_list_of_the_resource_is_a_list_beside_a_plain_column_of_the_same_path() {
    let json = r#"{"name": "v", "resource": "Patient", "select": [{"forEach": "name", "column": [
        {"name": "a", "path": "%resource.address.city"},
        {"name": "b", "path": "%resource.address.city", "collection": true}]}]}"#;
    let view = compile_json(json, Options::default()).unwrap();
    let none = r#"{"resourceType":"Patient","name":[{"family":"A"},{"family":"B"}]}"#;
    let (batch, _) = run(&view, &[none, &none.replace("\"name\"", "\"address\":{\"city\":\"C\"},\"name\"")]);
    assert_eq!(cells(&batch, "a"), ["-", "-", "C", "C"]);
    assert_eq!(cells(&batch, "b"), ["[]", "[]", r#"["C"]"#, r#"["C"]"#]);
}

#[test]
fn lines_that_look_into_long_lists_take_time_in_proportion() {
    let role = r#""role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claimcareteamrole","code":"rendering"}]}"#;
    let list = |of: &dyn Fn(usize) -> String| (1..=4000).map(of).collect::<Vec<_>>().join(",");
    let team = list(&|n| {
        let identifier = r#"{"system":"http://hl7.org/fhir/sid/us-npi","value":"#;
        format!(
            r#"{{"sequence":{n},{role},"provider":{{"reference":"Practitioner/{n}","identifier":{identifier}"{n}"}}}}}}"#
        )
    });
    let diagnoses = list(&|n| {
        format!(r#"{{"sequence":{n},"diagnosisCodeableConcept":{{"coding":[{{"code":"d{n}"}}]}}}}"#)
    });
    let items =
        list(&|n| format!(r#"{{"sequence":{n},"careTeamSequence":[{n}],"diagnosisSequence":[{n},1]}}"#));
    let json = format!(
        r#"{{"resourceType":"ExplanationOfBenefit","use":"claim","careTeam":[{team}],"diagnosis":[{diagnoses}],"item":[{items}]}}"#
    );
    let start = std::time::Instant::now();
    let batch = table("claim_line", &json);
    // Looking at each of the list for each line took over a minute.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    for (column, before) in [("rendering_id", ""), ("rendering_npi", ""), ("diagnosis_1_code", "d")] {
        let expected: Vec<String> = (1..=4000).map(|n| format!("{before}{n}")).collect();
        assert_eq!(cells(&batch, column), expected, "{column}");
    }
}

#[test]
fn text_that_every_row_repeats_is_stopped() {
    let role = r#""role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claimcareteamrole","code":"rendering"}]}"#;
    let member = format!(r#"{{{role},"provider":{{"reference":"Practitioner/{}"}}}}"#, "1".repeat(1000));
    let team = vec![member; 70].join(",");
    let items = vec!["{}"; 2000].join(",");
    let json = format!(
        r#"{{"resourceType":"ExplanationOfBenefit","use":"claim","careTeam":[{team}],"item":[{items}]}}"#
    );
    let view =
        BuiltIn::named("claim_line").unwrap().compile(Definitions::embedded().unwrap(), false).unwrap();
    let (batch, errors) = run(&view, &[&json]);
    assert_eq!((batch.record.num_rows(), errors[0].kind()), (0, Kind::TooManyRows));
    assert!(errors[0].to_string().contains("64 MiB of computed text"), "{}", errors[0]);
}
