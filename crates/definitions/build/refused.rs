//! What STU3 and DSTU2 have and R4 lacks (`schemas/not-r4/elements.tsv`), as states to walk a resource with.
//!
//! A state is a type, or a type at one place; its edges are the JSON keys that refuse, or that lead to a state
//! from which a refusal can be reached. All other members of a resource are passed over.
//! `src/refused.rs` reads what `into_bytes` writes.

use crate::model::{ABSTRACT, BACKBONE, PRIMITIVE, RESOURCE, Type};
use crate::words::Table;
use std::collections::{BTreeMap, BTreeSet};

enum Edge {
    Refuse(usize),
    Walk(String),
    /// To the state of whatever resource stands there.
    Contained,
}

type States = BTreeMap<String, BTreeMap<String, Edge>>;

/// Tags of an edge in the two low bits of its word.
const REFUSE: usize = 0;
const WALK: usize = 1;
const CONTAINED: usize = 2;

pub(crate) fn into_bytes(types: &BTreeMap<String, Type>, facts: &str) -> Result<Vec<u8>, String> {
    let mut states: States =
        types.iter().map(|(name, one)| (name.clone(), edges(types, name, one))).collect();
    let mut lacking = Vec::new();
    for line in facts.lines() {
        let [owner, path, versions] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("not-r4: `{line}` is not three columns"));
        };
        let refuse = || {
            Edge::Refuse(usize::from(versions.contains("DSTU2")) + 2 * usize::from(versions.contains("STU3")))
        };
        match path.split('.').collect::<Vec<_>>()[..] {
            ["*"] => lacking.push((owner, refuse())),
            [key] => {
                let state = states.get_mut(owner).ok_or_else(|| format!("not-r4: no type `{owner}`"))?;
                state.insert(key.to_owned(), refuse());
            }
            [key, below] => {
                let target = field(types, owner, key).ok_or_else(|| format!("not-r4: no `{owner}.{key}`"))?;
                let place = format!("{owner}@{key}");
                let fresh = edges(types, target, &types[target]);
                states.entry(place.clone()).or_insert(fresh).insert(below.to_owned(), refuse());
                states.entry(owner.to_owned()).or_default().insert(key.to_owned(), Edge::Walk(place));
            }
            _ => return Err(format!("not-r4: `{path}` is deeper than a state can be")),
        }
    }
    prune(&mut states);
    write(types, &states, &lacking)
}

/// Every way on from a type. Extensions are followed where resources and backbones have them, not inside
/// datatypes: that keeps the walk out of every CodeableConcept.
fn edges(types: &BTreeMap<String, Type>, name: &str, one: &Type) -> BTreeMap<String, Edge> {
    let follows_extensions = matches!(one.kind, BACKBONE | RESOURCE) || name == "Extension";
    let mut edges = BTreeMap::new();
    for (key, target) in one.elements.iter().flat_map(|element| &element.variants) {
        let edge = match types[target].kind {
            _ if key == "contained" => Edge::Contained,
            PRIMITIVE | ABSTRACT => continue,
            _ if target == "Extension" && !follows_extensions => continue,
            _ => Edge::Walk(target.clone()),
        };
        edges.insert(key.clone(), edge);
    }
    edges
}

fn field<'a>(types: &'a BTreeMap<String, Type>, owner: &str, key: &str) -> Option<&'a str> {
    let variants = types.get(owner)?.elements.iter().flat_map(|element| &element.variants);
    variants.into_iter().find(|(name, _)| name == key).map(|(_, target)| target.as_str())
}

/// Drops the edges from which no refusal can be reached.
fn prune(states: &mut States) {
    let mut useful = BTreeSet::new();
    loop {
        let more: Vec<String> = states
            .iter()
            .filter(|(name, edges)| {
                !useful.contains(*name)
                    && edges.values().any(|edge| match edge {
                        Edge::Refuse(_) | Edge::Contained => true,
                        Edge::Walk(target) => useful.contains(target),
                    })
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        useful.extend(more);
    }
    for edges in states.values_mut() {
        edges.retain(|_, edge| !matches!(edge, Edge::Walk(target) if !useful.contains(target)));
    }
}

fn write(
    types: &BTreeMap<String, Type>,
    states: &States,
    lacking: &[(&str, Edge)],
) -> Result<Vec<u8>, String> {
    let numbers: BTreeMap<&str, usize> =
        states.keys().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let word = |edge: &Edge| match edge {
        Edge::Refuse(versions) => versions * 4 + REFUSE,
        Edge::Walk(target) => numbers[target.as_str()] * 4 + WALK,
        Edge::Contained => CONTAINED,
    };
    let mut table = Table::default();
    for name in types.keys() {
        table.word(numbers[name.as_str()])?;
    }
    table.word(states.len())?;
    for edges in states.values() {
        table.word(edges.len())?;
        for (key, edge) in edges {
            table.string(key)?;
            table.word(word(edge))?;
        }
    }
    table.word(lacking.len())?;
    for (name, edge) in lacking {
        table.string(name)?;
        table.word(word(edge))?;
    }
    table.into_bytes()
}
