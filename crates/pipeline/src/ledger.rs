//! What came in and where it went, counted apart from the engine that moves it.
//!
//! `read = with a row of its own + in other_resource + not selected + rejected + dropped + OperationOutcome + not R4`, for
//! every resource type. The lines and adjudications of claims are counted on the tape by a walk of their own
//! (never by asking the views), so that a view which drops one shows as a difference.

use std::collections::BTreeMap;

use fhirkit_tape::Node;
use serde::Serialize;

use crate::elements::{element_count, elements, is_preauthorization};

/// Where one resource ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has a row of its own in a table of one row a resource.
    OwnRow,
    /// It stands as JSON in `other_resource`.
    OtherResource,
    /// No chosen table takes its type or its kind.
    NotSelected,
    /// It went to the rejects.
    Rejected,
    /// It breaks a rule, and such resources were to be dropped.
    Dropped,
    /// An OperationOutcome: reported, never a row.
    OperationOutcome,
    /// Refused: it is STU3 or DSTU2.
    NotR4,
}

/// The counts of one resource type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TypeCounts {
    /// Resources read.
    pub read: u64,
    /// Of these, with a row of their own.
    pub own_row: u64,
    /// Of these, in `other_resource`.
    pub other_resource: u64,
    /// Of these, taken by no chosen table.
    pub not_selected: u64,
    /// Of these, rejected.
    pub rejected: u64,
    /// Of these, dropped because they break a rule.
    pub dropped: u64,
    /// Of these, OperationOutcomes, which are reported and never a row.
    pub operation_outcome: u64,
    /// Of these, refused because they are not R4.
    pub not_r4: u64,
}

/// Claim content on the input side, and the part of it that the claim tables should hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClaimCounts {
    /// ExplanationOfBenefit resources read and not refused.
    pub explanations: u64,
    /// Of these, preauthorizations.
    pub preauthorizations: u64,
    /// `item` and `addItem` of claims.
    pub lines: u64,
    /// `item` and `addItem` of preauthorizations, which stand in `other_resource`.
    pub preauthorization_lines: u64,
    /// Adjudications at every level, of claims and preauthorizations.
    pub adjudications: u64,
}

/// The whole count of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// By resource type, as the resources name it.
    pub types: BTreeMap<String, TypeCounts>,
    /// Entries that never became a resource and stand in the rejects: broken JSON, too large, no `resourceType`.
    pub rejected_entries: u64,
    /// Of these, whole JSON values that are no resource.
    pub not_resources: u64,
    /// What stands inside ExplanationOfBenefit.
    pub claims: ClaimCounts,
    /// Resources contained in others.
    pub contained: u64,
}

impl Ledger {
    /// Counts one resource.
    pub(crate) fn count(&mut self, type_name: &str, fate: Fate) {
        if !self.types.contains_key(type_name) {
            self.types.insert(type_name.to_owned(), TypeCounts::default());
        }
        let Some(counts) = self.types.get_mut(type_name) else { return };
        counts.read += 1;
        *match fate {
            Fate::OwnRow => &mut counts.own_row,
            Fate::OtherResource => &mut counts.other_resource,
            Fate::NotSelected => &mut counts.not_selected,
            Fate::Rejected => &mut counts.rejected,
            Fate::Dropped => &mut counts.dropped,
            Fate::OperationOutcome => &mut counts.operation_outcome,
            Fate::NotR4 => &mut counts.not_r4,
        } += 1;
    }

    /// Counts what stands inside a resource that is exported.
    pub(crate) fn count_content(&mut self, type_name: &str, resource: Node<'_>) {
        self.contained += element_count(resource.get("contained"));
        if type_name == "ExplanationOfBenefit" {
            self.claims.count(resource);
        }
    }

    /// Adds the counts of another part of the same run.
    pub(crate) fn add(&mut self, other: &Ledger) {
        for (name, from) in &other.types {
            self.types.entry(name.clone()).or_default().add(from);
        }
        self.rejected_entries += other.rejected_entries;
        self.not_resources += other.not_resources;
        self.contained += other.contained;
        self.claims.add(&other.claims);
    }

    /// The sum over all types.
    pub fn total(&self) -> TypeCounts {
        let mut sum = TypeCounts::default();
        self.types.values().for_each(|counts| sum.add(counts));
        sum
    }
}

impl TypeCounts {
    fn add(&mut self, other: &TypeCounts) {
        self.read += other.read;
        self.own_row += other.own_row;
        self.other_resource += other.other_resource;
        self.not_selected += other.not_selected;
        self.rejected += other.rejected;
        self.dropped += other.dropped;
        self.operation_outcome += other.operation_outcome;
        self.not_r4 += other.not_r4;
    }
}

impl ClaimCounts {
    fn count(&mut self, claim: Node<'_>) {
        self.explanations += 1;
        let lines = element_count(claim.get("item")) + element_count(claim.get("addItem"));
        if is_preauthorization(claim) {
            self.preauthorizations += 1;
            self.preauthorization_lines += lines;
        } else {
            self.lines += lines;
        }
        self.adjudications += adjudications(claim);
        for line in elements(claim.get("item")).chain(elements(claim.get("addItem"))) {
            self.adjudications += adjudications(line);
            for detail in elements(line.get("detail")) {
                self.adjudications += adjudications(detail);
                self.adjudications += elements(detail.get("subDetail")).map(adjudications).sum::<u64>();
            }
        }
    }

    fn add(&mut self, other: &ClaimCounts) {
        self.explanations += other.explanations;
        self.preauthorizations += other.preauthorizations;
        self.lines += other.lines;
        self.preauthorization_lines += other.preauthorization_lines;
        self.adjudications += other.adjudications;
    }
}

fn adjudications(at: Node<'_>) -> u64 {
    element_count(at.get("adjudication"))
}
