//! Plain element steps, run directly on the tape.

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_fhirpath::{Route, Shape, Step as PathStep, Type};
use fhirkit_tape::{Kind, Node, NodeId};

use crate::keys::Keys;

/// Element steps whose JSON keys are all known: `code.coding.first().code`, `value.ofType(Quantity).value`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// Slots of the first step's keys among those of the level, where it has them.
    slots: Box<[u16]>,
    /// Where the level has reached what all but the last step reach, among its stems.
    stem: Option<u16>,
    /// Type of what they reach, when it is one.
    pub(crate) ty: Option<TypeId>,
}

/// One element step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    key: Box<str>,
    /// Further keys of a choice element.
    more: Box<[Box<str>]>,
    /// Keep only this one, counted over all that the steps so far have reached.
    pick: Option<usize>,
}

/// What steps reach, as far as one cell cares. Data that they give up on counts as several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reached {
    Nothing,
    One(NodeId),
    Several,
}

/// What steps cannot say by themselves: a null in a list may stand for an element with extensions alone.
pub(crate) struct Unusual;

impl Steps {
    /// The steps of a simple path from what `context` says, when each has its keys whatever the data.
    pub(crate) fn new(types: &TypeModel, context: &Shape, path: &[PathStep], result: &Shape) -> Option<Self> {
        let mut steps = Vec::with_capacity(path.len());
        let mut here = only_type(context);
        for step in path {
            let from = here?;
            // Keys that depend on the type at hand, and resources that name their own, are for the engine. So is what
            // begins at a primitive: its members lie in its sibling. So is choosing among primitives: one without a
            // value counts, and stands in the sibling alone.
            let odd = |route: &Route| {
                route.from != from || route.is_resource || (route.is_primitive && step.pick.is_some())
            };
            if step.dynamic || types.is_primitive(from) || step.routes.iter().any(odd) {
                return None;
            }
            let mut reached = step.routes.iter().map(|route| route.to);
            let first = reached.next()?;
            here = reached.all(|other| other == first).then_some(first);
            let mut keys = step.routes.iter().map(|route| route.key.clone());
            steps.push(Step { key: keys.next()?, more: keys.collect(), pick: step.pick });
        }
        let ty = only_type(result).filter(|ty| !types.is_resource(*ty));
        Some(Self { steps, slots: Box::default(), stem: None, ty })
    }

    /// All but the last step, which other steps may share; none where there is one step alone.
    pub(crate) fn stem(&self) -> Option<&[Step]> {
        self.steps.split_last().map(|(_, stem)| stem).filter(|stem| !stem.is_empty())
    }

    /// From now on [`one`](Steps::one) takes that stem from the level.
    pub(crate) fn grow_from(&mut self, stem: u16) {
        self.stem = Some(stem);
    }

    /// Steps alone, to be run from the level's element.
    pub(crate) fn of(steps: &[Step]) -> Self {
        Self { steps: steps.to_vec(), ..Self::default() }
    }

    /// Keys of the first step.
    pub(crate) fn first_keys(&self) -> impl Iterator<Item = &str> {
        self.steps
            .first()
            .into_iter()
            .flat_map(|first| std::iter::once(&first.key).chain(&first.more))
            .map(|key| &**key)
    }

    /// From now on [`run_in`](Steps::run_in) finds the first step's members in their slots.
    pub(crate) fn settle(&mut self, keys: &mut Keys) {
        let Some(first) = self.steps.first() else { return };
        self.slots = std::iter::once(&first.key).chain(&first.more).map(|key| keys.slot(key)).collect();
    }

    #[cfg(test)]
    pub(crate) fn unsettle(&mut self) {
        self.slots = Box::default();
        self.stem = None;
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

    /// What the steps reach from the level's element, whose members are in their slots and whose stems are known.
    #[inline]
    pub(crate) fn one<'t>(&self, node: Node<'t>, members: &[NodeId], stems: &[Reached]) -> Reached {
        if let Some(reached) = self.straight(node, members, stems) {
            return reached;
        }
        let mut reached = Reached::Nothing;
        let done = self.run_in(node, members, &mut |node| {
            reached = if reached == Reached::Nothing { Reached::One(node.id()) } else { Reached::Several };
        });
        if done.is_err() { Reached::Several } else { reached }
    }

    /// The same where there is one node at a time; none where there are more.
    #[inline]
    fn straight<'t>(&self, node: Node<'t>, members: &[NodeId], stems: &[Reached]) -> Option<Reached> {
        let tape = node.tape();
        let (mut at, rest) = match self.stem.and_then(|stem| stems.get(usize::from(stem))) {
            Some(Reached::Nothing) => return Some(Reached::Nothing),
            Some(Reached::Several) => return None,
            Some(Reached::One(stem)) => {
                (tape.node(*stem), self.steps.split_last().map(|(last, _)| std::slice::from_ref(last))?)
            }
            None if self.slots.is_empty() => (node, self.steps.as_slice()),
            None => {
                let (first, rest) = self.steps.split_first()?;
                let mut values = self.slots.iter().filter_map(|slot| members.get(usize::from(*slot)));
                let mut values = values.by_ref().filter(|id| **id != NodeId::ABSENT);
                let Some(value) = values.next() else { return Some(Reached::Nothing) };
                if values.next().is_some() {
                    return None;
                }
                match first.narrow(tape.node(*value))? {
                    Some(node) => (node, rest),
                    None => return Some(Reached::Nothing),
                }
            }
        };
        for step in rest {
            let mut value = at.get(&step.key);
            for key in &step.more {
                let other = at.get(key);
                if !other.is_absent() && !value.is_absent() {
                    return None;
                }
                value = if value.is_absent() { other } else { value };
            }
            match step.narrow(value)? {
                Some(node) => at = node,
                None => return Some(Reached::Nothing),
            }
        }
        Some(Reached::One(at.id()))
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

impl Step {
    /// The one node that a member's value gives, or nothing; none where that takes a closer look.
    #[inline(always)]
    fn narrow<'t>(&self, value: Node<'t>) -> Option<Option<Node<'t>>> {
        match value.kind() {
            Kind::Absent => Some(None),
            Kind::Null => None,
            Kind::Array => {
                let mut items = value.items();
                let Some(item) = items.next() else { return Some(None) };
                let is_plain = !matches!(item.kind(), Kind::Null | Kind::Array);
                let mut is_only = || self.pick == Some(0) || self.pick.is_none() && items.next().is_none();
                (is_plain && is_only()).then_some(Some(item))
            }
            _ => Some((self.pick.unwrap_or(0) == 0).then_some(value)),
        }
    }
}

/// The one FHIR type that may stand there.
pub(crate) fn only_type(shape: &Shape) -> Option<TypeId> {
    match (shape.unchecked, shape.types.split_first()) {
        (false, Some((Type::Fhir(ty), rest))) => {
            rest.iter().all(|other| *other == Type::Fhir(*ty)).then_some(*ty)
        }
        _ => None,
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
