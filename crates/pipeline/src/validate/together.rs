//! Judges the entries of a Bundle together, when its end was reached.
//!
//! The rules themselves speak: they are run over a Bundle that has the type and the links of the one that went by, and
//! one entry of every [`Kind`] that it had. What they say of such an entry holds of all entries of its kind, and what
//! they say of the Bundle holds of the Bundle; all else is about the stand-in. So the answer is the same wherever `type`
//! stands, for any number of threads and however the input was cut, and a Bundle that is checked as one resource gets
//! the same.

use std::collections::BTreeMap;

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_issue::Issue;
use fhirkit_issue::verdict::{NotChecked, tally};
use fhirkit_tape::{Node, Span, Tape};
use fhirkit_validate::{Scratch, Subject, Validator};

use super::entries::{Candidate, Entries, FullUrl, Kind, Search};
use super::envelope::{Place, placed};

/// Constraints of Bundle that ask about its entries, and of an entry that ask about its members.
pub(super) const ABOUT_ENTRIES: [&str; 7] = ["bdl-2", "bdl-3", "bdl-4", "bdl-7", "bdl-8", "bdl-11", "bdl-12"];
const ABOUT_ONE: [&str; 2] = ["bdl-5", "bdl-8"];
const RULES_ABOUT_ONE: [&str; 2] = ["bundle/full-url-missing", "bundle/search-result"];
const OF_BUNDLE: &str = "http://hl7.org/fhir/StructureDefinition/Bundle#";

/// What a thread reuses from Bundle to Bundle.
#[derive(Default)]
pub(super) struct Together {
    bundle: Tape,
    stand_in: Tape,
    scratch: Scratch,
    /// What was said last and of which stand-in: files of one sender are alike.
    last: (Vec<u8>, Said),
    not_checked: NotChecked,
}

/// What the rules say of a stand-in.
#[derive(Default)]
struct Said {
    of_bundle: Vec<Issue>,
    of_kinds: BTreeMap<Kind, Vec<Issue>>,
    /// Constraints that could not be evaluated.
    unknown: Vec<String>,
}

impl Together {
    /// What could not be told.
    pub(super) fn into_not_checked(self) -> NotChecked {
        self.not_checked
    }

    /// Judges the entries of the Bundle with this envelope.
    pub(super) fn judge(
        &mut self,
        envelope: &[u8],
        mut entries: Entries,
        place: &Place<'_>,
        validator: &Validator,
        report: &mut dyn FnMut(Issue),
    ) {
        let Ok(length) = u32::try_from(envelope.len()) else { return };
        self.bundle.load(envelope.to_vec());
        // Said already.
        let Ok(root) = self.bundle.parse(Span::new(0, length)) else { return };
        let bundle = self.bundle.node(root);
        if entries.kinds.is_empty() || !bundle.get("resourceType").str_is("Bundle") {
            return;
        }
        let is_repeated = entries.settle();
        let stand_in = StandIn::of(bundle, &entries, is_repeated, validator.definitions().types());
        if self.last.0 != stand_in.text {
            let said = said(&stand_in, &mut self.stand_in, &mut self.scratch, validator);
            self.last = (stand_in.text, said);
        }
        let said = &self.last.1;
        for key in &said.unknown {
            tally(&mut self.not_checked.constraints, key, 1);
        }
        if bundle.get("type").as_str().is_none() {
            let missing = |candidate: &&Candidate| matches!(candidate.kind.full_url, FullUrl::Missing { .. });
            let count = entries.candidates.iter().filter(missing).count() as u64;
            if count > 0 {
                let name = "bundle/full-url-missing: the type of the Bundle is not known";
                tally(&mut self.not_checked.others, name, count);
            }
        }
        let id = bundle.get("id").as_str();
        let of_bundle = |issue: &Issue| issue.clone().of_resource("Bundle", id.as_deref().map(str::to_owned));
        said.of_bundle.iter().for_each(|issue| report(placed(of_bundle(issue), place)));
        for candidate in &entries.candidates {
            for issue in said.of_kinds.get(&candidate.kind).into_iter().flatten() {
                report(candidate.place(of_bundle(issue), place));
            }
        }
    }
}

/// Stands for the index of an entry in what is said of its kind.
const ANY: &str = "entry[*]";

impl Candidate {
    /// What is said of its kind, as said of this entry.
    fn place(&self, issue: Issue, bundle: &Place<'_>) -> Issue {
        let own = format!("entry[{}]", self.index);
        let mut issue = placed(renamed(issue, ANY, &own), bundle).at_byte(self.byte);
        issue.line = self.line;
        issue.entry = Some(match bundle.path {
            Some(path) => format!("{path}.{own}"),
            None => own,
        });
        issue
    }
}

/// The same of another entry.
fn renamed(mut issue: Issue, from: &str, to: &str) -> Issue {
    issue.message = issue.message.replacen(from, to, 1);
    issue.with_values = issue.with_values.map(|text| text.replacen(from, to, 1));
    issue.without_codes = issue.without_codes.map(|text| text.replacen(from, to, 1));
    issue.expression = issue.expression.map(|path| path.replacen(from, to, 1));
    issue
}

/// The Bundle that stands for the one that went by.
struct StandIn {
    text: Vec<u8>,
    /// The kinds of its entries; nothing where one stands for none.
    kinds: Vec<Option<Kind>>,
}

