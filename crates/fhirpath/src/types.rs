//! Types as expressions see them: system types, FHIR types, and what may stand in a collection.

use fhirkit_definitions::{TypeId, TypeModel};

/// The types of FHIRPath itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SystemType {
    /// `System.Boolean`
    Boolean,
    /// `System.Integer`
    Integer,
    /// `System.Long`
    Long,
    /// `System.Decimal`
    Decimal,
    /// `System.String`
    String,
    /// `System.Date`
    Date,
    /// `System.DateTime`
    DateTime,
    /// `System.Time`
    Time,
    /// `System.Quantity`
    Quantity,
    /// What `type()` gives.
    TypeInfo,
}

const SYSTEM_TYPES: [(&str, SystemType); 10] = [
    ("Boolean", SystemType::Boolean),
    ("Integer", SystemType::Integer),
    ("Long", SystemType::Long),
    ("Decimal", SystemType::Decimal),
    ("String", SystemType::String),
    ("Date", SystemType::Date),
    ("DateTime", SystemType::DateTime),
    ("Time", SystemType::Time),
    ("Quantity", SystemType::Quantity),
    ("TypeInfo", SystemType::TypeInfo),
];

impl SystemType {
    pub(crate) fn named(name: &str) -> Option<SystemType> {
        SYSTEM_TYPES.iter().find(|(n, _)| *n == name).map(|(_, ty)| *ty)
    }

    /// As FHIRPath spells it, without the namespace.
    pub fn name(self) -> &'static str {
        SYSTEM_TYPES.iter().find(|(_, ty)| *ty == self).map_or("", |(name, _)| name)
    }
}

/// A type that may stand in a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A FHIR type: an element of the data.
    Fhir(TypeId),
    /// A type of FHIRPath: a computed value.
    System(SystemType),
}

/// What a FHIR primitive holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    Boolean,
    Integer,
    Long,
    Decimal,
    Date,
    DateTime,
    Time,
    /// Everything else that is text, and types that are not primitive.
    Text,
}

impl Primitive {
    pub(crate) fn of(name: &str) -> Primitive {
        match name {
            "boolean" => Primitive::Boolean,
            "integer" | "positiveInt" | "unsignedInt" => Primitive::Integer,
            "integer64" => Primitive::Long,
            "decimal" => Primitive::Decimal,
            "date" => Primitive::Date,
            "dateTime" | "instant" => Primitive::DateTime,
            "time" => Primitive::Time,
            _ => Primitive::Text,
        }
    }

    pub(crate) fn system_type(self) -> SystemType {
        match self {
            Primitive::Boolean => SystemType::Boolean,
            Primitive::Integer => SystemType::Integer,
            Primitive::Long => SystemType::Long,
            Primitive::Decimal => SystemType::Decimal,
            Primitive::Date => SystemType::Date,
            Primitive::DateTime => SystemType::DateTime,
            Primitive::Time => SystemType::Time,
            Primitive::Text => SystemType::String,
        }
    }
}

/// Quantity and the types derived from it: one shape, one meaning.
pub(crate) fn is_quantity(name: &str) -> bool {
    matches!(
        name,
        "Quantity" | "Age" | "Count" | "Distance" | "Duration" | "MoneyQuantity" | "SimpleQuantity"
    )
}

/// What a collection may hold, as far as the definitions tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The types that may stand there; meaningless where `unchecked` is set.
    pub types: Vec<Type>,
    /// Nothing is known: any type may stand there.
    pub unchecked: bool,
    /// At most one item.
    pub single: bool,
    /// The order of the items has a meaning.
    pub ordered: bool,
}

impl Shape {
    /// One item of one FHIR type.
    pub fn one(ty: TypeId) -> Shape {
        Shape::of(vec![Type::Fhir(ty)], true)
    }

    /// Items of these types.
    pub fn of(types: Vec<Type>, single: bool) -> Shape {
        Shape { types, unchecked: false, single, ordered: true }
    }

    /// Anything at all.
    pub fn any() -> Shape {
        Shape { types: Vec::new(), unchecked: true, single: false, ordered: true }
    }

    pub(crate) fn system(ty: SystemType) -> Shape {
        Shape::of(vec![Type::System(ty)], true)
    }

    pub(crate) fn nothing() -> Shape {
        Shape::of(Vec::new(), true)
    }

    pub(crate) fn into_single(mut self) -> Shape {
        self.single = true;
        self
    }

    pub(crate) fn into_many(mut self) -> Shape {
        self.single = false;
        self
    }

    /// What either collection may hold.
    pub(crate) fn join(mut self, other: &Shape) -> Shape {
        for ty in &other.types {
            if !self.types.contains(ty) {
                self.types.push(*ty);
            }
        }
        self.unchecked |= other.unchecked;
        self.single &= other.single;
        self.ordered &= other.ordered;
        self
    }

    /// Whether every possible item satisfies; false where nothing is known or nothing can stand there.
    pub(crate) fn always(&self, holds: impl Fn(Type) -> bool) -> bool {
        !self.unchecked && !self.types.is_empty() && self.types.iter().all(|ty| holds(*ty))
    }

    /// The FHIR types among the possible ones.
    pub fn fhir_types(&self) -> impl Iterator<Item = TypeId> + '_ {
        self.types.iter().filter_map(|ty| match ty {
            Type::Fhir(id) => Some(*id),
            Type::System(_) => None,
        })
    }
}

/// What `is`, `as` and `ofType` look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TypeTest {
    pub(crate) fhir: Option<TypeId>,
    pub(crate) system: Option<SystemType>,
}

impl TypeTest {
    /// `is`: the type itself or one derived from it.
    pub(crate) fn accepts(self, types: &TypeModel, ty: Type) -> bool {
        match ty {
            Type::Fhir(id) => self.fhir.is_some_and(|base| types.is_subtype(id, base)),
            Type::System(system) => self.system == Some(system),
        }
    }

    /// `as` and `ofType`: as `is`, but a primitive is taken only as the very type it is (a code is no string).
    pub(crate) fn selects(self, types: &TypeModel, ty: Type) -> bool {
        match ty {
            Type::Fhir(id) if types.is_primitive(id) => self.fhir == Some(id),
            _ => self.accepts(types, ty),
        }
    }
}

/// The system type that an item of this type turns into when computed with; `None` for complex elements.
pub(crate) fn computes_as(types: &TypeModel, ty: Type) -> Option<SystemType> {
    match ty {
        Type::System(system) => Some(system),
        Type::Fhir(id) if types.is_primitive(id) => Some(Primitive::of(types.name(id)).system_type()),
        Type::Fhir(id) => is_quantity(types.name(id)).then_some(SystemType::Quantity),
    }
}
