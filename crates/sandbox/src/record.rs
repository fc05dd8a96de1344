//! The record of one member: its resources as JSON text, and which of them a request chooses.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use fhirkit_tape::{Node, Span, Tape};
use jiff::Timestamp;

/// One resource of a record.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) resource_type: Arc<str>,
    /// Where it stands in the text.
    span: Range<usize>,
    /// Where the text of its id stands, between the quotes.
    id: Option<Range<usize>>,
    last_updated: Option<Timestamp>,
    /// Whether other records have it as well.
    pub(crate) is_shared: bool,
    /// The `fullUrl` that it is served under, where that is not its address.
    pub(crate) full_url: Option<String>,
}

impl Item {
    /// Copies a resource to the end of `text`; `None` for what has no `resourceType`.
    pub(crate) fn read(node: Node<'_>, text: &mut Vec<u8>, is_shared: bool) -> Option<Item> {
        let resource_type = Arc::from(node.get("resourceType").as_str()?.as_ref());
        let start = text.len();
        text.extend_from_slice(node.raw());
        let id = node.get("id");
        // Between the quotes, and as far from the resource's begin as on the tape.
        let offset = |at: u32| start + at.saturating_sub(node.span().start) as usize;
        let id = id.as_str().map(|_| offset(id.span().start) + 1..offset(id.span().end) - 1);
        let last_updated = node.get("meta").get("lastUpdated").as_str().and_then(|text| text.parse().ok());
        Some(Item { resource_type, span: start..text.len(), id, last_updated, is_shared, full_url: None })
    }

    /// The item under this `fullUrl`.
    #[must_use]
    pub(crate) fn with_full_url(mut self, full_url: Option<String>) -> Item {
        self.full_url = full_url;
        self
    }
}

/// What a request chooses of a record.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Filter {
    /// These types alone; all when empty.
    pub(crate) types: Vec<String>,
    /// What changed at this time or later.
    pub(crate) since: Option<Timestamp>,
}

impl Filter {
    pub(crate) fn chooses_type(&self, resource_type: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == resource_type)
    }

    fn chooses(&self, item: &Item) -> bool {
        // What does not tell when it changed may have changed.
        let is_new = self.since.is_none_or(|since| item.last_updated.is_none_or(|updated| updated >= since));
        is_new && self.chooses_type(&item.resource_type)
    }
}

/// A record: the Patient first.
pub(crate) struct Record {
    text: Arc<Vec<u8>>,
    items: Vec<Item>,
    /// To how many resources it is repeated or cut.
    count: usize,
}

impl Record {
    /// A record of these items, whose first is the Patient, repeated or cut to `count` resources if that is given.
    pub(crate) fn new(text: Arc<Vec<u8>>, items: Vec<Item>, count: Option<usize>) -> Record {
        let count = match (count, items.len()) {
            (None, count) => count,
            // There is nothing to repeat.
            (Some(count), 0 | 1) => count.min(items.len()),
            (Some(count), _) => count,
        };
        Record { text, items, count }
    }

    /// The first resource of a type.
    pub(crate) fn first_of(&self, resource_type: &str) -> Option<&[u8]> {
        let item = self.items.iter().find(|item| &*item.resource_type == resource_type)?;
        self.text.get(item.span.clone())
    }

    /// The resources that a filter chooses.
    pub(crate) fn choose(&self, filter: &Filter) -> Choice<'_> {
        let has_patient = self.count > 0 && self.items.first().is_some_and(|item| filter.chooses(item));
        let others: Vec<usize> =
            (1..self.items.len()).filter(|&index| filter.chooses(&self.items[index])).collect();
        // The others come round after round; the last round may be cut.
        let in_round = self.items.len().saturating_sub(1).max(1);
        let left = self.count.saturating_sub(1);
        let cut = others.iter().filter(|&&index| index <= left % in_round).count();
        let count = usize::from(has_patient) + left / in_round * others.len() + cut;
        Choice { record: self, has_patient, others, count }
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.text.get(range).unwrap_or_default()
    }

    /// The Patient with id, meta and identifier alone.
    pub(crate) fn minimal_patient(&self) -> Vec<u8> {
        let bytes = self.items.first().map(|item| self.bytes(item.span.clone())).unwrap_or_default();
        let mut tape = Tape::new();
        tape.load(bytes.to_vec());
        let end = u32::try_from(bytes.len()).unwrap_or_default();
        let Ok(root) = tape.parse(Span::new(0, end)) else {
            return b"{\"resourceType\":\"Patient\"}".to_vec();
        };
        let mut json = b"{\"resourceType\":\"Patient\"".to_vec();
        for key in ["id", "meta", "identifier"] {
            let value = tape.node(root).get(key);
            if !value.is_absent() {
                json.extend_from_slice(format!(",\"{key}\":").as_bytes());
                json.extend_from_slice(value.raw());
            }
        }
        json.push(b'}');
        json
    }
}

