//! Every Coding and every coded unit, whatever is bound to it: its system, whether that has the code, and what it
//! calls it.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#Coding>

use std::fmt;

use fhirkit_definitions::{CodeCheck, Definitions, KnownCode, Scope, Sort};
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{Message, Severity};
use fhirkit_tape::Node;

use super::{code_status, display, no_system, relative_system, unknown_code, value_set_as_system};
use crate::automaton::Member;
use crate::rules::answers::Answer;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// The rules about a code with its system.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coding {
    /// It is that of a Quantity's unit; that it has a system, an invariant says.
    is_unit: bool,
}

/// Bindings number their questions from 0; these are numbered by scope.
const QUESTION: u32 = 1 << 31;

impl NodeCheck for Coding {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        match facts.name {
            "Coding" => vec![Self { is_unit: false }],
            "Quantity" | "Age" | "Count" | "Distance" | "Duration" | "SimpleQuantity" | "MoneyQuantity" => {
                vec![Self { is_unit: true }]
            }
            _ => Vec::new(),
        }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![
            &relative_system::RULE,
            &value_set_as_system::RULE,
            &unknown_code::RULE,
            &display::RULE,
            &code_status::RULE,
            &no_system::RULE,
        ]
    }

    fn order(&self) -> u8 {
        20
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let definitions = walk.automaton().source.definitions();
        let scope = walk.scope().clone();
        let question = QUESTION | u32::try_from(scope.index()).unwrap_or_default();
        if self.is_unit && site.node.get("system").is_absent() {
            return;
        }
        let work_out = || Look::at(site.node, definitions, &scope).answer();
        match walk.scratch().answers.get(question, site.node.raw(), work_out) {
            Answer::Good => {}
            Answer::Unverifiable => {
                let system = site.node.get("system").as_str().unwrap_or_default();
                walk.scratch().checked.note_code_system(&system);
            }
            Answer::Wrong => tell(&Look::at(site.node, definitions, &scope), site, walk),
        }
    }
}

/// What a look at a coding finds.
enum Look {
    Good,
    NoSystem,
    RelativeSystem,
    ValueSet,
    NotHeld,
    Malformed,
    Unknown { version: Option<String>, nearest: Option<String> },
    WrongDisplay(KnownCode),
    Status(&'static str),
}

impl Look {
    fn at(node: Node<'_>, definitions: &Definitions, scope: &Scope) -> Self {
        let (system, code) = (node.get("system").as_str(), node.get("code").as_str());
        // In a system of URIs, HL7 has object identifiers without their scheme too.
        let is_bare_oid = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let Some(system) = system else {
            return if code.is_some() { Self::NoSystem } else { Self::Good };
        };
        if !is_absolute(&system) {
            return Self::RelativeSystem;
        }
        if definitions.is_value_set_url(&system) && definitions.versions(Sort::CodeSystem, &system).is_empty()
        {
            return Self::ValueSet;
        }
        // Of white space around a code another rule speaks.
        let Some(code) = code.filter(|code| code.trim() == code) else { return Self::Good };
        let version = node.get("version").as_str();
        match definitions.check_code(&system, &code, version.as_deref(), scope) {
            CodeCheck::Unverifiable(_) => Self::NotHeld,
            CodeCheck::Malformed if is_bare_oid(&code) => Self::NotHeld,
            CodeCheck::Malformed => Self::Malformed,
            CodeCheck::Unknown { version, nearest } => Self::Unknown { version, nearest },
            CodeCheck::Known(known) => Self::known(node, known),
        }
    }

    fn known(node: Node<'_>, known: KnownCode) -> Self {
        let display = node.get("display").as_str();
        if display.is_some_and(|display| !known.accepts_display(&display)) {
            return Self::WrongDisplay(known);
        }
        let code = known.code();
        if code.is_inactive {
            Self::Status("is retired")
        } else if code.is_deprecated {
            Self::Status("is deprecated")
        } else if code.is_abstract {
            Self::Status("only groups other codes")
        } else {
            Self::Good
        }
    }

