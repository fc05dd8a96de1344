//! Sets of items by equality, without comparing every pair: equal items have equal hashes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use bigdecimal::BigDecimal;
use fhirkit_definitions::TypeModel;
use fhirkit_tape::{Kind, Node};

use crate::evaluate::equality::{date_time, equal};
use crate::temporal::Time;
use crate::temporal::compare::to_utc;
use crate::value::{Quantity, Value};
use crate::{decimal, unit};

/// Below this, comparing pairs is faster than hashing.
const FEW: usize = 16;

/// The distinct items of a collection that grows.
#[derive(Default)]
pub(crate) struct Seen<'t> {
    pub(crate) values: Vec<Value<'t>>,
    by_hash: HashMap<u64, Vec<u32>>,
}

impl<'t> Seen<'t> {
    /// Adds the item unless an equal one is there; tells whether it was added.
    pub(crate) fn insert(&mut self, types: &TypeModel, value: &Value<'t>) -> bool {
        let same = self.by_hash.entry(hash(types, value)).or_default();
        let known = same.iter().any(|at| {
            self.values.get(*at as usize).is_some_and(|other| equal(types, other, value) == Some(true))
        });
        if !known {
            same.push(self.values.len() as u32);
            self.values.push(value.clone());
        }
        !known
    }

    /// Whether an equal item is there.
    pub(crate) fn contains(&self, types: &TypeModel, value: &Value<'t>) -> bool {
        let Some(same) = self.by_hash.get(&hash(types, value)) else { return false };
        same.iter().any(|at| {
            self.values.get(*at as usize).is_some_and(|other| equal(types, other, value) == Some(true))
        })
    }

    pub(crate) fn of(types: &TypeModel, values: &[Value<'t>]) -> Self {
        let mut seen = Seen::default();
        for value in values {
            seen.insert(types, value);
        }
        seen
    }
}

/// Appends the items that no earlier one of `values` equals.
pub(crate) fn push_distinct<'t>(types: &TypeModel, values: &[Value<'t>], out: &mut Vec<Value<'t>>) {
    if values.len() > FEW {
        out.append(&mut Seen::of(types, values).values);
        return;
    }
    let start = out.len();
    for value in values {
        let (_, kept) = out.split_at(start);
        if !contains(types, kept, value) {
            out.push(value.clone());
        }
    }
}

/// Whether an equal item is among the values, by one look at each.
pub(crate) fn contains(types: &TypeModel, values: &[Value<'_>], item: &Value<'_>) -> bool {
    values.iter().any(|other| equal(types, other, item) == Some(true))
}

/// Text as equivalence compares it: lower case, runs of white space as one space.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// Equal items have equal hashes.
pub(crate) fn hash(types: &TypeModel, value: &Value<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value.to_system(types) {
        Some(system) => hash_system(&system, &mut hasher),
        None => hash_json(value.node(), &mut hasher),
    }
    hasher.finish()
}

/// What equality cannot tell apart must hash alike: numbers and quantities by value in base units, moments
/// in UTC.
fn hash_system(value: &Value<'_>, hasher: &mut DefaultHasher) {
    match value {
        Value::Boolean(value) => value.hash(hasher),
        Value::String(text) => text.hash(hasher),
        Value::Time(time) => hash_time(time, hasher),
        Value::Type(info) => info.name.hash(hasher),
        Value::Quantity(quantity) => hash_quantity(quantity, hasher),
        _ => match (date_time(value), value.to_decimal()) {
            (Some(at), _) => {
                let at = to_utc(at);
                at.date.hash(hasher);
                if let Some(time) = &at.time {
                    hash_time(time, hasher);
                }
            }
            (_, Some(number)) => number.normalized().hash(hasher),
            _ => {}
        },
    }
}

fn hash_time(time: &Time, hasher: &mut DefaultHasher) {
    let nanoseconds = time.fraction.map_or(0, |fraction| fraction.nanoseconds);
    (time.hour, time.minute, time.second, nanoseconds).hash(hasher);
}

/// A quantity without a dimension equals a number.
fn hash_quantity(quantity: &Quantity<'_>, hasher: &mut DefaultHasher) {
    match unit::comparable_code(&quantity.unit) {
        "year" => (&quantity.value * BigDecimal::from(12)).normalized().hash(hasher),
        "month" => quantity.value.normalized().hash(hasher),
        code => match unit::parse(code) {
            Some(dimension) => {
                if dimension.powers.iter().any(|power| *power != 0) {
                    dimension.powers.hash(hasher);
                }
                (&quantity.value * dimension.factor).normalized().hash(hasher);
            }
            None => (code, quantity.value.normalized()).hash(hasher),
        },
    }
}

/// Members in any order have one hash.
fn hash_json(node: Option<Node<'_>>, hasher: &mut DefaultHasher) {
    let Some(node) = node else { return };
    match node.kind() {
        Kind::Object => {
            let total = node.members().fold(0_u64, |total, (key, value)| {
                let mut member = DefaultHasher::new();
                key.as_str().hash(&mut member);
                hash_json(Some(value), &mut member);
                total.wrapping_add(member.finish())
            });
            total.hash(hasher);
        }
        Kind::Array => node.items().for_each(|item| hash_json(Some(item), hasher)),
        Kind::String => node.as_str().hash(hasher),
        Kind::Number => match node.number().and_then(decimal::parse) {
            Some(number) => number.normalized().hash(hasher),
            None => node.number().hash(hasher),
        },
        kind => kind.hash(hasher),
    }
}
