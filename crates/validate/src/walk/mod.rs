//! The walk: every object of a resource once, along the states of the automaton.

mod context;
mod cursor;
mod extension;
mod ids;
mod object;
mod place;
mod primitive;
mod report;
mod resource;
mod sibling;
mod sliced;
mod vital_signs;

use fhirkit_definitions::Scope;
use fhirkit_tape::{Node, NodeId};

use crate::automaton::{Automaton, State};
use crate::rules::reference::Contained;
use crate::validator::Scratch;
use context::Places;
pub(crate) use cursor::Cursor;
pub(crate) use extension::Known;
use ids::Ids;
pub use place::Subject;
use report::ToldOf;
pub(crate) use report::{Fault, Sink};
pub(crate) use resource::Claim;
pub(crate) use sliced::{Hit, Narrowing};

/// One walk over one document.
pub(crate) struct Walk<'w, 'v, 't> {
    automaton: &'v Automaton,
    scratch: &'w mut Scratch,
    subject: &'w Subject<'t>,
    sink: Sink<'w>,
    /// The document's type.
    type_name: &'v str,
    /// The resource that holds what is looked at: `%resource`.
    resource: Node<'t>,
    /// The one around it, where it is contained: `%rootResource`.
    root: Node<'t>,
    /// These two as seen from outside of the resource.
    around: (Node<'t>, Node<'t>),
    /// How canonicals and systems in that resource are to be read.
    scope: Scope,
    /// The value whose code was told last: one fault is one issue.
    told_code: Option<NodeId>,
    /// Some object of the document has a key twice.
    has_duplicates: bool,
    contained: Contained,
    ids: Ids<'t>,
    places: Places,
    told_of: ToldOf,
    /// A relative reference was met since somebody asked.
    has_relative_references: bool,
}

/// A value that a check looks at.
pub(crate) struct Site<'s, 't> {
    /// The value; absent where a primitive has only id and extensions.
    pub(crate) node: Node<'t>,
    /// Where it stands.
    pub(crate) cursor: &'s Cursor<'s>,
    /// What is active there: its type, for one.
    pub(crate) state: &'s State,
    /// The object that holds it, and under which key; absent for a resource.
    pub(crate) holder: Node<'t>,
    pub(crate) key: &'s str,
}

impl<'t> Site<'_, 't> {
    /// The object with id and extensions that stands beside a primitive; absent where there is none.
    pub(crate) fn sibling(&self) -> Node<'t> {
        let (_, sibling) = self.holder.get_with_sibling(self.key);
        match self.cursor.index() {
            Some(index) => sibling.item(index as usize),
            None => sibling,
        }
    }
}

impl<'w, 'v, 't> Walk<'w, 'v, 't> {
    pub(crate) fn new(
        automaton: &'v Automaton,
        scratch: &'w mut Scratch,
        subject: &'w Subject<'t>,
        sink: Sink<'w>,
    ) -> Self {
        let node = subject.node();
        let has_duplicates = node.tape().duplicate_key(node.id()).is_some();
        let scope = automaton.source.default_scope().clone();
        let (resource, root, type_name, told_code) = (node, node, "", None);
        Self {
            automaton,
            scratch,
            subject,
            sink,
            type_name,
            resource,
            root,
            around: (node, node),
            places: Places::default(),
            told_of: ToldOf::default(),
            scope,
            told_code,
            has_duplicates,
            contained: Contained::default(),
            ids: Ids::default(),
            has_relative_references: false,
        }
    }

    pub(crate) fn automaton(&self) -> &'v Automaton {
        self.automaton
    }

    pub(crate) fn scratch(&mut self) -> &mut Scratch {
        self.scratch
    }

    /// The contained resources looked up last.
    pub(crate) fn contained(&mut self) -> &mut Contained {
        &mut self.contained
    }

    /// Remembers that a relative reference was met, for the entry around it.
    pub(crate) fn note_relative_reference(&mut self) {
        self.has_relative_references = true;
    }

    /// Whether relative references were met since the last time.
    pub(crate) fn take_relative_references(&mut self) -> bool {
        std::mem::take(&mut self.has_relative_references)
    }

    /// The resource that holds what is looked at: `%resource`.
    pub(crate) fn resource_node(&self) -> Node<'t> {
        self.resource
    }

    /// The resource around a contained one: `%rootResource`.
    pub(crate) fn root_node(&self) -> Node<'t> {
        self.root
    }

    /// `%resource` and `%rootResource` of the element that holds the resource.
    pub(crate) fn around(&self) -> (Node<'t>, Node<'t>) {
        self.around
    }

    /// How canonicals and systems in that resource are to be read.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The document that is walked, a Bundle perhaps.
    pub(crate) fn document_node(&self) -> Node<'t> {
        self.subject.node()
    }

    /// Notes that the code of a value was told, so that no weaker rule tells it again.
    pub(crate) fn tell_code(&mut self, of: Node<'t>) {
        // What a quiet walk finds, nobody is told.
        if matches!(self.sink, Sink::Issues(_)) {
            self.told_code = Some(of.id());
        }
    }

    /// Whether the code of a value was told.
    pub(crate) fn is_code_told(&self, of: Node<'t>) -> bool {
        self.told_code == Some(of.id())
    }

    /// Notes that an invariant of a value is told; false where it was told already.
    pub(crate) fn tell_invariant(&mut self, of: Node<'t>, message_id: &str) -> bool {
        if !matches!(self.sink, Sink::Issues(_)) {
            return true;
        }
        let (told_of, told) = &mut self.scratch.told;
        if *told_of != Some(of.id()) {
            *told_of = Some(of.id());
            told.clear();
        }
        let is_new = !told.iter().any(|known| **known == *message_id);
        if is_new {
            told.push(message_id.into());
        }
        is_new
    }

    /// The same question outside of any walk: whether a value satisfies a state.
    pub(crate) fn conforms_aside<'n>(
        automaton: &Automaton,
        depth: u32,
        root: Node<'n>,
        node: Node<'n>,
        state: &State,
    ) -> bool {
        let (subject, mut scratch) = (Subject::alone(root), Scratch { depth, ..Scratch::default() });
        let mut walk = Walk::new(automaton, &mut scratch, &subject, Sink::Verdict { failed: false });
        walk.conforms(node, state, &Cursor::ROOT)
    }

    /// Whether a value satisfies everything that is active in a state, without a word: for discriminators and for
    /// alternatives.
    pub(crate) fn conforms(&mut self, node: Node<'t>, state: &'v State, cursor: &Cursor<'_>) -> bool {
        let sink = std::mem::replace(&mut self.sink, Sink::Verdict { failed: false });
        self.object(node, node.absent(), "", state, cursor);
        let quiet = std::mem::replace(&mut self.sink, sink);
        !matches!(quiet, Sink::Verdict { failed: true })
    }

    /// Nothing more is asked once a quiet walk has failed.
    #[inline]
    fn is_settled(&self) -> bool {
        matches!(self.sink, Sink::Verdict { failed: true })
    }
}
