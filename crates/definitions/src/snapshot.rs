//! Snapshots for definitions whose package gives none: the elements of the base, with what the differential
//! changes of them.
//!
//! An element that the base does not spell out (`Patient.name.given` in a profile of Patient) is spelled out from
//! its type, a slice is a copy of the element that it slices. What cannot be placed makes the whole definition
//! unusable: a snapshot that lacks a rule would pass what the profile forbids.
//! Source: <https://hl7.org/fhir/R4/profiling.html#snapshot>

use crate::definitions::Definitions;
use crate::differential::{Change, Differential, note_constraint};
use crate::index::Sort;
use crate::scope::Scope;
use crate::structure::{
    Constraint, Derivation, Discriminator, ElementDefinition, ElementType, Slicing, StructureDefinition,
    TypedValue,
};
use std::collections::{BTreeSet, HashMap};

/// Far more than any profile has; a differential that asks for more is hostile.
const MOST_ELEMENTS: usize = 20_000;

const TYPES: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Why there is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSnapshot {
    /// The definition's base is not held, or has no snapshot either.
    BaseNotHeld(String),
    /// The base has no such element, and no type spells it out.
    NoElement(String),
    /// It would have more elements than is sane.
    TooLarge,
}

impl std::fmt::Display for NoSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BaseNotHeld(base) => write!(f, "its base `{base}` is not held"),
            Self::NoElement(id) => write!(f, "its base has no element `{id}`"),
            Self::TooLarge => write!(f, "it has more than {MOST_ELEMENTS} elements"),
        }
    }
}

/// The definition with a snapshot, its base found in `scope`.
pub(crate) fn generate(
    definitions: &Definitions,
    differential: &Differential,
    scope: &Scope,
) -> Result<StructureDefinition, NoSnapshot> {
    let header = &differential.header;
    let base_url = header.base.clone().unwrap_or_default();
    let not_held = || NoSnapshot::BaseNotHeld(base_url.clone());
    let found = definitions.resolve(Sort::Structure, &base_url, scope).ok_or_else(not_held)?;
    let base = definitions.structure_at(found.id).map_err(|_| not_held())?;
    let mut places = Places::default();
    let ids: Vec<String> = differential.changes.iter().map(|change| places.id(change)).collect();
    let needed = differential.changes.iter().zip(&ids).filter(|(change, _)| change.min > Some(0));
    let needed = needed.map(|(_, id)| id.clone()).collect();
    let mut keys: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (parent, name) in ids.iter().filter_map(|id| id.rsplit_once('.')) {
        keys.entry(parent.to_owned()).or_default().insert(name.to_owned());
    }
    let (elements, constraints) = Default::default();
    let mut snapshot = Snapshot { definitions, scope, elements, constraints, keys, needed };
    let root = match header.derivation {
        Some(Derivation::Specialization) => header.type_name.as_str(),
        _ => base.type_name.as_str(),
    };
    snapshot.elements = snapshot.taken(&base, root, root, 0);
    for (change, id) in differential.changes.iter().zip(&ids) {
        let at = snapshot.place(id, 0).ok_or_else(|| NoSnapshot::NoElement(id.clone()))?;
        snapshot.apply(at, change);
        if snapshot.elements.len() > MOST_ELEMENTS {
            return Err(NoSnapshot::TooLarge);
        }
    }
    let Snapshot { elements, mut constraints, .. } = snapshot;
    constraints
        .iter_mut()
        .for_each(|one| one.source.take_if(|source| *source == header.url).map_or((), drop));
    constraints.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(StructureDefinition { elements, constraints, ..header.clone() })
}

/// Finds the ids of changes that state none.
#[derive(Default)]
struct Places {
    /// By path, the id of the change that came last.
    last: HashMap<String, String>,
}

impl Places {
    fn id(&mut self, change: &Change) -> String {
        let computed = || {
            let Some((parent, name)) = change.path.rsplit_once('.') else { return change.path.clone() };
            let parent = self.last.get(parent).map_or(parent, String::as_str);
            let slice = change.slice_name.as_ref().map(|slice| format!(":{slice}")).unwrap_or_default();
            format!("{parent}.{name}{slice}")
        };
        let stated = change.id.as_ref().filter(|id| path_of(id) == change.path && !root_of(id).contains(':'));
        let id = stated.cloned().unwrap_or_else(computed);
        self.last.insert(change.path.clone(), id.clone());
        id
    }
}

fn root_of(id: &str) -> &str {
    id.split('.').next().unwrap_or_default()
}

/// An id without its slices.
fn path_of(id: &str) -> String {
    id.split('.').map(|part| part.split(':').next().unwrap_or_default()).collect::<Vec<_>>().join(".")
}

struct Snapshot<'a> {
    definitions: &'a Definitions,
    scope: &'a Scope,
    elements: Vec<ElementDefinition>,
    constraints: Vec<Constraint>,
    /// By the id of an element, the names of those below it that the differential speaks of.
    keys: HashMap<String, BTreeSet<String>>,
    /// Ids of which the differential asks for at least one.
    needed: BTreeSet<String>,
}

