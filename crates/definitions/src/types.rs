//! `TypeModel`: every R4 type and its elements, as flat tables.

use crate::edits::Wrong;
use crate::refused::Automaton;
use crate::words::Table;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// A type of the [`TypeModel`]: `Patient`, `HumanName`, `string`, or a backbone such as `Patient.contact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(u16);

impl TypeId {
    /// Number of the type, from 0 and dense: for tables beside the model.
    #[must_use]
    pub fn index(self) -> usize {
        self.0.into()
    }
}

/// What sort of type a [`TypeId`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    /// `string`, `date`, `xhtml` …: a JSON string, number or boolean.
    Primitive,
    /// `HumanName`, `Quantity` …
    Complex,
    /// Part of one type: `Patient.contact`, `Timing.repeat`.
    Backbone,
    /// A resource that can stand by itself: `Patient`, `Bundle` …
    Resource,
    /// `Element`, `BackboneElement`, `Resource`, `DomainResource`: no instance is exactly one.
    Abstract,
}

/// One element of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Its FHIRPath name: `value` for `value[x]`.
    pub name: &'static str,
    /// Whether JSON writes an array.
    pub is_array: bool,
    /// Fewest occurrences.
    pub min: u32,
    /// Most occurrences; `None` is no limit.
    pub max: Option<u32>,
    /// The forms it may take: one, unless it is a choice.
    pub variants: &'static [Variant],
}

impl Element {
    /// Whether this is a choice such as `value[x]`, whose JSON key names the type.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        self.variants.first().is_some_and(|variant| variant.key != self.name)
    }
}

/// One form of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// JSON key: `birthDate`, `valueQuantity`.
    pub key: &'static str,
    /// Type of the value; behind a `contentReference` the backbone that it names.
    pub ty: TypeId,
}

/// What a JSON key means in a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The element's FHIRPath name: `value` for the key `valueQuantity`.
    pub name: &'static str,
    /// The JSON key.
    pub key: &'static str,
    /// Type of the value.
    pub ty: TypeId,
    /// Whether JSON writes an array.
    pub is_array: bool,
}

#[derive(Debug)]
struct Type {
    name: &'static str,
    base: Option<TypeId>,
    kind: TypeKind,
    elements: Range<usize>,
    keys: Range<usize>,
}

/// All R4 types: primitives, datatypes, resources and the backbones inside them.
///
/// Built when the program is built; reading it takes a fraction of a millisecond.
#[derive(Debug)]
pub struct TypeModel {
    /// Sorted by name.
    types: Vec<Type>,
    by_type_name: FxHashMap<&'static str, TypeId>,
    elements: Vec<Element>,
    variants: &'static [Variant],
    /// Per type, its elements in the order of their names.
    by_name: Vec<u16>,
    /// Per type, its JSON keys in order: element, variant.
    by_key: Vec<(u16, u16)>,
    pub(crate) older: Automaton,
}

impl TypeModel {
    /// Reads the sections that `build/model.rs` and `build/refused.rs` write.
    pub(crate) fn read(section: &'static [u8], older: &'static [u8]) -> Option<Self> {
        let mut table = Table::new(section)?;
        let (type_count, element_count, variant_count) = (table.count()?, table.count()?, table.count()?);
        let mut types = Vec::with_capacity(type_count);
        let (mut element_at, mut key_at) = (0, 0);
        for _ in 0..type_count {
            let name = table.string()?;
            let base = match table.word()? {
                u32::MAX => None,
                id => Some(TypeId(u16::try_from(id).ok()?)),
            };
            let kind = kind(table.word()?)?;
            let elements = element_at..element_at + table.count()?;
            let keys = key_at..key_at + table.count()?;
            (element_at, key_at) = (elements.end, keys.end);
            types.push(Type { name, base, kind, elements, keys });
        }
        let mut elements = Vec::with_capacity(element_count);
        let mut counts = Vec::with_capacity(element_count);
        for _ in 0..element_count {
            let name = table.string()?;
            let min = table.word()?;
            let max = Some(table.word()?).filter(|max| *max != u32::MAX);
            counts.push(table.count()?);
            elements.push(Element { name, is_array: max != Some(1), min, max, variants: &[] });
        }
        let mut variants = Vec::with_capacity(variant_count);
        for _ in 0..variant_count {
            variants.push(Variant { key: table.string()?, ty: TypeId(table.index()?) });
        }
        // One model lives as long as the program; leaking it once lets elements be plain values.
        let variants: &'static [Variant] = variants.leak();
        let mut rest = variants;
        for (element, count) in elements.iter_mut().zip(counts) {
            (element.variants, rest) = rest.split_at_checked(count)?;
        }
        let by_name = (0..element_count).map(|_| table.index()).collect::<Option<_>>()?;
        let by_key =
            (0..variant_count).map(|_| Some((table.index()?, table.index()?))).collect::<Option<_>>()?;
        let older = Automaton::read(older, types.iter().map(|one| one.name))?;
        let by_type_name = types.iter().map(|one| one.name).zip((0..).map(TypeId)).collect();
        let model = Self { types, by_type_name, elements, variants, by_name, by_key, older };
        (model.is_sound() && table.is_empty()).then_some(model)
    }

