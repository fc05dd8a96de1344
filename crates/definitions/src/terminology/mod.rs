//! ValueSets and CodeSystems of a package as lines of `schemas/<package>/terminology.ndjson`.
//!
//! Kept: which codes there are, how they are ordered under each other, what is said of their status, displays of
//! HL7's own systems, how a value set is composed. Code systems of third parties are not embedded; of their codes
//! only those stand here that an HL7 value set lists, without displays.

pub(crate) mod source;

use serde::{Deserialize, Serialize};

/// One line: a CodeSystem or a ValueSet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Terminology {
    /// A code system.
    CodeSystem(CodeSystem),
    /// A value set.
    ValueSet(ValueSet),
}

/// The codes of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CodeSystem {
    /// Canonical URL.
    #[serde(rename = "codeSystem")]
    pub url: String,
    /// Version of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `complete`, `fragment`, `example`, `supplement` or `not-present`.
    pub content: String,
    /// Canonical of the system whose codes a supplement describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplements: Option<String>,
    /// Whether case tells codes apart; FHIR lets a system leave it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// What it means that a code stands below another: `is-a`, `part-of` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchy_meaning: Option<String>,
    /// Properties whose values were left out, because no filter of an embedded value set asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The codes at the top.
    #[serde(default, rename = "concept", skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<Concept>,
}

/// A code, with those below it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Concept {
    /// The code.
    pub code: String,
    /// What people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Further displays, in English or in no stated language.
    #[serde(default, rename = "designation", skip_serializing_if = "Vec::is_empty")]
    pub designations: Vec<String>,
    /// Whether it only groups other codes.
    #[serde(default, rename = "abstract", skip_serializing_if = "is_false")]
    pub is_abstract: bool,
    /// Whether it is retired.
    #[serde(default, rename = "inactive", skip_serializing_if = "is_false")]
    pub is_inactive: bool,
    /// Whether its use is discouraged.
    #[serde(default, rename = "deprecated", skip_serializing_if = "is_false")]
    pub is_deprecated: bool,
    /// Codes above it, beside the one that it stands below here.
    #[serde(default, rename = "parent", skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    /// Name and value of each property that is kept.
    #[serde(default, rename = "property", skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<(String, String)>,
    /// Codes below it.
    #[serde(default, rename = "concept", skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<Concept>,
}

/// How a set of codes is composed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueSet {
    /// Canonical URL.
    #[serde(rename = "valueSet")]
    pub url: String,
    /// Version of the set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether retired codes belong to it where it does not list them; left open by most sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactive: Option<bool>,
    /// What belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Part>,
    /// What does not, though included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Part>,
    /// All its codes, kept where `include` does not list them one by one and the expansion is whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expansion: Vec<Part>,
}

/// Codes of one system, or of other value sets, that a value set includes or excludes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    /// The system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Codes listed one by one; with none and no filter, all of the system.
    #[serde(default, rename = "concept", skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Conditions that all must hold.
    #[serde(default, rename = "filter", skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Value sets that a code must be in, all of them.
    #[serde(default, rename = "valueSet", skip_serializing_if = "Vec::is_empty")]
    pub value_sets: Vec<String>,
}

/// A condition on the properties of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The property.
    pub property: String,
    /// `is-a`, `=`, `regex` …
    pub op: String,
    /// What it is compared with.
    pub value: String,
}

impl CodeSystem {
    /// Every code with the codes that it stands below, in the order of the definition.
    pub(crate) fn for_each<'a>(&'a self, mut visit: impl FnMut(&'a Concept, Option<&'a Concept>)) {
        // A list, not recursion: a hostile package may nest without end.
        let mut waiting: Vec<(&Concept, Option<&Concept>)> =
            self.concepts.iter().rev().map(|c| (c, None)).collect();
        while let Some((concept, above)) = waiting.pop() {
            visit(concept, above);
            waiting.extend(concept.concepts.iter().rev().map(|below| (below, Some(concept))));
        }
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
