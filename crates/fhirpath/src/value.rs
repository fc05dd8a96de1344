//! Values of a collection: FHIR elements on the tape, and the system types that expressions make.

use std::borrow::Cow;

use bigdecimal::BigDecimal;
use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_tape::{Kind, Node};

use crate::decimal;
use crate::temporal::{Date, DateTime, Time};
use crate::types::{Primitive, SystemType, is_quantity};

/// One item of a collection. Order and repeats are the collection's; there is no null.
#[derive(Clone, Debug)]
pub enum Value<'t> {
    /// A FHIR element as it stands in the data, untouched.
    Node {
        /// Its JSON; absent for a primitive that has only extensions.
        node: Node<'t>,
        /// The object under `_name` that holds a primitive's id and extensions, or absent.
        sibling: Node<'t>,
        /// Its type from the definitions.
        ty: TypeId,
    },
    /// `true` or `false`
    Boolean(bool),
    /// An integer of 32 bits.
    Integer(i32),
    /// An integer of 64 bits.
    Long(i64),
    /// An exact decimal.
    Decimal(BigDecimal),
    /// A string.
    String(Cow<'t, str>),
    /// A date, perhaps partial.
    Date(Date),
    /// A date and time, perhaps partial.
    DateTime(DateTime),
    /// A time of day, perhaps partial.
    Time(Time),
    /// A number with a unit.
    Quantity(Box<Quantity<'t>>),
    /// What `type()` gives.
    Type(Box<TypeInfo>),
}

/// A number with a unit.
#[derive(Clone, Debug)]
pub struct Quantity<'t> {
    /// The number.
    pub value: BigDecimal,
    /// A UCUM code, a calendar word in the singular where `calendar` is set, or any other unit as text.
    pub unit: Cow<'t, str>,
    /// Whether the unit is a calendar word (`4 days`).
    pub calendar: bool,
}

impl Quantity<'_> {
    /// How it stands to another, both in one unit; nothing where their units do not convert.
    ///
    /// ```
    /// use fhirkit_fhirpath::Quantity;
    /// let quantity = |value: i32, unit| Quantity { value: value.into(), unit, calendar: false };
    /// let (gram, kilogram) = (quantity(900, "g".into()), quantity(1, "kg".into()));
    /// assert_eq!(gram.compare(&kilogram), Some(std::cmp::Ordering::Less));
    /// assert_eq!(gram.compare(&quantity(1, "Cel".into())), None);
    /// ```
    #[must_use]
    pub fn compare(&self, other: &Quantity<'_>) -> Option<std::cmp::Ordering> {
        crate::evaluate::equality::quantities(self, other)
    }
}

/// The name of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeInfo {
    /// `System` or `FHIR`
    pub namespace: &'static str,
    /// `Integer`, `HumanName`, …
    pub name: String,
}

impl<'t> Value<'t> {
    /// A resource or element without a `_name` sibling.
    pub fn element(node: Node<'t>, ty: TypeId) -> Self {
        Value::Node { node, sibling: node.absent(), ty }
    }

    /// The element's JSON, where this is one.
    pub fn node(&self) -> Option<Node<'t>> {
        match self {
            Value::Node { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// The same value without its FHIR clothes: a primitive as the system type it holds, a FHIR Quantity as
    /// a system one. `None` for other complex elements and for primitives without a value.
    ///
    /// What does not fit its type (a boolean as text, a date that does not exist) is given as the string
    /// that stands there.
    pub fn to_system(&self, types: &TypeModel) -> Option<Value<'t>> {
        let Value::Node { node, ty, .. } = self else { return Some(self.clone()) };
        let name = types.name(*ty);
        match node.kind() {
            Kind::True => Some(Value::Boolean(true)),
            Kind::False => Some(Value::Boolean(false)),
            Kind::Number => number(*node, Primitive::of(name)),
            Kind::String => node.as_str().map(|text| from_text(text, Primitive::of(name))),
            Kind::Object if is_quantity(name) => quantity(*node),
            _ => None,
        }
    }

    /// The text of a string or of a primitive that holds one.
    pub(crate) fn text(&self) -> Option<Cow<'t, str>> {
        match self {
            Value::String(text) => Some(text.clone()),
            Value::Node { node, .. } => node.as_str(),
            _ => None,
        }
    }

    /// Which system type this is; `None` for elements.
    pub(crate) fn system_type(&self) -> Option<SystemType> {
        Some(match self {
            Value::Node { .. } => return None,
            Value::Boolean(_) => SystemType::Boolean,
            Value::Integer(_) => SystemType::Integer,
            Value::Long(_) => SystemType::Long,
            Value::Decimal(_) => SystemType::Decimal,
            Value::String(_) => SystemType::String,
            Value::Date(_) => SystemType::Date,
            Value::DateTime(_) => SystemType::DateTime,
            Value::Time(_) => SystemType::Time,
            Value::Quantity(_) => SystemType::Quantity,
            Value::Type(_) => SystemType::TypeInfo,
        })
    }

    /// The number, where this is one.
    pub(crate) fn to_decimal(&self) -> Option<BigDecimal> {
        match self {
            Value::Integer(i) => Some(BigDecimal::from(*i)),
            Value::Long(l) => Some(BigDecimal::from(*l)),
            Value::Decimal(d) => Some(d.clone()),
            _ => None,
        }
    }
}

/// A number that no arithmetic can hold stays text.
fn number<'t>(node: Node<'t>, primitive: Primitive) -> Option<Value<'t>> {
    let text = node.number()?;
    let whole = match primitive {
        Primitive::Integer => text.parse().ok().map(Value::Integer),
        Primitive::Long => text.parse().ok().map(Value::Long),
        // Codes as JSON numbers are met in real data; the digits are the code.
        Primitive::Text => Some(Value::String(Cow::Borrowed(text))),
        _ => None,
    };
    whole.or_else(|| decimal::parse(text).map(Value::Decimal)).or(Some(Value::String(Cow::Borrowed(text))))
}

fn from_text<'t>(text: Cow<'t, str>, primitive: Primitive) -> Value<'t> {
    let parsed = match primitive {
        Primitive::Date | Primitive::DateTime => match DateTime::parse(&text) {
            Some(at) if primitive == Primitive::Date && at.time.is_none() => Some(Value::Date(at.date)),
            at => at.map(Value::DateTime),
        },
        Primitive::Time => Time::parse(&text).map(Value::Time),
        _ => None,
    };
    parsed.unwrap_or(Value::String(text))
}

/// Value and code of a FHIR Quantity; the unit's text where there is no code.
fn quantity<'t>(node: Node<'t>) -> Option<Value<'t>> {
    let value = decimal::parse(node.get("value").number()?)?;
    let unit = node.get("code").as_str().or_else(|| node.get("unit").as_str());
    let unit = unit.unwrap_or(Cow::Borrowed("1"));
    Some(Value::Quantity(Box::new(Quantity { value, unit, calendar: false })))
}

impl std::fmt::Display for Quantity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&decimal::to_text(&self.value))?;
        if self.calendar { write!(f, " {}", self.unit) } else { write!(f, " '{}'", self.unit) }
    }
}
