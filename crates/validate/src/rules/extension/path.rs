//! FHIRPath that says where an extension may stand.

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::Value;
use fhirkit_tape::NodeId;
use rustc_hash::FxHashSet;

use crate::rules::invariant::evaluate::{Compiled, as_value, ask};
use crate::walk::Walk;

/// An expression of an extension's definition.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) text: Box<str>,
    compiled: Option<Compiled>,
}

impl Path {
    pub(crate) fn new(types: &TypeModel, text: &str) -> Self {
        Self { text: text.into(), compiled: Compiled::anywhere(types, text, &["extension"]) }
    }

    /// Whether it is true of the element that holds an extension; nothing where that cannot be told.
    pub(crate) fn is_true<'t>(
        &self,
        holder: &Value<'t>,
        extension: &Value<'t>,
        walk: &mut Walk<'_, '_, 't>,
    ) -> Option<bool> {
        let compiled = self.compiled.as_ref()?;
        let variables = [vec![extension.clone()]];
        let around = (walk.resource_node(), walk.root_node());
        ask(walk, around, |types, outside, scratch| {
            match compiled.values(types, outside, holder, &variables, scratch)?.as_slice() {
                [Value::Boolean(truth)] => Some(*truth),
                _ => None,
            }
        })
    }

    /// The elements that it finds in the resource: values, and the objects beside primitives.
    pub(crate) fn found(&self, walk: &mut Walk<'_, '_, '_>) -> Option<FxHashSet<NodeId>> {
        let compiled = self.compiled.as_ref()?;
        let (resource, root) = (walk.resource_node(), walk.root_node());
        let input = as_value(resource, walk.automaton().types())?;
        // An extension is known only where it stands.
        let variables = [Vec::new()];
        ask(walk, (resource, root), |types, outside, scratch| {
            let values = compiled.values(types, outside, &input, &variables, scratch)?;
            let nodes = values.iter().flat_map(|value| match value {
                Value::Node { node, sibling, .. } => [Some(*node), Some(*sibling)],
                _ => [None, None],
            });
            Some(nodes.flatten().filter(|node| !node.is_absent()).map(|node| node.id()).collect())
        })
    }
}
