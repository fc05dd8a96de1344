//! Links that run a program, or that no reader can follow.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::xhtml;

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "narrative/unsafe-link",
    Severity::Error,
    IssueType::Invalid,
    "a link of the narrative could run a program, or leads nowhere",
)
.with_page(include_str!("unsafe-link.md"));

/// Schemes that a reader of a narrative can follow safely.
const SAFE: &[&str] = &["http", "https", "mailto", "tel", "ftp", "ftps", "sftp", "cid", "urn"];

/// What is wrong with the target of a link or an image.
pub(super) fn fault(target: &str, is_image: bool) -> Option<&'static str> {
    if target.trim().is_empty() {
        return Some("is empty");
    }
    let seen = as_browsers_see(target);
    let scheme = match seen.split_once([':', '/', '#', '?']) {
        Some((scheme, _)) if seen.as_bytes().get(scheme.len()) == Some(&b':') => scheme,
        _ => return None,
    };
    match scheme {
        "data" if is_image && seen.starts_with("data:image/") => None,
        scheme if SAFE.contains(&scheme) => None,
        _ => Some("has a scheme that a reader cannot follow safely"),
    }
}

const LONGEST_ENTITY: usize = 32;

/// The target in lower case, characters written as entities decoded, white space and control characters left out: a
/// scheme hides behind each of them.
fn as_browsers_see(target: &str) -> String {
    let mut seen = String::with_capacity(target.len());
    let mut rest = target;
    while let Some((before, behind)) = rest.split_once('&') {
        seen += before;
        // No entity has a longer name; without an end to the search many `&` would take the square of their number.
        let end = behind.bytes().take(LONGEST_ENTITY + 1).position(|byte| byte == b';');
        let entity = end
            .and_then(|end| behind.split_at_checked(end))
            .and_then(|(name, rest)| Some((name, rest.strip_prefix(';')?)));
        let character = entity.and_then(|(name, behind)| Some((xhtml::character(name)?, behind)));
        match character {
            Some((character, behind)) => {
                seen.push(character);
                rest = behind;
            }
            None => {
                seen.push('&');
                rest = behind;
            }
        }
    }
    seen += rest;
    seen.retain(|one| !one.is_whitespace() && !one.is_control());
    seen.to_ascii_lowercase().replace("&colon;", ":")
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_runs_a_program_is_no_link() {
        for good in ["#a", "Patient/1", "http://x.org", "mailto:a@b", "../a?b=c:d", "a/b:c"] {
            assert_eq!(fault(good, false), None, "{good}");
        }
        assert_eq!(fault("data:image/png;base64,AA==", true), None);
        for bad in
            ["javascript:x", " JavaScript:x", "data:text/html,x", "vbscript:x", "", "java&#115;cript&colon;x"]
        {
            assert!(fault(bad, false).is_some(), "{bad}");
        }
    }
}
