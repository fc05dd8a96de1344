//! Patient: C4BB Patient and US Core Patient.

use crate::chart::Chart;
use crate::date::Date;
use crate::fhir::{PAYER_SYSTEM, PROVIDER_SYSTEM, Profile};
use crate::json::Json;
use crate::member::ResourceType;
use crate::names::{ETHNICITIES, FAMILY, FEMALE, MALE, MIDDLE, RACES, STREETS, TOWNS};
use crate::random::Random;

/// Who a member is.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// Number from 1, part of every number that the payer assigns.
    pub(crate) serial: u64,
    pub(crate) is_female: bool,
    pub(crate) birth: Date,
    pub(crate) is_subscriber: bool,
    given: &'static str,
    middle: Option<&'static str>,
    family: &'static str,
    house: i64,
    street: &'static str,
    town: &'static (&'static str, &'static str, &'static str, &'static str),
    line: i64,
}

/// The day on which the payer's file ends.
pub(crate) const TODAY: (i32, i32, i32) = (2026, 1, 31);

impl Person {
    pub(crate) fn new(number: u64, random: &mut Random) -> Person {
        let is_female = random.chance(51);
        let birth = Date::new(1936, 1, 1).plus(random.between(0, 80 * 365));
        let age_is_over_18 = birth < Date::new(2005, 1, 1);
        Person {
            id: format!("m{:06}", number + 1),
            serial: number + 1,
            is_female,
            birth,
            is_subscriber: age_is_over_18 && random.chance(75),
            given: random.word(if is_female { &FEMALE } else { &MALE }),
            middle: random.chance(50).then(|| random.word(&MIDDLE)),
            family: random.word(&FAMILY),
            house: random.between(1, 9_899),
            street: random.word(&STREETS),
            town: random.pick(&TOWNS),
            line: random.between(100, 199),
        }
    }

    pub(crate) fn age(&self, day: Date) -> i64 {
        let (year, month, number) = day.parts();
        let (birth_year, birth_month, birth_number) = self.birth.parts();
        i64::from(year - birth_year - i32::from((month, number) < (birth_month, birth_number)))
    }

    /// The number on the member's card.
    pub(crate) fn member_number(&self) -> String {
        format!("ZZF{:08}{:02}", self.serial, self.dependent())
    }

    /// The number of the contract, the same for all of a family.
    pub(crate) fn subscriber_number(&self) -> String {
        format!("ZZF{:08}", self.serial)
    }

    /// Which person of the contract: 1 is the subscriber.
    pub(crate) fn dependent(&self) -> u32 {
        if self.is_subscriber { 1 } else { 2 }
    }
}

/// Writes the Patient.
pub(crate) fn write(chart: &mut Chart) {
    let race = RACES[[0, 0, 0, 1, 1, 2, 3, 4][chart.random.below(8) as usize]];
    let ethnicity = ETHNICITIES[usize::from(!chart.random.chance(15))];
    let speaks_spanish = ethnicity.0 == "2135-2" && chart.random.chance(50);
    let person = &chart.person;
    let (year, month, day) = TODAY;
    chart.member.add(ResourceType::Patient, person.id.clone(), |json| {
        let profiles = [Profile::C4bb("C4BB-Patient"), Profile::UsCore("us-core-patient")];
        json.meta(Date::new(year, month, day).at(300), &profiles);
        json.array("extension", |list| {
            omb_category(list, "us-core-race", race);
            omb_category(list, "us-core-ethnicity", ethnicity);
            list.item(|item| {
                item.string("url", "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex");
                item.string("valueCode", if person.is_female { "F" } else { "M" });
            });
        });
        identifiers(json, person);
        json.boolean("active", true);
        names(json, person);
        telecom(json, person);
        json.string("gender", if person.is_female { "female" } else { "male" });
        json.plain("birthDate", person.birth);
        address(json, person);
        json.array("communication", |list| {
            list.item(|item| {
                let language = if speaks_spanish { "es" } else { "en" };
                item.concept("language", "urn:ietf:bcp:47", language);
                item.boolean("preferred", true);
            });
        });
    });
}

/// The extension of US Core for race or ethnicity.
fn omb_category(list: &mut Json, name: &str, (code, display): (&str, &str)) {
    list.item(|item| {
        item.array("extension", |parts| {
            parts.item(|part| {
                part.string("url", "ombCategory");
                part.object("valueCoding", |coding| {
                    coding.coding("urn:oid:2.16.840.1.113883.6.238", code);
                    coding.string("display", display);
                });
            });
            parts.item(|part| {
                part.string("url", "text");
                part.string("valueString", display);
            });
        });
        item.plain("url", format_args!("http://hl7.org/fhir/us/core/StructureDefinition/{name}"));
    });
}

fn identifiers(json: &mut Json, person: &Person) {
    json.array("identifier", |list| {
        list.item(|item| {
            item.hl7_concept("type", "v2-0203", "MB");
            item.plain("system", format_args!("{PAYER_SYSTEM}/member"));
            item.plain("value", person.member_number());
        });
        list.item(|item| {
            item.c4bb_concept("type", "C4BBIdentifierType", "um");
            item.plain("system", format_args!("{PAYER_SYSTEM}/unique-member"));
            item.plain("value", format_args!("U{:09}", person.serial));
        });
        list.item(|item| {
            item.hl7_concept("type", "v2-0203", "MR");
            item.plain("system", format_args!("{PROVIDER_SYSTEM}/medical-record"));
            item.plain("value", format_args!("MRN-{:07}", person.serial));
        });
    });
}

fn names(json: &mut Json, person: &Person) {
    json.array("name", |list| {
        list.item(|item| {
            item.string("use", "official");
            item.string("family", person.family);
            item.array("given", |given| {
                given.string_item(person.given);
                if let Some(middle) = person.middle {
                    given.string_item(middle);
                }
            });
        });
    });
}

fn telecom(json: &mut Json, person: &Person) {
    let area = person.town.3;
    json.array("telecom", |list| {
        list.item(|item| {
            item.string("system", "phone");
            item.plain("value", format_args!("{area}-555-0{}", person.line));
            item.string("use", "mobile");
        });
        list.item(|item| {
            item.string("system", "email");
            item.plain("value", format_args!("{}@example.org", person.id));
            item.string("use", "home");
        });
    });
}

fn address(json: &mut Json, person: &Person) {
    let (city, county, postal_code, _) = *person.town;
    json.array("address", |list| {
        list.item(|item| {
            item.string("use", "home");
            item.array("line", |line| line.plain_item(format_args!("{} {}", person.house, person.street)));
            item.string("city", city);
            item.string("district", county);
            item.string("state", "NC");
            item.string("postalCode", postal_code);
            item.string("country", "US");
        });
    });
}
