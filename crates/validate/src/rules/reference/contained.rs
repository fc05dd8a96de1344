//! The contained resources of a resource by their ids, looked up once a resource, however many references ask.

use std::collections::HashMap;

use fhirkit_tape::{Node, NodeId};

use crate::walk::Walk;

/// The contained resources of the resource looked at last. The data chooses the ids, so they are hashed with a secret
/// key.
#[derive(Debug, Default)]
pub(crate) struct Contained {
    of: Option<NodeId>,
    by_id: HashMap<Box<str>, NodeId>,
}

impl Contained {
    /// The first contained resource of `root` with that id.
    pub(crate) fn find<'t>(&mut self, root: Node<'t>, id: &str) -> Option<Node<'t>> {
        if self.of != Some(root.id()) {
            self.of = Some(root.id());
            self.by_id.clear();
            for resource in root.get("contained").items() {
                let Some(id) = resource.get("id").as_str() else { continue };
                self.by_id.entry(id.into()).or_insert(resource.id());
            }
        }
        self.by_id.get(id).map(|&id| root.tape().node(id))
    }
}

/// The contained resource of `root` with that id.
pub(crate) fn contained<'t>(walk: &mut Walk<'_, '_, 't>, root: Node<'t>, id: &str) -> Option<Node<'t>> {
    walk.contained().find(root, id)
}
