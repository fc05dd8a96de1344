//! What an invariant may ask: value sets, other resources, profiles.

use std::cell::{Cell, RefCell};

use fhirkit_definitions::Scope;
use fhirkit_fhirpath::{Environment, Error, Value};
use fhirkit_tape::Node;

use crate::automaton::{Automaton, StateKey};
use crate::rules::binding::membership;
use crate::rules::reference::Contained;
use crate::walk::Walk;

/// The world around an expression.
pub(crate) struct Outside<'o, 't> {
    automaton: &'o Automaton,
    scope: Scope,
    /// `%resource`
    pub(super) resource: Node<'t>,
    /// `%rootResource`
    pub(super) root: Node<'t>,
    depth: u32,
    contained: RefCell<Contained>,
    unanswered: Cell<bool>,
}

/// Profiles that ask for profiles that ask for profiles: beyond this nobody is asked.
const DEEPEST: u32 = 8;

impl<'o, 't> Outside<'o, 't> {
    pub(super) fn new(
        automaton: &'o Automaton,
        scope: Scope,
        depth: u32,
        (resource, root): (Node<'t>, Node<'t>),
        contained: Contained,
    ) -> Self {
        let (contained, unanswered) = (RefCell::new(contained), Cell::new(false));
        Self { automaton, scope, resource, root, depth, contained, unanswered }
    }

    /// What was looked up of contained resources, for whoever asks next.
    pub(super) fn into_contained(self) -> Contained {
        self.contained.into_inner()
    }

    /// Whether something was asked that could not be answered.
    pub(super) fn was_at_a_loss(&self) -> bool {
        self.unanswered.get()
    }

    fn at_a_loss<T>(&self) -> Option<T> {
        self.unanswered.set(true);
        None
    }
}

impl<'t> Environment<'t> for Outside<'_, 't> {
    fn resolve(&self, reference: &str, _: &Value<'t>) -> Option<Value<'t>> {
        let Some(id) = reference.strip_prefix('#') else { return self.at_a_loss() };
        // Seen from a Bundle or Parameters, it means what one of the resources inside contains.
        if ["Bundle", "Parameters"].iter().any(|name| self.root.get("resourceType").str_is(name)) {
            return self.at_a_loss();
        }
        let found = match id {
            "" => self.root,
            _ => self.contained.borrow_mut().find(self.root, id)?,
        };
        let ty = self.automaton.types().type_named(&found.get("resourceType").as_str()?)?;
        Some(Value::element(found, ty))
    }

    fn member_of(&self, value: &Value<'t>, value_set: &str) -> Result<Option<bool>, Error> {
        let Some(set) = self.automaton.source.definitions().code_set(value_set, &self.scope) else {
            return Ok(self.at_a_loss());
        };
        let found = match value {
            Value::Node { node, ty, .. } => membership(self.automaton.types().name(*ty), *node, &set),
            Value::String(code) => match set.contains(None, code, None) {
                known if known.is_in() => Some(true),
                known if known.is_not_in() => Some(false),
                _ => None,
            },
            _ => None,
        };
        Ok(found.or_else(|| self.at_a_loss()))
    }

    fn conforms_to(&self, value: &Value<'t>, profile: &str) -> Result<Option<bool>, Error> {
        let Value::Node { node, ty, .. } = value else { return Ok(Some(false)) };
        let member = self.automaton.root_of_profile(profile, &self.scope);
        let Some(member) = member.filter(|_| self.depth < DEEPEST) else { return Ok(self.at_a_loss()) };
        let members = self.automaton.root_of_type(*ty).into_iter().chain([member]).collect();
        let Some(state) = self.automaton.intern(StateKey::new(*ty, members)) else {
            return Ok(self.at_a_loss());
        };
        Ok(Some(Walk::conforms_aside(self.automaton, self.depth + 1, self.root, *node, state)))
    }

    fn html_checks(&self, _: &Value<'t>) -> Option<bool> {
        self.at_a_loss()
    }
}
