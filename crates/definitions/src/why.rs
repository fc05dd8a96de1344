//! Why the membership of a code cannot be told.

use crate::grammar::Grammar;
use std::fmt;

/// Why the membership of a code cannot be told.
#[derive(Debug, Clone)]
pub enum Why {
    /// The codes of a system are not held.
    ContentNotHeld {
        /// The system.
        system: String,
    },
    /// Only some codes of a system are held, and the code is none of them.
    FragmentOnly {
        /// The system.
        system: String,
    },
    /// A system is held in another version, which does not have the code.
    VersionNotHeld {
        /// The system.
        system: String,
        /// The version asked for.
        version: String,
    },
    /// A value set is not held.
    ValueSetNotHeld {
        /// Its canonical, as written.
        canonical: String,
    },
    /// A value set that says neither how it is composed nor which codes it has.
    NotComposed {
        /// Its URL.
        value_set: String,
    },
    /// A condition that cannot be evaluated here.
    FilterNotSupported {
        /// The system.
        system: String,
        /// The condition: `property op value`.
        filter: String,
    },
    /// The code is written as its system asks; whether it is registered there cannot be told.
    SyntaxOnly {
        /// The system.
        system: String,
        /// What it was checked against.
        grammar: Grammar,
    },
    /// Value sets that include each other.
    Circular {
        /// The one that includes itself.
        value_set: String,
    },
}

impl Why {
    /// Whether the code was at least found to be well written.
    #[must_use]
    pub fn is_syntax_only(&self) -> bool {
        matches!(self, Self::SyntaxOnly { .. })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentNotHeld { system } => write!(f, "content of `{system}` is not held"),
            Self::FragmentOnly { system } => write!(f, "only part of `{system}` is held"),
            Self::VersionNotHeld { system, version } => {
                write!(f, "version {version} of `{system}` is not held")
            }
            Self::ValueSetNotHeld { canonical } => write!(f, "value set `{canonical}` is not held"),
            Self::NotComposed { value_set } => write!(f, "value set `{value_set}` does not say its codes"),
            Self::FilterNotSupported { system, filter } => {
                write!(f, "the condition `{filter}` on `{system}` cannot be evaluated")
            }
            Self::SyntaxOnly { system, .. } => {
                write!(f, "codes of `{system}` are only checked for their form")
            }
            Self::Circular { value_set } => write!(f, "value set `{value_set}` includes itself"),
        }
    }
}
