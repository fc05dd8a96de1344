//! `Differential`: a definition whose package states only what it changes of its base.

use crate::structure::{Binding, Constraint, ElementType, Slicing, StructureDefinition, TypedValue};

/// A structure definition without a snapshot.
#[derive(Debug, Clone)]
pub struct Differential {
    /// Everything but the elements.
    pub header: StructureDefinition,
    /// What it changes, in the order of its writing.
    pub(crate) changes: Vec<Change>,
}

/// What a differential says of one element.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) path: String,
    pub(crate) id: Option<String>,
    pub(crate) slice_name: Option<String>,
    pub(crate) min: Option<u32>,
    /// `Some(None)` is `*`.
    pub(crate) max: Option<Option<u32>>,
    pub(crate) types: Option<Vec<ElementType>>,
    pub(crate) content_reference: Option<String>,
    pub(crate) binding: Option<Binding>,
    pub(crate) fixed: Option<TypedValue>,
    pub(crate) pattern: Option<TypedValue>,
    pub(crate) min_value: Option<TypedValue>,
    pub(crate) max_value: Option<TypedValue>,
    pub(crate) max_length: Option<u32>,
    pub(crate) slicing: Option<Slicing>,
    pub(crate) must_support: Option<bool>,
    pub(crate) is_modifier: Option<bool>,
    pub(crate) constraints: Vec<Constraint>,
}

/// Notes an invariant once for its definition and gives the name by which elements call it. A key may have two
/// meanings: each then has a name of its own.
pub(crate) fn note_constraint(found: Constraint, all: &mut Vec<Constraint>) -> String {
    if let Some(known) = all.iter().find(|known| known.key == found.key && known.means_the_same(&found)) {
        return known.name().to_owned();
    }
    let count = all.iter().filter(|known| known.key == found.key).count();
    let own_name = (count > 0).then(|| format!("{}~{}", found.key, count + 1));
    let found = Constraint { own_name, ..found };
    let name = found.name().to_owned();
    all.push(found);
    name
}
