//! Bundle entries without a resource.
//!
//! A server's answer, or a request that needs none: by design, where the entry has a `response` or `request` (R4, Bundle,
//! rule bdl-5). Anything else in their place is a resource that got lost, and goes to the rejects.
//!
//! Of the answers only failures are worth a word. A transaction of ten thousand resources that were all stored may say so
//! ten thousand times.

use std::sync::Arc;

use fhirkit_issue::{Issue, from_source, rules, shape};
use fhirkit_source::{Chunk, EntryMembers, EntryRef, Event, Fault, Reject};
use fhirkit_tape::{Node, NodeId, Tape};

use crate::admission::{Outcome, outcome};

/// A failure, and the issue that tells of it.
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) issue: Issue,
}

/// Something for the rejects, and the issue that tells of it.
pub(crate) struct Rejected {
    pub(crate) issue: Issue,
    pub(crate) reject: Reject,
}

impl Rejected {
    /// Whether its text could be parsed, and is rejected for what it says.
    pub(crate) fn is_json(&self) -> bool {
        !matches!(&*self.reject.rule, "json/syntax" | "json/encoding" | "json/too-deep")
    }
}

/// An entry without a resource, parsed.
pub(crate) struct Stub {
    pub(crate) root: NodeId,
    pub(crate) byte: u64,
    pub(crate) line: Option<u64>,
    /// `entry[3]`.
    pub(crate) path: String,
}

/// What an entry may have (R4, Bundle.entry).
const MEMBERS: [&str; 8] =
    ["id", "extension", "modifierExtension", "link", "fullUrl", "search", "request", "response"];

/// Parses one that streamed by, if the event is of one. The tape has the bytes of its chunk.
pub(crate) fn parse(tape: &mut Tape, event: &Event, chunk: &Chunk) -> Option<Result<Stub, Box<Rejected>>> {
    let Event::WithoutResource { span, index, byte, line, bundle, .. } = event else { return None };
    let entry = EntryRef {
        span: *span,
        entry: *span,
        byte: *byte,
        line: Some(*line),
        index: Some(*index),
        full_url: None,
        bundle: Some(*bundle),
        members: EntryMembers::default(),
    };
    let parsed = tape.parse(*span).map_err(Fault::from).and_then(|root| match tape.duplicate_key(root) {
        Some(key) => Err(Fault::twice(&key)),
        None => Ok(root),
    });
    Some(match parsed {
        Ok(root) => Ok(Stub { root, byte: *byte, line: Some(*line), path: format!("entry[{index}]") }),
        Err(fault) => {
            let issue = from_source::refused(&chunk.input.name, tape.bytes(), &entry, &fault);
            let reject = entry.reject(&chunk.input, tape.bytes(), &fault);
            Err(Box::new(Rejected { issue, reject }))
        }
    })
}

impl Stub {
    /// The failure that its `response` tells of.
    pub(crate) fn answer(&self, tape: &Tape, chunk: &Chunk) -> Option<Answer> {
        let resource = tape.node(self.root).get("response").get("outcome");
        if !resource.get("resourceType").str_is("OperationOutcome") {
            return None;
        }
        let outcome = Some(outcome(resource)).filter(|outcome| outcome.failed)?;
        let issue = self.placed(outcome.issue(), chunk);
        Some(Answer { outcome, issue })
    }

    /// What is wrong where it has no resource although it should.
    pub(crate) fn lost(&self, tape: &Tape, chunk: &Chunk) -> Option<Rejected> {
        let entry = tape.node(self.root);
        let message = if let Some(name) = foreign_member(entry) {
            format!("the entry has no `resource`, but {name}, which no entry has")
        } else if entry.get("request").is_object() || entry.get("response").is_object() {
            return None;
        } else {
            "the entry has no `resource`, and no `request` or `response` that would need none".to_owned()
        };
        let rule = &rules::STRUCTURE_NO_RESOURCE;
        let issue = self.placed(Issue::new(rule, message.clone()), chunk);
        let issue = issue.with_help("a resource stands in the entry's `resource`: {\"resource\": {…}}");
        let reject = Reject {
            input: Arc::clone(&chunk.input.name),
            byte: self.byte,
            line: self.line,
            column: None,
            entry: Some(self.path.clone()),
            rule: rule.id.as_str().to_owned().into(),
            message,
            length: u64::from(entry.span().len()),
            bytes: Some(entry.raw().to_vec()),
            incomplete: false,
        };
        Some(Rejected { issue, reject })
    }

    fn placed(&self, issue: Issue, chunk: &Chunk) -> Issue {
        let issue = issue.in_file(Arc::clone(&chunk.input.name)).at_byte(self.byte);
        let mut issue = issue.in_entry(self.path.clone());
        issue.line = self.line;
        issue
    }
}

/// A member that no entry has, as it may be shown.
fn foreign_member(entry: Node<'_>) -> Option<String> {
    let mut keys = entry.members().map(|(key, _)| key);
    let key = keys.find(|key| !MEMBERS.iter().any(|known| key.is(known) || is_sibling(key, known)))?;
    Some(word(&key.as_str()))
}

/// A name from the input in backticks, if it is a short word; anything else by its shape.
pub(crate) fn word(name: &str) -> String {
    let is_word = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_word { format!("`{name}`") } else { format!("`{}`", shape(name)) }
}

/// Whether it is the `_name` beside a member.
fn is_sibling(key: &fhirkit_tape::Key<'_>, name: &str) -> bool {
    key.as_str().strip_prefix('_') == Some(name)
}
