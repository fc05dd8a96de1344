//! Why no item is in a slice: which came nearest, which discriminator failed, by how much.

use fhirkit_definitions::Definitions;
use fhirkit_tape::Node;

use super::condition::{Agreement, Condition};
use super::{Slice, Truth};

/// The item that came nearest to a slice.
#[derive(Debug)]
pub(crate) struct Nearest {
    /// Its number among the candidates.
    pub(crate) index: usize,
    /// What it lacks, in words.
    pub(crate) lacks: String,
    /// The share of what is wanted that it has: discriminators that hold, and of the first that fails its values.
    share: (usize, Agreement),
}

impl Nearest {
    /// Whether it came nearer than another.
    pub(crate) fn is_nearer_than(&self, other: &Self) -> bool {
        self.share > other.share
    }
}

impl Slice {
    /// The nearest of some items.
    pub(crate) fn nearest<'t>(
        &self,
        items: impl Iterator<Item = Node<'t>>,
        definitions: &Definitions,
    ) -> Option<Nearest> {
        let all = items.enumerate().filter_map(|(index, item)| self.distance(index, item, definitions));
        // The first of equals.
        all.fold(None, |best: Option<Nearest>, one| match best {
            Some(best) if best.share >= one.share => Some(best),
            _ => Some(one),
        })
    }

    /// How near one item comes; nothing where it is in the slice.
    fn distance(&self, index: usize, item: Node<'_>, definitions: &Definitions) -> Option<Nearest> {
        let conditions = self.conditions.as_deref()?;
        let fails = |condition: &&Condition| condition.holds(item, definitions) != Truth::Yes;
        let failing: Vec<&Condition> = conditions.iter().filter(fails).collect();
        let first = failing.first()?;
        let agreement = first.agreement(item);
        let path = &first.written;
        let mut lacks = if first.finds_nothing(item) {
            format!("has no `{path}`, which should be {}", first.wanted())
        } else {
            format!("has a `{path}` that is not {}", first.wanted())
        };
        if agreement.wanted > 1 {
            lacks += &format!(" ({} of {} values agree)", agreement.found, agreement.wanted);
        }
        if conditions.len() > 1 {
            let good = conditions.len() - failing.len();
            lacks += &format!("; {good} of {} discriminators hold", conditions.len());
        }
        Some(Nearest { index, lacks, share: (conditions.len() - failing.len(), agreement) })
    }

    /// What an item in it has, in words.
    pub(crate) fn wanted(&self) -> String {
        let conditions = self.conditions.as_deref().unwrap_or_default();
        let words = conditions.iter().map(|one| match &*one.written {
            "$this" => format!("being {}", one.wanted()),
            path => format!("`{path}` {}", one.wanted()),
        });
        words.collect::<Vec<_>>().join(" and ")
    }
}
