//! What is known of one code, apart from any value set.

use crate::code_system::{Code, Codes};
use crate::definitions::Definitions;
use crate::grammar;
use crate::index::Sort;
use crate::scope::{Scope, split};
use crate::why::Why;
use std::sync::Arc;

/// What is known of a code.
#[derive(Debug, Clone)]
pub enum CodeCheck {
    /// The system has it.
    Known(KnownCode),
    /// The system is held whole and does not have it.
    Unknown {
        /// The version of the system that was asked.
        version: Option<String>,
        /// The code that was probably meant.
        nearest: Option<String>,
    },
    /// The code is not written as its system asks.
    Malformed,
    /// It cannot be told.
    Unverifiable(Arc<Why>),
}

/// A code that its system has.
#[derive(Debug, Clone)]
pub struct KnownCode {
    codes: Arc<Codes>,
    place: usize,
    /// Displays that supplements add.
    more: Vec<String>,
}

impl KnownCode {
    /// What its system says of it.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.codes.codes()[self.place]
    }

    /// Its system.
    #[must_use]
    pub fn system(&self) -> &Codes {
        &self.codes
    }

    /// Every display that it may bear, the preferred one first.
    pub fn displays(&self) -> impl Iterator<Item = &str> {
        let code = self.code();
        code.display.iter().chain(&code.designations).chain(&self.more).map(String::as_str)
    }

    /// Whether a display is one of those, without regard to case and to how wide spaces are. Where the system
    /// gives none, any is right.
    #[must_use]
    pub fn accepts_display(&self, display: &str) -> bool {
        let mut displays = self.displays().peekable();
        displays.peek().is_none() || displays.any(|known| is_same_text(known, display))
    }
}

fn is_same_text(a: &str, b: &str) -> bool {
    let lower = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    a == b || lower(a) == lower(b)
}

impl Definitions {
    /// What is known of a code of a system, in the version that the coding names or else that the scope means.
    #[must_use]
    pub fn check_code(&self, system: &str, code: &str, version: Option<&str>, scope: &Scope) -> CodeCheck {
        let system_text = || split(system).0.to_owned();
        let Some(held) = self.held_codes(system, version, scope) else {
            return match grammar::of_system(system) {
                Some(grammar) if !grammar.accepts(code) => CodeCheck::Malformed,
                Some(grammar) => unverifiable(Why::SyntaxOnly { system: system_text(), grammar }),
                None => unverifiable(Why::ContentNotHeld { system: system_text() }),
            };
        };
        if let Some(place) = held.codes.place(code) {
            let more = self.supplemented(&held.codes, code);
            return CodeCheck::Known(KnownCode { codes: held.codes, place, more });
        }
        if let Some(version) = held.other_version {
            return unverifiable(Why::VersionNotHeld { system: system_text(), version });
        }
        if !held.codes.is_complete() {
            return unverifiable(Why::FragmentOnly { system: system_text() });
        }
        let known = held.codes.codes().iter().map(|known| &*known.code);
        CodeCheck::Unknown {
            version: held.codes.version().map(str::to_owned),
            nearest: crate::types::nearest(code, known).map(str::to_owned),
        }
    }

    /// Displays that supplements of a system give a code.
    fn supplemented(&self, codes: &Codes, code: &str) -> Vec<String> {
        let mut more = Vec::new();
        for &id in self.supplements() {
            let Some(supplement) = self.codes(id) else { continue };
            let describes = supplement.supplements().is_some_and(|base| split(base).0 == codes.url());
            if let Some(code) = supplement.get(code).filter(|_| describes) {
                more.extend(code.display.iter().chain(&code.designations).cloned());
            }
        }
        more
    }
}

/// Supplements, found once.
pub(crate) fn find_supplements(definitions: &Definitions) -> Vec<crate::definitions::DefinitionId> {
    definitions.all().filter(|(_, summary)| summary.sort == Sort::Supplement).map(|(id, _)| id).collect()
}

fn unverifiable(why: Why) -> CodeCheck {
    CodeCheck::Unverifiable(Arc::new(why))
}
