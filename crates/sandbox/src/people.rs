//! The members of the sandbox, synthetic or of the records that were given, each read when first asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use fhirkit_members::Members;
use fhirkit_tape::{Span, Tape};

use crate::expiring::lock;
use crate::library::Library;
use crate::login::LoginFacts;
use crate::record::{Item, Record};
use crate::{Error, Options};

/// So many records are kept at hand.
const AT_HAND: usize = 8;

/// The member of the developer page.
const DOCUMENTED_ID: &str = "2657";
const DOCUMENTED_SUBSCRIBER: &str = "YPPJ12695646";
const DOCUMENTED_NUMBER: &str = "J1269564601";
const DOCUMENTED_PATIENT: &str = include_str!("documented/patient.json");
const DOCUMENTED_PROVENANCE: &str = include_str!("documented/provenance.json");
/// The Condition that the documented Provenance means, with the hyphen that its reference lacks.
const DOCUMENTED_CONDITION: &str = "26efcfd2-acfb-31bb-b2fe-b48574ff188f";
/// The base of the documented `fullUrl`s: another host than that of the links.
const DOCUMENTED_BASE: &str = "https://apiservicessbext.bcbsnc.com/fhir/sb/R4/payer-to-payer";
/// The Provenance's `fullUrl` lacks a hyphen of its id.
const DOCUMENTED_PROVENANCE_URL: &str = "Provenance/4e44a0f0-e723-3f1b-a6dea3f5023630d0";

enum Origin {
    Synthetic { members: Box<Members>, count: u64 },
    Given(Box<Library>),
}

/// The members of a sandbox.
pub(crate) struct People {
    origin: Origin,
    resource_count: Option<usize>,
    at_hand: Mutex<VecDeque<(String, Arc<Record>)>>,
}

impl People {
    pub(crate) fn new(options: &Options) -> Result<People, Error> {
        let origin = if options.data.is_empty() {
            Origin::Synthetic { members: Box::new(Members::new(options.seed)), count: options.members.max(1) }
        } else {
            Origin::Given(Box::new(Library::read(&options.data, options.log.as_ref())?))
        };
        Ok(People { origin, resource_count: options.resources_per_member, at_hand: Mutex::default() })
    }

    pub(crate) fn count(&self) -> u64 {
        match &self.origin {
            Origin::Synthetic { count, .. } => *count,
            Origin::Given(library) => library.patient_count() as u64,
        }
    }

    /// The id of the Patient with this number, from 0.
    pub(crate) fn patient_id(&self, number: u64) -> Option<String> {
        match &self.origin {
            Origin::Synthetic { count, .. } if number < *count => Some(synthetic_id(number)),
            Origin::Synthetic { .. } => None,
            Origin::Given(library) => library.patient_id(usize::try_from(number).ok()?),
        }
    }

    /// The record of a Patient; `None` if there is no such Patient.
    pub(crate) fn record(&self, patient_id: &str) -> Option<Arc<Record>> {
        let found =
            lock(&self.at_hand).iter().find(|(id, _)| id == patient_id).map(|(_, record)| Arc::clone(record));
        if found.is_some() {
            return found;
        }
        let record = Arc::new(self.read(patient_id)?);
        let mut at_hand = lock(&self.at_hand);
        if at_hand.len() >= AT_HAND {
            at_hand.pop_front();
        }
        at_hand.push_back((patient_id.to_owned(), Arc::clone(&record)));
        Some(record)
    }

    /// The record, not kept at hand: for those who go through all of them.
    pub(crate) fn read(&self, patient_id: &str) -> Option<Record> {
        match &self.origin {
            Origin::Synthetic { members, count } => {
                let number = synthetic_number(patient_id).filter(|number| number < count)?;
                Some(synthetic(members, number, self.resource_count))
            }
            Origin::Given(library) => library.record(patient_id, self.resource_count),
        }
    }

    /// With what the first members sign in.
    pub(crate) fn facts(&self, limit: usize) -> Vec<LoginFacts> {
        let ids = (0..self.count()).take(limit).filter_map(|number| self.patient_id(number));
        ids.filter_map(|id| LoginFacts::of(&*self.record(&id)?)).collect()
    }

    /// The member who typed these facts.
    pub(crate) fn sign_in(&self, typed: &LoginFacts) -> Option<String> {
        let candidates: Vec<String> = match &self.origin {
            Origin::Synthetic { .. } => of_subscriber(&typed.subscriber_id).into_iter().collect(),
            Origin::Given(library) => library.of_subscriber(&typed.subscriber_id),
        };
        candidates.into_iter().find(|id| {
            let facts = self.record(id).and_then(|record| LoginFacts::of(&record));
            facts.is_some_and(|facts| facts.are(typed))
        })
    }
}

/// The generator numbers its Patients from `m000001`; the first is the documented one.
fn synthetic_id(number: u64) -> String {
    if number == 0 { DOCUMENTED_ID.to_owned() } else { format!("m{:06}", number + 1) }
}

