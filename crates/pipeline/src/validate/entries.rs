//! What the entries of a streamed Bundle are to the rules about them together.
//!
//! A Bundle is asked of its entries as a whole: has every one a `request`, is each `fullUrl` new, may one be missing in
//! a Bundle of this type? Its entries stream by, and its type may stand behind them. So all that such a rule may ask of
//! an entry is its [`Kind`], of which there are few; the entries that a rule may find at fault are remembered by their
//! place, 40 bytes each, and a `fullUrl` by 8 bytes of hash. At its end the Bundle is judged: see [`super::together`].

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_source::EntryMembers;
use fhirkit_tape::{Node, Span, Tape};

/// All that a rule about the entries of a Bundle asks of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) full_url: FullUrl,
    pub(super) has_resource: bool,
    pub(super) has_request: bool,
    pub(super) has_response: bool,
    pub(super) search: Search,
    /// The type of the resource and whether it has an id, of what a search found.
    pub(super) found: Option<(TypeId, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FullUrl {
    /// None, and whether the resource has relative references.
    Missing { has_relative: bool },
    /// One that names a version.
    Versioned,
    /// One that does not, or none and that was decided where the resource was walked.
    Plain,
}

/// The `search` of an entry, by its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Search {
    None,
    Match,
    Outcome,
    Other,
}

/// An entry that a rule may find at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) index: u32,
    pub(super) kind: Kind,
    /// Where it begins: its resource, or itself where it has none.
    pub(super) byte: u64,
    pub(super) line: Option<u64>,
}

/// The entries of one Bundle, or those in one chunk.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) kinds: BTreeSet<Kind>,
    pub(super) candidates: Vec<Candidate>,
    /// The entry with the index 0, and its type.
    pub(super) first: Option<(Kind, Option<TypeId>)>,
    /// Hashes of `fullUrl` and version.
    urls: Vec<u64>,
}

impl Kind {
    fn may_be_at_fault(self) -> bool {
        self.full_url != FullUrl::Plain
            || !(self.has_resource || self.has_request || self.has_response)
            || self.found.is_some()
    }
}

impl Entries {
    /// Adds an entry. `at`: byte and line of its beginning.
    pub(super) fn see(&mut self, seen: &Seen<'_>, index: u32, at: (u64, Option<u64>), types: &TypeModel) {
        let kind = seen.kind(types);
        if let Some(url) = seen.full_url {
            let version = seen.resource.get("meta").get("versionId");
            push_lean(&mut self.urls, hash(url, version.as_str().as_deref().unwrap_or_default()));
        }
        if index == 0 {
            self.first = Some((kind, type_of(seen.resource, types)));
        }
        self.kinds.insert(kind);
        if kind.may_be_at_fault() {
            push_lean(&mut self.candidates, Candidate { index, kind, byte: at.0, line: at.1 });
        }
    }

    /// Adds those of a later chunk.
    pub(super) fn append(&mut self, other: Entries) {
        self.kinds.extend(other.kinds);
        self.first = self.first.or(other.first);
        other.candidates.into_iter().for_each(|candidate| push_lean(&mut self.candidates, candidate));
        other.urls.into_iter().for_each(|url| push_lean(&mut self.urls, url));
    }

    /// Puts the candidates in order. Tells whether a `fullUrl` occurs twice in the same version.
    pub(super) fn settle(&mut self) -> bool {
        self.candidates.sort_unstable_by_key(|candidate| candidate.index);
        self.urls.sort_unstable();
        let is_repeated = self.urls.windows(2).any(|pair| pair.first() == pair.last());
        self.urls = Vec::new();
        is_repeated
    }
}

/// One entry as it was met.
pub(super) struct Seen<'t> {
    pub(super) resource: Node<'t>,
    pub(super) full_url: Option<&'t str>,
    /// Where there is no `fullUrl` and nobody has decided whether that is a fault: whether the resource has relative
    /// references.
    pub(super) missing: Option<bool>,
    pub(super) search: Search,
    pub(super) members: EntryMembers,
}

