//! The contained resources of a resource by their ids, looked up once a resource, however many references ask.

use fhirkit_tape::{Node, NodeId};
use rustc_hash::FxHashMap;

use crate::walk::Walk;

/// The contained resources of the resource looked at last.
#[derive(Debug, Default)]
pub(crate) struct Contained<'t> {
    of: Option<NodeId>,
    by_id: FxHashMap<Box<str>, Node<'t>>,
}

/// The contained resource of `root` with that id.
pub(crate) fn contained<'t>(walk: &mut Walk<'_, '_, 't>, root: Node<'t>, id: &str) -> Option<Node<'t>> {
    let known = walk.contained();
    if known.of != Some(root.id()) {
        known.of = Some(root.id());
        known.by_id.clear();
        for resource in root.get("contained").items() {
            let Some(id) = resource.get("id").as_str() else { continue };
            known.by_id.entry(id.into()).or_insert(resource);
        }
    }
    known.by_id.get(id).copied()
}
