//! ValueSets and CodeSystems of a package as lines of `schemas/<package>/terminology.ndjson`.
//!
//! Kept: which codes there are and how they are ordered under each other, displays of HL7's own systems, how a
//! value set is composed. Code systems of third parties are left out; of their codes only those stand here that
//! an HL7 value set lists, without displays.

use serde::{Deserialize, Serialize};

/// One line: a CodeSystem or a ValueSet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Terminology {
    /// A code system of HL7.
    CodeSystem(CodeSystem),
    /// A value set.
    ValueSet(ValueSet),
}

/// The codes of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeSystem {
    /// Canonical URL.
    #[serde(rename(serialize = "codeSystem"), alias = "codeSystem")]
    pub url: String,
    /// Version of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `complete`, `fragment`, `example`, `supplement` or `not-present`.
    pub content: String,
    /// Whether case tells codes apart; FHIR lets a system leave it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// What it means that a code stands below another: `is-a`, `part-of` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchy_meaning: Option<String>,
    /// The codes at the top.
    #[serde(default, rename = "concept")]
    pub concepts: Vec<Concept>,
}

/// A code, with those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// The code.
    pub code: String,
    /// What people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Codes below it.
    #[serde(default, rename = "concept", skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<Concept>,
}

/// How a set of codes is composed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueSet {
    /// Canonical URL.
    #[serde(rename = "valueSet")]
    pub url: String,
    /// Version of the set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What belongs to it.
    pub include: Vec<Part>,
    /// What does not, though included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Part>,
}

/// Codes of one system, or of other value sets, that a value set includes or excludes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Codes listed one by one; with none and no filter, all of the system.
    #[serde(default, rename = "concept", skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Listed>,
    /// Conditions that all must hold.
    #[serde(default, rename = "filter", skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Value sets that a code must be in, all of them.
    #[serde(default, rename = "valueSet", skip_serializing_if = "Vec::is_empty")]
    pub value_sets: Vec<String>,
}

/// A code that a value set lists. Written as the code alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredListed", into = "String")]
pub struct Listed {
    /// The code.
    pub code: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredListed {
    Code(String),
    Concept { code: String },
}

impl From<StoredListed> for Listed {
    fn from(stored: StoredListed) -> Self {
        match stored {
            StoredListed::Code(code) | StoredListed::Concept { code } => Self { code },
        }
    }
}

impl From<Listed> for String {
    fn from(listed: Listed) -> Self {
        listed.code
    }
}

/// A condition on the properties of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The property.
    pub property: String,
    /// `is-a`, `=`, `regex` …
    pub op: String,
    /// What it is compared with.
    pub value: String,
}

/// A ValueSet as FHIR writes it.
#[derive(Deserialize)]
pub(crate) struct SourceValueSet {
    url: String,
    version: Option<String>,
    compose: Option<Compose>,
}

#[derive(Deserialize)]
struct Compose {
    include: Vec<Part>,
    #[serde(default)]
    exclude: Vec<Part>,
}

impl SourceValueSet {
    pub(crate) fn compile(self) -> Terminology {
        let (include, exclude) = self.compose.map_or_else(Default::default, |c| (c.include, c.exclude));
        Terminology::ValueSet(ValueSet { url: self.url, version: self.version, include, exclude })
    }
}

impl CodeSystem {
    /// Whether HL7 owns it.
    pub(crate) fn is_of_hl7(&self) -> bool {
        let host = self.url.split('/').nth(2).unwrap_or_default();
        host == "hl7.org" || host.ends_with(".hl7.org")
    }
}

impl Terminology {
    /// Canonical URL.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::CodeSystem(system) => &system.url,
            Self::ValueSet(set) => &set.url,
        }
    }
}
