//! Which documents are let into the tables, and what is said of the others.

use fhirkit_definitions::{Definitions, TypeId};
use fhirkit_issue::{Issue, from_source, rules};
use fhirkit_tape::Node;

use crate::elements::elements;

/// What becomes of one document before any view sees it.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It is an R4 resource of this type.
    Resource(TypeId),
    /// An OperationOutcome: reported, never a row.
    OperationOutcome(Outcome),
    /// It is STU3 or DSTU2: refused.
    NotR4(String),
    /// It is no R4 resource: rejected under this rule, with a message and maybe advice.
    Rejected { rule: &'static str, message: String, help: Option<String> },
}

/// What an OperationOutcome says, as far as it is repeated: codes, never its free text, which may name a patient.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Whether one of its issues is fatal: what was sent is partial.
    pub(crate) fatal: bool,
    /// Whether one of them is an error, or fatal.
    pub(crate) failed: bool,
    /// Severity, code and coded details of its gravest issue.
    pub(crate) summary: String,
}

impl Outcome {
    /// What is said of it, without its place.
    pub(crate) fn issue(&self) -> Issue {
        let rule = if self.fatal { &rules::IO_PARTIAL } else { &rules::IO_OPERATION_OUTCOME };
        Issue::new(rule, format!("the sender reports: {}", self.summary))
    }
}

/// Decides on one document.
pub(crate) fn admit(definitions: &Definitions, resource: Node<'_>) -> Admission {
    if !resource.is_object() {
        return Admission::Rejected {
            rule: "structure/expected-object",
            message: "expected a resource, found JSON that is not an object".to_owned(),
            help: None,
        };
    }
    let named = resource.get("resourceType");
    let Some(name) = named.as_str() else {
        let found =
            if named.is_absent() { "no `resourceType`" } else { "a `resourceType` that is no string" };
        return Admission::Rejected {
            rule: "structure/no-type",
            message: format!("expected a resource, found an object with {found}"),
            help: None,
        };
    };
    if let Some(reason) = fhirkit_definitions::refused::not_r4(definitions.types(), resource) {
        return Admission::NotR4(reason.to_string());
    }
    let types = definitions.types();
    match types.type_named(&name).filter(|found| types.is_resource(*found)) {
        Some(_) if name == "OperationOutcome" => Admission::OperationOutcome(outcome(resource)),
        Some(found) => Admission::Resource(found),
        None => unknown_type(definitions, &name),
    }
}

fn unknown_type(definitions: &Definitions, name: &str) -> Admission {
    let issue = from_source::unknown_type(name, definitions.types().nearest_type(name));
    Admission::Rejected { rule: "structure/unknown-type", message: issue.message, help: issue.help }
}

/// Reads an OperationOutcome. Some senders write its codes in capitals.
pub(crate) fn outcome(resource: Node<'_>) -> Outcome {
    let rank = |severity: &str| {
        let known = ["information", "warning", "error", "fatal"];
        known.iter().position(|known| known.eq_ignore_ascii_case(severity))
    };
    let mut gravest: Option<(Option<usize>, String)> = None;
    for issue in elements(resource.get("issue")) {
        let severity = code(issue.get("severity"));
        let rank = rank(&severity);
        if gravest.as_ref().is_some_and(|(known, _)| *known >= rank) {
            continue;
        }
        let mut summary = format!("{severity}, {}", code(issue.get("code")));
        let details = issue.get("details").get("coding").item(0).get("code");
        if !details.is_absent() {
            summary.push_str(", ");
            summary.push_str(&code(details));
        }
        gravest = Some((rank, summary));
    }
    let (rank, summary) = gravest.unwrap_or((None, "without an issue".to_owned()));
    Outcome { fatal: rank == Some(3), failed: rank >= Some(2), summary }
}

/// A code, cut to a length at which it cannot be a text.
fn code(node: Node<'_>) -> String {
    node.as_str().map_or_else(|| "no code".to_owned(), |text| text.chars().take(40).collect())
}
