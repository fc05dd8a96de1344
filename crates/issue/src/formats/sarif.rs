//! SARIF 2.1.0, within what GitHub's code scanning reads.
//!
//! GitHub shows the worst 5,000 results of a run (and refuses 25,000), reads one run a file, and wants each result
//! to have a file and a line. So this report keeps the worst 5,000 and says in a result of its own how many of
//! which rule it left out; a result whose line is unknown stands on line 1.
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::kept::Kept;
use super::{Options, Report, VERSION};
use crate::{Catalog, Issue, RuleId, Severity, Verdict, fingerprint, grouped};

/// How many results GitHub shows.
const LIMIT: usize = 5_000;
/// How many rules the result about those left out names.
const RULES: usize = 20;
/// The rule of that result.
const TOO_MANY: RuleId = RuleId::constant("report/too-many-issues");
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report. Nothing is written before the end of the run: the rules stand before the results.
#[derive(Debug)]
pub struct Sarif {
    show_values: bool,
    catalog: Catalog,
    kept: Kept<Kind>,
}

/// A result, but for what depends on the other ones: its rule's index and its number among its equals.
#[derive(Debug)]
struct Kind {
    rule: RuleId,
    print: String,
    uri: String,
    result: Map<String, Value>,
}

impl Sarif {
    /// A report.
    pub fn new(options: &Options) -> Sarif {
        Sarif { show_values: options.show_values, catalog: options.catalog.clone(), kept: Kept::new(LIMIT) }
    }
}

impl Report for Sarif {
    fn issue(&mut self, issue: &Issue, _: &mut dyn Write) -> io::Result<()> {
        let show_values = self.show_values;
        self.kept.offer(issue, || kind(issue, show_values));
        Ok(())
    }

    fn finish(mut self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        let statement = left_out(&mut self.kept);
        let mut kinds = self.kept.into_ordered();
        if let Some(words) = &statement {
            let uri = kinds.first().map_or_else(|| ".".to_owned(), |kind| kind.uri.clone());
            kinds.push(too_many(words, uri));
        }
        let rules: BTreeSet<RuleId> = kinds.iter().map(|kind| kind.rule.clone()).collect();
        let rules: Vec<RuleId> = rules.into_iter().collect();
        let descriptors: Vec<Value> = rules.iter().map(|rule| descriptor(rule, &self.catalog)).collect();
        let driver = json!({ "name": "fhirkit", "semanticVersion": VERSION, "rules": descriptors });
        write!(out, "{{\"version\":\"2.1.0\",\"$schema\":\"{SCHEMA}\",\"runs\":[{{\"tool\":{{\"driver\":")?;
        serde_json::to_writer(&mut *out, &driver)?;
        out.write_all(b"},\"columnKind\":\"unicodeCodePoints\",\"invocations\":[")?;
        serde_json::to_writer(&mut *out, &invocation(verdict, statement.as_deref()))?;
        out.write_all(b"],\"results\":[")?;
        write_results(kinds, &rules, out)?;
        out.write_all(b"\n],\"properties\":{\"verdict\":")?;
        serde_json::to_writer(&mut *out, verdict)?;
        out.write_all(b"}}]}\n")
    }
}

fn write_results(kinds: Vec<Kind>, rules: &[RuleId], out: &mut dyn Write) -> io::Result<()> {
    let mut equals: HashMap<String, u32> = HashMap::new();
    for (number, kind) in kinds.into_iter().enumerate() {
        let Kind { rule, print, uri, mut result } = kind;
        if let Ok(index) = rules.binary_search(&rule) {
            result.insert("ruleIndex".to_owned(), index.into());
        }
        // GitHub takes results with the same hash for one, so equal ones of a file are numbered.
        let hash = fingerprint::hash([print.as_str(), uri.as_str()].into_iter());
        let equal = equals.entry(hash.clone()).or_default();
        *equal += 1;
        let prints = json!({ "primaryLocationLineHash": format!("{hash}:{equal}"), "fhirkit/v1": print });
        result.insert("partialFingerprints".to_owned(), prints);
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &result)?;
    }
    Ok(())
}

