//! `minValue[x]` and `maxValue[x]`: numbers, dates, times, and quantities whose units convert.

use std::cmp::Ordering;
use std::fmt;

use bigdecimal::BigDecimal;
use fhirkit_definitions::structure::TypedValue;
use fhirkit_fhirpath::Quantity;
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::{Kind, Node};

use super::constant::Constant;
use super::fixed::shown;
use super::from_now::FromNow;
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
    /// What a duration means to a date or time.
    from_now: Option<FromNow>,
}

impl NodeCheck for Range {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let end = |value: &Option<TypedValue>, wrong| {
            let limit = Constant::new(value.as_ref()?)?;
            let duration = Some(limit.node()).filter(|node| node.is_object());
            let types = facts.facts.source.types();
            let from_now = duration.and_then(|duration| FromNow::new(types, wrong, duration));
            Some(Range { wrong, limit, from_now })
        };
        let ends =
            [end(&facts.element.min_value, Ordering::Less), end(&facts.element.max_value, Ordering::Greater)];
        ends.into_iter().flatten().collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        if let Some(from_now) = self.from_now.as_ref().filter(|_| site.node.kind() == Kind::String) {
            if !from_now.holds(site, walk) {
                walk.report(&RULE, site.node, site.cursor, asked_by, |path| self.fault(path, site.node));
            }
            return;
        }
        let says_nothing = site.node.is_object() && site.node.get("value").is_absent();
        if site.node.is_absent() || says_nothing {
            return;
        }
        match self.compare(site.node) {
            None => walk.scratch().checked.note_other(&self.not_checked()),
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
            _ if value.is_object() => quantities(value, limit),
            _ => None,
        }
    }

    /// What to count a value as that does not compare.
    fn not_checked(&self) -> String {
        let unit = self.limit.node().get("code");
        match unit.as_str() {
            Some(unit) => {
                format!("minValue or maxValue in {unit}, of a quantity that does not convert to it")
            }
            None => format!("minValue or maxValue of a {} that does not compare", self.limit.type_name()),
        }
    }

    fn fault(&self, path: &str, value: Node<'_>) -> Fault {
        let (words, suffix) = if self.wrong == Ordering::Less { ("least", "LT") } else { ("most", "GT") };
        let moves = self.from_now.as_ref().filter(|_| value.kind() == Kind::String);
        let limit = match moves {
            Some(from_now) => from_now.words.to_string(),
            None => in_words(self.limit.node()),
        };
        let message = Message::new().text(format!("`{path}`: expected at {words} `{limit}`, found `"));
        let fault = Fault::new(message.value(in_words(value)).text("`"));
        match (self.limit.type_name(), suffix) {
            (_, "LT") if moves.is_some() => fault.message_id("TYPE_SPECIFIC_CHECKS_DT_DT_LT"),
            _ if moves.is_some() => fault.message_id("TYPE_SPECIFIC_CHECKS_DT_DT_GT"),
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

const UCUM: &str = "http://unitsofmeasure.org";

/// Quantities of one unit, or of two that UCUM converts. One with a comparator (`<5`) is no number.
fn quantities(one: Node<'_>, other: Node<'_>) -> Option<Ordering> {
    if !one.get("comparator").is_absent() {
        return None;
    }
    let same = |key: &str| one.get(key).as_str() == other.get(key).as_str();
    if same("code") && same("system") {
        return numbers(one.get("value"), other.get("value"));
    }
    let quantity = |node| {
        let node: Node<'_> = node;
        let unit = node.get("code").as_str().filter(|_| node.get("system").str_is(UCUM))?;
        Some(Quantity { value: number(node.get("value"))?, unit: unit.into_owned().into(), calendar: false })
    };
    quantity(one)?.compare(&quantity(other)?)
}

fn numbers(one: Node<'_>, other: Node<'_>) -> Option<Ordering> {
    Some(number(one)?.cmp(&number(other)?))
}

/// An exact comparison takes as long as a number, or its exponent, has digits; numbers beyond all measure do not compare.
fn number(node: Node<'_>) -> Option<BigDecimal> {
    let text = node.number().filter(|text| text.len() <= MOST_DIGITS)?;
    let exponent = text.split(['e', 'E']).nth(1).unwrap_or("0");
    if exponent.len() > 4 { None } else { text.parse::<BigDecimal>().ok() }
}

/// R4 speaks of 18.
const MOST_DIGITS: usize = 400;

/// A quantity with its unit, anything else as it is.
fn in_words(value: Node<'_>) -> String {
    if !value.is_object() {
        return shown(value);
    }
    let unit = value.get("code").as_str().or_else(|| value.get("unit").as_str()).unwrap_or_default();
    format!("{} {unit}", shown(value.get("value"))).trim_end().to_owned()
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
        write!(f, "{name} value {}", self.limit)?;
        match &self.from_now {
            Some(from_now) => write!(f, " ({})", from_now.words),
            None => Ok(()),
        }
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
