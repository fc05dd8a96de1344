//! Where something stands, computed only when it is reported.

use fhirkit_issue::Issue;
use fhirkit_source::{Chunk, Document};

/// Puts the place of a resource into an issue.
pub(crate) fn locate(issue: Issue, chunk: &Chunk, document: &Document) -> Issue {
    let mut issue = issue.in_file(std::sync::Arc::clone(&chunk.input.name)).at_byte(document.byte);
    issue.line = document.line;
    match document.entry() {
        Some(entry) => issue.in_entry(entry),
        None => issue,
    }
}
