//! Invariants: FHIRPath that must hold of an element, a type, a profile or an extension.
//!
//! Each is compiled once for the type it is asked of and evaluated with three truths: what cannot be told — a code of
//! a system that is not held, a reference that leads nowhere at hand, an expression that cannot be evaluated — is
//! counted by key and never called a fault.
//!
//! Source: <https://hl7.org/fhir/R4/conformance-rules.html#constraints>

mod direct;
mod environment;
pub(crate) mod evaluate;
pub(crate) mod failed;

use std::fmt;
use std::sync::{Arc, OnceLock};

use fhirkit_definitions::structure::Constraint;
use fhirkit_fhirpath::Value;
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{Message, Severity};

use super::{ElementFacts, NodeCheck};
use crate::automaton::Member;
use crate::options::BestPractice;
use crate::walk::{Fault, Site, Walk};
use direct::Direct;
use evaluate::{Compiled, Truth, ask};

/// One invariant, where it is asked.
#[derive(Debug)]
pub(crate) struct Invariant {
    facts: Arc<Facts>,
    /// Compiled for the type of the state that holds this check, when data first meets it.
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug, PartialEq)]
struct Facts {
    key: Box<str>,
    /// The definition it comes from, and the key: `http://hl7.org/fhir/StructureDefinition/Reference#ref-1`.
    message_id: Box<str>,
    severity: Severity,
    /// None where the definition gives XPath alone.
    expression: Option<Box<str>>,
    direct: Option<Direct>,
    /// It is asked of an element: where that holds a resource, `%resource` is the one around it.
    of_element: bool,
}

impl Clone for Invariant {
    /// For another state, so compiled anew.
    fn clone(&self) -> Self {
        Self { facts: Arc::clone(&self.facts), compiled: OnceLock::new() }
    }
}

impl PartialEq for Invariant {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts
    }
}

impl NodeCheck for Invariant {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let constraints = facts.structure.constraints_of(facts.element);
        constraints.filter_map(|constraint| Self::new(constraint, facts)).collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&failed::RULE]
    }

    fn order(&self) -> u8 {
        30
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let direct = self.facts.direct.and_then(|direct| direct.holds(site.node));
        let truth = match direct {
            Some(true) => return,
            Some(false) => Truth::Fails,
            None => self.evaluate(site, walk),
        };
        match truth {
            Truth::Holds => {}
            Truth::Unknown => walk.scratch().checked.note_constraint(&self.facts.key),
            Truth::Fails => self.tell(site, asked_by, walk),
        }
    }
}

/// Invariants that were published with a slip of the pen: as they were meant.
const CORRECTED: [(&str, &str, &str); 1] = [(
    "http://hl7.org/fhir/StructureDefinition/Questionnaire#que-7",
    "operator = 'exists' implies (answer is Boolean)",
    "operator = 'exists' implies (answer is boolean)",
)];

/// What rules with issues of their own check: `structure/empty`, `reference/not-contained`.
const BY_RULES: [&str; 2] = [
    "http://hl7.org/fhir/StructureDefinition/Element#ele-1",
    "http://hl7.org/fhir/StructureDefinition/Reference#ref-1",
];
/// What the rules about narratives check, wherever it is asked.
const BY_NARRATIVE: &str = "htmlChecks()";

impl Invariant {
    fn new(constraint: &Constraint, facts: &ElementFacts<'_>) -> Option<Self> {
        let severity = match (constraint.best_practice, facts.facts.options.best_practice) {
            (true, BestPractice::Ignore) => return None,
            (true, BestPractice::Warn) => Severity::Warning,
            (true, BestPractice::Error) => Severity::Error,
            (false, _) if constraint.severity == "error" => Severity::Error,
            (false, _) => Severity::Warning,
        };
        let source = constraint.source.as_deref().unwrap_or(&facts.structure.url);
        let message_id = format!("{source}#{}", constraint.key);
        if BY_RULES.contains(&message_id.as_str()) || constraint.expression.as_deref() == Some(BY_NARRATIVE) {
            return None;
        }
        let direct = Direct::of(&message_id, constraint.expression.as_deref().unwrap_or_default());
        let corrected = |text: &str| {
            let mut known = CORRECTED.iter();
            known.find(|(id, wrong, _)| *id == message_id && *wrong == text).map(|(_, _, right)| *right)
        };
        let expression = constraint.expression.as_deref().map(|text| corrected(text).unwrap_or(text).into());
        let key = constraint.key.as_str().into();
        let of_element = facts.element.id().contains('.');
        let facts = Facts { key, message_id: message_id.into(), severity, expression, direct, of_element };
        Some(Self { facts: Arc::new(facts), compiled: OnceLock::new() })
    }

    fn evaluate<'t>(&self, site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) -> Truth {
        let types = walk.automaton().types();
        let compile = || Compiled::of_type(types, self.facts.expression.as_deref()?, site.state.ty);
        let Some(compiled) = self.compiled.get_or_init(compile) else { return Truth::Unknown };
        let sibling = if site.node.is_object() { site.node.absent() } else { site.sibling() };
        let input = Value::Node { node: site.node, sibling, ty: site.state.ty };
        let is_resource = site.node.id() == walk.resource_node().id();
        let around = match self.facts.of_element && is_resource {
            true => walk.around(),
            false => (walk.resource_node(), walk.root_node()),
        };
        ask(walk, around, |types, outside, scratch| compiled.truth(types, outside, &input, scratch))
    }

    #[cold]
    fn tell<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let facts = &*self.facts;
        // Two profiles may write one invariant differently.
        if !walk.tell_invariant(site.node, &facts.message_id) {
            return;
        }
        let at = if site.node.is_absent() { site.sibling() } else { site.node };
        walk.report_as(&failed::RULE, facts.severity, at.span(), site.cursor, asked_by, |path| {
            let words = format!("`{path}`: {}: expected `{}`", facts.key, shown(facts.expression.as_deref()));
            Fault::new(Message::new().text(words)).message_id(facts.message_id.to_string())
        });
    }
}

/// How much of an expression a message shows.
const SHOWN: usize = 300;

fn shown(expression: Option<&str>) -> String {
    let words: Vec<&str> = expression.unwrap_or_default().split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { key, severity, expression, .. } = &*self.facts;
        write!(f, "invariant {key} {severity:?}: {}", shown(expression.as_deref()))
    }
}