fn kind(issue: &Issue, show_values: bool) -> Kind {
    let uri = uri(issue.file.as_deref().unwrap_or("."));
    let mut region = json!({ "startLine": issue.line.unwrap_or(1) });
    if let (Some(_), Some(column)) = (issue.line, issue.column) {
        region["startColumn"] = column.into();
    }
    let mut location = json!({
        "physicalLocation": { "artifactLocation": { "uri": uri }, "region": region },
    });
    if let Some(path) = &issue.expression {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": path }]);
    }
    let mut text = issue.text(show_values).to_owned();
    if let Some(path) = &issue.expression {
        text = format!("{path}: {text}");
    }
    text.extend(issue.help.iter().map(|help| format!(" (help: {help})")));
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), issue.rule.as_str().into());
    result.insert("level".to_owned(), level(issue.severity).into());
    result.insert("message".to_owned(), json!({ "text": text }));
    result.insert("locations".to_owned(), json!([location]));
    result.insert("properties".to_owned(), properties(issue));
    Kind { rule: issue.rule.clone(), print: issue.fingerprint(), uri, result }
}

/// What of the machine record has no place in SARIF.
fn properties(issue: &Issue) -> Value {
    let mut bag = Map::new();
    bag.insert("issueType".to_owned(), issue.code.as_str().into());
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            bag.insert(name.to_owned(), value);
        }
    };
    add("byte", issue.byte.map(Value::from));
    add("entry", issue.entry.clone().map(Value::from));
    add("resourceType", issue.resource_type.clone().map(Value::from));
    add("resourceId", issue.resource_id.clone().map(Value::from));
    add("profiles", Some(issue.profiles.clone()).filter(|list| !list.is_empty()).map(Value::from));
    add("element", issue.element.clone().map(Value::from));
    add("messageId", issue.message_id.clone().map(Value::from));
    Value::Object(bag)
}

fn descriptor(id: &RuleId, catalog: &Catalog) -> Value {
    let rule = catalog.find(id);
    let summary = match rule {
        Some(rule) => rule.summary,
        None if *id == TOO_MANY => "there are more issues than this report holds",
        None => id.as_str(),
    };
    let help = rule.and_then(|rule| rule.page).unwrap_or(summary);
    let level = level(rule.map_or(Severity::Information, |rule| rule.severity));
    json!({
        "id": id.as_str(),
        "name": pascal_case(id.name()),
        "shortDescription": { "text": summary },
        "fullDescription": { "text": summary },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": level },
        "properties": { "tags": ["fhir", id.group()] },
    })
}

fn invocation(verdict: &Verdict, statement: Option<&str>) -> Value {
    let lines = verdict.lines();
    let said = lines.iter().map(String::as_str).chain(statement);
    let notes: Vec<Value> =
        said.map(|line| json!({ "level": "note", "message": { "text": line } })).collect();
    json!({ "executionSuccessful": !verdict.is_incomplete, "toolExecutionNotifications": notes })
}

/// Says what was left out, if anything was; it makes room for the result that says so.
fn left_out(kept: &mut Kept<Kind>) -> Option<String> {
    if kept.dropped_count() == 0 {
        return None;
    }
    kept.drop_one();
    let mut rules: Vec<(u64, &RuleId)> = kept.dropped().iter().map(|(rule, n)| (n.total(), rule)).collect();
    rules.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let names: Vec<String> =
        rules.iter().take(RULES).map(|(count, rule)| format!("{rule} ×{}", grouped(*count))).collect();
    let more = match rules.len().saturating_sub(RULES) {
        0 => String::new(),
        more => format!(" and {more} more rules"),
    };
    Some(format!(
        "{} issues were found; this report holds the worst {} of them and leaves out {}{more}",
        grouped(kept.offered_count()),
        grouped(kept.len() as u64),
        names.join(", ")
    ))
}

fn too_many(words: &str, uri: String) -> Kind {
    let result = json!({
        "ruleId": TOO_MANY.as_str(),
        "level": "note",
        "message": { "text": words },
        "locations": [
            { "physicalLocation": { "artifactLocation": { "uri": uri }, "region": { "startLine": 1 } } }
        ],
    });
    let result = result.as_object().cloned().unwrap_or_default();
    Kind { rule: TOO_MANY, print: fingerprint::hash([TOO_MANY.as_str()].into_iter()), uri, result }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "note",
    }
}

/// `unknown-element` → `UnknownElement`, as SARIF's viewers expect a name.
fn pascal_case(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(word).collect()
}

/// A file's name as a URI reference.
fn uri(file: &str) -> String {
    let file = file.strip_prefix("./").unwrap_or(file).replace('\\', "/");
    let mut uri = String::from(if file.starts_with('/') { "file://" } else { "" });
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
#[path = "sarif/tests.rs"]
mod tests;
