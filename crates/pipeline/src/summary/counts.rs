//! What is counted of each resource.

use std::borrow::Cow;

use fhirkit_tape::Node;
use rustc_hash::FxHashMap;

use crate::elements::{element_count, elements, is_preauthorization};

/// Distinct profiles that are counted one by one; hostile input must not fill the memory with names.
const PROFILE_LIMIT: usize = 4_096;

/// Running counts of one worker; those of several add up.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Resources.
    pub(super) total: u64,
    pub(super) types: FxHashMap<&'static str, u64>,
    pub(super) contained: FxHashMap<String, u64>,
    pub(super) profiles: FxHashMap<String, u64>,
    pub(super) without_profile: u64,
    pub(super) without_id: u64,
    pub(super) operation_outcomes: u64,
    pub(super) claims: Claims,
}

/// What ExplanationOfBenefits hold.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) claims: u64,
    pub(super) preauthorizations: u64,
    pub(super) lines: u64,
    pub(super) added_lines: u64,
    pub(super) header_adjudications: u64,
    pub(super) line_adjudications: u64,
    pub(super) detail_adjudications: u64,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

impl Counts {
    /// Counts one resource of a type that R4 has.
    pub(super) fn add(&mut self, resource_type: &'static str, resource: Node<'_>) {
        self.total += 1;
        *self.types.entry(resource_type).or_default() += 1;
        if resource.get("id").as_str().is_none_or(|id| id.is_empty()) {
            self.without_id += 1;
        }
        self.add_profiles(resource.get("meta").get("profile"));
        for contained in elements(resource.get("contained")) {
            if let Some(name) = contained.get("resourceType").as_str() {
                count(&mut self.contained, &name);
            }
        }
        match resource_type {
            "ExplanationOfBenefit" => self.claims.add(resource),
            "OperationOutcome" => self.operation_outcomes += 1,
            _ => {}
        }
    }

    fn add_profiles(&mut self, profiles: Node<'_>) {
        let mut claimed = false;
        for profile in elements(profiles).filter_map(Node::as_str).filter(|profile| !profile.is_empty()) {
            claimed = true;
            count(&mut self.profiles, &profile);
        }
        if !claimed {
            self.without_profile += 1;
        }
    }

    pub(super) fn merge(&mut self, other: Counts) {
        self.total += other.total;
        for (name, more) in other.types {
            *self.types.entry(name).or_default() += more;
        }
        merge_names(&mut self.contained, other.contained);
        merge_names(&mut self.profiles, other.profiles);
        self.without_profile += other.without_profile;
        self.without_id += other.without_id;
        self.operation_outcomes += other.operation_outcomes;
        self.claims.merge(other.claims);
    }
}

fn merge_names(names: &mut FxHashMap<String, u64>, others: FxHashMap<String, u64>) {
    for (name, more) in others {
        *names.entry(name).or_default() += more;
    }
}

/// Adds one to a name, without a copy of a name that is known.
fn count(names: &mut FxHashMap<String, u64>, name: &str) {
    let is_full = names.len() >= PROFILE_LIMIT;
    match names.get_mut(name) {
        Some(known) => *known += 1,
        None if is_full => *names.entry("(others)".to_owned()).or_default() += 1,
        None => {
            names.insert(name.to_owned(), 1);
        }
    }
}

impl Claims {
    fn add(&mut self, claim: Node<'_>) {
        // As the tables do: whatever is not a preauthorization is a claim, also where `use` is missing.
        if is_preauthorization(claim) {
            self.preauthorizations += 1;
        } else {
            self.claims += 1;
        }
        self.header_adjudications += element_count(claim.get("adjudication"));
        for line in elements(claim.get("item")) {
            self.lines += 1;
            self.add_line(line);
        }
        for line in elements(claim.get("addItem")) {
            self.added_lines += 1;
            self.add_line(line);
        }
        let period = claim.get("billablePeriod");
        let (start, end) = (day(period.get("start")), day(period.get("end")));
        if let Some(start) = start.as_deref().or(end.as_deref()) {
            keep(&mut self.from, start, |new, old| new < old);
        }
        if let Some(end) = end.as_deref().or(start.as_deref()) {
            keep(&mut self.to, end, |new, old| new > old);
        }
    }