impl Seen<'_> {
    fn kind(&self, types: &TypeModel) -> Kind {
        let full_url = match (self.full_url, self.missing) {
            (Some(url), _) if url.contains("/_history/") => FullUrl::Versioned,
            (None, Some(has_relative)) => FullUrl::Missing { has_relative },
            _ => FullUrl::Plain,
        };
        let is_found = matches!(self.search, Search::Match | Search::Outcome);
        let has_id = !self.resource.get("id").is_absent();
        Kind {
            full_url,
            has_resource: !self.resource.is_absent(),
            has_request: self.members.request,
            has_response: self.members.response,
            search: self.search,
            found: type_of(self.resource, types).filter(|_| is_found).map(|ty| (ty, has_id)),
        }
    }
}

fn type_of(resource: Node<'_>, types: &TypeModel) -> Option<TypeId> {
    let name = resource.get("resourceType").as_str()?;
    types.type_named(&name).filter(|ty| types.is_resource(*ty))
}

/// The modes of searches: the same few texts recur, so the last one is remembered.
#[derive(Default)]
pub(super) struct Modes {
    last: Vec<u8>,
    mode: Option<Search>,
    tape: Tape,
}

impl Modes {
    /// The mode of the `search` that stands there.
    pub(super) fn of(&mut self, tape: &Tape, search: Option<Span>) -> Search {
        let Some(text) = search.and_then(|span| tape.bytes().get(span.range())) else { return Search::None };
        match self.mode {
            Some(mode) if self.last == text => mode,
            _ => {
                self.last.clear();
                self.last.extend_from_slice(text);
                self.tape.load(text.to_vec());
                let root = self.tape.parse(Span::new(0, text.len() as u32));
                let mode = root.map_or(Search::Other, |root| mode_of(self.tape.node(root)));
                *self.mode.insert(mode)
            }
        }
    }
}

/// The mode of a `search`.
pub(super) fn mode_of(search: Node<'_>) -> Search {
    let mode = search.get("mode");
    match () {
        () if search.is_absent() || search.is_null() => Search::None,
        () if mode.str_is("match") => Search::Match,
        () if mode.str_is("outcome") => Search::Outcome,
        () => Search::Other,
    }
}

/// A `fullUrl` as it was meant: the one escape that occurs in URLs is undone.
pub(super) fn url_of(tape: &Tape, span: Span) -> Option<std::borrow::Cow<'_, str>> {
    let url = String::from_utf8_lossy(tape.bytes().get(span.range())?);
    Some(if url.contains("\\/") { url.replace("\\/", "/").into() } else { url })
}

/// SipHash with the same key in every run, so that results repeat.
fn hash(url: &str, version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (url, version).hash(&mut hasher);
    hasher.finish()
}

/// Grows by a quarter: doubling would take twice the room that is promised for an entry.
fn push_lean<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).max(64));
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_may_be_at_fault_takes_at_most_64_bytes() {
        assert!(size_of::<Candidate>() + size_of::<u64>() <= 48, "{}", size_of::<Candidate>());
    }

    #[test]
    fn the_mode_of_a_search_is_read_whatever_it_is() {
        let texts =
            [r#"{"mode":"match"}"#, r#"{"mode":"match"}"#, r#"{"mode":"outcome"}"#, r#"{"score":1}"#, "{x"];
        let mut tape = Tape::new();
        tape.load(texts.concat().into_bytes());
        let (mut modes, mut at) = (Modes::default(), 0);
        let mut found = Vec::new();
        for text in texts {
            let end = at + text.len() as u32;
            found.push(modes.of(&tape, Some(Span::new(at, end))));
            at = end;
        }
        use Search::{Match, Other, Outcome};
        assert_eq!(found, [Match, Match, Outcome, Other, Other]);
        assert_eq!(modes.of(&tape, None), Search::None);
    }
}