impl Snapshot<'_> {
    fn find(&self, id: &str) -> Option<usize> {
        self.elements.iter().position(|element| element.id() == id)
    }

    /// Where the elements end that stand below an element, or below it and its slices.
    fn end(&self, at: usize, with_slices: bool) -> usize {
        let id = self.elements[at].id();
        let belongs = |element: &ElementDefinition| {
            let rest = element.id().strip_prefix(id).unwrap_or_default();
            rest.starts_with('.') || (with_slices && rest.starts_with([':', '/']))
        };
        self.elements[at + 1..]
            .iter()
            .position(|element| !belongs(element))
            .map_or(self.elements.len(), |n| at + 1 + n)
    }

    /// The element with this id, made if need be. `depth` guards against ids without end.
    fn place(&mut self, id: &str, depth: usize) -> Option<usize> {
        if let Some(at) = self.find(id) {
            return Some(at);
        }
        let (parent, last) = id.rsplit_once('.').filter(|_| depth < 64)?;
        let parent_at = self.place(parent, depth + 1)?;
        let parent = self.elements[parent_at].id().to_owned();
        if let Some((name, slice)) = last.split_once(':') {
            // `a/b` slices the slice `a` again.
            let outer = slice.rsplit_once('/').map(|(outer, _)| outer);
            let sliced = outer.map_or_else(|| name.to_owned(), |outer| format!("{name}:{outer}"));
            let sliced = self.place(&format!("{parent}.{sliced}"), depth + 1)?;
            return Some(self.slice(sliced, slice));
        }
        if self.end(parent_at, false) == parent_at + 1 {
            self.expand(parent_at)?;
        }
        let found = self.find(&format!("{parent}.{last}"));
        found.or_else(|| self.choice(&parent, parent_at, last))
    }

    /// `valueQuantity` for `value[x]`: where a value is needed, the choice with this type alone; where none is, or
    /// the differential names several types so, or the base slices it, the slice of this type.
    fn choice(&mut self, parent: &str, parent_at: usize, key: &str) -> Option<usize> {
        let children = parent_at + 1..self.end(parent_at, false);
        let at = children.into_iter().find(|&at| {
            let element = &self.elements[at];
            element.id().strip_prefix(parent).is_some_and(|rest| rest.matches('.').count() == 1)
                && element.slice_name.is_none()
                && of_key(element, key).is_some()
        })?;
        let siblings = self.keys.get(parent);
        let mut others = siblings.into_iter().flatten().filter(|other| *other != key);
        let is_alone =
            self.elements[at].slicing.is_none() && self.needed.contains(&format!("{parent}.{key}"));
        if !is_alone || others.any(|other| of_key(&self.elements[at], other).is_some()) {
            let id = format!("{}:{key}", self.elements[at].id());
            return self.find(&id).or_else(|| Some(self.slice(at, key)));
        }
        let element = &mut self.elements[at];
        element.types = of_key(element, key).into_iter().collect();
        Some(at)
    }

    /// A copy of an element, with those below it, as a slice behind its other slices.
    fn slice(&mut self, sliced: usize, name: &str) -> usize {
        let id = self.elements[sliced].id().to_owned();
        let new_id = match id.rsplit_once('.') {
            Some((parent, last)) => format!("{parent}.{}:{name}", last.split(':').next().unwrap_or_default()),
            None => id.clone(),
        };
        let mut copies: Vec<ElementDefinition> = self.elements[sliced..self.end(sliced, false)].to_vec();
        for copy in &mut copies {
            let rest = copy.id()[id.len()..].to_owned();
            copy.own_id = Some(format!("{new_id}{rest}"));
        }
        if let Some(root) = copies.first_mut() {
            root.slice_name = Some(name.to_owned());
            root.slicing = None;
            root.min = 0;
            if let Some(of_type) = of_key(root, name) {
                root.types = vec![of_type];
            }
        }
        let original = &mut self.elements[sliced];
        if original.slicing.is_none() {
            original.slicing = implied_slicing(original);
        }
        let at = self.end(sliced, true);
        self.elements.splice(at..at, copies);
        at
    }

    /// Spells an element out from its type.
    fn expand(&mut self, at: usize) -> Option<()> {
        let element = self.elements[at].clone();
        let (path, id) = (element.path.clone(), element.id().to_owned());
        if let Some(reference) = &element.content_reference {
            let target = reference.rsplit('#').next().unwrap_or_default();
            let target = self.find(target)?;
            let target_id = self.elements[target].id().to_owned();
            let target_path = self.elements[target].path.clone();
            let mut children: Vec<_> = self.elements[target + 1..self.end(target, false)].to_vec();
            for child in &mut children {
                child.own_id = Some(format!("{id}{}", &child.id()[target_id.len()..]));
                child.path = format!("{path}{}", &child.path[target_path.len()..]);
            }
            self.elements.splice(at + 1..at + 1, children);
            return Some(());
        }
        let definition = self.definition_of(&element.types)?;
        let children = self.taken(&definition, &path, &id, 1);
        self.elements.splice(at + 1..at + 1, children);
        Some(())
    }

    /// The definition that spells values of these types out: the profile, where there is one.
    fn definition_of(&self, types: &[ElementType]) -> Option<std::sync::Arc<StructureDefinition>> {
        let first = types.first()?;
        let same = types.iter().all(|one| one.code == first.code);
        let code = first.fhir_type.as_deref().unwrap_or(&first.code);
        let code = if same { code } else { "Element" };
        let profile = match &first.profiles[..] {
            [profile] if types.len() == 1 => self.definitions.resolve(Sort::Structure, profile, self.scope),
            _ => None,
        };
        let url = if code.contains(':') { code.to_owned() } else { format!("{TYPES}{code}") };
        let found = profile.or_else(|| self.definitions.resolve(Sort::Structure, &url, self.scope))?;
        self.definitions.structure_at(found.id).ok()
    }

    /// Elements of another definition under a path and id here, without the first `skip` of them.
    fn taken(
        &mut self,
        from: &StructureDefinition,
        path: &str,
        id: &str,
        skip: usize,
    ) -> Vec<ElementDefinition> {
        let (root_path, root_id) =
            from.elements.first().map_or((0, 0), |root| (root.path.len(), root.id().len()));
        let mut taken = Vec::new();
        for element in from.elements.iter().skip(skip) {
            let mut copy = element.clone();
            copy.constraints.clear();
            for constraint in from.constraints_of(element) {
                let source = constraint.source.clone().or_else(|| Some(from.url.clone()));
                let constraint = Constraint { source, own_name: None, ..constraint.clone() };
                copy.constraints.push(note_constraint(constraint, &mut self.constraints));
            }
            let new_id = format!("{id}{}", element.id().get(root_id..).unwrap_or_default());
            copy.path = format!("{path}{}", element.path.get(root_path..).unwrap_or_default());
            copy.own_id = Some(new_id).filter(|id| *id != copy.path);
            taken.push(copy);
        }
        taken
    }

    fn apply(&mut self, at: usize, change: &Change) {
        let names: Vec<String> = change
            .constraints
            .iter()
            .map(|one| note_constraint(one.clone(), &mut self.constraints))
            .collect();
        let types = self.definitions.types();
        let element = &mut self.elements[at];
        if let Some(changed) = &change.types {
            element.types.clone_from(changed);
        }
        let declared = element.types.clone();
        let typed = |value: &TypedValue| {
            let suffix = value.type_name.as_str();
            let named = declared.iter().map(|one| one.fhir_type.as_deref().unwrap_or(&one.code));
            let named = named.into_iter().find(|code| code.eq_ignore_ascii_case(suffix)).map(str::to_owned);
            let first_lower = || suffix[..1].to_ascii_lowercase() + &suffix[1..];
            let known = || if types.type_named(suffix).is_some() { suffix.to_owned() } else { first_lower() };
            TypedValue { type_name: named.unwrap_or_else(known), value: value.value.clone() }
        };
        element.min = change.min.unwrap_or(element.min);
        element.max = change.max.unwrap_or(element.max);
        element.max_length = change.max_length.or(element.max_length);
        element.must_support |= change.must_support.unwrap_or_default();
        element.is_modifier |= change.is_modifier.unwrap_or_default();
        replace(&mut element.slice_name, change.slice_name.clone());
        replace(&mut element.content_reference, change.content_reference.clone());
        if let Some(mut binding) = change.binding.clone() {
            // A differential may change the strength alone, or the value set.
            if let Some(old) = element.binding.take() {
                binding.value_set = binding.value_set.or(old.value_set);
                if binding.strength.is_empty() {
                    binding.strength = old.strength;
                }
            }
            element.binding = Some(binding);
        }
        replace(&mut element.slicing, change.slicing.clone());
        replace(&mut element.fixed, change.fixed.as_ref().map(typed));
        replace(&mut element.pattern, change.pattern.as_ref().map(typed));
        replace(&mut element.min_value, change.min_value.as_ref().map(typed));
        replace(&mut element.max_value, change.max_value.as_ref().map(typed));
        element.constraints.extend(names);
        let mut seen = Vec::new();
        element.constraints.retain(|name| {
            let is_new = !seen.contains(name);
            seen.push(name.clone());
            is_new
        });
    }
}

fn replace<T>(old: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *old = new;
    }
}

/// The type of a choice that a JSON key names: `valueQuantity` of `value[x]`.
fn of_key(choice: &ElementDefinition, key: &str) -> Option<ElementType> {
    let rest = key.strip_prefix(choice.name().strip_suffix("[x]")?)?;
    choice.types.iter().find(|one| one.code.eq_ignore_ascii_case(rest) && !rest.is_empty()).cloned()
}

/// How slices are told apart where nobody says: extensions by URL, choices by type.
fn implied_slicing(element: &ElementDefinition) -> Option<Slicing> {
    let (kind, path) = match element.name() {
        "extension" | "modifierExtension" => ("value", "url"),
        name if name.ends_with("[x]") => ("type", "$this"),
        _ => return None,
    };
    let discriminator = Discriminator { discriminator_type: kind.to_owned(), path: path.to_owned() };
    Some(Slicing { discriminators: vec![discriminator], ordered: false, rules: "open".to_owned() })
}
