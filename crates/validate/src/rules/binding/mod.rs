//! Bindings: the codes of an element come from a value set. Of a code there are three truths: in the set, not in it,
//! and not to be told, which is counted and never called a fault.
//!
//! Source: <https://hl7.org/fhir/R4/terminologies.html#strength>

mod coded;
pub(crate) mod extensible;
pub(crate) mod max_value_set;
pub(crate) mod no_code;
pub(crate) mod preferred;
pub(crate) mod required;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use fhirkit_definitions::{CodeSet, DefinitionId, Scope, Sort};
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{Message, Severity};
use fhirkit_tape::Node;

use super::answers::Answer;
use super::{ElementFacts, NodeCheck};
use crate::automaton::Member;
use crate::walk::{Fault, Site, Walk};
use coded::{Coded, Found};

/// Whether a value of a type is in a set; nothing where it cannot be told, and false for what has no code.
pub(crate) fn membership(type_name: &str, node: Node<'_>, set: &CodeSet) -> Option<bool> {
    match Coded::of(type_name, true)?.look(node, set) {
        Found::In => Some(true),
        Found::NotIn | Found::NoCode => Some(false),
        Found::Unverifiable => None,
    }
}

/// How much a binding asks; the strongest first, which is the order in which they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Required,
    /// No code may leave this set, whatever the binding beside it allows.
    Max,
    Extensible,
    Preferred,
}

/// The value set that the codes of an element come from.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    strength: Strength,
    /// As the definition writes it.
    canonical: Box<str>,
    scope: Scope,
    definition: Option<DefinitionId>,
    /// Texts beside codes in one choice are not bound.
    binds_text: bool,
    /// For answers that are remembered.
    number: u32,
    set: Arc<OnceLock<Option<Arc<CodeSet>>>>,
}

static NUMBERS: AtomicU32 = AtomicU32::new(0);

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        let same_set = match (self.definition, other.definition) {
            (None, None) => self.canonical == other.canonical,
            (one, other) => one == other,
        };
        self.strength == other.strength && self.binds_text == other.binds_text && same_set
    }
}

/// The binding of every component of a vital sign to nine units, which leaves no room for flow rates or codes.
fn is_of_vital_signs(facts: &ElementFacts<'_>, binding: &fhirkit_definitions::structure::Binding) -> bool {
    facts.element.path == "Observation.component.value[x]"
        && binding.value_set.as_deref() == Some("http://hl7.org/fhir/ValueSet/ucum-vitals-common|4.0.1")
}

impl NodeCheck for Binding {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let Some(binding) = &facts.element.binding else { return Vec::new() };
        let mut bindings = Vec::new();
        let mut add =
            |strength: Strength, canonical: &str| bindings.push(Self::new(strength, canonical, facts));
        let strength = match binding.strength.as_str() {
            // A known fault of 4.0.1; the HL7 validator weakens it too.
            "required" if is_of_vital_signs(facts, binding) => Some(Strength::Extensible),
            "required" => Some(Strength::Required),
            "extensible" => Some(Strength::Extensible),
            "preferred" => Some(Strength::Preferred),
            _ => None,
        };
        if let (Some(strength), Some(set)) = (strength, &binding.value_set) {
            add(strength, set);
        }
        if let Some(set) = &binding.max_value_set {
            add(Strength::Max, set);
        }
        for further in &binding.additional {
            match further.purpose.as_str() {
                "required" => add(Strength::Required, &further.value_set),
                "maximum" => add(Strength::Max, &further.value_set),
                "extensible" => add(Strength::Extensible, &further.value_set),
                "preferred" => add(Strength::Preferred, &further.value_set),
                _ => {}
            }
        }
        bindings
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&required::RULE, &extensible::RULE, &preferred::RULE, &max_value_set::RULE, &no_code::RULE]
    }

    fn order(&self) -> u8 {
        10 + self.strength as u8
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let Some(coded) = Coded::of(site.state.type_name, self.binds_text) else { return };
        if site.node.is_absent() || site.node.is_null() || self.is_told(coded, site.node, walk) {
            return;
        }
        let automaton = walk.automaton();
        let set =
            self.set.get_or_init(|| automaton.source.definitions().code_set(&self.canonical, &self.scope));
        let Some(set) = set else {
            walk.scratch().checked.note_value_set(&self.canonical);
            return;
        };
        let work_out = || coded.look(site.node, set).answer(self.strength);
        match walk.scratch().answers.get(self.number, site.node.raw(), work_out) {
            Answer::Good => {}
            Answer::Unverifiable => walk.scratch().checked.note_value_set(&self.canonical),
            Answer::Wrong => self.tell(coded, set, site, asked_by, walk),
        }
    }
}

impl Binding {
    fn new(strength: Strength, canonical: &str, facts: &ElementFacts<'_>) -> Self {
        let definitions = facts.facts.source.definitions();
        let found = definitions.resolve(Sort::ValueSet, canonical, facts.facts.scope);
        let types = &facts.element.types;
        let is_of_codes = |name: &str| matches!(name, "code" | "Coding" | "CodeableConcept" | "Quantity");
        Self {
            strength,
            canonical: canonical.into(),
            scope: facts.facts.scope.clone(),
            definition: found.map(|found| found.id),
            binds_text: !types.iter().any(|one| is_of_codes(&one.code)),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            set: Arc::default(),
        }
    }

