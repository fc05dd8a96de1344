//! Records that were given: all resources of some files, and which of them belong to which Patient.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use fhirkit_source::{Documents, Options as ReadOptions, Reader, discover, references};
use fhirkit_tape::Node;

use crate::login::LoginFacts;
use crate::record::{Item, Record};
use crate::{Error, ErrorKind, Log};

/// The elements that say whose a resource is.
const WHOSE: [&str; 5] = ["patient", "subject", "beneficiary", "individual", "for"];

/// All resources that were given.
pub(crate) struct Library {
    text: Arc<Vec<u8>>,
    items: Vec<Item>,
    /// What each resource refers to.
    references: Vec<Vec<usize>>,
    /// The Patients, in the order of the files.
    patients: Vec<(String, usize)>,
    by_id: HashMap<String, usize>,
    /// The resources of each Patient, by the Patient's place.
    own: HashMap<usize, Vec<usize>>,
    owned: Vec<bool>,
    subscribers: OnceLock<HashMap<String, Vec<String>>>,
}

/// The library while it is read: references are text until all is there.
#[derive(Default)]
struct Draft {
    text: Vec<u8>,
    items: Vec<Item>,
    names: HashMap<String, usize>,
    patients: Vec<(String, usize)>,
    /// Of each resource: the references that say whose it is, and all of them.
    whose: Vec<Vec<String>>,
    references: Vec<Vec<String>>,
}

impl Library {
    /// Reads files, folders and globs.
    pub(crate) fn read(paths: &[String], log: Option<&Log>) -> Result<Library, Error> {
        let failed = |error: fhirkit_source::Error| {
            let message = format!("the records cannot be read: {error}");
            Error::new(ErrorKind::Data, message).with_source(error)
        };
        let inputs = discover(paths).map_err(failed)?;
        let mut documents = Documents::new(Reader::open(inputs, ReadOptions::default()));
        let mut draft = Draft::default();
        while let Some(resource) = documents.next_document().map_err(failed)? {
            let full_url = resource.origin().full_url;
            draft.add(resource.node(), full_url);
        }
        let rejected = documents.take_rejects().len();
        if let (Some(log), true) = (log, rejected > 0) {
            log(&format!("warning: {rejected} entries of the records could not be read and are not served"));
        }
        if draft.patients.is_empty() {
            return Err(Error::new(ErrorKind::Data, "the records hold no Patient with an id")
                .with_help("Bundles and NDJSON are read; `fhirkit summary` shows what is in them"));
        }
        Ok(draft.finish())
    }

    pub(crate) fn patient_count(&self) -> usize {
        self.patients.len()
    }

    pub(crate) fn patient_id(&self, number: usize) -> Option<String> {
        self.patients.get(number).map(|(id, _)| id.clone())
    }

    /// The record of a Patient: what is its own, and what that refers to and is nobody's.
    pub(crate) fn record(&self, patient_id: &str, count: Option<usize>) -> Option<Record> {
        let place = *self.by_id.get(patient_id)?;
        let mut chosen: BTreeSet<usize> = self.own.get(&place).into_iter().flatten().copied().collect();
        let mut ahead: Vec<usize> = chosen.iter().copied().chain([place]).collect();
        while let Some(next) = ahead.pop() {
            for &target in self.references.get(next).into_iter().flatten() {
                if self.owned.get(target) == Some(&false) && chosen.insert(target) {
                    ahead.push(target);
                }
            }
        }
        chosen.remove(&place);
        let places = [place].into_iter().chain(chosen);
        let items = places.filter_map(|place| self.items.get(place).cloned()).collect();
        Some(Record::new(Arc::clone(&self.text), items, count))
    }

    /// The Patients of a contract.
    pub(crate) fn of_subscriber(&self, subscriber_id: &str) -> Vec<String> {
        let subscribers = self.subscribers.get_or_init(|| {
            let mut subscribers: HashMap<String, Vec<String>> = HashMap::new();
            for (id, _) in &self.patients {
                if let Some(facts) = self.record(id, None).and_then(|record| LoginFacts::of(&record)) {
                    subscribers.entry(facts.subscriber_id.to_uppercase()).or_default().push(id.clone());
                }
            }
            subscribers
        });
        subscribers.get(&subscriber_id.to_uppercase()).cloned().unwrap_or_default()
    }
}

