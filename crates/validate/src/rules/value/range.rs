//! `minValue[x]` and `maxValue[x]`: numbers, dates, times, and quantities of the same unit.

use std::cmp::Ordering;
use std::fmt;

use bigdecimal::BigDecimal;
use fhirkit_definitions::structure::TypedValue;
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use super::constant::Constant;
use super::fixed::shown;
use crate::automaton::Member;
use crate::rules::{ElementFacts, NodeCheck};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("value/range", Severity::Error, IssueType::Invalid, "a value lies outside the profile's range")
        .with_page(include_str!("range.md"));

/// One end of a range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    /// What a value on the wrong side compares as.
    wrong: Ordering,
    limit: Constant,
}

impl NodeCheck for Range {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let end =
            |value: &Option<TypedValue>, wrong| Some(Range { wrong, limit: Constant::new(value.as_ref()?)? });
        let ends =
            [end(&facts.element.min_value, Ordering::Less), end(&facts.element.max_value, Ordering::Greater)];
        ends.into_iter().flatten().collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        if site.node.is_absent() {
            return;
        }
        match self.compare(site.node) {
            None => walk.scratch().checked.note_other("minValue or maxValue that does not compare"),
            Some(found) if found == self.wrong => {
                walk.report(&RULE, site.node, site.cursor, asked_by, |path| self.fault(path, site.node));
            }
            Some(_) => {}
        }
    }
}

impl Range {
    /// How a value stands to the limit; nothing where the two do not compare.
    fn compare(&self, value: Node<'_>) -> Option<Ordering> {
        let limit = self.limit.node();
        match self.limit.type_name() {
            "integer" | "positiveInt" | "unsignedInt" | "decimal" => numbers(value, limit),
            "date" | "dateTime" | "instant" | "time" => moments(&value.as_str()?, &limit.as_str()?),
            // Units are not converted; a Duration as the limit of a date would depend on today.
            "Quantity" if same(value, limit, "code") && same(value, limit, "system") => {
                numbers(value.get("value"), limit.get("value"))
            }
            _ => None,
        }
    }

    fn fault(&self, path: &str, value: Node<'_>) -> Fault {
        let limit = self.limit.node();
        let (value, limit) = match self.limit.type_name() {
            "Quantity" => (value.get("value"), limit.get("value")),
            _ => (value, limit),
        };
        let (words, suffix) = if self.wrong == Ordering::Less { ("least", "LT") } else { ("most", "GT") };
        let message =
            Message::new().text(format!("`{path}`: expected at {words} `{}`, found `", shown(limit)));
        let fault = Fault::new(message.value(shown(value)).text("`"));
        match (self.limit.type_name(), suffix) {
            ("decimal", "LT") => fault.message_id("Type_Specific_Checks_DT_Decimal_LT"),
            ("decimal", _) => fault.message_id("Type_Specific_Checks_DT_Decimal_GT"),
            ("Quantity", "LT") => fault.message_id("TYPE_SPECIFIC_CHECKS_DT_QTY_MIN_VALUE_WRONG"),
            ("Quantity", _) => fault.message_id("TYPE_SPECIFIC_CHECKS_DT_QTY_MAX_VALUE_WRONG"),
            ("integer" | "positiveInt" | "unsignedInt", "LT") => {
                fault.message_id("Type_Specific_Checks_DT_Integer_LT")
            }
            ("integer" | "positiveInt" | "unsignedInt", _) => {
                fault.message_id("Type_Specific_Checks_DT_Integer_GT")
            }
            (_, "LT") => fault.message_id("TYPE_SPECIFIC_CHECKS_DT_DT_LT"),
            _ => fault.message_id("TYPE_SPECIFIC_CHECKS_DT_DT_GT"),
        }
    }
}

fn same(one: Node<'_>, other: Node<'_>, key: &str) -> bool {
    one.get(key).as_str() == other.get(key).as_str()
}

/// An exponent of many digits would make an exact comparison as long; such numbers do not compare.
fn numbers(one: Node<'_>, other: Node<'_>) -> Option<Ordering> {
    let number = |node: Node<'_>| {
        let text = node.number()?;
        let exponent = text.split(['e', 'E']).nth(1).unwrap_or("0");
        if exponent.len() > 4 { None } else { text.parse::<BigDecimal>().ok() }
    };
    Some(number(one)?.cmp(&number(other)?))
}

/// Dates and times compare as far as both are precise. Of two with offsets the offsets must be the same.
fn moments(one: &str, other: &str) -> Option<Ordering> {
    let (one_at, one_offset) = without_offset(one);
    let (other_at, other_offset) = without_offset(other);
    let length = one_at.len().min(other_at.len());
    let order = one_at.get(..length)?.cmp(other_at.get(..length)?);
    // A day's difference stands whatever the offsets are.
    let both_timed = one_at.contains('T') && other_at.contains('T');
    (one_offset == other_offset || !both_timed).then_some(order)
}

fn without_offset(text: &str) -> (&str, &str) {
    let Some(at) = text.find('T') else { return (text, "") };
    let end = text.get(at..).and_then(|time| time.find(['Z', '+', '-'])).map_or(text.len(), |end| at + end);
    text.split_at(end)
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.wrong == Ordering::Less { "min" } else { "max" };
        write!(f, "{name} value {}", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_compare_as_far_as_both_are_precise() {
        assert_eq!(moments("1944-06-06", "1945"), Some(Ordering::Less));
        assert_eq!(moments("1944", "1944-06-06"), Some(Ordering::Equal));
        assert_eq!(moments("12:00:00", "01:00:00"), Some(Ordering::Greater));
        assert_eq!(moments("2020-01-01T10:00:00Z", "2020-01-01T09:00:00Z"), Some(Ordering::Greater));
        assert_eq!(moments("2020-01-01T10:00:00Z", "2020-01-01T09:00:00+05:00"), None);
    }
}
