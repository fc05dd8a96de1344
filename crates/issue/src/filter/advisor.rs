//! A file that says which issues a project has decided to accept.
//!
//! Two forms, also both in one file. The HL7 validator's `advisor.json` has one key, `suppress`: message ids, each
//! with a path behind `@` if it holds for a part only (`MESSAGE_ID@Patient.name`, `*@Observation.code.*`, and a
//! regular expression behind `@^`). Ours has `rules`:
//!
//! ```json
//! {"rules": [
//!   {"rule": "binding/required", "path": "Patient.gender", "severity": "warning", "reason": "until the feed is fixed"},
//!   {"rule": "profile", "profile": "http://example.org/old", "severity": "off", "reason": "retired"}
//! ]}
//! ```
//!
//! Source: <https://confluence.hl7.org/display/FHIR/Validator+Advisor+Framework>

use regex::Regex;
use serde::Deserialize;

use super::FilterError;
use crate::fingerprint::without_indexes;
use crate::{Issue, RuleId, Severity};

/// The rules of an advisor file, the first that fits decides.
#[derive(Debug, Default)]
pub struct Advisor {
    rules: Vec<Advice>,
}

#[derive(Debug)]
struct Advice {
    about: About,
    path: Path,
    profile: Option<String>,
    /// None hides the issue.
    severity: Option<Severity>,
    hit_count: u64,
    /// As it stands in the file, for the list of those that never fit.
    text: String,
}

/// Which issues an advice is about.
#[derive(Debug)]
enum About {
    /// Message ids of HL7's validator, or rules: equal, or beginning so where it ends in `*`.
    Id(String),
    /// A rule, a group, or `all`.
    Rule(String),
}

/// Where an advice holds.
#[derive(Debug)]
enum Path {
    Anywhere,
    Segments(Vec<String>),
    Regex(Regex),
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    suppress: Vec<String>,
    #[serde(default)]
    rules: Vec<Ours>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ours {
    rule: String,
    path: Option<String>,
    profile: Option<String>,
    severity: String,
    /// For people; asked for, because in a year nobody knows.
    reason: String,
}

impl Advisor {
    /// Reads a file of either form.
    ///
    /// # Errors
    /// When it is not JSON, has neither list, or an entry cannot be understood.
    pub fn read(bytes: &[u8]) -> Result<Advisor, FilterError> {
        let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)?;
        if !keys.contains_key("suppress") && !keys.contains_key("rules") {
            return Err(FilterError::new("an advisor file has a list `suppress` or a list `rules`"));
        }
        let file: File = serde_json::from_value(serde_json::Value::Object(keys))?;
        let mut rules = Vec::new();
        for ours in file.rules {
            rules.push(ours_as_advice(ours)?);
        }
        for entry in file.suppress {
            rules.push(suppressed(entry)?);
        }
        Ok(Advisor { rules })
    }

    /// Whether the issue is accepted and not reported; else its severity becomes the one that the file gives it.
    /// A fatal issue stays as it is.
    pub fn hides(&mut self, issue: &mut Issue) -> bool {
        if issue.severity == Severity::Fatal {
            return false;
        }
        let Some(advice) = self.rules.iter_mut().find(|advice| advice.fits(issue)) else { return false };
        advice.hit_count += 1;
        match advice.severity {
            Some(severity) => {
                issue.severity = severity;
                false
            }
            None => true,
        }
    }

    /// The entries that fitted no issue, as the file has them.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|advice| advice.hit_count == 0).map(|advice| advice.text.as_str())
    }
}

fn ours_as_advice(ours: Ours) -> Result<Advice, FilterError> {
    let severity = match ours.severity.as_str() {
        "off" => None,
        "fatal" => return Err(FilterError::new(format!("`{}`: no rule can be made fatal", ours.rule))),
        word => Some(word.parse().map_err(|error| FilterError::new(format!("{error}, or off")))?),
    };
    if ours.reason.trim().is_empty() {
        return Err(FilterError::new(format!("`{}`: an advice needs a reason", ours.rule)));
    }
    let path = ours.path.as_deref().map_or(Ok(Path::Anywhere), Path::read)?;
    let text = ours.path.map_or(ours.rule.clone(), |path| format!("{}@{path}", ours.rule));
    Ok(Advice { about: About::Rule(ours.rule), path, profile: ours.profile, severity, hit_count: 0, text })
}

fn suppressed(text: String) -> Result<Advice, FilterError> {
    let (id, path) = match text.split_once('@') {
        Some((id, path)) => (id.to_owned(), Path::read(path)?),
        None => (text.clone(), Path::Anywhere),
    };
    Ok(Advice { about: About::Id(id), path, profile: None, severity: None, hit_count: 0, text })
}

impl Advice {
    fn fits(&self, issue: &Issue) -> bool {
        let about = match &self.about {
            About::Id(id) => {
                issue.message_id.as_deref().is_some_and(|message| id_fits(id, message))
                    || id_fits(id, issue.rule.as_str())
            }
            About::Rule(name) => rule_fits(name, &issue.rule),
        };
        let of_profile = |wanted: &String| {
            issue.profiles.iter().any(|profile| {
                profile == wanted || profile.split_once('|').is_some_and(|(canonical, _)| canonical == wanted)
            })
        };
        about && self.profile.as_ref().is_none_or(of_profile) && self.path.fits(issue)
    }
}

