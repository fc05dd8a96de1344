//! Bundles as pages: a page that names a next one which is not among the inputs means a partial record.

use std::collections::BTreeSet;

use fhirkit_tape::{Node, Span, Tape};

use crate::report::Incomplete;

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

impl Pages {
    /// Reads the links of a Bundle that streamed by, given without its entries.
    pub(crate) fn see(&mut self, file: &str, envelope: &[u8]) {
        self.bundle_count += 1;
        if memchr::memmem::find(envelope, b"\"link\"").is_none() {
            return;
        }
        let mut tape = Tape::new();
        tape.load(envelope.to_vec());
        let Ok(root) = tape.parse(Span::new(0, envelope.len() as u32)) else { return };
        self.links(file, tape.node(root));
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
        for link in bundle.get("link").items() {
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
        pages.see("1.json", page("https://a.example/p?page=1", "https://a.example/p?page=2").as_bytes());
        pages.see("2.json", page("https://a.example/p?page=2", "https://a.example/p?page=3").as_bytes());
        let reason = "the next page is not among the inputs (https://a.example/p)".to_owned();
        assert_eq!(pages.missing(), [Incomplete { file: "2.json".to_owned(), reason }]);
    }
}
