//! Where something stands, computed only when it is reported.

use fhirkit_issue::Issue;
use fhirkit_source::{Chunk, Document};

/// The FHIRPath from the root of the input to a resource: `Bundle.entry[3].resource`, or its type alone.
pub(crate) fn expression(document: &Document, type_name: &str) -> String {
    match (&document.path, document.index, document.bundle) {
        (Some(path), _, _) => nested(path),
        (None, Some(index), Some(_)) => format!("Bundle.entry[{index}].resource"),
        _ => type_name.to_owned(),
    }
}

/// A Bundle in Parameters stands in their `parameter`; of an array around it FHIRPath knows nothing.
fn nested(path: &str) -> String {
    let path = match path.strip_prefix('[') {
        Some(rest) => rest.split_once("].").map_or("", |(_, path)| path),
        None => path,
    };
    let root = if path.starts_with("parameter") { "Parameters" } else { "Bundle" };
    format!("{root}.{path}.resource")
}

/// The place inside its file as one word: `entry[3]`, `entry[3].resource.entry[0]`; nothing for a resource alone.
pub(crate) fn entry_name(document: &Document) -> Option<String> {
    match (&document.path, document.index, document.bundle) {
        (Some(path), _, _) => Some(path.clone()),
        (None, Some(index), Some(_)) => Some(format!("entry[{index}]")),
        (None, Some(index), None) => Some(format!("[{index}]")),
        (None, None, _) => None,
    }
}

/// Puts the place of a resource into an issue.
pub(crate) fn locate(issue: Issue, chunk: &Chunk, document: &Document) -> Issue {
    let mut issue = issue.in_file(std::sync::Arc::clone(&chunk.input.name)).at_byte(document.byte);
    issue.line = document.line;
    match entry_name(document) {
        Some(entry) => issue.in_entry(entry),
        None => issue,
    }
}
