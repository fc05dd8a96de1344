//! What an expression asks the outside, and what one evaluation stands on.

use fhirkit_definitions::{TypeId, TypeModel};

use crate::error::Error;
use crate::evaluate::join::Joins;
use crate::temporal::DateTime;
use crate::value::Value;

/// Where a reference that its own text cannot resolve leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The type of the resource it leads to.
    pub ty: TypeId,
    /// The key that `getResourceKey()` gives there.
    pub key: String,
}

/// How the engine asks the outside. Every method has an answer of its own for a world without one.
pub trait Environment<'t> {
    /// The resource that a reference or canonical leads to.
    fn resolve(&self, reference: &str, from: &Value<'t>) -> Option<Value<'t>> {
        let _ = (reference, from);
        None
    }

    /// The key behind a `urn:`, conditional, contained or malformed reference.
    fn target(&self, reference: &str, from: &Value<'t>) -> Option<Target> {
        let _ = (reference, from);
        None
    }

    /// Whether a code, Coding or CodeableConcept is in a value set; `None` if that cannot be said.
    ///
    /// # Errors
    /// Where the value set is not known.
    fn member_of(&self, value: &Value<'t>, value_set: &str) -> Result<Option<bool>, Error> {
        let _ = value;
        Err(Error::environment(format!("no value set `{value_set}` at hand")))
    }

    /// Whether a resource conforms to a profile; `None` if that cannot be said.
    ///
    /// # Errors
    /// Where the profile is not known.
    fn conforms_to(&self, value: &Value<'t>, profile: &str) -> Result<Option<bool>, Error> {
        let _ = value;
        Err(Error::environment(format!("no profile `{profile}` at hand")))
    }

    /// Whether a narrative keeps to the rules for XHTML; `None` if nobody checks.
    fn html_checks(&self, value: &Value<'t>) -> Option<bool> {
        let _ = value;
        None
    }

    /// The time that `now()` and `today()` give; the same throughout one run, so that output is repeatable.
    fn now(&self) -> Option<DateTime> {
        let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
        DateTime::from_unix_milliseconds(i64::try_from(elapsed.as_millis()).ok()?)
    }

    /// What `trace()` saw.
    fn trace(&self, name: &str, values: &[Value<'t>]) {
        let _ = (name, values);
    }
}

/// A world without anything outside the expression and its input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Environment<'_> for Alone {}

/// What one evaluation stands on.
#[derive(Clone)]
pub struct Context<'t, 'e> {
    /// The definitions that the expression was compiled with.
    pub types: &'e TypeModel,
    /// `%resource`: the resource that holds the input.
    pub resource: Value<'t>,
    /// `%rootResource`: the container of a contained resource, else the same as `resource`.
    pub root: Value<'t>,
    /// `%context`, where it is not the input itself.
    pub context: Option<Value<'t>>,
    /// `%rowIndex`
    pub row_index: i32,
    /// The values of the scope's variables, in its order.
    pub variables: &'e [Vec<Value<'t>>],
    /// What was learned of the resource's long lists, where evaluations share it.
    pub joins: Option<&'e Joins<'t>>,
    /// The outside.
    pub environment: &'e dyn Environment<'t>,
}

impl<'t, 'e> Context<'t, 'e> {
    /// For a resource of its own, with nothing outside.
    pub fn new(types: &'e TypeModel, resource: Value<'t>) -> Self {
        Context {
            types,
            root: resource.clone(),
            resource,
            context: None,
            row_index: 0,
            variables: &[],
            joins: None,
            environment: &Alone,
        }
    }
}

/// What evaluations reuse: buffers, compiled patterns, and counts. One a thread.
#[derive(Default)]
pub struct Scratch {
    pool: Vec<Vec<Value<'static>>>,
    pub(crate) patterns: crate::functions::pattern::Patterns,
    unresolved_count: u64,
    asked_count: u64,
}

/// Buffers kept for reuse; nesting deeper than this allocates.
const POOLED: usize = 64;
/// A buffer that once held more than this is let go.
const KEPT_CAPACITY: usize = 64 * 1024;

impl Scratch {
    /// Empty; it warms up with use.
    pub fn new() -> Self {
        Scratch::default()
    }

    /// How many references were met that neither their text nor the environment could resolve.
    pub fn unresolved_count(&self) -> u64 {
        self.unresolved_count
    }

    /// Sets the count of unresolved references back to zero and gives what it was.
    pub fn take_unresolved_count(&mut self) -> u64 {
        std::mem::take(&mut self.unresolved_count)
    }

    /// How often the environment was asked: a result that it had no part in depends on the input alone.
    pub fn asked_count(&self) -> u64 {
        self.asked_count
    }

    pub(crate) fn count_asked(&mut self) {
        self.asked_count += 1;
    }

    pub(crate) fn count_unresolved(&mut self) {
        self.unresolved_count += 1;
    }

    pub(crate) fn take<'t>(&mut self) -> Vec<Value<'t>> {
        self.pool.pop().map(relabel).unwrap_or_default()
    }

    pub(crate) fn give(&mut self, mut buffer: Vec<Value<'_>>) {
        buffer.clear();
        if self.pool.len() < POOLED && buffer.capacity() <= KEPT_CAPACITY {
            self.pool.push(relabel(buffer));
        }
    }
}

/// An empty buffer under another lifetime. The standard library collects in place, so the memory stays; were
/// it ever not to, the result would still be right and the allocation test would say so.
fn relabel<'b>(empty: Vec<Value<'_>>) -> Vec<Value<'b>> {
    empty.into_iter().map_while(|_| None).collect()
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").field("unresolved_count", &self.unresolved_count).finish_non_exhaustive()
    }
}
