//! What payers' claims must add up to. Nothing here is asked by FHIR, so all of it warns, and `--ignore payer` turns
//! it off. Amounts are compared exactly, in millionths; what is finer than that is left alone.

pub(crate) mod duplicate_line;
mod money;
pub(crate) mod negative_line;
pub(crate) mod outside_coverage;
pub(crate) mod payment;
pub(crate) mod total;

use std::borrow::Cow;
use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_tape::Node;

use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Site, Walk};

/// The rules about one claim or explanation of benefit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payer;

impl NodeCheck for Payer {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if matches!(facts.name, "ExplanationOfBenefit" | "Claim") { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![
            &total::RULE,
            &payment::RULE,
            &negative_line::RULE,
            &duplicate_line::RULE,
            &outside_coverage::RULE,
        ]
    }

    fn order(&self) -> u8 {
        40
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _: &[Member], walk: &mut Walk<'_, '_, 't>) {
        total::check(site, walk);
        payment::check(site, walk);
        negative_line::check(site, walk);
        duplicate_line::check(site, walk);
        outside_coverage::check(site, walk);
    }
}

impl fmt::Display for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claim adds up")
    }
}

/// Whether one of a concept's codings has the code.
fn has_code(concept: Node<'_>, code: &str) -> bool {
    concept.get("coding").items().any(|coding| coding.get("code").str_is(code))
}

/// The first code of a concept.
fn first_code(concept: Node<'_>) -> Option<Cow<'_, str>> {
    concept.get("coding").items().find_map(|coding| coding.get("code").as_str())
}

/// Whether the claim takes back another, or was taken back itself.
fn is_reversal(claim: Node<'_>) -> bool {
    let status = claim.get("status");
    !claim.get("related").is_absent() || status.str_is("cancelled") || status.str_is("entered-in-error")
}