    fn add_line(&mut self, line: Node<'_>) {
        self.line_adjudications += element_count(line.get("adjudication"));
        for detail in elements(line.get("detail")) {
            self.detail_adjudications += element_count(detail.get("adjudication"));
            for inner in elements(detail.get("subDetail")) {
                self.detail_adjudications += element_count(inner.get("adjudication"));
            }
        }
    }

    fn merge(&mut self, other: Claims) {
        self.claims += other.claims;
        self.preauthorizations += other.preauthorizations;
        self.lines += other.lines;
        self.added_lines += other.added_lines;
        self.header_adjudications += other.header_adjudications;
        self.line_adjudications += other.line_adjudications;
        self.detail_adjudications += other.detail_adjudications;
        if let Some(from) = other.from {
            keep(&mut self.from, &from, |new, old| new < old);
        }
        if let Some(to) = other.to {
            keep(&mut self.to, &to, |new, old| new > old);
        }
    }
}

/// The date of a date or dateTime as written, without its time; nothing where it does not begin as one.
fn day(node: Node<'_>) -> Option<Cow<'_, str>> {
    let text = node.as_str()?;
    let length = text.find('T').unwrap_or(text.len());
    let is_date = matches!(length, 4 | 7 | 10)
        && text.bytes().take(length).enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    match text {
        _ if !is_date => None,
        Cow::Borrowed(text) => text.get(..length).map(Cow::Borrowed),
        Cow::Owned(mut text) => {
            text.truncate(length);
            Some(Cow::Owned(text))
        }
    }
}

fn keep(kept: &mut Option<String>, new: &str, better: impl Fn(&str, &str) -> bool) {
    if kept.as_deref().is_none_or(|old| better(new, old)) {
        *kept = Some(new.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use fhirkit_tape::{Span, Tape};

    use super::*;

    fn with_tape<R>(json: &str, run: impl FnOnce(Node<'_>) -> R) -> R {
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span { start: 0, end: u32::try_from(json.len()).unwrap() }).unwrap();
        run(tape.node(root))
    }

    fn claims(json: &str) -> Claims {
        let mut counts = Counts::default();
        with_tape(json, |node| counts.add("ExplanationOfBenefit", node));
        counts.claims
    }

    #[test]
    fn lines_and_adjudications_are_counted_by_level() {
        let found = claims(
            r#"{"adjudication":[{}],"item":[{"adjudication":[{},{}],"detail":[{"adjudication":[{}],
                "subDetail":[{"adjudication":[{}]}]}]},{}],"addItem":[{"adjudication":[{}]}]}"#,
        );
        assert_eq!((found.claims, found.lines, found.added_lines), (1, 2, 1));
        assert_eq!(
            (found.header_adjudications, found.line_adjudications, found.detail_adjudications),
            (1, 3, 2)
        );
    }

    #[test]
    fn one_object_where_a_list_is_expected_is_one_and_null_is_none() {
        let found = claims(
            r#"{"adjudication":{},"item":{"adjudication":{},"detail":{"adjudication":[null,{}]}},"addItem":[null]}"#,
        );
        assert_eq!((found.lines, found.added_lines), (1, 0));
        assert_eq!(
            (found.header_adjudications, found.line_adjudications, found.detail_adjudications),
            (1, 1, 1)
        );
    }

    #[test]
    fn a_preauthorization_is_no_claim() {
        for text in [r#"{"use":"preauthorization"}"#, r#"{"use":["preauthorization"]}"#] {
            let found = claims(text);
            assert_eq!((found.claims, found.preauthorizations), (0, 1), "{text}");
        }
    }

    #[test]
    fn billable_periods_span_from_first_to_last_and_nonsense_is_left_out() {
        let mut all = claims(r#"{"billablePeriod":{"start":"2020-05-01","end":"2020-05-03T10:00:00Z"}}"#);
        all.merge(claims(r#"{"billablePeriod":{"start":"2019"}}"#));
        all.merge(claims(r#"{"billablePeriod":{"start":"05/01/2018","end":7}}"#));
        assert_eq!((all.from.as_deref(), all.to.as_deref()), (Some("2019"), Some("2020-05-03")));
    }

    #[test]
    fn names_beyond_the_limit_are_counted_together() {
        let mut counts = Counts::default();
        for number in 0..PROFILE_LIMIT + 10 {
            let json = format!(r#"{{"meta":{{"profile":["p{number}"]}}}}"#);
            with_tape(&json, |node| counts.add("Patient", node));
        }
        assert_eq!(counts.profiles.get("(others)"), Some(&10));
    }
}
