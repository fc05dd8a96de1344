//! One OperationOutcome of R4, with the extensions that the HL7 validator writes for line, column and message.
//!
//! The last issue is the verdict, so that a run without faults is an outcome too (R4 wants at least one issue).
//! Source: <https://hl7.org/fhir/R4/operationoutcome.html>

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Options, Report};
use crate::{Issue, Verdict};

const EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-";

/// The report.
#[derive(Debug)]
pub struct Outcome {
    show_values: bool,
    has_begun: bool,
}

impl Outcome {
    /// A report.
    pub fn new(options: &Options) -> Outcome {
        Outcome { show_values: options.show_values, has_begun: false }
    }

    fn write(&mut self, issue: &Value, out: &mut dyn Write) -> io::Result<()> {
        let before: &[u8] =
            if self.has_begun { b",\n" } else { b"{\"resourceType\":\"OperationOutcome\",\"issue\":[\n" };
        self.has_begun = true;
        out.write_all(before)?;
        Ok(serde_json::to_writer(out, issue)?)
    }
}

impl Report for Outcome {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        self.write(&component(issue, self.show_values), out)
    }

    fn finish(mut self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        let lines = verdict.lines();
        let (first, rest) = lines.split_first().map_or(("", lines.as_slice()), |(first, rest)| (first, rest));
        let closing = json!({
            "severity": "information",
            "code": "informational",
            "details": { "text": first },
            "diagnostics": rest.join("\n"),
        });
        self.write(&closing, out)?;
        out.write_all(b"\n]}\n")
    }
}

/// One `OperationOutcome.issue`, keys in the order of R4.
fn component(issue: &Issue, show_values: bool) -> Value {
    let mut object = Map::new();
    let extensions = extensions(issue);
    object.insert("extension".to_owned(), extensions.into());
    object.insert("severity".to_owned(), issue.severity.as_str().into());
    object.insert("code".to_owned(), issue.code.as_str().into());
    object.insert("details".to_owned(), json!({ "text": not_blank(issue.text(show_values)) }));
    if let Some(diagnostics) = diagnostics(issue) {
        object.insert("diagnostics".to_owned(), diagnostics.into());
    }
    if let Some(expression) = &issue.expression {
        object.insert("expression".to_owned(), json!([expression]));
    }
    Value::Object(object)
}

fn extensions(issue: &Issue) -> Vec<Value> {
    let mut list = Vec::new();
    let mut integer = |name: &str, number: Option<u64>| {
        // An integer of FHIR has 32 bits.
        if let Some(number) = number.and_then(|number| i32::try_from(number).ok()) {
            list.push(json!({ "url": format!("{EXTENSION}issue-{name}"), "valueInteger": number }));
        }
    };
    integer("line", issue.line);
    integer("col", issue.column);
    let mut string = |name: &str, text: &str| {
        list.push(json!({ "url": format!("{EXTENSION}{name}"), "valueString": text }));
    };
    string("issue-source", "fhirkit");
    if let Some(file) = &issue.file {
        string("file", file);
    }
    string("message-id", issue.message_id.as_deref().unwrap_or(issue.rule.as_str()));
    list
}

fn diagnostics(issue: &Issue) -> Option<String> {
    let mut parts = vec![format!("rule: {}", issue.rule)];
    parts.extend(issue.profiles.iter().map(|profile| format!("profile: {profile}")));
    parts.extend(issue.element.iter().map(|element| format!("element: {element}")));
    parts.extend(issue.byte.map(|byte| format!("byte: {byte}")));
    parts.extend(issue.help.iter().map(|help| format!("help: {help}")));
    Some(parts.join("; "))
}

/// A string of FHIR is never empty.
fn not_blank(text: &str) -> &str {
    if text.trim().is_empty() { "(no message)" } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, samples};
    use crate::Verdict;
    use serde_json::{Value, json};

    fn outcome() -> Value {
        serde_json::from_str(&samples::render(Format::OperationOutcome, &samples::options())).unwrap()
    }

    #[test]
    fn an_issue_has_its_place_as_expression_and_extensions() {
        assert_eq!(
            outcome()["issue"][0],
            json!({
                "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line", "valueInteger": 12},
                    {"url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col", "valueInteger": 39},
                    {"url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-source",
                     "valueString": "fhirkit"},
                    {"url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-file",
                     "valueString": "members/p.ndjson"},
                    {"url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id",
                     "valueString": "primitive/date"}
                ],
                "severity": "error",
                "code": "invalid",
                "details": {"text": "expected YYYY, YYYY-MM or YYYY-MM-DD, found `NN/NN/NNNN`"},
                "diagnostics": "rule: primitive/date; profile: \
                    http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0; byte: 5038; \
                    help: write the year first",
                "expression": ["Patient.birthDate"]
            })
        );
    }

    #[test]
    fn the_last_issue_is_the_verdict_and_there_is_always_one() {
        let issues = outcome()["issue"].as_array().unwrap().clone();
        assert_eq!(issues.len(), 4);
        assert!(issues[3]["details"]["text"].as_str().unwrap().starts_with("2 errors, 1 warning found"));
        let text =
            samples::render_all(Format::OperationOutcome, &samples::options(), &[], &Verdict::default());
        let empty: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(empty["issue"].as_array().map(Vec::len), Some(1));
        assert_eq!(empty["issue"][0]["code"], "informational");
    }
}
