//! One page of a record: a Bundle that is complete and parsed, or the reason why it is not.

use fhirkit_tape::{ErrorKind as Syntax, Node, NodeId, Span, Tape};
use sha2::{Digest, Sha256};
use url::Url;

use super::plan::Subject;
use super::request::is_type;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{is_code, place};

/// A complete page.
pub struct Page {
    number: u64,
    tape: Tape,
    root: NodeId,
    sha256: [u8; 32],
}

/// Why an answer is no page.
pub(super) struct Unusable {
    pub(super) error: Error,
    /// Whether its end is missing, and another try may bring it.
    pub(super) is_cut: bool,
}

/// One entry of a page.
#[derive(Clone, Copy)]
pub struct Entry<'p> {
    /// `Bundle.entry.fullUrl`, absent where there is none.
    pub full_url: Node<'p>,
    /// The resource, absent where there is none.
    pub resource: Node<'p>,
    /// Whether it is about the answer rather than part of the record: an OperationOutcome.
    pub is_outcome: bool,
}

impl Page {
    /// Reads the answer to the `number`th request, which asked for `subject`.
    pub(super) fn read(
        number: u64,
        bytes: Vec<u8>,
        media_type: Option<&str>,
        subject: &Subject,
    ) -> std::result::Result<Page, Unusable> {
        let lasting = |kind, words: String| Unusable {
            error: Error::new(kind, format!("page {number} {words}")),
            is_cut: false,
        };
        if let Some(words) = not_json(&bytes) {
            let mut unusable = lasting(ErrorKind::NotFhir, words);
            if looks_like_html(&bytes).is_some() {
                let help = "the server may have sent a login page; fhirkit login signs in again";
                unusable.error = unusable.error.with_help(help);
            }
            return Err(unusable);
        }
        if let Some(media_type) = media_type.filter(|name| !is_json(name)) {
            return Err(lasting(
                ErrorKind::NotFhir,
                format!("is sent as {}, not as FHIR JSON", printable(media_type)),
            ));
        }
        let Ok(end) = u32::try_from(bytes.len()) else {
            return Err(lasting(ErrorKind::TooLarge, "is larger than 4 GiB".to_owned()));
        };
        let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let sha256 = Sha256::digest(&bytes).into();
        let mut tape = Tape::new();
        tape.load(bytes);
        let root = tape.parse(Span::new(start, end)).map_err(|error| match error.kind() {
            Syntax::UnexpectedEnd => {
                let message = format!("page {number} breaks off at byte {}", error.byte());
                Unusable { error: Error::new(ErrorKind::Incomplete, message), is_cut: true }
            }
            _ => lasting(ErrorKind::NotFhir, format!("is no JSON at byte {}: {error}", error.byte())),
        })?;
        match not_a_page(tape.node(root), subject) {
            Some((kind, words)) => Err(lasting(kind, words)),
            None => Ok(Page { number, tape, root, sha256 }),
        }
    }

    /// Its number, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its bytes, as the server sent them.
    pub fn bytes(&self) -> &[u8] {
        self.tape.bytes()
    }

    /// The Bundle; of a search that stands in for `$everything`, the first page is the Patient itself.
    pub fn root(&self) -> Node<'_> {
        self.tape.node(self.root)
    }

    /// The entries, in their order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let root = self.root();
        let is_bundle = root.get("resourceType").str_is("Bundle");
        let alone = Entry { full_url: root.absent(), resource: root, is_outcome: false };
        let entries = if is_bundle { root.get("entry") } else { root.absent() };
        let of_bundle = entries.items().map(|entry| {
            let resource = entry.get("resource");
            let is_outcome = resource.get("resourceType").str_is("OperationOutcome")
                || (resource.is_absent() && entry.get("search").get("mode").str_is("outcome"));
            Entry { full_url: entry.get("fullUrl"), resource, is_outcome }
        });
        (!is_bundle).then_some(alone).into_iter().chain(of_bundle)
    }

    /// How many resources the server says there are.
    pub fn total(&self) -> Option<u64> {
        self.root().get("total").number()?.parse().ok()
    }

    pub(super) fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Where the next page is; it must be at the server of this one.
    pub(super) fn next(&self, url: &Url) -> Result<Option<Url>> {
        let mut links = self.root().get("link").items();
        let Some(link) = links.find(|link| link.get("relation").str_is("next")) else { return Ok(None) };
        let wrong = |words: String| {
            let number = self.number;
            Err(Error::new(ErrorKind::Redirect, format!("the `next` link of page {number} {words}")))
        };
        let text = link.get("url").as_str().unwrap_or_default();
        let next = if text.is_empty() { None } else { url.join(&text).ok() };
        let Some(mut next) = next else { return wrong("is no address".to_owned()) };
        next.set_fragment(None);
        let has_password = !next.username().is_empty() || next.password().is_some();
        if next.origin() != url.origin() || !next.origin().is_tuple() || has_password {
            let (there, here) = (origin(&next), origin(url));
            return wrong(format!("leads to `{there}`, away from `{here}`: it is not followed"));
        }
        Ok(Some(next))
    }
}

fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), place(url))
}

/// Why valid JSON is no page.
fn not_a_page(root: Node<'_>, subject: &Subject) -> Option<(ErrorKind, String)> {
    let kind = root.get("resourceType").as_str().unwrap_or_default();
    let not_fhir = |words: &str| Some((ErrorKind::NotFhir, words.to_owned()));
    match kind.as_ref() {
        _ if !root.is_object() => not_fhir("is JSON, but no object"),
        "Bundle" => {
            let is_list = |name: &str| root.get(name).is_absent() || root.get(name).is_array();
            let is_whole = is_list("entry") && is_list("link");
            if is_whole { None } else { not_fhir("is a Bundle whose `entry` or `link` is no list") }
        }
        "Patient" if *subject == Subject::Patient => None,
        "OperationOutcome" => {
            let (severity, code) = worst(root);
            let kind = if is_failure(&severity) { ErrorKind::Incomplete } else { ErrorKind::NotFhir };
            Some((kind, format!("is an OperationOutcome ({severity}: {code}), not a Bundle")))
        }
        "" => not_fhir("is JSON without a `resourceType`, not a Bundle"),
        other if is_type(other) => Some((ErrorKind::NotFhir, format!("is a `{other}`, not a Bundle"))),
        _ => not_fhir("is no Bundle"),
    }
}

/// Whether a severity says that the record is not whole.
pub(crate) fn is_failure(severity: &str) -> bool {
    matches!(severity, "fatal" | "error")
}

/// Severity and code of the worst issue of an OperationOutcome, as words of the specification.
pub(crate) fn worst(outcome: Node<'_>) -> (String, String) {
    let order = ["fatal", "error", "warning", "information"];
    let rank = |issue: &Node<'_>| {
        order.iter().position(|one| issue.get("severity").str_is(one)).unwrap_or(order.len())
    };
    let issue = outcome.get("issue").items().min_by_key(rank).unwrap_or(outcome.absent());
    let severity = order.get(rank(&issue)).copied().unwrap_or("unknown").to_owned();
    let code = issue.get("code").as_str().filter(|code| is_code(code));
    (severity, code.map_or_else(|| "unknown".to_owned(), |code| code.into_owned()))
}

fn is_json(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(name.as_str(), "application/json" | "application/json+fhir" | "text/json" | "")
        || name.ends_with("+json")
}

/// A media type from the network, as far as it may stand in a message.
fn printable(media_type: &str) -> String {
    let name = media_type.split(';').next().unwrap_or_default().trim();
    let is_plain =
        name.len() <= 80 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+.-_".contains(&b));
    if is_plain { format!("`{name}`") } else { "something else".to_owned() }
}

fn looks_like_html(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.trim_ascii_start();
    let begins =
        |with: &str| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()));
    ["<!DOCTYPE html", "<html", "<head", "<body"].into_iter().find(|with| begins(with))
}

