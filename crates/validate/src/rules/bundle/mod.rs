//! Entries of Bundles: the URL that says which resource each one is.
//!
//! The rules look at one entry with its `fullUrl` and the type of the Bundle, whether the Bundle is walked as a whole or
//! its entries stream by one at a time.
//!
//! Source: <https://hl7.org/fhir/R4/bundle.html>

pub(crate) mod full_url_mismatch;
pub(crate) mod full_url_missing;
pub(crate) mod full_url_relative;
pub(crate) mod link;
pub(crate) mod search_result;

use std::borrow::Cow;
use std::fmt;

use fhirkit_issue::Message;
use fhirkit_issue::rules::Rule;
use fhirkit_tape::Node;

use crate::automaton::Member;
use crate::rules::primitive::uri::has_scheme;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Cursor, Fault, Site, Walk};

/// What holds of every entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry;

impl NodeCheck for Entry {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Bundle.entry" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&full_url_mismatch::RULE, &full_url_missing::RULE, &full_url_relative::RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let facts = EntryFacts {
            at: site.node,
            full_url: site.node.get("fullUrl").as_str(),
            resource: site.node.get("resource"),
            bundle_type: site.holder.get("type").as_str(),
            is_streamed: false,
        };
        facts.check(site.cursor, walk);
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entry of a Bundle")
    }
}

/// What is known of an entry.
pub(crate) struct EntryFacts<'t> {
    /// Where faults are shown.
    pub(crate) at: Node<'t>,
    pub(crate) full_url: Option<Cow<'t, str>>,
    pub(crate) resource: Node<'t>,
    /// Nothing where the entry was seen without its Bundle.
    pub(crate) bundle_type: Option<Cow<'t, str>>,
    /// The type comes to be known at the end of the Bundle.
    pub(crate) is_streamed: bool,
}

impl<'t> EntryFacts<'t> {
    /// Checks the entry, after its resource was walked.
    pub(crate) fn check(&self, cursor: &Cursor<'_>, walk: &mut Walk<'_, '_, 't>) {
        let has_relative = walk.take_relative_references();
        match &self.full_url {
            Some(url) if !has_scheme(url) => self.relative(url, cursor, walk),
            Some(url) => self.restful(url, cursor, walk),
            None => self.missing(has_relative, cursor, walk),
        }
    }

    fn relative(&self, url: &str, cursor: &Cursor<'_>, walk: &mut Walk<'_, '_, 't>) {
        walk.report(&full_url_relative::RULE, self.at, cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}.fullUrl`: expected an absolute URL, found `"));
            Fault::new(message.value(url).text("`")).message_id("BUNDLE_ENTRY_URL_ABSOLUTE")
        });
    }

    fn restful(&self, url: &str, cursor: &Cursor<'_>, walk: &mut Walk<'_, '_, 't>) {
        let Some(type_name) = self.resource.get("resourceType").as_str() else { return };
        if !is_restful(url, walk) {
            return;
        }
        let Some(id) = self.resource.get("id").as_str() else {
            walk.report(&full_url_mismatch::RULE, self.at, cursor, &[], |path| {
                let message = Message::new().text(format!("`{path}`: the fullUrl `")).value(url);
                Fault::new(message.text("` names an id, and the resource has none"))
                    .message_id("BUNDLE_ENTRY_URL_MATCHES_NO_ID")
            });
            return;
        };
        let ending = url.strip_suffix(&*id).and_then(|url| url.strip_suffix('/'));
        let ending = ending.and_then(|url| url.strip_suffix(&*type_name));
        if !ending.is_some_and(|url| url.ends_with('/')) {
            walk.report(&full_url_mismatch::RULE, self.at, cursor, &[], |path| {
                let message = Message::new().text(format!("`{path}.fullUrl`: expected an end in `"));
                let message = message.code(format!("{type_name}/")).value(&*id).text("`, found `").value(url);
                Fault::new(message.text("`")).message_id("BUNDLE_ENTRY_URL_MATCHES_TYPE_ID")
            });
        }
    }

    fn missing(&self, has_relative: bool, cursor: &Cursor<'_>, walk: &mut Walk<'_, '_, 't>) {
        let (words, id) = match self.bundle_type.as_deref() {
            Some("transaction" | "batch") if has_relative => (
                "the resource has relative references, and without a `fullUrl` nothing says what they are relative to",
                "Bundle_BUNDLE_Entry_NoFullUrl",
            ),
            Some("transaction" | "batch" | "transaction-response" | "batch-response") => return,
            Some(_) => ("the entry has no `fullUrl`", "BUNDLE_BUNDLE_ENTRY_FULLURL_REQUIRED"),
            None if self.is_streamed => {
                walk.scratch().missing_full_url = Some(has_relative);
                return;
            }
            None => {
                walk.scratch()
                    .checked
                    .note_other("bundle/full-url-missing: the type of the Bundle is not known");
                return;
            }
        };
        walk.report(&full_url_missing::RULE, self.at, cursor, &[], |path| {
            Fault::new(format!("`{path}`: {words}")).message_id(id)
        });
    }
}

/// Whether a URL looks like one of a server: `http://…/Type/id`.
fn is_restful(url: &str, walk: &Walk<'_, '_, '_>) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return false;
    };
    let rest = match rest.rsplit_once("/_history/") {
        Some((before, version)) if is_id(version) => before,
        _ => rest,
    };
    let mut parts = rest.rsplit('/');
    let (Some(id), Some(type_name)) = (parts.next(), parts.next()) else { return false };
    let types = walk.automaton().types();
    let is_type = types.type_named(type_name).is_some_and(|ty| types.is_resource(ty));
    let is_segment = |part: &str| {
        part.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'\\' | b'.' | b':' | b'%' | b'$')
        })
    };
    let mut host = parts.peekable();
    is_type && is_id(id) && host.peek().is_some() && host.all(is_segment)
}

fn is_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
}