    fn answer(&self) -> Answer {
        match self {
            Self::Good => Answer::Good,
            Self::NotHeld => Answer::Unverifiable,
            _ => Answer::Wrong,
        }
    }
}

/// Whether a URI begins with its scheme.
pub(crate) fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

#[cold]
fn tell<'t>(look: &Look, site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let node = site.node;
    let part = |name: &str| node.get(name).as_str().unwrap_or_default();
    let (system, code) = (part("system"), part("code"));
    let (rule, at) = match look {
        Look::Good | Look::NotHeld => return,
        Look::NoSystem => (&no_system::RULE, ""),
        Look::RelativeSystem => (&relative_system::RULE, ""),
        Look::ValueSet => (&value_set_as_system::RULE, "system"),
        Look::Malformed | Look::Unknown { .. } => (&unknown_code::RULE, "code"),
        Look::WrongDisplay(_) if is_foreign(walk) => return,
        Look::WrongDisplay(_) => (&display::RULE, "display"),
        Look::Status(_) => (&code_status::RULE, "code"),
    };
    if std::ptr::eq(rule, &unknown_code::RULE) {
        if walk.is_code_told(node) {
            return;
        }
        walk.tell_code(node);
    }
    let below = site.cursor.member(at);
    let (cursor, place) = if at.is_empty() { (site.cursor, node) } else { (&below, node.get(at)) };
    // One of several codings may be left alone, the only one may not.
    let is_one_of_several = rule.id == relative_system::RULE.id && site.key == "coding";
    let severity = if is_one_of_several { Severity::Warning } else { rule.severity };
    walk.report_as(rule, severity, place.span(), cursor, &[], |path| {
        let message = Message::new().text(format!("`{path}`: "));
        match look {
            Look::NoSystem => {
                Fault::new(message.text("\"").code(code).text("\" means nothing without a system"))
                    .message_id("Coding_has_no_system__cannot_validate")
            }
            Look::RelativeSystem => {
                let message = message.text("expected an absolute URI as system, found `").code(system);
                Fault::new(message.text("`")).message_id("Terminology_TX_System_Relative")
            }
            Look::ValueSet => {
                let message = message.text("`").code(system);
                let message = message.text("` is a value set, expected the code system of the code");
                Fault::new(message).message_id("Terminology_TX_System_ValueSet")
            }
            Look::WrongDisplay(known) => wrong_display(message, known, &part("display")),
            Look::Status(words) => {
                let message = message.text("\"").code(code).text(format!("\" {words} in "));
                Fault::new(message.code(system)).message_id("DEPRECATED_CONCEPT_FOUND")
            }
            _ => unknown(message.text("\"").code(code).text("\" is no code of ").code(system), look),
        }
    });
}

/// Displays are known in English.
fn is_foreign(walk: &Walk<'_, '_, '_>) -> bool {
    let language = walk.resource_node().get("language").as_str();
    language.is_some_and(|language| !language.starts_with("en"))
}

fn unknown(message: Message, look: &Look) -> Fault {
    let Look::Unknown { version, nearest } = look else {
        return Fault::new(message).message_id("Unknown_Code_in");
    };
    let message = match version {
        Some(version) => message.text(format!("|{version}")),
        None => message,
    };
    let fault = Fault::new(message).message_id("Unknown_Code_in_Version");
    match nearest {
        Some(nearest) => fault.help(format!("did you mean `{nearest}`?")),
        None => fault,
    }
}

fn wrong_display(message: Message, known: &KnownCode, found: &str) -> Fault {
    let right: Vec<String> = known.displays().take(3).map(|display| format!("\"{display}\"")).collect();
    let message = message.text(format!("expected {} for ", right.join(" or ")));
    let message = message.code(&known.code().code).text(", found \"").value(found).text("\"");
    Fault::new(message).message_id("Display_Name_for__should_be_one_of__instead_of")
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coding")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_absolute_uri_has_a_scheme() {
        for uri in ["http://loinc.org", "urn:oid:1.2", "https://x"] {
            assert!(super::is_absolute(uri), "{uri}");
        }
        for uri in ["testTag", "//x", "1a:b", "a b:c"] {
            assert!(!super::is_absolute(uri), "{uri}");
        }
    }
}
