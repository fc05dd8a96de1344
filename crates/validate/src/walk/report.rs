//! From a fault to an issue.

use std::borrow::Cow;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{Issue, Message, Severity};
use fhirkit_tape::{Node, NodeId, Span};

use super::{Cursor, Walk};
use crate::automaton::Member;

/// What a rule has to say of a fault: its words. Where it stands, the walk knows.
#[derive(Debug)]
pub(crate) struct Fault {
    message: Message,
    help: Option<String>,
    message_id: Option<Cow<'static, str>>,
}

impl Fault {
    /// A fault with its message, which begins with the path.
    pub(crate) fn new(message: impl Into<Message>) -> Self {
        Self { message: message.into(), help: None, message_id: None }
    }

    /// The HL7 validator's name for an equal message.
    pub(crate) fn message_id(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The resource that issues name: looked at once, however many issues it has.
#[derive(Debug, Default)]
pub(super) struct ToldOf {
    resource: Option<NodeId>,
    ty: Option<String>,
    id: Option<String>,
}

impl ToldOf {
    fn look_at(&mut self, resource: Node<'_>) {
        if self.resource != Some(resource.id()) {
            let text = |key| resource.get(key).as_str().map(Cow::into_owned);
            *self = Self { resource: Some(resource.id()), ty: text("resourceType"), id: text("id") };
        }
    }
}

/// Where faults go.
pub(crate) enum Sink<'w> {
    /// To the caller.
    Issues(&'w mut dyn FnMut(Issue)),
    /// Nowhere: only whether there is an error matters.
    Verdict { failed: bool },
}

impl<'t> Walk<'_, '_, 't> {
    /// Reports a breach of `rule` at a node. `make` gets the path, from the type of the resource, and is only called
    /// when somebody listens.
    pub(crate) fn report(
        &mut self,
        rule: &'static Rule,
        at: Node<'t>,
        cursor: &Cursor<'_>,
        asked_by: &[Member],
        make: impl FnOnce(&str) -> Fault,
    ) {
        self.report_at(rule, at.span(), cursor, asked_by, make);
    }

    /// The same at a span: a key, say.
    pub(crate) fn report_at(
        &mut self,
        rule: &'static Rule,
        at: Span,
        cursor: &Cursor<'_>,
        asked_by: &[Member],
        make: impl FnOnce(&str) -> Fault,
    ) {
        self.report_as(rule, rule.severity, at, cursor, asked_by, make);
    }

    /// The same with the severity that the definition gives rather than that of the rule.
    #[cold]
    #[inline(never)]
    pub(crate) fn report_as(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        at: Span,
        cursor: &Cursor<'_>,
        asked_by: &[Member],
        make: impl FnOnce(&str) -> Fault,
    ) {
        if let Sink::Verdict { failed } = &mut self.sink {
            *failed |= severity.reaches(Severity::Error);
            return;
        }
        if !self.automaton.options.selection.allows(rule.id.as_str()) {
            return;
        }
        let fault = make(&cursor.path(self.type_name));
        let mut issue = Issue::about(rule, fault.message);
        issue.severity = severity;
        issue.help = fault.help;
        issue.message_id = fault.message_id.map(Cow::into_owned);
        let root = match self.type_name {
            "" => named(self.root),
            name => name.to_owned(),
        };
        let path = cursor.path(&self.subject.root_path(&root));
        issue.expression = Some(path).filter(|path| !path.is_empty());
        self.told_of.look_at(self.resource);
        issue.resource_type.clone_from(&self.told_of.ty);
        issue.resource_id.clone_from(&self.told_of.id);
        for &member in asked_by {
            let Some((profile, element)) = self.automaton.member(member) else { continue };
            if !issue.profiles.iter().any(|known| **known == *profile.canonical) {
                issue.profiles.push(profile.canonical.to_string());
            }
            issue.element.get_or_insert_with(|| element.id.to_string());
        }
        issue.profiles.sort_unstable();
        self.subject.locate(&mut issue, at);
        if let Sink::Issues(give) = &mut self.sink {
            give(issue);
        }
    }
}

/// What a resource of no type of R4 calls itself, if it is a name.
fn named(node: Node<'_>) -> String {
    let name = node.get("resourceType").as_str().unwrap_or_default();
    let is_name = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { name.into_owned() } else { String::new() }
}