/// What bytes are that do not begin as a JSON object or list does. Never the bytes themselves, which may name somebody.
fn not_json(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let words = match text {
        [] => "is empty",
        [b'{' | b'[', ..] => return None,
        [b'<', ..] => {
            return Some(match looks_like_html(text) {
                Some(begin) => format!("is HTML, not JSON (begins \"{begin}\")"),
                None => "is XML, not JSON".to_owned(),
            });
        }
        [0x1f, 0x8b, ..] => "is gzip without saying so, not JSON",
        _ if text.starts_with(b"%PDF") => "is a PDF, not JSON",
        _ if text.starts_with(b"PK") => "is a zip archive, not JSON",
        [first, ..] if first.is_ascii_graphic() => "is text, not JSON",
        _ => "is no text, not JSON",
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str, media_type: Option<&str>) -> std::result::Result<Page, Unusable> {
        Page::read(3, body.as_bytes().to_vec(), media_type, &Subject::Everything)
    }

    fn refused(body: &str) -> (ErrorKind, String) {
        let error = page(body, Some("application/fhir+json")).err().unwrap().error;
        (error.kind(), error.to_string())
    }

    #[test]
    fn what_is_no_page_is_told_by_its_shape() {
        use ErrorKind::{Incomplete, NotFhir};
        for (body, kind, words) in [
            ("", NotFhir, "page 3 is empty"),
            (" <!doctype HTML><p>Jane", NotFhir, "page 3 is HTML, not JSON (begins \"<!DOCTYPE html\")"),
            ("<Bundle/>", NotFhir, "page 3 is XML, not JSON"),
            ("Jane Doe", NotFhir, "page 3 is text, not JSON"),
            ("[]", NotFhir, "page 3 is JSON, but no object"),
            ("{}", NotFhir, "page 3 is JSON without a `resourceType`, not a Bundle"),
            (r#"{"resourceType":"Patient"}"#, NotFhir, "page 3 is a `Patient`, not a Bundle"),
            (r#"{"resourceType":"Jane Doe"}"#, NotFhir, "page 3 is no Bundle"),
            (
                r#"{"resourceType":"Bundle","entry":{}}"#,
                NotFhir,
                "page 3 is a Bundle whose `entry` or `link` is no list",
            ),
            (r#"{"resourceType":"Bundle","entry":[{"#, Incomplete, "page 3 breaks off at byte 35"),
            (
                r#"{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"x"},{"severity":"fatal","code":"exception","diagnostics":"Jane"}]}"#,
                Incomplete,
                "page 3 is an OperationOutcome (fatal: exception), not a Bundle",
            ),
        ] {
            assert_eq!(refused(body), (kind, words.to_owned()), "{body}");
        }
        assert!(refused(r#"{"resourceType":Bundle}"#).1.starts_with("page 3 is no JSON at byte 16: "));
    }

    #[test]
    fn the_content_type_must_be_json() {
        let bundle = r#"{"resourceType":"Bundle"}"#;
        for good in [None, Some("application/fhir+json; charset=utf-8"), Some("application/json"), Some("")] {
            assert!(page(bundle, good).is_ok(), "{good:?}");
        }
        let error = page(bundle, Some("text/plain")).err().unwrap().error;
        assert_eq!(error.to_string(), "page 3 is sent as `text/plain`, not as FHIR JSON");
        assert!(page("\u{feff}{\"resourceType\":\"Bundle\"}", None).is_ok());
    }

    #[test]
    fn entries_know_what_is_about_the_answer() {
        let body = r#"{"resourceType":"Bundle","total":7,"entry":[{"fullUrl":"u","resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"OperationOutcome"}},{}]}"#;
        let page = page(body, None).ok().unwrap();
        let found: Vec<_> = page.entries().map(|e| (e.is_outcome, e.resource.is_absent())).collect();
        assert_eq!(found, [(false, false), (true, false), (false, true)]);
        assert_eq!(page.total(), Some(7));
    }

    #[test]
    fn next_stays_at_its_server() {
        let here = Url::parse("https://payer.example/fhir/Patient/1/$everything").unwrap();
        let next = |link: &str| {
            let body = format!(
                r#"{{"resourceType":"Bundle","link":[{{"relation":"self","url":"https://x.example"}},{{"relation":"next","url":"{link}"}}]}}"#
            );
            page(&body, None).ok().unwrap().next(&here)
        };
        assert_eq!(
            next("?page=2").unwrap().unwrap().as_str(),
            "https://payer.example/fhir/Patient/1/$everything?page=2"
        );
        assert_eq!(next("/fhir?p=2#x").unwrap().unwrap().as_str(), "https://payer.example/fhir?p=2");
        assert!(next("https://payer.example:443/a").is_ok());
        for away in [
            "https://other.example/a",
            "http://payer.example/a",
            "//other.example",
            "file:///a",
            "",
            "https://u:p@payer.example/",
        ] {
            assert_eq!(next(away).unwrap_err().kind(), ErrorKind::Redirect, "{away}");
        }
    }
}
