//! The payer and the providers that all members of a seed share.
//!
//! A payer's `$everything` repeats the organizations and practitioners that a member met in every member's Bundle;
//! they are the same resources, byte for byte. A bulk export holds them once.

use crate::names::{CLINICS, FAMILY, FEMALE, HOSPITALS, MALE, PHARMACIES, STREETS, TOWNS};
use crate::npi::Npi;
use crate::organization::Organization;
use crate::practitioner::Practitioner;
use crate::random::Random;

/// How many practitioners there are.
const PRACTITIONER_COUNT: usize = 24;

/// The stream of random numbers that no member has.
const STREAM: u64 = u64::MAX;

/// Everyone who is not a member.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) organizations: Vec<Organization>,
    pub(crate) practitioners: Vec<Practitioner>,
}

/// Index of the payer among the organizations.
pub(crate) const PAYER: usize = 0;

impl Directory {
    pub(crate) fn new(seed: u64) -> Directory {
        let mut random = Random::new(seed, STREAM);
        let names =
            ["Tar Heel Synthetic Health Plan"].iter().chain(&HOSPITALS).chain(&CLINICS).chain(&PHARMACIES);
        let organizations = names
            .enumerate()
            .map(|(index, name)| Organization {
                id: if index == PAYER { "payer".to_owned() } else { format!("organization-{index:02}") },
                name,
                npi: Npi::new(10_000 + index as u64),
                is_payer: index == PAYER,
                street: format!("{} {}", random.between(100, 9_999), random.word(&STREETS)),
                town: random.pick(&TOWNS),
            })
            .collect();
        let practitioners = (1..=PRACTITIONER_COUNT)
            .map(|number| Practitioner {
                id: format!("practitioner-{number:02}"),
                npi: Npi::new(20_000 + number as u64),
                given: random.word(if number % 2 == 0 { &FEMALE } else { &MALE }),
                family: random.word(&FAMILY),
            })
            .collect();
        Directory { organizations, practitioners }
    }

    pub(crate) fn hospital(&self, random: &mut Random) -> usize {
        1 + random.below(HOSPITALS.len() as u64) as usize
    }

    pub(crate) fn clinic(&self, random: &mut Random) -> usize {
        1 + HOSPITALS.len() + random.below(CLINICS.len() as u64) as usize
    }

    pub(crate) fn pharmacy(&self, random: &mut Random) -> usize {
        1 + HOSPITALS.len() + CLINICS.len() + random.below(PHARMACIES.len() as u64) as usize
    }

    pub(crate) fn practitioner(&self, random: &mut Random) -> usize {
        random.below(self.practitioners.len() as u64) as usize
    }
}