impl Draft {
    fn add(&mut self, node: Node<'_>, full_url: Option<String>) {
        let resource_type = node.get("resourceType").as_str().unwrap_or_default();
        if resource_type == "OperationOutcome" {
            return;
        }
        let id = node.get("id").as_str().map(Cow::into_owned);
        let name = id.as_ref().map(|id| format!("{resource_type}/{id}"));
        // A resource that comes twice is served once.
        if name.as_ref().is_some_and(|name| self.names.contains_key(name)) {
            return;
        }
        let Some(item) = Item::read(node, &mut self.text, false) else { return };
        let place = self.items.len();
        self.names.extend(name.map(|name| (name, place)));
        self.names.extend(full_url.filter(|url| url.starts_with("urn:")).map(|url| (url, place)));
        if let ("Patient", Some(id)) = (resource_type.as_ref(), id) {
            self.patients.push((id, place));
        }
        let mut whose = Vec::new();
        let own = WHOSE.iter().map(|element| node.get(element));
        let targets = node.get("target").items().filter(|_| resource_type == "Provenance");
        for reference in own.chain(targets) {
            whose.extend(reference.get("reference").as_str().map(Cow::into_owned));
        }
        let mut all = Vec::new();
        references::each(node, &mut |reference| all.push(reference.into_owned()));
        self.items.push(item);
        self.whose.push(whose);
        self.references.push(all);
    }

    fn place(&self, reference: &str) -> Option<usize> {
        if reference.starts_with("urn:") {
            return self.names.get(reference).copied();
        }
        let reference = reference.split_once("/_history/").map_or(reference, |(reference, _)| reference);
        let mut parts = reference.rsplitn(3, '/');
        let (id, resource_type) = (parts.next()?, parts.next()?);
        self.names.get(&format!("{resource_type}/{id}")).copied()
    }

    fn finish(mut self) -> Library {
        let places = |texts: &[Vec<String>]| -> Vec<Vec<usize>> {
            texts.iter().map(|texts| texts.iter().filter_map(|text| self.place(text)).collect()).collect()
        };
        let (whose, references) = (places(&self.whose), places(&self.references));
        let is_patient =
            |place: usize| self.items.get(place).is_some_and(|item| &*item.resource_type == "Patient");
        let patients_of = |place: usize| -> BTreeSet<usize> {
            whose.get(place).into_iter().flatten().copied().filter(|&target| is_patient(target)).collect()
        };
        let mut own: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut owned: Vec<bool> = (0..self.items.len()).map(is_patient).collect();
        for (place, is_owned) in owned.iter_mut().enumerate().filter(|(_, is_owned)| !**is_owned) {
            let mut patients = patients_of(place);
            // A Provenance is of those whose resources it is about.
            for &target in whose.get(place).into_iter().flatten() {
                patients.extend(patients_of(target));
            }
            *is_owned = !patients.is_empty();
            patients.into_iter().for_each(|patient| own.entry(patient).or_default().push(place));
        }
        for (item, is_owned) in self.items.iter_mut().zip(&owned) {
            item.is_shared = !is_owned;
        }
        Library {
            text: Arc::new(self.text),
            items: self.items,
            references,
            by_id: self.patients.iter().cloned().collect(),
            patients: self.patients,
            own,
            owned,
            subscribers: OnceLock::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Filter;

    const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[
      {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"a","birthDate":"1950-02-01",
        "identifier":[{"type":{"coding":[{"code":"MB"}]},"value":"w1"}],"name":[{"family":"Fa","given":["Ga"]}]}},
      {"resource":{"resourceType":"Patient","id":"b"}},
      {"resource":{"resourceType":"Claim","id":"c1","patient":{"reference":"urn:uuid:1"},
        "provider":{"reference":"http://x.example/fhir/Organization/o1"}}},
      {"resource":{"resourceType":"Claim","id":"c2","patient":{"reference":"Patient/b"}}},
      {"resource":{"resourceType":"Organization","id":"o1","partOf":{"reference":"Organization/o2"}}},
      {"resource":{"resourceType":"Organization","id":"o2"}},
      {"resource":{"resourceType":"Provenance","id":"v","target":[{"reference":"Claim/c1"}]}},
      {"resource":{"resourceType":"OperationOutcome","issue":[]}}]}"#;

    fn ids(library: &Library, patient: &str) -> Vec<String> {
        let record = library.record(patient, None).unwrap();
        let choice = record.choose(&Filter::default());
        (0..choice.count).filter_map(|number| Some(choice.get(number)?.bare_id().to_owned())).collect()
    }

    #[test]
    fn a_record_is_what_is_the_patients_and_what_that_refers_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.json");
        std::fs::write(&path, BUNDLE).unwrap();
        let library = Library::read(&[path.to_string_lossy().into_owned()], None).unwrap();
        assert_eq!(ids(&library, "a"), ["a", "c1", "o1", "o2", "v"]);
        assert_eq!(ids(&library, "b"), ["b", "c2"]);
        assert!(library.record("c", None).is_none());
        assert_eq!(library.of_subscriber("W1"), ["a"]);
        assert_eq!(library.of_subscriber("b"), ["b"]);
    }

    #[test]
    fn records_without_a_patient_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.json");
        std::fs::write(&path, r#"{"resourceType":"Claim","id":"c"}"#).unwrap();
        let error = Library::read(&[path.to_string_lossy().into_owned()], None).err().unwrap();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Data, "the records hold no Patient with an id")
        );
        assert_eq!(Library::read(&["nowhere.json".to_owned()], None).err().unwrap().kind(), ErrorKind::Data);
    }
}