    /// Whether every index stays inside its table, so that look-ups need no check of their own.
    fn is_sound(&self) -> bool {
        let types = self.types.len();
        self.types.iter().all(|one| one.base.is_none_or(|base| base.index() < types))
            && self.types.last().is_some_and(|last| {
                last.elements.end == self.elements.len() && last.keys.end == self.variants.len()
            })
            && self.variants.iter().all(|variant| variant.ty.index() < types)
            && self.by_name.iter().all(|&at| usize::from(at) < self.elements.len())
            && self.by_key.iter().all(|&(element, variant)| {
                usize::from(element) < self.elements.len() && usize::from(variant) < self.variants.len()
            })
    }

    /// The type with this name.
    #[must_use]
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.by_type_name.get(name).copied()
    }

    /// Every type, in the order of the names.
    pub fn types(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..u16::try_from(self.types.len()).unwrap_or(u16::MAX)).map(TypeId)
    }

    /// Name of a type.
    #[must_use]
    pub fn name(&self, id: TypeId) -> &'static str {
        self.types[id.index()].name
    }

    /// The type that it specialises: `Age` → `Quantity`, `Patient` → `DomainResource`.
    #[must_use]
    pub fn base(&self, id: TypeId) -> Option<TypeId> {
        self.types[id.index()].base
    }

    /// Whether `sub` is `base` or specialises it at any depth.
    #[must_use]
    pub fn is_subtype(&self, sub: TypeId, base: TypeId) -> bool {
        std::iter::successors(Some(sub), |&at| self.base(at)).any(|at| at == base)
    }

    /// What sort of type it is.
    #[must_use]
    pub fn kind(&self, id: TypeId) -> TypeKind {
        self.types[id.index()].kind
    }

    /// Whether its JSON is a string, number or boolean.
    #[must_use]
    pub fn is_primitive(&self, id: TypeId) -> bool {
        self.kind(id) == TypeKind::Primitive
    }

    /// Whether it is a resource that can stand by itself.
    #[must_use]
    pub fn is_resource(&self, id: TypeId) -> bool {
        self.kind(id) == TypeKind::Resource
    }

    /// The elements of a type in the order of its definition, those of its bases included. `resourceType` is none.
    pub fn elements(&self, id: TypeId) -> impl Iterator<Item = &Element> {
        self.elements[self.types[id.index()].elements.clone()].iter()
    }

    /// The element with this FHIRPath name: `value`, not `valueQuantity`.
    #[must_use]
    pub fn element(&self, id: TypeId, name: &str) -> Option<&Element> {
        let own = &self.by_name[self.types[id.index()].elements.clone()];
        let at = own.binary_search_by(|&at| self.elements[usize::from(at)].name.cmp(name)).ok()?;
        Some(&self.elements[usize::from(own[at])])
    }

    /// What a JSON key means: `valueQuantity` is `value` as a Quantity. `_birthDate` is no key of its own.
    #[must_use]
    pub fn field(&self, id: TypeId, json_key: &str) -> Option<Field> {
        let own = &self.by_key[self.types[id.index()].keys.clone()];
        let at = own.binary_search_by(|&(_, variant)| self.variants[usize::from(variant)].key.cmp(json_key));
        let (element, variant) = own[at.ok()?];
        let (element, variant) = (&self.elements[usize::from(element)], self.variants[usize::from(variant)]);
        Some(Field { name: element.name, key: variant.key, ty: variant.ty, is_array: element.is_array })
    }

    /// The element that was probably meant by a wrong name, or nothing when none is near.
    #[must_use]
    pub fn nearest_element(&self, id: TypeId, wrong: &str) -> Option<&'static str> {
        if let Some(field) = self.field(id, wrong) {
            return Some(field.name);
        }
        nearest(wrong, self.elements(id).map(|element| element.name))
    }

    /// The type that was probably meant by a wrong name, or nothing when none is near.
    #[must_use]
    pub fn nearest_type(&self, wrong: &str) -> Option<&'static str> {
        nearest(wrong, self.types.iter().map(|one| one.name).filter(|name| *name != wrong))
    }
}

fn kind(word: u32) -> Option<TypeKind> {
    match word {
        0 => Some(TypeKind::Primitive),
        1 => Some(TypeKind::Complex),
        2 => Some(TypeKind::Backbone),
        3 => Some(TypeKind::Resource),
        4 => Some(TypeKind::Abstract),
        _ => None,
    }
}

/// The nearest of some names, by edits without regard to case: at most one edit in three letters. For messages.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Whoever sends 100 KB as a name did not mistype one of ours, and comparing it with all would take a minute.
    if wrong.len() > 200 {
        return None;
    }
    let wrong = Wrong::new(wrong);
    let near = names.filter_map(|name| Some((wrong.distance(name)?, name)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}
