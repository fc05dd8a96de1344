//! What is known of a member while its resources are written.

use crate::codes::Illness;
use crate::date::Date;
use crate::directory::Directory;
use crate::member::{Member, ResourceType};
use crate::money::Money;
use crate::patient::Person;
use crate::random::Random;

/// A condition that the member has, and the id of its Condition.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosed {
    pub(crate) illness: &'static Illness,
    pub(crate) condition_id: String,
}

/// The enrolment of a plan year.
#[derive(Clone, Debug)]
pub(crate) struct PlanYear {
    pub(crate) year: i32,
    pub(crate) coverage_id: String,
    /// What the member still pays alone before the plan shares.
    pub(crate) deductible_left: Money,
}

/// A member in the making.
pub(crate) struct Chart<'a> {
    /// Which part of the rotation of `lib.rs`: the member's number modulo 3.
    pub(crate) rotation: u64,
    pub(crate) random: Random,
    pub(crate) directory: &'a Directory,
    pub(crate) member: &'a mut Member,
    pub(crate) person: Person,
    pub(crate) diagnosed: Vec<Diagnosed>,
    pub(crate) plan_years: Vec<PlanYear>,
    /// The home clinic and the primary physician.
    pub(crate) clinic: usize,
    pub(crate) physician: usize,
    /// What the rotation of `lib.rs` still owes this member.
    pub(crate) owed: Owed,
    organizations_met: u64,
    practitioners_met: u64,
    counters: [u32; ResourceType::ALL.len()],
}

/// The things that a member is certain to have; each is taken once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    pub(crate) replaced: bool,
    pub(crate) denied: bool,
    pub(crate) reversed_fill: bool,
    pub(crate) reversed_line: bool,
    pub(crate) rejected_fill: bool,
    pub(crate) mismatch: bool,
}

impl Owed {
    fn new(number: u64) -> Owed {
        let rotation = number % 3;
        Owed {
            replaced: rotation == 0,
            denied: rotation == 0,
            reversed_fill: rotation == 1,
            reversed_line: rotation == 2,
            rejected_fill: rotation == 2,
            mismatch: number % 9 == 2,
        }
    }
}

impl<'a> Chart<'a> {
    pub(crate) fn new(seed: u64, directory: &'a Directory, number: u64, member: &'a mut Member) -> Chart<'a> {
        let mut random = Random::new(seed, number);
        let person = Person::new(number, &mut random);
        member.begin(number, person.id.clone());
        Chart {
            rotation: number % 3,
            clinic: directory.clinic(&mut random),
            physician: directory.practitioner(&mut random),
            random,
            directory,
            member,
            person,
            diagnosed: Vec::new(),
            plan_years: Vec::new(),
            owed: Owed::new(number),
            organizations_met: 0,
            practitioners_met: 0,
            counters: [0; ResourceType::ALL.len()],
        }
    }

    /// A fresh id: `m000001-claim-3`.
    pub(crate) fn next_id(&mut self, resource_type: ResourceType) -> String {
        let counter = &mut self.counters[resource_type as usize];
        *counter += 1;
        let word = match resource_type {
            ResourceType::ExplanationOfBenefit => "claim",
            ResourceType::MedicationRequest => "prescription",
            other => return format!("{}-{}-{counter}", self.person.id, other.as_str().to_ascii_lowercase()),
        };
        format!("{}-{word}-{counter}", self.person.id)
    }

    /// The id of an organization, which is remembered as met.
    pub(crate) fn organization_id(&mut self, index: usize) -> String {
        self.organizations_met |= 1 << index;
        self.directory.organizations[index].id.clone()
    }

    /// The id of a practitioner, who is remembered as met.
    pub(crate) fn practitioner_id(&mut self, index: usize) -> String {
        self.practitioners_met |= 1 << index;
        self.directory.practitioners[index].id.clone()
    }

    /// The enrolment that covers a day; the last one for a day beyond all of them.
    pub(crate) fn plan_year(&mut self, day: Date) -> Option<&mut PlanYear> {
        let index = self.plan_years.iter().position(|plan| plan.year == day.year());
        self.plan_years.get_mut(index.unwrap_or(0))
    }

    /// Writes the organizations and practitioners met.
    pub(crate) fn write_directory(&mut self) {
        for (index, organization) in self.directory.organizations.iter().enumerate() {
            if self.organizations_met >> index & 1 == 1 {
                let id = organization.id.clone();
                self.member.add_shared(ResourceType::Organization, id, |json| organization.write(json));
            }
        }
        for (index, practitioner) in self.directory.practitioners.iter().enumerate() {
            if self.practitioners_met >> index & 1 == 1 {
                let id = practitioner.id.clone();
                self.member.add_shared(ResourceType::Practitioner, id, |json| practitioner.write(json));
            }
        }
    }
}
