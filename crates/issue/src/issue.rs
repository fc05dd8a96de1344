//! One fault, with what is known of its place.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::rules::Rule;
use crate::{Excerpt, IssueType, Message, RuleId, Severity};

/// One fault in the data. Serialised, it is the machine record: the fields in this order, absent when unknown.
///
/// Make one with [`Issue::new`] and add what is known of its place; every field may also be set directly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// The input, as named in the output (relative to the argument it was found under).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Arc<str>>,
    /// How bad it is.
    pub severity: Severity,
    /// Which rule is broken.
    pub rule: RuleId,
    /// What kind of fault FHIR calls it.
    pub code: IssueType,
    /// FHIRPath from the root of the document: `Bundle.entry[3].resource.name[0].given`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// UTF-8 column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// Byte, from 0, in the uncompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// Where the entry stands in its Bundle or array: `entry[3].resource.entry[0]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The type of the resource that has the fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The id of the resource that has the fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The profiles that ask for it, as `canonical|version`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// The id of the ElementDefinition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// What was found and what was wanted, in one line, safe to write anywhere: values of the data stand in it
    /// by their shape. Show [`Issue::text`], which knows the other form too.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The HL7 validator's name for an equal message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The piece of input to show on a terminal; never part of the machine record.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
    /// The message with the values themselves, where it has any; never part of the machine record.
    #[serde(skip)]
    pub with_values: Option<String>,
    /// The message with shapes in place of codes and URLs too, where it has any; never part of the machine record.
    #[serde(skip)]
    pub without_codes: Option<String>,
    /// The code or URL that the fault is about; part of the fingerprint only.
    #[serde(skip)]
    pub subject: Option<String>,
}

impl Issue {
    /// An issue about a breach of `rule`, nothing known of its place yet.
    pub fn new(rule: &Rule, message: impl Into<String>) -> Issue {
        Issue::of(rule.id.clone(), rule.severity, rule.code, message)
    }

    /// An issue about a rule that is not in [`crate::rules`] (one of a user's own, say).
    pub fn of(rule: RuleId, severity: Severity, code: IssueType, message: impl Into<String>) -> Issue {
        Issue {
            file: None,
            severity,
            rule,
            code,
            expression: None,
            line: None,
            column: None,
            byte: None,
            entry: None,
            resource_type: None,
            resource_id: None,
            profiles: Vec::new(),
            element: None,
            message: message.into(),
            help: None,
            message_id: None,
            excerpt: None,
            with_values: None,
            without_codes: None,
            subject: None,
        }
    }

    /// An issue about a breach of `rule` whose message names values of the data.
    pub fn about(rule: &Rule, message: Message) -> Issue {
        Issue::new(rule, "").with_message(message)
    }

