//! A page of `$everything`: the searchset Bundle, written into one buffer.

use std::io::Write;

use jiff::Timestamp;

use crate::continuation::Wanted;
use crate::fault::{Fault, Happening};
use crate::outcome;
use crate::record::{Choice, Chosen, Record};

/// Where a page stands.
pub(crate) struct Address {
    /// The base of the API, as the request spelt it.
    pub(crate) base: String,
    /// `{base}/Patient/{id}/$everything`.
    pub(crate) operation: String,
    /// The URL of the request.
    pub(crate) own: String,
}

/// Writes the page that is wanted of a record.
pub(crate) fn write(
    record: &Record,
    wanted: &Wanted,
    address: &Address,
    is_minimal: bool,
    faults: &Happening,
) -> Vec<u8> {
    let choice = record.choose(&wanted.filter);
    let end = wanted.offset.saturating_add(wanted.count).min(choice.count);
    let mut out = Vec::with_capacity(256 + 2_048 * end.saturating_sub(wanted.offset));
    let total = choice.count + if faults.has(Fault::TotalTooLarge) { 7 } else { 0 };
    let head = serde_json::json!({
        "resourceType": "Bundle",
        "id": format!("everything-{}", wanted.page()),
        "meta": {"lastUpdated": Timestamp::now().to_string()},
        "type": "searchset",
        "total": total,
        "link": links(wanted, address, &choice, faults),
    });
    let head = head.to_string();
    out.extend_from_slice(head.strip_suffix('}').unwrap_or(&head).as_bytes());
    out.extend_from_slice(b",\"entry\":[");
    let start = out.len();
    if !faults.has(Fault::EmptyPage) {
        for number in wanted.offset..end {
            let Some(chosen) = choice.get(number) else { break };
            for _ in 0..if faults.has(Fault::DuplicateEntries) { 2 } else { 1 } {
                entry(&mut out, &chosen, address, is_minimal.then_some(record));
            }
        }
    }
    if faults.has(Fault::OutcomeEntry) {
        let outcome = outcome::text("fatal", "exception", "part of the record could not be read");
        let _ = write!(out, "{{\"resource\":{outcome},\"search\":{{\"mode\":\"outcome\"}}}},");
    }
    if out.len() > start {
        // The comma after the last entry.
        out.pop();
    }
    out.extend_from_slice(b"]}\n");
    out
}

fn links(wanted: &Wanted, address: &Address, choice: &Choice<'_>, faults: &Happening) -> serde_json::Value {
    let mut links = vec![serde_json::json!({"relation": "self", "url": address.own})];
    let end = wanted.offset.saturating_add(wanted.count);
    let mut next =
        (end < choice.count).then(|| format!("{}?{}", address.operation, wanted.at(end).to_query()));
    if faults.has(Fault::PagingLoop) {
        next = Some(format!("{}?{}", address.operation, wanted.at(0).to_query()));
    }
    if let Some(rule) = faults.get(Fault::NextOtherHost) {
        let path = address.operation.splitn(4, '/').nth(3).unwrap_or_default();
        let host = rule.value.as_deref().unwrap_or_default().trim_end_matches('/');
        next = Some(format!("{host}/{path}?{}", wanted.at(end).to_query()));
    }
    links.extend(next.map(|url| serde_json::json!({"relation": "next", "url": url})));
    links.into()
}

fn entry(out: &mut Vec<u8>, chosen: &Chosen<'_>, address: &Address, minimal: Option<&Record>) {
    out.extend_from_slice(b"{\"fullUrl\":\"");
    match &chosen.item.full_url {
        Some(url) => {
            out.extend_from_slice(url.as_bytes());
            chosen.write_round(out);
        }
        None => {
            // Writing to memory does not fail.
            let _ = write!(out, "{}/{}/", address.base, chosen.item.resource_type);
            chosen.write_id(out);
        }
    }
    out.extend_from_slice(b"\",\"resource\":");
    match minimal.filter(|_| chosen.is_patient()) {
        Some(record) => out.extend_from_slice(&record.minimal_patient()),
        None => chosen.write(out),
    }
    out.extend_from_slice(b",\"search\":{\"mode\":\"match\"}},");
}
