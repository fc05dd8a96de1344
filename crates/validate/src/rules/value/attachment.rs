//! What an Attachment says of its data: one pass over the data answers both rules.

use std::fmt;

use fhirkit_issue::rules::Rule;
use sha1::{Digest, Sha1};

use super::base64::decode;
use super::{attachment_hash, attachment_size};
use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// What holds of every Attachment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attachment;

impl NodeCheck for Attachment {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Attachment" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&attachment_size::RULE, &attachment_hash::RULE]
    }

    /// What is no base64 is another rule's matter.
    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let size = site.node.get("size").number().and_then(|size| size.parse::<u64>().ok());
        let hash = site.node.get("hash").as_str().and_then(|hash| bytes(&hash));
        if size.is_none() && hash.is_none() {
            return;
        }
        let Some(data) = site.node.get("data").as_str() else { return };
        let mut sha1 = Sha1::new();
        let found = decode(&data, |bytes| {
            if hash.is_some() {
                sha1.update(bytes);
            }
        });
        let Some(found) = found else { return };
        if let Some(size) = size.filter(|size| *size != found) {
            walk.report(&attachment_size::RULE, site.node, site.cursor, &[], |path| {
                Fault::new(format!("`{path}`: `size` states {size} bytes, `data` has {found}"))
            });
        }
        if hash.is_some_and(|hash| *hash != *sha1.finalize()) {
            walk.report(&attachment_hash::RULE, site.node, site.cursor, &[], |path| {
                Fault::new(format!("`{path}`: `hash` is not the SHA-1 of what `data` decodes to, in base64"))
                    .message_id("TYPE_SPECIFIC_CHECKS_DT_ATT_HASH_MISMATCH")
            });
        }
    }
}

/// A hash is 20 bytes; of a longer text nothing more needs to be known.
fn bytes(base64: &str) -> Option<Vec<u8>> {
    let text = base64.get(..MOST).unwrap_or(base64);
    let mut found = Vec::new();
    decode(text, |bytes| found.extend_from_slice(bytes))?;
    Some(found)
}

const MOST: usize = 128;

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("size and hash of the attachment")
    }
}
