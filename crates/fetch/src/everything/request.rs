//! What is asked for: whose record, and which part of it.

use std::fmt;

use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// Whose record, and which part of it. Its `Debug` shows the provider alone.
#[derive(Clone)]
pub struct Request {
    /// The provider's name, for messages and the receipt.
    pub provider: String,
    /// The base of its FHIR API.
    pub fhir_base: Url,
    /// The patient's id there.
    pub patient: String,
    /// Only resources of these types; all when empty.
    pub types: Vec<String>,
    /// Only what has changed since: an `instant` or a date.
    pub since: Option<String>,
    /// How many resources a page should have.
    pub count: Option<u32>,
    /// Whether the types of the patient compartment are searched one by one where there is no `$everything`.
    pub falls_back_to_search: bool,
    /// Where a record ends that has no end.
    pub limits: Limits,
}

/// The most that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pages.
    pub pages: u64,
    /// Bytes of all pages together.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { pages: 100_000, bytes: 64 << 30 }
    }
}

impl Request {
    /// The whole record of `patient`.
    pub fn new(provider: impl Into<String>, fhir_base: Url, patient: impl Into<String>) -> Request {
        Request {
            provider: provider.into(),
            fhir_base,
            patient: patient.into(),
            types: Vec::new(),
            since: None,
            count: None,
            falls_back_to_search: false,
            limits: Limits::default(),
        }
    }

    /// Refuses what would make another URL of it.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::new(ErrorKind::Configuration, what.to_owned()));
        if let Some(words) = not_an_id(&self.patient) {
            return wrong(&format!("the patient's id {words}"));
        }
        if !self.types.iter().all(|name| is_type(name)) {
            return wrong("a type is asked for that is no name of a resource type");
        }
        if self.since.as_ref().is_some_and(|since| !is_time(since)) {
            return wrong("`_since` is neither an instant nor a date");
        }
        Ok(())
    }

    /// Tells journals of different requests apart, without saying whose they are.
    pub(super) fn fingerprint(&self) -> String {
        let count = self.count.map(|count| count.to_string());
        let fallback = if self.falls_back_to_search { "search" } else { "" };
        let fixed = [self.provider.as_str(), self.fhir_base.as_str(), &self.patient, fallback];
        let given = [self.since.as_deref().unwrap_or_default(), count.as_deref().unwrap_or_default()];
        private::fingerprint(fixed.into_iter().chain(given).chain(self.types.iter().map(String::as_str)))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Request({})", self.provider)
    }
}

/// Why `id` is none.
pub(crate) fn not_an_id(id: &str) -> Option<&'static str> {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    // FHIR allows 64; some servers take more.
    if !(1..=256).contains(&id.len()) || !id.bytes().all(is_id) {
        return Some("holds characters that an id cannot, or too many");
    }
    id.bytes().all(|byte| byte == b'.').then_some("is a place in a folder rather than an id")
}

/// Whether `text` may be an instant or a date.
pub(crate) fn is_time(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || b"-+:.TZ".contains(&byte);
    (4..=40).contains(&text.len()) && text.bytes().all(is_part)
}

/// Whether `name` may be the name of a resource type.
pub(crate) fn is_type(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        && name.starts_with(|first: char| first.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(patient: &str) -> Request {
        Request::new("p", Url::parse("https://payer.example/fhir").unwrap(), patient)
    }

    #[test]
    fn ids_that_would_change_the_url_are_refused() {
        assert!(of("2657").check().is_ok());
        for id in ["", "..", ".", "a/b", "a?b", "a%2fb", "ä", "a b"] {
            assert!(of(id).check().is_err(), "{id:?}");
        }
    }

    #[test]
    fn types_and_times_are_checked() {
        let with = |change: fn(&mut Request)| {
            let mut request = of("1");
            change(&mut request);
            request.check()
        };
        assert!(with(|r| r.types = vec!["Coverage".to_owned()]).is_ok());
        assert!(with(|r| r.types = vec!["Coverage&x=1".to_owned()]).is_err());
        assert!(with(|r| r.since = Some("2024-01-01T00:00:00+01:00".to_owned())).is_ok());
        assert!(with(|r| r.since = Some("yesterday".to_owned())).is_err());
    }

    #[test]
    fn requests_have_fingerprints_of_their_own() {
        let mut other = of("1");
        other.types = vec!["Coverage".to_owned()];
        assert_ne!(of("1").fingerprint(), other.fingerprint());
        assert_ne!(of("1").fingerprint(), of("2").fingerprint());
        assert_eq!(of("1").fingerprint(), of("1").fingerprint());
        assert!(!format!("{:?}", of("2657")).contains("2657"));
    }
}
