//! The answer, as people and programs get it.

use fhirkit_issue::Issue;
use fhirkit_source::references;
use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::Seen;
use super::worker::Tally;

/// What is in the inputs. Serialised, it is what `fhirkit summary --output-format json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Version of this form: 1.
    pub schema_version: u32,
    /// Files and streams.
    pub inputs: u64,
    /// Their bytes, uncompressed.
    pub bytes: u64,
    /// Resources; contained ones do not count.
    pub resources: u64,
    /// Resources by type, most frequent first.
    #[serde(serialize_with = "as_object")]
    pub types: Vec<(String, u64)>,
    /// Contained resources by type, most frequent first.
    #[serde(serialize_with = "as_object")]
    pub contained: Vec<(String, u64)>,
    /// Profiles as claimed, most frequent first.
    #[serde(serialize_with = "as_object")]
    pub profiles: Vec<(String, u64)>,
    /// Resources that claim no profile.
    pub without_profile: u64,
    /// Resources without an id.
    pub without_id: u64,
    /// References.
    pub references: ReferenceSummary,
    /// ExplanationOfBenefits.
    pub claims: ClaimSummary,
    /// OperationOutcomes among the entries; a fatal one makes the record partial.
    pub operation_outcomes: u64,
    /// Entries that could not be read as a resource of R4.
    pub rejected: u64,
    /// Resources with an element or type that R4 lacks and STU3 or DSTU2 has: an export refuses them.
    pub not_r4: u64,
    /// Faults of files that cost no entry, such as a missing comma.
    pub faults: u64,
    /// Inputs that are empty or not FHIR at all.
    pub unreadable_inputs: u64,
    /// Whether the input is known to be partial.
    pub incomplete: bool,
    /// No input held anything that could be FHIR: not a named resource, a Bundle, or a damaged one.
    #[serde(skip)]
    pub nothing_readable: bool,
    /// The first rejects and warnings, in input order.
    #[serde(skip)]
    pub issues: Vec<Issue>,
}

/// References by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReferenceSummary {
    /// All of them; the others add up to it.
    pub total: u64,
    /// The target is among the entries, or contained.
    pub resolved: u64,
    /// The target is not among the entries.
    pub unresolved: u64,
    /// `Practitioner?identifier=…`: needs a search.
    pub conditional: u64,
    /// No reference that FHIR knows.
    pub malformed: u64,
}

impl From<references::Tally> for ReferenceSummary {
    fn from(tally: references::Tally) -> ReferenceSummary {
        ReferenceSummary {
            total: tally.total,
            resolved: tally.resolved,
            unresolved: tally.unresolved,
            conditional: tally.conditional,
            malformed: tally.malformed,
        }
    }
}

/// What the ExplanationOfBenefits hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimSummary {
    /// Those whose use is not preauthorization.
    pub claims: u64,
    /// Those whose use is preauthorization.
    pub preauthorizations: u64,
    /// Lines, those that the payer added included.
    pub lines: u64,
    /// Adjudications by level.
    pub adjudications: Adjudications,
    /// The first billable day as written.
    pub billable_from: Option<String>,
    /// The last billable day as written.
    pub billable_to: Option<String>,
}

/// Adjudications by level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Adjudications {
    /// Of the claim as a whole.
    pub header: u64,
    /// Of lines.
    pub line: u64,
    /// Of details and sub-details of lines.
    pub detail: u64,
}

impl Adjudications {
    /// All levels together.
    pub fn total(&self) -> u64 {
        self.header + self.line + self.detail
    }
}

impl Summary {
    pub(super) fn new(inputs: u64, seen: Seen, tally: Tally) -> Summary {
        let counts = tally.counts;
        let claims = counts.claims;
        let references = tally.references.tally();
        let incomplete = seen.incomplete || tally.partial;
        Summary {
            schema_version: 1,
            inputs,
            bytes: seen.bytes,
            resources: counts.total,
            types: most_frequent_first(counts.types),
            contained: most_frequent_first(counts.contained),
            profiles: most_frequent_first(counts.profiles),
            without_profile: counts.without_profile,
            without_id: counts.without_id,
            references: references.into(),
            claims: ClaimSummary {
                claims: claims.claims,
                preauthorizations: claims.preauthorizations,
                lines: claims.lines + claims.added_lines,
                adjudications: Adjudications {
                    header: claims.header_adjudications,
                    line: claims.line_adjudications,
                    detail: claims.detail_adjudications,
                },
                billable_from: claims.from,
                billable_to: claims.to,
            },
            operation_outcomes: counts.operation_outcomes,
            rejected: tally.rejects.count,
            not_r4: tally.not_r4,
            faults: seen.faults,
            unreadable_inputs: seen.unreadable,
            incomplete,
            nothing_readable: counts.total == 0
                && tally.pages.bundle_count == 0
                && !incomplete
                && tally.rejects.count == tally.not_resources,
            issues: tally.rejects.into_first(),
        }
    }
}

fn most_frequent_first<N: Into<String>>(names: FxHashMap<N, u64>) -> Vec<(String, u64)> {
    let mut names: Vec<(String, u64)> = names.into_iter().map(|(name, count)| (name.into(), count)).collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names
}

fn as_object<S: Serializer>(names: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(names.len()))?;
    for (name, count) in names {
        object.serialize_entry(name, count)?;
    }
    object.end()
}