impl StandIn {
    fn of(bundle: Node<'_>, entries: &Entries, is_repeated: bool, types: &TypeModel) -> Self {
        let bundle_type = bundle.get("type").as_str().unwrap_or_default();
        let mut stand_in = StandIn { text: br#"{"resourceType":"Bundle""#.to_vec(), kinds: Vec::new() };
        for name in ["type", "link"] {
            let member = bundle.get(name);
            // Links are asked for by the rules about searches alone, and are another in each Bundle.
            if !member.is_absent() && (name == "type" || bundle_type == "searchset") {
                stand_in.text.extend_from_slice(format!(",\"{name}\":").as_bytes());
                stand_in.text.extend_from_slice(member.raw());
            }
        }
        stand_in.text.extend_from_slice(br#","entry":["#);
        let name = |ty: Option<TypeId>| ty.map_or("Binary", |ty| types.name(ty));
        // The first stands there twice: as what comes first, and as one of its kind.
        match entries.first {
            Some((kind, ty)) => {
                let resource = match &*bundle_type {
                    "document" | "message" => format!(r#"{{"resourceType":"{}"}}"#, name(ty)),
                    _ => resource(kind, &bundle_type, types),
                };
                stand_in.push(None, kind, &resource, 0);
            }
            // It could not be read. Nothing is said of it, and nothing that stands first in its place.
            None => {
                if let Some(kind) = entries.kinds.first() {
                    stand_in.push(None, Kind { has_resource: false, ..*kind }, "", 0);
                }
            }
        }
        for kind in &entries.kinds {
            let number = stand_in.kinds.len();
            stand_in.push(Some(*kind), *kind, &resource(*kind, &bundle_type, types), number);
        }
        let repeated = entries.kinds.iter().find(|kind| !matches!(kind.full_url, FullUrl::Missing { .. }));
        if let Some(kind) = repeated.filter(|_| is_repeated) {
            let number = stand_in.kinds.len();
            for _ in 0..2 {
                stand_in.push(None, *kind, &resource(*kind, &bundle_type, types), number);
            }
        }
        stand_in.text.extend_from_slice(b"]}");
        stand_in
    }

    fn push(&mut self, stands_for: Option<Kind>, kind: Kind, resource: &str, number: usize) {
        let mut text = format!(r#"{{"id":"e{}""#, self.kinds.len());
        match kind.full_url {
            FullUrl::Missing { .. } => {}
            FullUrl::Versioned => text.push_str(&format!(r#","fullUrl":"urn:entry:{number}/_history/1""#)),
            FullUrl::Plain => text.push_str(&format!(r#","fullUrl":"urn:entry:{number}""#)),
        }
        if kind.has_resource {
            text.push_str(r#","resource":"#);
            text.push_str(resource);
        }
        if kind.has_request {
            text.push_str(r#","request":{"method":"GET","url":"x"}"#);
        }
        if kind.has_response {
            text.push_str(r#","response":{"status":"200"}"#);
        }
        text.push_str(match kind.search {
            Search::None => "",
            Search::Match => r#","search":{"mode":"match"}"#,
            Search::Outcome => r#","search":{"mode":"outcome"}"#,
            Search::Other => r#","search":{"score":1}"#,
        });
        text.push('}');
        if !self.kinds.is_empty() {
            self.text.push(b',');
        }
        self.text.extend_from_slice(text.as_bytes());
        self.kinds.push(stands_for);
    }
}

/// A resource that a rule about entries cannot tell from one of this kind.
fn resource(kind: Kind, bundle_type: &str, types: &TypeModel) -> String {
    let is_relative = kind.full_url == FullUrl::Missing { has_relative: true };
    match kind.found {
        _ if is_relative && matches!(bundle_type, "transaction" | "batch") => {
            r#"{"resourceType":"Binary","securityContext":{"reference":"Patient/1"}}"#.to_owned()
        }
        Some((ty, has_id)) => {
            let id = if has_id { r#","id":"x""# } else { "" };
            format!(r#"{{"resourceType":"{}"{id}}}"#, types.name(ty))
        }
        None => r#"{"resourceType":"Binary"}"#.to_owned(),
    }
}

/// Runs the rules over a stand-in and keeps what they say of the entries.
fn said(stand_in: &StandIn, tape: &mut Tape, scratch: &mut Scratch, validator: &Validator) -> Said {
    let mut said = Said::default();
    let Ok(length) = u32::try_from(stand_in.text.len()) else { return said };
    tape.load(stand_in.text.clone());
    let Ok(root) = tape.parse(Span::new(0, length)) else { return said };
    validator.check(&Subject::alone(tape.node(root)), scratch, &mut |issue| {
        let key = issue.message_id.as_deref().and_then(|id| id.strip_prefix(OF_BUNDLE)).unwrap_or_default();
        let Some(place) = issue.expression.as_deref().and_then(|path| path.strip_prefix("Bundle")) else {
            return;
        };
        if place.is_empty() {
            if ABOUT_ENTRIES.contains(&key) {
                said.of_bundle.push(issue);
            }
            return;
        }
        let Some((number, rest)) = entry_of(place) else { return };
        let is_about_one = ABOUT_ONE.contains(&key) || RULES_ABOUT_ONE.contains(&issue.rule.as_str());
        let kind = stand_in.kinds.get(number).copied().flatten();
        if let Some(kind) = kind.filter(|_| is_about_one && matches!(rest, "" | ".resource")) {
            let issue = renamed(issue, &format!("entry[{number}]"), ANY);
            said.of_kinds.entry(kind).or_default().push(issue);
        }
    });
    let unknown = scratch.take_checked().not_checked.constraints.into_keys();
    said.unknown = unknown.filter(|key| ABOUT_ENTRIES.contains(&key.as_str())).collect();
    said
}

/// `.entry[3].resource` as 3 and `.resource`.
fn entry_of(path: &str) -> Option<(usize, &str)> {
    let (number, rest) = path.strip_prefix(".entry[")?.split_once(']')?;
    Some((number.parse().ok()?, rest))
}
