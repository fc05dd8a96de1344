//! Which references find their target among the entries.
//!
//! What a reference says is read as everywhere else (`source::references`), but looked up by hash at the end instead
//! of in a second pass: counting needs no place, so this holds less than the index (a few words an entry and a
//! distinct reference) and works on a stream, which cannot be read twice.

use std::hash::{Hash, Hasher};

use fhirkit_source::references::{Reference, each, holds_contained};
use fhirkit_source::{Document, references};
use fhirkit_tape::{Node, Tape};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

/// The entries seen and the references met, in hashes.
#[derive(Debug, Default)]
pub(super) struct References {
    names: FxHashSet<u64>,
    /// How often each distinct target is asked for; either of the two names will do.
    asked: FxHashMap<(u64, u64), u64>,
    /// Those that need no look-up.
    settled: references::Tally,
}

/// What an entry is called.
#[derive(Hash)]
enum Name<'a> {
    /// Type and id, in the whole input.
    Resource(&'a str, &'a str),
    /// An absolute `fullUrl`, in the whole input.
    Url(&'a str),
    /// A `urn:` `fullUrl`, in the Bundle of that byte in that input.
    Urn(u32, Option<u64>, &'a str),
}

impl Name<'_> {
    fn hash_of(&self) -> u64 {
        let mut hasher = FxHasher::default();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

impl References {
    /// Notes what a resource is called and what it refers to.
    pub(super) fn add(
        &mut self,
        name: &str,
        resource: Node<'_>,
        input: u32,
        document: &Document,
        tape: &Tape,
    ) {
        if let Some(id) = resource.get("id").as_str() {
            self.names.insert(Name::Resource(name, &id).hash_of());
        }
        if let Some(url) = document.full_url.and_then(|span| tape.bytes().get(span.range())) {
            let url = String::from_utf8_lossy(url).replace("\\/", "/");
            self.names.insert(match Reference::parse(&url) {
                Reference::Urn(urn) => Name::Urn(input, document.bundle, urn).hash_of(),
                _ => Name::Url(&url).hash_of(),
            });
        }
        each(resource, &mut |text| self.ask(&text, resource, input, document.bundle));
    }

    fn ask(&mut self, text: &str, resource: Node<'_>, input: u32, bundle: Option<u64>) {
        let names = match Reference::parse(text) {
            Reference::Contained(id) if holds_contained(resource, id) => return self.settled.resolved += 1,
            Reference::Contained(_) => return self.settled.unresolved += 1,
            Reference::Conditional { .. } => return self.settled.conditional += 1,
            Reference::Malformed => return self.settled.malformed += 1,
            Reference::Urn(urn) => (Name::Urn(input, bundle, urn), None),
            Reference::Relative { resource_type, id } => (Name::Resource(resource_type, id), None),
            Reference::Absolute { url, target } => {
                (Name::Url(url), target.map(|(resource_type, id)| Name::Resource(resource_type, id)))
            }
        };
        let first = names.0.hash_of();
        let second = names.1.map_or(first, |name| name.hash_of());
        *self.asked.entry((first, second)).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: References) {
        self.names.extend(other.names);
        for (names, more) in other.asked {
            *self.asked.entry(names).or_default() += more;
        }
        self.settled.add(other.settled);
    }

    /// Looks all of them up.
    pub(super) fn tally(&self) -> references::Tally {
        let mut tally = self.settled;
        for ((first, second), count) in &self.asked {
            if self.names.contains(first) || self.names.contains(second) {
                tally.resolved += count;
            } else {
                tally.unresolved += count;
            }
        }
        tally.total = tally.resolved + tally.unresolved + tally.conditional + tally.malformed;
        tally
    }
}
