//! Synthetic members of a health plan, as a payer sends them: for demos, samples, benches and the sandbox.
//!
//! [`Members`] is an endless, seeded source of [`Member`]s. A member is a Patient with everything the payer knows:
//! Coverage, ExplanationOfBenefit of four kinds (professional, inpatient, outpatient, pharmacy), clinical resources,
//! the organizations and practitioners met, Provenance. The resources claim CARIN Blue Button 2.0.0 and US Core 6.1.0
//! and are valid against them. People, streets, telephone numbers, NPIs and NDCs are invented.
//!
//! ```
//! let mut members = fhirkit_members::Members::new(1);
//! let member = members.next().unwrap();
//! let claims = member.resources().filter(|r| r.resource_type.as_str() == "ExplanationOfBenefit");
//! assert!(claims.count() > 5);
//! let mut bytes = Vec::new();
//! fhirkit_members::bundle(&member, &mut bytes).unwrap();
//! assert!(bytes.starts_with(b"{\"resourceType\":\"Bundle\""));
//! ```
//!
//! The same seed gives the same bytes on every machine; member `i` depends on seed and `i` alone, so any number of
//! them streams without being held. What real claims have and a test should find comes by rotation, beside chance:
//!
//! | member (from 0) | has at least |
//! | --- | --- |
//! | `i % 3 == 0` | a claim that was cancelled and replaced, and a denied one |
//! | `i % 3 == 1` | an inpatient claim paid at its header, a pharmacy fill taken back (negative amounts) |
//! | `i % 3 == 2` | a claim with a line taken back (negative line), a rejected fill, an emergency (outpatient claim) |
//! | `i % 9 == 2` | **one professional claim whose total `submitted` is 10.00 more than its lines**: for audits to find |
//!
//! Every other total is the exact sum of its lines (or of the header's adjudication, where the payer decided there).
//! Amounts have two digits, trailing zeros included.
//!
//! Left out: oral claims, dependents' own RelatedPersons, dirty data (`samples/` has that, written by hand), and all
//! I/O except [`write_demo`].

mod bundle;
mod chart;
mod claim;
mod codes;
mod condition;
mod coverage;
mod date;
mod demo;
mod directory;
mod encounter;
mod fhir;
mod immunization;
mod json;
mod medication_request;
mod member;
mod money;
mod names;
mod npi;
mod observation;
mod organization;
mod patient;
mod practitioner;
mod procedure;
mod provenance;
mod random;
mod story;

pub use bundle::{bundle, ndjson};
pub use demo::{DemoFormat, DemoOptions, Summary, write_demo};
pub use member::{Member, Resource, ResourceType};

use directory::Directory;

/// The members of a seed, one after the other, without end.
#[derive(Clone, Debug)]
pub struct Members {
    seed: u64,
    next: u64,
    directory: Directory,
}

impl Members {
    /// The members of a seed, from the first.
    pub fn new(seed: u64) -> Members {
        Members { seed, next: 0, directory: Directory::new(seed) }
    }

    /// The member with this number (from 0), whatever was asked for before.
    pub fn member(&self, number: u64) -> Member {
        let mut member = Member::default();
        self.fill(number, &mut member);
        member
    }

    /// The member with this number, written over another one, whose memory is used again.
    pub fn fill(&self, number: u64, member: &mut Member) {
        story::write(self.seed, &self.directory, number, member);
    }
}

impl Iterator for Members {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        let member = self.member(self.next);
        self.next += 1;
        Some(member)
    }
}
