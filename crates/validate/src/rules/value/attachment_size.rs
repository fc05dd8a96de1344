//! `Attachment.size` against the bytes that stand there.

use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/attachment-size",
    Severity::Error,
    IssueType::Structure,
    "an attachment has another size than it states",
)
.with_page(include_str!("attachment-size.md"));

/// What holds of every Attachment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttachmentSize;

impl NodeCheck for AttachmentSize {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Attachment" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let stated = site.node.get("size").number().and_then(|size| size.parse::<u64>().ok());
        let found = site.node.get("data").as_str().and_then(|data| byte_count(&data));
        if let (Some(stated), Some(found)) = (stated, found)
            && stated != found
        {
            walk.report(&RULE, site.node, site.cursor, &[], |path| {
                Fault::new(format!("`{path}`: `size` states {stated} bytes, `data` has {found}"))
            });
        }
    }
}

/// Bytes that base64 text stands for; none where it is no base64, which is another rule's matter.
fn byte_count(base64: &str) -> Option<u64> {
    let (mut digits, mut padding) = (0u64, 0u64);
    for byte in base64.bytes() {
        match byte {
            b'=' => padding += 1,
            _ if byte.is_ascii_whitespace() => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits += 1,
            _ => return None,
        }
    }
    ((digits + padding) % 4 == 0 && padding < 3).then_some(digits * 3 / 4)
}

impl fmt::Display for AttachmentSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("size of the attachment")
    }
}

#[cfg(test)]
mod tests {
    use super::byte_count;

    #[test]
    fn base64_stands_for_three_bytes_in_four_digits() {
        for (text, count) in [("", 0), ("QQ==", 1), ("QUE=", 2), ("QUFB", 3), ("QUF\n BQQ==", 4)] {
            assert_eq!(byte_count(text), Some(count), "{text}");
        }
        for text in ["Q", "Q===", "Q=QQ", "QU_B"] {
            assert_eq!(byte_count(text), None, "{text}");
        }
    }
}