    /// Whether a stronger rule has said that the code is wrong. That a coding is unknown is not the same as having no
    /// code of a required set, so of those both are told, each at its place.
    fn is_told<'t>(&self, coded: Coded, node: Node<'t>, walk: &Walk<'_, '_, 't>) -> bool {
        let is_weak = matches!(self.strength, Strength::Extensible | Strength::Preferred);
        let mut codings = node.get("coding").items();
        walk.is_code_told(node)
            || (is_weak && coded == Coded::Concept && codings.any(|coding| walk.is_code_told(coding)))
    }

    #[cold]
    fn tell<'t>(
        &self,
        coded: Coded,
        set: &CodeSet,
        site: &Site<'_, 't>,
        asked_by: &[Member],
        walk: &mut Walk<'_, '_, 't>,
    ) {
        walk.tell_code(site.node);
        let node = site.node;
        if matches!(coded.look(node, set), Found::NoCode) {
            let severity = match self.strength {
                Strength::Required => Severity::Error,
                _ => Severity::Warning,
            };
            walk.report_as(&no_code::RULE, severity, node.span(), site.cursor, asked_by, |path| {
                let name = set_name(set);
                let id = match severity {
                    Severity::Error => "Terminology_TX_Code_ValueSet",
                    _ => "Terminology_TX_Code_ValueSet_Ext",
                };
                Fault::new(format!("`{path}`: has no code, expected one of {name}")).message_id(id)
            });
            return;
        }
        let rule = self.rule();
        walk.report(rule, node, site.cursor, asked_by, |path| {
            let fault = Fault::new(words(path, coded, node, set)).message_id(self.message_id(coded));
            let nearest = coded.only_code(node).and_then(|code| {
                fhirkit_definitions::types::nearest(&code, set.listing()?.iter().map(String::as_str))
                    .map(str::to_owned)
            });
            match nearest {
                Some(nearest) => fault.help(format!("did you mean `{nearest}`?")),
                None => fault,
            }
        });
    }

    fn rule(&self) -> &'static Rule {
        match self.strength {
            Strength::Required => &required::RULE,
            Strength::Max => &max_value_set::RULE,
            Strength::Extensible => &extensible::RULE,
            Strength::Preferred => &preferred::RULE,
        }
    }

    fn message_id(&self, coded: Coded) -> &'static str {
        match (coded, self.strength) {
            (Coded::Concept, Strength::Required) => "Terminology_TX_NoValid_1_CC",
            (Coded::Concept, Strength::Max) => "Terminology_TX_NoValid_7",
            (Coded::Concept, Strength::Extensible) => "Terminology_TX_NoValid_2_CC",
            (Coded::Concept, Strength::Preferred) => "Terminology_TX_NoValid_3_CC",
            (Coded::Coding | Coded::Quantity, Strength::Required) => "Terminology_TX_NoValid_12",
            (Coded::Coding | Coded::Quantity, Strength::Max) => "Terminology_TX_NoValid_10",
            (Coded::Coding | Coded::Quantity, Strength::Extensible) => "Terminology_TX_NoValid_13",
            (Coded::Coding | Coded::Quantity, Strength::Preferred) => "Terminology_TX_NoValid_14",
            (Coded::Text, Strength::Required) => "Terminology_TX_NoValid_16",
            (Coded::Text, Strength::Max) => "Terminology_TX_NoValid_11",
            (Coded::Text, Strength::Extensible) => "Terminology_TX_NoValid_17",
            (Coded::Text, Strength::Preferred) => "Terminology_TX_NoValid_18",
        }
    }
}

/// `"F" is not in administrative-gender (male, female, other, unknown)`
fn words(path: &str, coded: Coded, node: Node<'_>, set: &CodeSet) -> Message {
    let mut message = Message::new().text(format!("`{path}`: "));
    let mut count = 0;
    coded.for_each_code(node, &mut |system, code| {
        count += 1;
        let separator = if count == 1 { "\"" } else { "\", \"" };
        if count <= 3 {
            message = std::mem::take(&mut message).text(separator).code(code);
            if let Some(system) = system {
                message = std::mem::take(&mut message).text(" (").code(system).text(")");
            }
        }
    });
    let verb = match count {
        1 => "\" is not in ",
        2 | 3 => "\": none is in ",
        _ => "\" …: none is in ",
    };
    let message = message.text(verb).text(set_name(set));
    match set.listing() {
        Some(codes) => message.text(format!(" ({})", codes.join(", "))),
        None => message,
    }
}

/// What people call a value set: the end of its URL.
fn set_name(set: &CodeSet) -> &str {
    set.url().rsplit('/').next().unwrap_or_default()
}

impl Found {
    fn answer(self, strength: Strength) -> Answer {
        match self {
            Found::In => Answer::Good,
            Found::Unverifiable => Answer::Unverifiable,
            // These ask for nothing where there is no code.
            Found::NoCode if matches!(strength, Strength::Preferred | Strength::Max) => Answer::Good,
            Found::NoCode | Found::NotIn => Answer::Wrong,
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strength = match self.strength {
            Strength::Required => "required",
            Strength::Max => "at most",
            Strength::Extensible => "extensible",
            Strength::Preferred => "preferred",
        };
        write!(f, "bound {strength} {}", self.canonical)
    }
}
