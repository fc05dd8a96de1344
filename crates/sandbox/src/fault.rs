//! What a sandbox does wrong on request: the faults, and how they are written.
//!
//! A fault is written `NAME[:TIMES][@PAGE][=VALUE]`: `429:2` twice, `503@3` on the third page of `$everything` (or the
//! third file of an export), `next-other-host=http://127.0.0.1:9000` with a value. Without `:TIMES` it never ends.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Error, ErrorKind};

/// One thing that a server may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each has its line in `Fault::ALL`")]
pub enum Fault {
    TooManyRequests,
    TooManyRequestsDate,
    Unavailable,
    ServerError,
    SlowBody,
    StalledBody,
    TruncatedBody,
    Html,
    ExpireMidPaging,
    LostPage,
    PagingLoop,
    NextOtherHost,
    RedirectOtherHost,
    HugePage,
    GzipBomb,
    InvalidJson,
    CutJson,
    WrongContentType,
    DuplicateEntries,
    FatalOutcome,
    OutcomeEntry,
    TotalTooLarge,
    EmptyPage,
    WrongState,
    NoState,
    WrongIssuer,
    WrongNonce,
    BadSignature,
    ExportFailed,
    ExportErrorFile,
}

/// The name of a fault and what it does.
type Entry = (Fault, &'static str, &'static str);

impl Fault {
    /// Every fault with its name and a line of help.
    pub const ALL: [Entry; 30] = [
        (Fault::TooManyRequests, "429", "429 with Retry-After in seconds (=SECONDS, 1)"),
        (Fault::TooManyRequestsDate, "429-date", "429 with Retry-After as a date (=SECONDS from now, 2)"),
        (Fault::Unavailable, "503", "503, with Retry-After only if =SECONDS is given"),
        (Fault::ServerError, "500", "500 with an OperationOutcome"),
        (Fault::SlowBody, "slow-body", "the body comes in 20 pieces (=MILLISECONDS between them, 100)"),
        (
            Fault::StalledBody,
            "stalled-body",
            "half of the body comes, then nothing, and the connection stays open",
        ),
        (Fault::TruncatedBody, "truncated-body", "the connection ends in the middle of the announced body"),
        (Fault::Html, "html-200", "an HTML sign-in page with status 200"),
        (Fault::ExpireMidPaging, "expire-mid-paging", "the token ends at page 2 (or @PAGE): 401"),
        (Fault::LostPage, "lost-page-410", "page 2 (or @PAGE) is no longer there: 410"),
        (
            Fault::PagingLoop,
            "paging-loop",
            "page 2 (or @PAGE, or the only one) links to the first as its next",
        ),
        (Fault::NextOtherHost, "next-other-host", "the next link points to another origin (=URL)"),
        (Fault::RedirectOtherHost, "redirect-other-host", "302 to the same path on another origin (=URL)"),
        (
            Fault::HugePage,
            "huge-page",
            "a page of 10 GB (or =BYTES), announced by Content-Length and streamed",
        ),
        (Fault::GzipBomb, "gzip-bomb", "a small gzip body that unpacks to 10 GB (or =BYTES)"),
        (Fault::InvalidJson, "invalid-json", "a comma too many in the middle of the body"),
        (Fault::CutJson, "cut-json", "a whole HTTP body that holds half of the JSON"),
        (Fault::WrongContentType, "wrong-content-type", "the right body as text/plain"),
        (Fault::DuplicateEntries, "duplicate-entries", "every entry comes twice"),
        (
            Fault::FatalOutcome,
            "fatal-outcome-200",
            "a fatal OperationOutcome with status 200 instead of the page",
        ),
        (Fault::OutcomeEntry, "outcome-entry", "an OperationOutcome with a fatal issue among the entries"),
        (Fault::TotalTooLarge, "total-too-large", "the Bundle's total is 7 more than what comes"),
        (Fault::EmptyPage, "empty-page", "a page without entries, but with its next link"),
        (Fault::WrongState, "wrong-state", "the redirect brings another state"),
        (Fault::NoState, "no-state", "the redirect brings no state"),
        (Fault::WrongIssuer, "wrong-issuer", "the redirect brings another issuer (RFC 9207)"),
        (Fault::WrongNonce, "wrong-nonce", "the id_token brings another nonce"),
        (Fault::BadSignature, "bad-signature", "the signature of the id_token does not verify"),
        (Fault::ExportFailed, "export-failed", "a bulk export ends with 500"),
        (Fault::ExportErrorFile, "export-error-file", "a bulk export has a file of errors"),
    ];

    fn entry(self) -> &'static Entry {
        // Every fault is in the list, as a test proves; the first stands for what cannot be.
        Fault::ALL.iter().find(|entry| entry.0 == self).unwrap_or(&Fault::ALL[0])
    }

    /// The name on the command line and in the header.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// What it does, in one line.
    pub fn help(self) -> &'static str {
        self.entry().2
    }

    /// The page on which it happens when none is given.
    fn default_page(self) -> Option<u32> {
        matches!(self, Fault::ExpireMidPaging | Fault::LostPage | Fault::PagingLoop).then_some(2)
    }
}

/// A fault with when it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// How often; without end when absent.
    pub times: Option<u32>,
    /// On which page (from 1); on every one when absent, or on the one that the fault is about.
    pub page: Option<u32>,
    /// Its number or URL.
    pub value: Option<String>,
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> FaultRule {
        FaultRule { fault, times: None, page: None, value: None }
    }
}

