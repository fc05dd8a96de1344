//! The validator: shared by all threads, each with a scratch of its own.

use fhirkit_definitions::Definitions;
use fhirkit_issue::Issue;
use fhirkit_tape::NodeId;
use rustc_hash::FxHashMap;

use crate::automaton::{Automaton, StateId};
use crate::checked::Checked;
use crate::definitions_of::{Shared, Source};
use crate::options::Options;
use crate::rules::Answers;
use crate::walk::{Claim, Hit, Known, Narrowing, Sink, Subject, Walk};

/// Checks resources against the definitions. Share one among all threads: what profiles mean is worked out once, when
/// data first needs it.
pub struct Validator {
    automaton: Automaton,
}

/// What one thread reuses from document to document, and what it has counted.
#[derive(Default)]
pub struct Scratch {
    pub(crate) checked: Checked,
    pub(crate) claims: FxHashMap<Box<[u8]>, Claim>,
    pub(crate) claim_key: Vec<u8>,
    /// Claims whose packages were noted since the counts began, by their number.
    pub(crate) noted: Vec<bool>,
    pub(crate) answers: Answers,
    pub(crate) fhirpath: fhirkit_fhirpath::Scratch,
    /// The slices that items of the lists around are in.
    pub(crate) hits: Vec<Hit>,
    pub(crate) narrowed: FxHashMap<Narrowing, StateId>,
    /// What URLs of extensions mean, by scope.
    pub(crate) extensions: FxHashMap<usize, FxHashMap<Box<str>, Known>>,
    /// The invariants that were told of the value told last.
    pub(crate) told: (Option<NodeId>, Vec<Box<str>>),
    /// How many walks this one is inside of, each asked for by an invariant.
    pub(crate) depth: u32,
    /// The entry checked last has no fullUrl and its Bundle streams by; whether the resource has relative references.
    pub(crate) missing_full_url: Option<bool>,
}

impl Validator {
    /// A validator with these definitions: the embedded ones, or an `Arc` of the caller's.
    #[must_use]
    pub fn new(definitions: impl Into<Shared>, options: Options) -> Self {
        let source = Source::new(definitions.into(), &options.packages);
        Self { automaton: Automaton::new(source, options) }
    }

    /// Checks one resource with everything in it, and gives what is wrong, in the order of the text as far as an
    /// object's own faults follow those of its members. Allocates for new kinds of data and for issues only.
    pub fn check(&self, subject: &Subject<'_>, scratch: &mut Scratch, report: &mut dyn FnMut(Issue)) {
        Walk::new(&self.automaton, scratch, subject, Sink::Issues(report)).document();
    }

    /// The profiles among those given and assumed that no package has: nothing is checked against them.
    pub fn profiles_not_held(&self) -> impl Iterator<Item = &str> {
        let options = &self.automaton.options;
        let assumed = options.assumed_profiles.iter().map(|(_, canonical)| canonical);
        let named = options.profiles.iter().chain(assumed).map(String::as_str);
        let source = &self.automaton.source;
        named.filter(|canonical| source.profile(canonical, source.default_scope()).is_none())
    }

    /// The definitions that it checks against.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        self.automaton.source.definitions()
    }

    /// A definition as it was compiled, for those who want to know what is checked.
    #[must_use]
    pub fn explain(&self, canonical: &str) -> Option<String> {
        let member = self.automaton.root_of_profile(canonical, self.automaton.source.default_scope())?;
        Some(self.automaton.profile(member.profile)?.to_string())
    }
}

impl Scratch {
    /// Empty; it warms up with use.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was checked since the last time, and what could not be; the counts begin anew.
    pub fn take_checked(&mut self) -> Checked {
        self.noted.clear();
        std::mem::take(&mut self.checked)
    }

    /// Whether the resource checked last has relative references, where it is an entry without fullUrl of a Bundle that
    /// [streams by](Subject::in_streamed_bundle): what type of Bundle it is decides whether that is a fault.
    pub fn take_missing_full_url(&mut self) -> Option<bool> {
        self.missing_full_url.take()
    }
}

#[cfg(test)]
mod tests {
    use fhirkit_definitions::Definitions;

    use super::*;

    #[test]
    fn a_given_profile_that_no_package_has_is_named() {
        let held = "http://hl7.org/fhir/StructureDefinition/heartrate".to_owned();
        let profiles = vec![held, "http://example.org/none".to_owned()];
        let options = Options { profiles, ..Options::default() };
        let validator = Validator::new(Definitions::embedded().unwrap(), options);
        assert_eq!(validator.profiles_not_held().collect::<Vec<_>>(), ["http://example.org/none"]);
    }

    #[test]
    fn a_validator_is_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Validator>();
        fn sent<T: Send>() {}
        sent::<Scratch>();
    }
}
