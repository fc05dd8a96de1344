//! A summary as people read it.

use std::collections::BTreeMap;

use fhirkit_issue::{counted, grouped};
use fhirkit_pipeline::summary::Summary;

/// Lines are wrapped before this column.
const WIDTH: usize = 100;

/// Guides that are named; JSON has all profiles.
const GUIDES_SHOWN: usize = 4;

/// The implementation guides whose profiles go by a short name, by the beginning of their canonicals.
const GUIDES: [(&str, &str); 8] = [
    ("http://hl7.org/fhir/us/carin-bb/", "CARIN BB"),
    ("http://hl7.org/fhir/us/core/", "US Core"),
    ("http://hl7.org/fhir/us/davinci-pdex-plan-net/", "Plan-Net"),
    ("http://hl7.org/fhir/us/davinci-pdex/", "PDex"),
    ("http://hl7.org/fhir/us/davinci-hrex/", "HRex"),
    ("http://hl7.org/fhir/us/davinci-drug-formulary/", "Drug Formulary"),
    ("http://hl7.org/fhir/us/davinci-pas/", "PAS"),
    ("http://hl7.org/fhir/StructureDefinition/", "R4"),
];

/// The whole text, two spaces before each line.
pub(super) fn human(summary: &Summary) -> String {
    let mut paragraphs = Vec::new();
    if !summary.types.is_empty() {
        paragraphs
            .push(summary.types.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect());
    }
    paragraphs.push(claims_and_profiles(summary));
    paragraphs.push(references_and_periods(summary));
    paragraphs.push(faults(summary));
    paragraphs
        .iter()
        .filter(|pieces: &&Vec<String>| !pieces.is_empty())
        .map(|pieces| wrapped(pieces))
        .collect()
}

fn claims_and_profiles(summary: &Summary) -> Vec<String> {
    let mut pieces = Vec::new();
    let claims = &summary.claims;
    if claims.claims + claims.preauthorizations > 0 {
        pieces.push(format!(
            "claims {} ({}, {})",
            grouped(claims.claims),
            counted(claims.lines, "line", "lines"),
            counted(claims.adjudications.total(), "adjudication", "adjudications"),
        ));
    }
    if claims.preauthorizations > 0 {
        pieces.push(format!("preauthorizations {}", grouped(claims.preauthorizations)));
    }
    let guides = by_guide(&summary.profiles);
    if !guides.is_empty() {
        let shown = guides.iter().take(GUIDES_SHOWN);
        let mut names: Vec<String> =
            shown.map(|(name, count)| format!("{name} ×{}", grouped(*count))).collect();
        if guides.len() > GUIDES_SHOWN {
            names.push(format!("{} more", guides.len() - GUIDES_SHOWN));
        }
        pieces.push(format!("profiles: {}", names.join(", ")));
        if summary.without_profile > 0 {
            pieces.push(format!(
                "none claimed by {}",
                counted(summary.without_profile, "resource", "resources")
            ));
        }
    } else if summary.resources > 0 {
        pieces.push("profiles: none claimed".to_owned());
    }
    pieces
}

fn references_and_periods(summary: &Summary) -> Vec<String> {
    let mut pieces = Vec::new();
    let references = &summary.references;
    if references.total > 0 {
        let mut text =
            format!("references {}, resolved {}", grouped(references.total), grouped(references.resolved));
        let rest = [
            (references.unresolved, "not among the entries"),
            (references.conditional, "conditional"),
            (references.malformed, "malformed"),
        ];
        for (count, word) in rest.into_iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!(", {word} {}", grouped(count)));
        }
        pieces.push(text);
    }
    if let (Some(from), Some(to)) = (&summary.claims.billable_from, &summary.claims.billable_to) {
        pieces.push(format!("billable periods {from} to {to}"));
    }
    pieces
}

fn faults(summary: &Summary) -> Vec<String> {
    let mut pieces = Vec::new();
    if summary.rejected > 0 {
        pieces.push(format!("rejected {}", counted(summary.rejected, "entry", "entries")));
    }
    if summary.not_r4 > 0 {
        pieces.push(format!("not R4: {}", counted(summary.not_r4, "resource", "resources")));
    }
    if summary.unreadable_inputs > 0 {
        pieces.push(format!("not FHIR: {}", counted(summary.unreadable_inputs, "file", "files")));
    }
    if summary.operation_outcomes > 0 {
        pieces.push(format!("OperationOutcomes {}", grouped(summary.operation_outcomes)));
    }
    if summary.incomplete {
        pieces.push("the record is partial".to_owned());
    }
    pieces
}

/// Profiles by guide and version, most frequent first: `CARIN BB 2.0.0`, `US Core (no version)`.
fn by_guide(profiles: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut guides: BTreeMap<String, u64> = BTreeMap::new();
    for (profile, count) in profiles {
        *guides.entry(guide(profile)).or_default() += count;
    }
    let mut guides: Vec<(String, u64)> = guides.into_iter().collect();
    // Stable: equal counts stay in the order of their names.
    guides.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    guides
}

fn guide(profile: &str) -> String {
    let (canonical, version) = match profile.split_once('|') {
        Some((canonical, version)) => (canonical, version),
        None => (profile, "(no version)"),
    };
    match GUIDES.iter().find(|(beginning, _)| canonical.starts_with(beginning)) {
        // The versions of the profiles in the specification itself are those of R4.
        Some((_, "R4")) => "R4".to_owned(),
        Some((_, name)) => format!("{name} {version}"),
        None => canonical.split("/StructureDefinition/").next().unwrap_or(canonical).to_owned(),
    }
}

/// Pieces joined by ` · `, broken between pieces.
fn wrapped(pieces: &[String]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for piece in pieces {
        let length = piece.chars().count();
        if width == 0 {
            text.push_str("  ");
        } else if width + 3 + length > WIDTH {
            text.push_str("\n  ");
            width = 0;
        } else {
            text.push_str(" · ");
            width += 3;
        }
        // Input may name profiles and types as it likes; the terminal gets text.
        text.extend(piece.chars().filter(|c| !c.is_control()));
        width += length;
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_told_by_guide_and_version() {
        let profiles = [
            ("http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient|2.0.0", 2),
            ("http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Coverage|2.0.0", 3),
            ("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient", 1),
            ("http://hl7.org/fhir/StructureDefinition/vitalsigns", 1),
            ("https://example.org/fhir/StructureDefinition/mine|1", 1),
        ];
        let profiles = profiles.map(|(name, count)| (name.to_owned(), count));
        let told: Vec<String> =
            by_guide(&profiles).iter().map(|(name, count)| format!("{name} ×{count}")).collect();
        let expected =
            ["CARIN BB 2.0.0 ×5", "R4 ×1", "US Core (no version) ×1", "https://example.org/fhir ×1"];
        assert_eq!(told, expected);
    }

    #[test]
    fn lines_break_between_pieces() {
        let pieces: Vec<String> = (0..20).map(|number| format!("Observation {number}")).collect();
        let text = wrapped(&pieces);
        assert!(text.lines().count() > 1);
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH + 2 && line.starts_with("  Obs")),
            "{text}"
        );
    }
}