    /// Puts another message in the place of the one it has.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Message>) -> Issue {
        let Message { text, with_values, without_codes, subject } = message.into();
        (self.message, self.with_values) = (text, with_values);
        (self.without_codes, self.subject) = (without_codes, subject);
        self
    }

    /// The message with the values of the data in it, or with their shapes.
    pub fn text(&self, show_values: bool) -> &str {
        match &self.with_values {
            Some(text) if show_values => text,
            _ => &self.message,
        }
    }

    /// The issue without what its data says: values, codes and URLs by their shape, no id of the resource, and a
    /// fingerprint that no code is part of. Paths, and so the names of elements, stay.
    #[must_use]
    pub fn redacted(&self) -> Issue {
        let message = self.without_codes.as_ref().unwrap_or(&self.message).clone();
        Issue {
            message,
            with_values: None,
            without_codes: None,
            subject: None,
            resource_id: None,
            ..self.clone()
        }
    }

    /// Adds the file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<Arc<str>>) -> Issue {
        self.file = Some(file.into());
        self
    }

    /// Adds line and column, both from 1.
    #[must_use]
    pub fn at(mut self, line: u64, column: u64) -> Issue {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// Adds the byte in the uncompressed file, from 0.
    #[must_use]
    pub fn at_byte(mut self, byte: u64) -> Issue {
        self.byte = Some(byte);
        self
    }

    /// Adds the place in the Bundle or array.
    #[must_use]
    pub fn in_entry(mut self, entry: impl Into<String>) -> Issue {
        self.entry = Some(entry.into());
        self
    }

    /// Adds the type and, where it has one, the id of the resource.
    #[must_use]
    pub fn of_resource(mut self, resource_type: impl Into<String>, id: Option<String>) -> Issue {
        self.resource_type = Some(resource_type.into());
        self.resource_id = id;
        self
    }

    /// Adds the FHIRPath from the root of the document.
    #[must_use]
    pub fn with_expression(mut self, expression: impl Into<String>) -> Issue {
        self.expression = Some(expression.into());
        self
    }

    /// Adds the profile that asks for it, as `canonical|version`.
    #[must_use]
    pub fn of_profile(mut self, profile: impl Into<String>) -> Issue {
        self.profiles.push(profile.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Issue {
        self.help = Some(help.into());
        self
    }

    /// Adds the piece of input to show on a terminal.
    #[must_use]
    pub fn with_excerpt(mut self, excerpt: Excerpt) -> Issue {
        self.excerpt = Some(excerpt);
        self
    }

    /// Where it stands, as an editor opens it: `file:line:column`, or what is known of that, with the entry or
    /// the byte where there is no line; empty when nothing is known.
    pub fn place(&self) -> String {
        let mut place = self.file.as_deref().unwrap_or_default().to_owned();
        match (self.line, self.column, self.byte) {
            (Some(line), Some(column), _) => place.push_str(&format!(":{line}:{column}")),
            (Some(line), None, _) => place.push_str(&format!(":{line}")),
            (None, _, Some(byte)) if !place.is_empty() => {
                place.push_str(&format!(" at byte {}", crate::grouped(byte)));
            }
            _ => {}
        }
        place
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}[{}]: {}", self.severity, self.rule, self.message)?;
        let place = self.place();
        if place.is_empty() { Ok(()) } else { write!(formatter, " ({place})") }
    }
}

/// One line of an export's `_issues.ndjson`: a cell that could not be carried as its column wants it, the text
/// that stood there, and the issue. Put back into its cell, the text gives what CSV has there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellIssue<'a> {
    /// The table.
    pub table: &'a str,
    /// The row, from 0, in that table's output; in the folder `part` of it where there is one.
    pub row: u64,
    /// The folder of the row in a partitioned table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<&'a str>,
    /// The column's name.
    pub field: &'a str,
    /// The cell as the input has it.
    pub text: &'a str,
    /// The machine record.
    #[serde(flatten)]
    pub issue: &'a Issue,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn keys_stand_in_the_documented_order_and_unknown_ones_are_absent() -> Result<(), serde_json::Error> {
        let issue = Issue::new(&rules::VIEW_UNFIT, "m")
            .in_file("a.ndjson")
            .at(2, 34)
            .at_byte(99)
            .in_entry("entry[3]")
            .of_resource("Patient", Some("p".to_owned()))
            .with_expression("Patient.birthDate")
            .with_help("h");
        let text = serde_json::to_string(&issue)?;
        let keys: Vec<String> = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text)?
            .keys()
            .cloned()
            .collect();
        assert_eq!(
            keys.join(" "),
            "file severity rule code expression line column byte entry resource_type resource_id message help"
        );
        assert_eq!(serde_json::from_str::<Issue>(&text)?, issue);
        Ok(())
    }

    #[test]
    fn a_cell_issue_begins_with_its_cell() -> Result<(), serde_json::Error> {
        let issue = Issue::new(&rules::VIEW_UNFIT, "m");
        let cell =
            CellIssue { table: "claim", row: 7, part: None, field: "created", text: "2020", issue: &issue };
        let text = serde_json::to_string(&cell)?;
        assert!(
            text.starts_with(r#"{"table":"claim","row":7,"field":"created","text":"2020","severity":"#),
            "{text}"
        );
        Ok(())
    }

    #[test]
    fn the_place_says_what_is_known() {
        let issue = Issue::new(&rules::JSON_SYNTAX, "m").in_file("in.ndjson");
        assert_eq!(issue.place(), "in.ndjson");
        assert_eq!(issue.clone().at(2, 34).place(), "in.ndjson:2:34");
        assert_eq!(issue.at_byte(188_978).place(), "in.ndjson at byte 188,978");
    }
}
