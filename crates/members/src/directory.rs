//! The payer and the providers that all members of a seed share.
//!
//! A payer's `$everything` repeats the organizations and practitioners that a member met in every member's Bundle;
//! they are the same resources, byte for byte. A bulk export holds them once.

use crate::date::Date;
use crate::fhir::Profile;
use crate::json::Json;
use crate::names::{CLINICS, FAMILY, FEMALE, HOSPITALS, MALE, PHARMACIES, STREETS, TOWNS};
use crate::npi::Npi;
use crate::random::Random;

/// How many practitioners there are.
const PRACTITIONER_COUNT: usize = 24;

/// The stream of random numbers that no member has.
const STREAM: u64 = u64::MAX;

/// An organization: the payer, a hospital, a clinic or a pharmacy.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    npi: Npi,
    is_payer: bool,
    street: String,
    town: &'static (&'static str, &'static str, &'static str, &'static str),
}

/// A practitioner.
#[derive(Clone, Debug)]
pub(crate) struct Practitioner {
    pub(crate) id: String,
    npi: Npi,
    given: &'static str,
    family: &'static str,
}

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

impl Organization {
    /// Organization: C4BB and US Core.
    pub(crate) fn write(&self, json: &mut Json) {
        json.root(|json| {
            json.string("resourceType", "Organization");
            json.string("id", &self.id);
            let profiles = [Profile::C4bb("C4BB-Organization"), Profile::UsCore("us-core-organization")];
            json.meta(Date::new(2023, 12, 1).at(600), &profiles);
            json.array("identifier", |list| {
                list.npi_item(self.npi);
                if self.is_payer {
                    list.item(|item| {
                        item.c4bb_concept("type", "C4BBIdentifierType", "payerid");
                        item.string("value", "99901");
                    });
                }
            });
            json.boolean("active", true);
            json.string("name", self.name);
            let (city, _, postal_code, area) = *self.town;
            json.array("telecom", |list| {
                list.item(|item| {
                    item.string("system", "phone");
                    item.plain("value", format_args!("{area}-555-0100"));
                    item.string("use", "work");
                });
            });
            json.array("address", |list| {
                list.item(|item| {
                    item.array("line", |line| line.string_item(&self.street));
                    item.string("city", city);
                    item.string("state", "NC");
                    item.string("postalCode", postal_code);
                    item.string("country", "US");
                });
            });
        });
    }
}

impl Practitioner {
    /// Practitioner: C4BB and US Core.
    pub(crate) fn write(&self, json: &mut Json) {
        json.root(|json| {
            json.string("resourceType", "Practitioner");
            json.string("id", &self.id);
            let profiles = [Profile::C4bb("C4BB-Practitioner"), Profile::UsCore("us-core-practitioner")];
            json.meta(Date::new(2023, 12, 1).at(615), &profiles);
            json.array("identifier", |list| list.npi_item(self.npi));
            json.boolean("active", true);
            json.array("name", |list| {
                list.item(|item| {
                    item.string("family", self.family);
                    item.array("given", |given| given.string_item(self.given));
                    item.array("suffix", |suffix| suffix.string_item("MD"));
                });
            });
        });
    }
}