fn rule_fits(name: &str, rule: &RuleId) -> bool {
    name == "all" || name == rule.as_str() || name == rule.group()
}

/// HL7 compares without regard to case.
fn id_fits(wanted: &str, id: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => id.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => wanted.eq_ignore_ascii_case(id),
    }
}

impl Path {
    fn read(text: &str) -> Result<Path, FilterError> {
        match text.strip_prefix('^') {
            // HL7 wants the whole path to fit.
            Some(regex) => match Regex::new(&format!("^(?:{regex})$")) {
                Ok(regex) => Ok(Path::Regex(regex)),
                Err(error) => Err(FilterError::new(format!("`{text}` is not a regular expression: {error}"))),
            },
            None => Ok(Path::Segments(text.split('.').map(str::to_owned).collect())),
        }
    }

    /// A path is written from the root of the document or from the resource; both are tried.
    fn fits(&self, issue: &Issue) -> bool {
        if matches!(self, Path::Anywhere) {
            return true;
        }
        let Some(expression) = &issue.expression else { return false };
        self.fits_path(expression) || self.fits_path(&issue.resource_path(expression))
    }

    fn fits_path(&self, path: &str) -> bool {
        match self {
            Path::Anywhere => true,
            Path::Regex(regex) => regex.is_match(path),
            Path::Segments(wanted) => segments_fit(wanted, path),
        }
    }
}

/// Segment by segment: `*` fits any one, a `*` at the end also what follows, one without index fits every index.
fn segments_fit(wanted: &[String], path: &str) -> bool {
    let mut actual = path.split('.');
    for segment in wanted {
        let Some(found) = actual.next() else { return false };
        let fits = segment == "*"
            || segment == found
            || (!segment.contains('[') && *segment == without_indexes(found));
        if !fits {
            return false;
        }
    }
    actual.next().is_none() || wanted.last().is_some_and(|last| last == "*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::samples;

    fn hides(file: &str, issue: &mut Issue) -> bool {
        Advisor::read(file.as_bytes()).unwrap().hides(issue)
    }

    fn with_id() -> Issue {
        let path = "Bundle.entry[5].resource.component[1].code";
        let mut issue = Issue::new(&samples::BINDING, "m").with_expression(path);
        issue.message_id = Some("Terminology_TX_NoValid_2_CC".to_owned());
        issue.of_resource("Observation", None)
    }

    #[test]
    fn hl7_entries_fit_by_message_id_path_and_regex() {
        let cases = [
            ("Terminology_TX_NoValid_2_CC", true),
            ("TERMINOLOGY_TX_*", true),
            ("Terminology_TX", false),
            ("Terminology_TX_NoValid_2_CC@Observation.component.code", true),
            ("Terminology_TX_NoValid_2_CC@Observation.component[1].code", true),
            ("Terminology_TX_NoValid_2_CC@Observation.component[0].code", false),
            ("*@Observation.component", false),
            ("*@Observation.*", true),
            ("*@Bundle.entry.resource.component.code", true),
            ("*@^Observation\\\\.comp.*", true),
            ("*@^comp.*", false),
            ("binding/required", true),
        ];
        for (entry, hidden) in cases {
            assert_eq!(hides(&format!("{{\"suppress\":[\"{entry}\"]}}"), &mut with_id()), hidden, "{entry}");
        }
    }

    #[test]
    fn ours_may_change_the_severity_and_fits_by_profile() {
        let file = r#"{"rules":[
            {"rule":"primitive","path":"Patient.birthDate","severity":"warning","reason":"old feed",
             "profile":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"},
            {"rule":"binding/required","severity":"off","reason":"r"}]}"#;
        let mut issues = samples::issues();
        assert!(!hides(file, &mut issues[0]));
        assert_eq!(issues[0].severity, Severity::Warning);
        assert!(hides(file, &mut issues[1]) && !hides(file, &mut issues[2]));
    }

    #[test]
    fn entries_that_never_fit_are_named() {
        let mut advisor = Advisor::read(br#"{"suppress":["binding/required","OTHER@A.b"]}"#).unwrap();
        assert!(advisor.hides(&mut with_id()));
        assert_eq!(advisor.unused().collect::<Vec<_>>(), ["OTHER@A.b"]);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_refused() {
        for (file, word) in [
            ("[]", "expected a map"),
            ("{}", "`suppress`"),
            (r#"{"suppress":["A@^("]}"#, "regular expression"),
            (r#"{"rules":[{"rule":"a/b","severity":"mild","reason":"r"}]}"#, "not a severity"),
            (r#"{"rules":[{"rule":"a/b","severity":"off","reason":" "}]}"#, "needs a reason"),
            (r#"{"rules":[{"rule":"a/b","severity":"off","reason":"r","pth":""}]}"#, "pth"),
        ] {
            let error = Advisor::read(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{file}: {error}");
        }
    }
}