fn synthetic_number(patient_id: &str) -> Option<u64> {
    if patient_id == DOCUMENTED_ID {
        return Some(0);
    }
    let number = patient_id.strip_prefix('m')?.parse::<u64>().ok()?.checked_sub(1)?;
    (number > 0 && synthetic_id(number) == patient_id).then_some(number)
}

/// The generator's contracts are `ZZF` and the number of the member.
fn of_subscriber(subscriber_id: &str) -> Option<String> {
    if subscriber_id == DOCUMENTED_SUBSCRIBER {
        return Some(DOCUMENTED_ID.to_owned());
    }
    let number = subscriber_id.strip_prefix("ZZF")?.parse::<u64>().ok()?.checked_sub(1)?;
    (number > 0).then(|| synthetic_id(number))
}

fn synthetic(members: &Members, number: u64, count: Option<usize>) -> Record {
    let member = members.member(number);
    let (mut text, mut items, mut tape) = (Vec::new(), Vec::new(), Tape::new());
    let mut add = |json: &str, is_shared: bool, full_url: Option<String>| {
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, u32::try_from(json.len()).unwrap_or_default()));
        let item = root.ok().and_then(|root| Item::read(tape.node(root), &mut text, is_shared));
        items.extend(item.map(|item| item.with_full_url(full_url)));
    };
    for (index, resource) in member.resources().enumerate() {
        let (resource_type, id) = (resource.resource_type.as_str(), resource.id);
        if number > 0 {
            add(resource.json, resource.is_shared, None);
        } else if index == 0 {
            add(DOCUMENTED_PATIENT, false, Some(format!("{DOCUMENTED_BASE}/Patient/{DOCUMENTED_ID}")));
            add(DOCUMENTED_PROVENANCE, false, Some(format!("{DOCUMENTED_BASE}/{DOCUMENTED_PROVENANCE_URL}")));
        } else {
            let id = if id == "m000001-condition-1" { DOCUMENTED_CONDITION } else { id };
            let url = format!("{DOCUMENTED_BASE}/{resource_type}/{id}");
            add(&documented(resource.json), resource.is_shared, Some(url));
        }
    }
    Record::new(Arc::new(text), items, count)
}

/// A resource of the first generated member as one of the documented member.
fn documented(json: &str) -> String {
    json.replace("Patient/m000001\"", &format!("Patient/{DOCUMENTED_ID}\""))
        .replace("\"ZZF0000000101\"", &format!("\"{DOCUMENTED_NUMBER}\""))
        .replace("\"ZZF0000000102\"", &format!("\"{DOCUMENTED_NUMBER}\""))
        .replace("\"ZZF00000001\"", &format!("\"{DOCUMENTED_SUBSCRIBER}\""))
        .replace("\"dependent\":\"02\"", "\"dependent\":\"01\"")
        .replace("\"m000001-condition-1\"", &format!("\"{DOCUMENTED_CONDITION}\""))
        .replace("Condition/m000001-condition-1\"", &format!("Condition/{DOCUMENTED_CONDITION}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Filter;

    fn people() -> People {
        People::new(&Options { members: 5, ..Options::default() }).unwrap()
    }

    #[test]
    fn the_documented_member_comes_first() {
        let facts = people().facts(1).remove(0);
        assert_eq!(facts.subscriber_id, "YPPJ12695646");
        assert_eq!(facts.member_code, "01");
        assert_eq!(
            (facts.first_name.as_str(), facts.last_name.as_str()),
            ("BCNCFIRSTTHREE", "BCNCLASTTHREE")
        );
        assert_eq!((facts.birth_date.as_str(), facts.zip.as_str()), ("06/06/1944", "27030"));
        assert_eq!(facts.patient_id, "2657");
    }

    #[test]
    fn every_member_signs_in_with_the_facts_listed() {
        let people = people();
        let facts = people.facts(100);
        assert_eq!(facts.len(), 5);
        for facts in facts {
            assert_eq!(people.sign_in(&facts), Some(facts.patient_id.clone()));
            let wrong = LoginFacts { zip: "00000".to_owned(), ..facts };
            assert_eq!(people.sign_in(&wrong), None);
        }
    }

    #[test]
    fn ids_beyond_the_count_or_of_another_form_are_unknown() {
        let people = people();
        for id in ["m000001", "m000006", "m2", "2658", "m0000002", ""] {
            assert!(people.record(id).is_none(), "{id}");
        }
        assert!(people.record("m000005").is_some());
    }

    #[test]
    fn nothing_of_the_documented_record_names_the_generated_patient() {
        let record = people().record("2657").unwrap();
        let choice = record.choose(&Filter::default());
        let mut text = Vec::new();
        (0..choice.count).filter_map(|number| choice.get(number)).for_each(|chosen| chosen.write(&mut text));
        let text = String::from_utf8(text).unwrap();
        assert!(choice.count > 30);
        assert!(!text.contains("Patient/m000001") && !text.contains("ZZF00000001"));
        assert!(text.contains("Patient/2657"));
    }
}
