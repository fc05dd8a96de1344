//! Plain element steps, run directly on the tape.

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_fhirpath::{Shape, Step as PathStep, Type};
use fhirkit_tape::{Kind, Node, NodeId};

use crate::keys::Keys;

/// Element steps whose JSON keys are all known: `code.coding.first().code`, `value.ofType(Quantity).value`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// Slots of the first step's keys among those of the level, where it has them.
    slots: Box<[u16]>,
    /// Type of what they reach, when it is one.
    pub(crate) ty: Option<TypeId>,
}

#[derive(Debug, PartialEq)]
struct Step {
    key: Box<str>,
    /// Further keys of a choice element.
    more: Box<[Box<str>]>,
    /// Keep only this one, counted over all that the steps so far have reached.
    pick: Option<usize>,
}

/// What steps cannot say by themselves: a null in a list may stand for an element with extensions alone.
pub(crate) struct Unusual;

impl Steps {
    /// The steps of a simple path, when each has its keys whatever the data.
    pub(crate) fn new(types: &TypeModel, path: &[PathStep], result: &Shape) -> Option<Self> {
        let mut steps = Vec::with_capacity(path.len());
        for step in path {
            let from = step.routes.first()?.from;
            // Keys that depend on the type at hand, and resources that name their own, are for the engine.
            if step.dynamic || step.routes.iter().any(|route| route.from != from || route.is_resource) {
                return None;
            }
            let mut keys = step.routes.iter().map(|route| route.key.clone());
            steps.push(Step { key: keys.next()?, more: keys.collect(), pick: step.pick });
        }
        let ty = match (result.unchecked, result.types.as_slice()) {
            (false, [Type::Fhir(ty)]) if !types.is_resource(*ty) => Some(*ty),
            _ => None,
        };
        Some(Self { steps, slots: Box::default(), ty })
    }

    /// From now on [`run_in`](Steps::run_in) finds the first step's members in their slots.
    pub(crate) fn settle(&mut self, keys: &mut Keys) {
        let Some(first) = self.steps.first() else { return };
        self.slots = std::iter::once(&first.key).chain(&first.more).map(|key| keys.slot(key)).collect();
    }

    #[cfg(test)]
    pub(crate) fn unsettle(&mut self) {
        self.slots = Box::default();
    }

    /// Whether there is no step to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// As [`run`](Steps::run) without picks, for steps after an expression: nulls count as nothing.
    pub(crate) fn run_loosely<'t>(&self, node: Node<'t>, found: &mut impl FnMut(Node<'t>)) {
        walk_loosely(&self.steps, node, found);
    }

    /// Calls `found` for each node that the steps reach from `node`, in order.
    #[inline]
    pub(crate) fn run<'t>(&self, node: Node<'t>, found: &mut impl FnMut(Node<'t>)) -> Result<(), Unusual> {
        run_steps(&self.steps, node, found)
    }

    /// As [`run`](Steps::run) from the level's element, whose members are in their slots.
    #[inline]
    pub(crate) fn run_in<'t>(
        &self,
        node: Node<'t>,
        members: &[NodeId],
        found: &mut impl FnMut(Node<'t>),
    ) -> Result<(), Unusual> {
        if self.slots.is_empty() {
            return self.run(node, found);
        }
        let tape = node.tape();
        let mut values = self.slots.iter().filter_map(|slot| members.get(usize::from(*slot)));
        let Some(picked) = self.steps.iter().position(|step| step.pick.is_some()) else {
            let rest = self.steps.get(1..).unwrap_or_default();
            return values.try_for_each(|id| visit(tape.node(*id), rest, found));
        };
        let (these, later) = self.steps.split_at(picked + 1);
        let mut pick = Pick::new(these);
        let rest = these.get(1..).unwrap_or_default();
        values.try_for_each(|id| visit(tape.node(*id), rest, &mut |node| pick.see(node)))?;
        match pick.hit {
            Some(node) => run_steps(later, node, found),
            None => Ok(()),
        }
    }
}

/// The node at the index that the last of some steps keeps.
struct Pick<'t> {
    left: usize,
    hit: Option<Node<'t>>,
}

impl<'t> Pick<'t> {
    fn new(steps: &[Step]) -> Self {
        Self { left: steps.last().and_then(|step| step.pick).unwrap_or(0), hit: None }
    }

    #[inline]
    fn see(&mut self, node: Node<'t>) {
        if self.left == 0 && self.hit.is_none() {
            self.hit = Some(node);
        }
        self.left = self.left.saturating_sub(1);
    }
}

fn run_steps<'t>(steps: &[Step], node: Node<'t>, found: &mut impl FnMut(Node<'t>)) -> Result<(), Unusual> {
    let mut rest = steps;
    let mut at = node;
    // Up to the last pick there is one node at a time.
    while let Some(picked) = rest.iter().position(|step| step.pick.is_some()) {
        let (these, later) = rest.split_at(picked + 1);
        let mut pick = Pick::new(these);
        walk(these, at, &mut |node| pick.see(node))?;
        let Some(node) = pick.hit else { return Ok(()) };
        (at, rest) = (node, later);
    }
    walk(rest, at, found)
}

fn walk<'t>(steps: &[Step], node: Node<'t>, found: &mut impl FnMut(Node<'t>)) -> Result<(), Unusual> {
    let Some((step, rest)) = steps.split_first() else {
        found(node);
        return Ok(());
    };
    visit(node.get(&step.key), rest, found)?;
    for key in &step.more {
        visit(node.get(key), rest, found)?;
    }
    Ok(())
}

fn visit<'t>(value: Node<'t>, rest: &[Step], found: &mut impl FnMut(Node<'t>)) -> Result<(), Unusual> {
    match value.kind() {
        Kind::Absent => Ok(()),
        Kind::Array => {
            for item in value.items() {
                match item.kind() {
                    Kind::Null | Kind::Array => return Err(Unusual),
                    _ => walk(rest, item, found)?,
                }
            }
            Ok(())
        }
        Kind::Null => Err(Unusual),
        _ => walk(rest, value, found),
    }
}

fn walk_loosely<'t>(steps: &[Step], node: Node<'t>, found: &mut impl FnMut(Node<'t>)) {
    let Some((step, rest)) = steps.split_first() else {
        found(node);
        return;
    };
    for key in std::iter::once(&step.key).chain(&step.more) {
        let value = node.get(key);
        match value.kind() {
            Kind::Absent | Kind::Null => {}
            Kind::Array => {
                value.items().filter(|item| !item.is_null()).for_each(|item| walk_loosely(rest, item, found))
            }
            _ => walk_loosely(rest, value, found),
        }
    }
}
