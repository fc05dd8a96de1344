//! Bundles as pages: a page that names a next one which is not among the inputs means a partial record.

use std::collections::BTreeSet;
use std::sync::Arc;

use fhirkit_issue::from_source;
use fhirkit_source::{Chunk, Event, Fault, Reject};
use fhirkit_tape::{Key, Node, Span, Tape};

use crate::elements::elements;
use crate::report::Incomplete;
use crate::stubs::{Rejected, word};

/// The pages seen so far. Bounded: a link of more than [`LONGEST`] bytes is no page address.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// Bundles, pages or not.
    pub(crate) bundle_count: u64,
    /// Addresses by which Bundles call themselves.
    own: BTreeSet<String>,
    /// Files and the next pages that their Bundles name.
    next: Vec<(String, String)>,
}

const LONGEST: usize = 8 << 10;

/// What a Bundle may have (R4, Bundle) and `entry`, which has been taken out.
const MEMBERS: [&str; 11] = [
    "resourceType",
    "id",
    "meta",
    "implicitRules",
    "language",
    "identifier",
    "type",
    "timestamp",
    "total",
    "link",
    "signature",
];

/// The validator's rule about such a member.
const FOREIGN: &str = "structure/unknown-element";

/// A member that no Bundle has: `Entry` may hold all that somebody meant to send.
fn foreign_member(bundle: Node<'_>) -> Option<Fault> {
    let mut keys = bundle.members().map(|(key, _)| key);
    let known = |key: &Key<'_>| {
        let name = key.as_str();
        MEMBERS.contains(&name.strip_prefix('_').unwrap_or(&name))
    };
    let key = keys.find(|key| !known(key))?;
    let name = word(&key.as_str());
    let at = key.span().start as usize;
    Some(Fault { rule: FOREIGN, message: format!("no Bundle has {name}").into(), at })
}

impl Pages {
    /// Reads the links of a Bundle that streamed by, if the event is of one. Says what is wrong with what stands around
    /// its entries: the reader only matched its brackets and quotes.
    pub(crate) fn see(&mut self, tape: &mut Tape, event: &Event, chunk: &Chunk) -> Option<Rejected> {
        let Event::Envelope { bytes, byte, line, is_rejected, .. } = event else { return None };
        self.bundle_count += 1;
        if *is_rejected {
            return None;
        }
        tape.load(bytes.clone());
        let (fault, hides_links) = match tape.parse(Span::new(0, bytes.len() as u32)) {
            Err(error) => (Fault::from(error), memchr::memmem::find(bytes, b"\"link\"").is_some()),
            Ok(root) => {
                self.links(&chunk.input.name, tape.node(root));
                // The reader tells of a second `resourceType`.
                match tape.duplicate_keys(root).find(|key| !key.is("resourceType")) {
                    Some(key) => (Fault::twice(&key), key.is("link")),
                    None => (foreign_member(tape.node(root))?, false),
                }
            }
        };
        let message = format!("what the Bundle has beside its entries is not FHIR: {}", fault.message);
        // Its text was put together anew: a place in it is none in the file.
        let mut issue = from_source::by_rule(fault.rule, message.clone())
            .in_file(Arc::clone(&chunk.input.name))
            .at_byte(*byte);
        issue.line = Some(*line);
        if fault.rule == FOREIGN {
            issue = issue.with_help("the entries of a Bundle stand in its `entry`");
        }
        let reject = Reject {
            input: Arc::clone(&chunk.input.name),
            byte: *byte,
            line: Some(*line),
            column: None,
            entry: None,
            rule: fault.rule.into(),
            message,
            length: bytes.len() as u64,
            bytes: Some(bytes.clone()),
            // A next page may be named there.
            incomplete: hides_links,
        };
        Some(Rejected { issue, reject })
    }

    /// Reads the links of a Bundle that stands whole on a tape: on a line of NDJSON, in an entry.
    pub(crate) fn see_whole(&mut self, file: &str, bundle: Node<'_>) {
        self.bundle_count += 1;
        self.links(file, bundle);
    }

    /// Adds those of another part of the same run.
    pub(crate) fn append(&mut self, mut other: Pages) {
        self.bundle_count += other.bundle_count;
        self.own.append(&mut other.own);
        self.next.append(&mut other.next);
    }

    fn links(&mut self, file: &str, bundle: Node<'_>) {
        for link in elements(bundle.get("link")) {
            let Some(url) = link.get("url").as_str().filter(|url| url.len() <= LONGEST) else { continue };
            let relation = link.get("relation");
            if relation.str_is("self") {
                self.own.insert(url.into_owned());
            } else if relation.str_is("next") {
                self.next.push((file.to_owned(), url.into_owned()));
            }
        }
    }

    /// Next pages that are not among the inputs: the file that names one, and the address without its query, which
    /// may hold a token.
    pub(crate) fn missing(&self) -> Vec<Incomplete> {
        let mut missing: Vec<_> = self.next.iter().filter(|(_, url)| !self.own.contains(url)).collect();
        // Threads may have seen them in any order.
        missing.sort_unstable();
        missing
            .into_iter()
            .map(|(file, url)| {
                let address = url.split('?').next().unwrap_or_default();
                let reason = format!("the next page is not among the inputs ({address})");
                Incomplete { file: file.clone(), reason }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(own: &str, next: &str) -> String {
        format!(
            r#"{{"resourceType":"Bundle","link":[{{"relation":"self","url":"{own}"}},{{"relation":"next","url":"{next}"}}]}}"#
        )
    }

    #[test]
    fn a_next_page_that_never_came_is_missing() {
        let mut pages = Pages::default();
        for number in [1, 2] {
            let text = page(
                &format!("https://a.example/p?page={number}"),
                &format!("https://a.example/p?page={}", number + 1),
            );
            let mut tape = Tape::new();
            tape.load(text.into_bytes());
            let root = tape.parse(Span::new(0, tape.bytes().len() as u32)).unwrap();
            pages.see_whole(&format!("{number}.json"), tape.node(root));
        }
        let reason = "the next page is not among the inputs (https://a.example/p)".to_owned();
        assert_eq!(pages.missing(), [Incomplete { file: "2.json".to_owned(), reason }]);
    }
}