/// The resources of a record that a filter chooses, by number, without a list of them.
pub(crate) struct Choice<'r> {
    record: &'r Record,
    has_patient: bool,
    others: Vec<usize>,
    pub(crate) count: usize,
}

/// One resource of a choice.
pub(crate) struct Chosen<'r> {
    record: &'r Record,
    pub(crate) item: &'r Item,
    /// How often it came before; 0 for a record that is not repeated.
    round: usize,
}

impl<'r> Choice<'r> {
    /// The resource with this number, from 0.
    pub(crate) fn get(&self, number: usize) -> Option<Chosen<'r>> {
        if number >= self.count {
            return None;
        }
        let record = self.record;
        if self.has_patient && number == 0 {
            return record.items.first().map(|item| Chosen { record, item, round: 0 });
        }
        let number = number - usize::from(self.has_patient);
        let round = number.checked_div(self.others.len())?;
        let item = record.items.get(*self.others.get(number % self.others.len())?)?;
        Some(Chosen { record, item, round })
    }
}

impl Chosen<'_> {
    pub(crate) fn is_patient(&self) -> bool {
        &*self.item.resource_type == "Patient"
    }

    /// Whether it has not come before.
    pub(crate) fn is_first(&self) -> bool {
        self.round == 0
    }

    /// The id as it is written, without that of its round.
    pub(crate) fn bare_id(&self) -> &str {
        let id = self.item.id.clone().map(|id| self.record.bytes(id)).unwrap_or_default();
        std::str::from_utf8(id).unwrap_or_default()
    }

    /// Writes its id.
    pub(crate) fn write_id(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.bare_id().as_bytes());
        self.write_round(out);
    }

    /// Writes the resource.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let Range { start, end } = self.item.span;
        match &self.item.id {
            Some(id) if self.round > 0 => {
                out.extend_from_slice(self.record.bytes(start..id.end));
                self.write_round(out);
                out.extend_from_slice(self.record.bytes(id.end..end));
            }
            _ => out.extend_from_slice(self.record.bytes(start..end)),
        }
    }

    pub(crate) fn write_round(&self, out: &mut Vec<u8>) {
        if self.round > 0 {
            // Writing to memory does not fail.
            let _ = write!(out, "-r{}", self.round);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(count: Option<usize>) -> Record {
        let json = [
            r#"{"resourceType":"Patient","id":"p","name":[{"family":"x"}],"identifier":[{"value":"1"}]}"#,
            r#"{"resourceType":"Claim","meta":{"lastUpdated":"2024-01-02T00:00:00Z"},"id":"a"}"#,
            r#"{"resourceType":"Coverage","id":"b","meta":{"lastUpdated":"2022-01-02T00:00:00Z"}}"#,
        ];
        let (mut text, mut items, mut tape) = (Vec::new(), Vec::new(), Tape::new());
        for json in json {
            tape.load(json.as_bytes().to_vec());
            let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
            items.push(Item::read(tape.node(root), &mut text, false).unwrap());
        }
        Record::new(Arc::new(text), items, count)
    }

    fn ids(record: &Record, filter: &Filter) -> Vec<String> {
        let choice = record.choose(filter);
        (0..choice.count + 3)
            .filter_map(|number| choice.get(number))
            .map(|chosen| {
                let (mut id, mut json) = (Vec::new(), Vec::new());
                chosen.write_id(&mut id);
                chosen.write(&mut json);
                let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
                let id = String::from_utf8(id).unwrap();
                assert_eq!(json["id"], id);
                id
            })
            .collect()
    }

    #[test]
    fn a_repeated_record_has_the_patient_once_and_ids_of_its_own() {
        assert_eq!(ids(&record(None), &Filter::default()), ["p", "a", "b"]);
        assert_eq!(ids(&record(Some(6)), &Filter::default()), ["p", "a", "b", "a-r1", "b-r1", "a-r2"]);
        assert_eq!(ids(&record(Some(2)), &Filter::default()), ["p", "a"]);
    }

    #[test]
    fn a_filter_chooses_by_type_and_time() {
        let coverage = Filter { types: vec!["Coverage".to_owned()], since: None };
        assert_eq!(ids(&record(Some(6)), &coverage), ["b", "b-r1"]);
        let since = Filter { types: Vec::new(), since: "2023-01-01T00:00:00Z".parse().ok() };
        assert_eq!(ids(&record(Some(6)), &since), ["p", "a", "a-r1", "a-r2"]);
    }

    #[test]
    fn the_minimal_patient_keeps_what_is_no_demographic() {
        let json = String::from_utf8(record(None).minimal_patient()).unwrap();
        assert_eq!(json, r#"{"resourceType":"Patient","id":"p","identifier":[{"value":"1"}]}"#);
    }
}