impl FromStr for FaultRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<FaultRule, Error> {
        let (head, value) = match text.trim().split_once('=') {
            Some((head, value)) => (head, Some(value.to_owned())),
            None => (text.trim(), None),
        };
        let (head, page) = number_after(head, '@')?;
        let (name, times) = number_after(head, ':')?;
        let Some((fault, ..)) = Fault::ALL.iter().find(|entry| entry.1 == name) else {
            let names: Vec<&str> = Fault::ALL.iter().map(|entry| entry.1).collect();
            return Err(Error::new(ErrorKind::Options, format!("`{name}` is no fault of the sandbox"))
                .with_help(format!("one of {}", names.join(", "))));
        };
        let rule = FaultRule { fault: *fault, times, page, value };
        rule.check()?;
        Ok(rule)
    }
}

/// Splits `text` before its last `mark`, which a number must follow.
fn number_after(text: &str, mark: char) -> Result<(&str, Option<u32>), Error> {
    let Some((head, number)) = text.rsplit_once(mark) else { return Ok((text, None)) };
    match number.parse::<u32>() {
        Ok(number) if number > 0 => Ok((head, Some(number))),
        _ => {
            Err(Error::new(ErrorKind::Options, format!("`{text}`: expected a number from 1 after `{mark}`"))
                .with_help("a fault is written NAME[:TIMES][@PAGE][=VALUE]"))
        }
    }
}

impl FaultRule {
    fn check(&self) -> Result<(), Error> {
        let name = self.fault.name();
        let wrong =
            |wanted: &str| Err(Error::new(ErrorKind::Options, format!("fault `{name}` wants {wanted}")));
        match self.fault {
            Fault::NextOtherHost | Fault::RedirectOtherHost => {
                let url = self.value.as_deref().and_then(|value| url::Url::parse(value).ok());
                if url.is_none_or(|url| url.host().is_none()) {
                    wrong("the URL of a host: `=URL`")
                } else {
                    Ok(())
                }
            }
            _ => match self.value.as_deref().map(str::parse::<u64>) {
                Some(Err(_)) => wrong("a whole number as its value"),
                _ => Ok(()),
            },
        }
    }

    /// Its value as a number.
    pub(crate) fn number(&self, default: u64) -> u64 {
        self.value.as_deref().and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    fn is_on(&self, page: u32) -> bool {
        self.page.or(self.fault.default_page()).is_none_or(|wanted| wanted == page)
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.fault.name())?;
        if let Some(times) = self.times {
            write!(formatter, ":{times}")?;
        }
        if let Some(page) = self.page {
            write!(formatter, "@{page}")?;
        }
        self.value.as_ref().map_or(Ok(()), |value| write!(formatter, "={value}"))
    }
}

/// The faults that the sandbox was started with, with how often each has happened.
pub(crate) struct Faults {
    rules: Vec<(FaultRule, AtomicU32)>,
}

impl Faults {
    pub(crate) fn new(rules: &[FaultRule]) -> Result<Faults, Error> {
        rules.iter().try_for_each(FaultRule::check)?;
        Ok(Faults { rules: rules.iter().map(|rule| (rule.clone(), AtomicU32::new(0))).collect() })
    }

    /// The faults of one answer: those of the start whose turn it is, and those that the request asks for in its
    /// header. What the header says and is no fault is passed over.
    pub(crate) fn now(&self, header: Option<&str>, page: u32, wanted: &[Fault]) -> Happening {
        let mut rules = Vec::new();
        for (rule, count) in &self.rules {
            if !wanted.contains(&rule.fault) || !rule.is_on(page) {
                continue;
            }
            let is_left =
                |done: u32| rule.times.is_none_or(|times| done < times).then(|| done.saturating_add(1));
            if count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_left).is_ok() {
                rules.push(rule.clone());
            }
        }
        let asked = header.unwrap_or_default().split(',').filter_map(|text| text.parse::<FaultRule>().ok());
        rules.extend(asked.filter(|rule| wanted.contains(&rule.fault) && rule.is_on(page)));
        Happening(rules)
    }
}

/// What goes wrong with one answer.
pub(crate) struct Happening(Vec<FaultRule>);

impl Happening {
    pub(crate) fn get(&self, fault: Fault) -> Option<&FaultRule> {
        self.0.iter().find(|rule| rule.fault == fault)
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.get(fault).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_in_the_list_once_under_a_name_of_its_own() {
        for (fault, name, help) in Fault::ALL {
            assert_eq!((fault.name(), fault.help()), (name, help));
        }
        let names: std::collections::HashSet<_> = Fault::ALL.iter().map(|entry| entry.1).collect();
        assert_eq!(names.len(), Fault::ALL.len());
    }

    #[test]
    fn a_rule_reads_back_as_it_is_written() {
        for text in ["429", "503:2", "html-200@3", "429:2@1=5", "next-other-host:1=http://127.0.0.1:9000"] {
            assert_eq!(text.parse::<FaultRule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_list() {
        let error = "404".parse::<FaultRule>().unwrap_err();
        assert_eq!(error.to_string(), "`404` is no fault of the sandbox");
        assert!(error.help().unwrap().contains("truncated-body"));
        for text in ["429:0", "503@x", "huge-page=many", "next-other-host", "redirect-other-host=nowhere"] {
            assert!(text.parse::<FaultRule>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_ends_after_its_times() {
        let faults = Faults::new(&["429:2@1".parse().unwrap()]).unwrap();
        let happens = |page| faults.now(None, page, &[Fault::TooManyRequests]).has(Fault::TooManyRequests);
        assert_eq!([happens(2), happens(1), happens(1), happens(1)], [false, true, true, false]);
    }
}
