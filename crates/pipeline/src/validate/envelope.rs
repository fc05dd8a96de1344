//! Bundles without their entries: checked like a resource, placed where the Bundle begins.
//!
//! The entries of a Bundle are documents of their own, so that a Bundle of any size is never held. What the Bundle
//! says besides them (`type`, `total`, `link`) is still checked. Its text was put together anew, so a place in it is
//! not a place in the file: issues name the Bundle's beginning and the path. What is asked of its entries is asked
//! [`super::together`].

use std::sync::Arc;

use fhirkit_issue::Issue;
use fhirkit_tape::{Node, Span, Tape};
use fhirkit_validate::{Scratch, Subject, Validator};

/// Where a Bundle begins.
pub(super) struct Place<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) byte: u64,
    pub(super) line: Option<u64>,
    /// Where it is nested: `entry[3].resource`.
    pub(super) path: Option<&'a str>,
}

/// Checks an envelope. Tells whether the validator has seen it.
pub(super) fn check(
    bytes: &[u8],
    place: &Place<'_>,
    validator: &Validator,
    tape: &mut Tape,
    scratch: &mut Scratch,
    report: &mut dyn FnMut(Issue),
) -> bool {
    let Ok(length) = u32::try_from(bytes.len()) else { return false };
    tape.load(bytes.to_vec());
    // What is no JSON was rejected before.
    let Ok(root) = tape.parse(Span::new(0, length)) else { return false };
    let node = tape.node(root);
    // Read as a Bundle for its entries, and something else by name: said already.
    if !node.get("resourceType").str_is("Bundle") {
        return false;
    }
    let mut take = |issue: Issue| {
        if !is_about_entries(&issue) {
            report(placed(issue, place));
        }
    };
    validator.check(&Subject::alone(node), scratch, &mut take);
    true
}

/// Whether it comes of the entries not being here: the rules of Bundle itself are judged with them, what a profile asks
/// of them is counted as not checked.
fn is_about_entries(issue: &Issue) -> bool {
    let is_invariant = issue.rule.group() == "invariant";
    is_invariant && issue.message.contains("entry")
        || issue.element.as_deref().is_some_and(|element| element.starts_with("Bundle.entry"))
}

pub(super) fn placed(issue: Issue, place: &Place<'_>) -> Issue {
    let mut issue = issue.in_file(Arc::clone(place.file)).at_byte(place.byte);
    (issue.line, issue.column, issue.excerpt) = (place.line, None, None);
    if let Some(path) = place.path.filter(|path| !path.starts_with('[')) {
        let inner = issue.expression.as_deref().and_then(|path| path.strip_prefix("Bundle"));
        let root = if path.starts_with("parameter") { "Parameters" } else { "Bundle" };
        issue.expression = Some(format!("{root}.{path}{}", inner.unwrap_or_default()));
        issue.entry = Some(path.strip_suffix(".resource").unwrap_or(path).to_owned());
    }
    issue
}

/// The text of a Bundle on a tape, without its entries.
pub(super) fn without_entries(bundle: Node<'_>) -> Vec<u8> {
    let mut text = vec![b'{'];
    for (key, value) in bundle.members().filter(|(key, _)| !key.is("entry")) {
        if text.len() > 1 {
            text.push(b',');
        }
        text.push(b'"');
        text.extend_from_slice(key.escaped_str().0.as_bytes());
        text.extend_from_slice(b"\":");
        text.extend_from_slice(value.raw());
    }
    text.push(b'}');
    text
}
