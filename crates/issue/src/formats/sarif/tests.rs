//! The official schema is not part of this project; these tests hold what it and GitHub ask for by hand.

use serde_json::{Value, json};

use super::super::{Format, samples};
use super::*;

fn log(issues: &[Issue]) -> Value {
    let text = samples::render_all(Format::Sarif, &samples::options(), issues, &samples::verdict());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_result_has_rule_level_message_place_and_fingerprints() {
    let log = log(&samples::issues());
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "primitive/date");
    assert_eq!(result["level"], "error");
    assert_eq!(
        result["message"]["text"],
        "Patient.birthDate: expected YYYY, YYYY-MM or YYYY-MM-DD, found `NN/NN/NNNN` (help: write the year first)"
    );
    assert_eq!(
        result["locations"][0]["physicalLocation"],
        json!({"artifactLocation": {"uri": "members/p.ndjson"}, "region": {"startLine": 12, "startColumn": 39}})
    );
    assert_eq!(result["partialFingerprints"]["fhirkit/v1"].as_str().map(str::len), Some(32));
    let last = &log["runs"][0]["results"][2]["locations"][0]["physicalLocation"];
    assert_eq!(
        last,
        &json!({"artifactLocation": {"uri": "b%2Cc%3A%3Ci%3E.json"}, "region": {"startLine": 1}})
    );
}

#[test]
fn a_result_points_at_its_rule_and_the_rule_has_help() {
    let log = log(&samples::issues());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty()));
    }
    let date = rules.iter().find(|rule| rule["id"] == "primitive/date").unwrap();
    assert_eq!(date["help"]["markdown"], samples::DATE.page.unwrap());
    assert_eq!(date["properties"]["tags"], json!(["fhir", "primitive"]));
}

#[test]
fn equal_issues_of_a_file_have_hashes_of_their_own() {
    let log = log(&vec![samples::issues().remove(0); 3]);
    let hash =
        |n: usize| log["runs"][0]["results"][n]["partialFingerprints"]["primaryLocationLineHash"].clone();
    assert!(hash(0) != hash(1) && hash(1) != hash(2) && hash(0) != hash(2));
}

#[test]
fn at_most_5000_results_are_written_the_worst_stay_and_one_says_what_is_left_out() {
    let mut issues = vec![samples::issues().remove(2); 6_000];
    issues.extend(vec![samples::issues().remove(0); 10]);
    let log = log(&issues);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), LIMIT);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 10);
    let last = results.last().unwrap();
    assert_eq!(last["ruleId"], "report/too-many-issues");
    assert_eq!(
        last["message"]["text"],
        "6,010 issues were found; this report holds the worst 4,999 of them and leaves out profile/unknown ×1,011"
    );
    let exactly = self::log(&vec![samples::issues().remove(2); LIMIT]);
    let results = exactly["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() == LIMIT && results.iter().all(|result| result["ruleId"] == "profile/unknown"));
}

#[test]
fn names_of_files_become_uris() {
    assert_eq!(uri("./a b/ü.json"), "a%20b/%C3%BC.json");
    assert_eq!(uri("/tmp/a.json"), "file:///tmp/a.json");
    assert_eq!(uri("a\\b.json"), "a/b.json");
    assert_eq!(pascal_case("unknown-element"), "UnknownElement");
}
