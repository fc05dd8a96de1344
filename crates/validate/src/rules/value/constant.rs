//! A value that a profile gives, and how data compares with it.

use std::fmt;
use std::sync::Arc;

use fhirkit_definitions::structure::TypedValue;
use fhirkit_tape::{Kind, Node, NodeId, Span, Tape};

/// A value from a profile, parsed once; cheap to clone.
#[derive(Clone)]
pub(crate) struct Constant {
    type_name: Box<str>,
    tape: Arc<Tape>,
    root: NodeId,
}

impl Constant {
    /// Nothing where the definition's value is not JSON, which one that came from a file always is.
    pub(crate) fn new(value: &TypedValue) -> Option<Self> {
        let mut tape = Tape::new();
        tape.load(value.value.clone().into_bytes());
        let root = tape.parse(Span::new(0, u32::try_from(value.value.len()).ok()?)).ok()?;
        Some(Self { type_name: value.type_name.as_str().into(), tape: Arc::new(tape), root })
    }

    pub(crate) fn node(&self) -> Node<'_> {
        self.tape.node(self.root)
    }

    /// What lies in it under a key, each item of a list by itself.
    pub(crate) fn below<'c>(&'c self, key: &str) -> impl Iterator<Item = Constant> + 'c {
        let value = self.node().get(key);
        let alone = std::iter::once(value).filter(|value| !value.is_array() && !value.is_absent());
        let found = value.items().chain(alone);
        found.map(|node| Self { type_name: Box::default(), tape: Arc::clone(&self.tape), root: node.id() })
    }

    /// Its FHIR type.
    pub(crate) fn type_name(&self) -> &str {
        &self.type_name
    }

    /// As the definition writes it; strings without their quotes.
    pub(crate) fn text(&self) -> String {
        match self.node().as_str() {
            Some(text) => text.into_owned(),
            None => self.node().raw_str().to_owned(),
        }
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.type_name == other.type_name && self.node().raw() == other.node().raw()
    }
}

impl fmt::Debug for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.type_name, self.node().raw_str())
    }
}

/// Whether two values are exactly the same: same members in any order, same items in the same order, numbers with
/// the same digits.
pub(crate) fn equals(value: Node<'_>, wanted: Node<'_>) -> bool {
    match (value.kind(), wanted.kind()) {
        (Kind::Object, Kind::Object) => {
            value.members().count() == wanted.members().count()
                && wanted.members().all(|(key, wanted)| equals(value.get(&key.as_str()), wanted))
        }
        (Kind::Array, Kind::Array) => {
            value.items().count() == wanted.items().count()
                && value.items().zip(wanted.items()).all(|(value, wanted)| equals(value, wanted))
        }
        _ => is_same_primitive(value, wanted),
    }
}

/// Whether a value has everything that the pattern has: its members, and for each of its items a fitting one.
pub(crate) fn contains(value: Node<'_>, pattern: Node<'_>) -> bool {
    match (value.kind(), pattern.kind()) {
        (Kind::Object, Kind::Object) => {
            pattern.members().all(|(key, pattern)| contains(value.get(&key.as_str()), pattern))
        }
        (Kind::Array, Kind::Array) => {
            pattern.items().all(|pattern| value.items().any(|value| contains(value, pattern)))
        }
        _ => is_same_primitive(value, pattern),
    }
}

fn is_same_primitive(value: Node<'_>, wanted: Node<'_>) -> bool {
    match (value.kind(), wanted.kind()) {
        (Kind::String, Kind::String) => wanted.as_str().is_some_and(|wanted| value.str_is(&wanted)),
        (one, other) => one == other && value.raw() == wanted.raw() && one != Kind::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(json: &str) -> Constant {
        Constant::new(&TypedValue { type_name: "T".to_owned(), value: json.to_owned() }).unwrap()
    }

    #[test]
    fn a_fixed_value_leaves_nothing_out_and_adds_nothing() {
        let same = |one: &str, other: &str| equals(constant(one).node(), constant(other).node());
        assert!(same(r#"{"a":1,"b":["x"]}"#, r#"{"b":["x"],"a":1}"#));
        assert!(same(r#""\u0061""#, r#""a""#));
        for (one, other) in
            [("1", "1.0"), (r#"{"a":1}"#, r#"{"a":1,"b":2}"#), ("[1,2]", "[2,1]"), ("\"1\"", "1")]
        {
            assert!(!same(one, other) && !same(other, one), "{one} {other}");
        }
    }

    #[test]
    fn a_pattern_asks_for_no_more_than_it_has() {
        let fits = |value: &str, pattern: &str| contains(constant(value).node(), constant(pattern).node());
        let value =
            r#"{"coding":[{"system":"s","code":"a"},{"system":"t","code":"b","display":"B"}],"text":"x"}"#;
        assert!(fits(value, r#"{"coding":[{"system":"t","code":"b"}]}"#));
        assert!(!fits(value, r#"{"coding":[{"system":"s","code":"b"}]}"#));
        assert!(!fits(r#"{"text":"x"}"#, r#"{"coding":[{"code":"b"}]}"#));
    }
}
