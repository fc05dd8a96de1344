//! What the inputs themselves tell, apart from their resources: how many there are, which hold no FHIR, which are
//! known to be partial.

use std::sync::Arc;

use fhirkit_issue::{Issue, Severity, from_source, rules};
use fhirkit_source::{Event, Reject};

use crate::envelopes::Pages;
use crate::report::Incomplete;

/// The counts, in input order.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// Inputs begun.
    pub(crate) inputs: u64,
    /// Inputs that hold no FHIR.
    pub(crate) unreadable_inputs: u64,
    /// Inputs and records that are known to be partial.
    pub(crate) incomplete: Vec<Incomplete>,
    /// The Bundles among them.
    pub(crate) pages: Pages,
    /// Issues about inputs that hold no FHIR: how grave they are depends on whether another input does.
    held: Vec<Issue>,
}

impl Intake {
    /// Takes an event. Returns an issue that is to be told at once.
    pub(crate) fn event(&mut self, file: &Arc<str>, event: Event) -> Option<Issue> {
        match event {
            Event::InputStart => self.inputs += 1,
            Event::Empty => {
                self.unreadable_inputs += 1;
                self.held.push(from_source::empty(file));
            }
            Event::NotFhir { what, begins } => {
                self.unreadable_inputs += 1;
                self.held.push(from_source::not_fhir(file, what, &begins));
            }
            Event::Warning { rule, message, byte, line } => {
                let mut issue =
                    Issue::new(rules::find(rule)?, message).in_file(Arc::clone(file)).at_byte(byte);
                issue.line = Some(line);
                return Some(issue);
            }
            _ => {}
        }
        None
    }

    /// Takes a reject: it may say that its input is partial.
    pub(crate) fn reject(&mut self, reject: &Reject) {
        if reject.incomplete {
            self.incomplete
                .push(Incomplete { file: reject.input.to_string(), reason: reject.message.clone() });
        }
    }

    /// Takes a fatal OperationOutcome among the entries.
    pub(crate) fn fatal_outcome(&mut self, file: &Arc<str>, summary: &str) {
        let reason = format!("a fatal OperationOutcome among the entries ({summary})");
        self.incomplete.push(Incomplete { file: file.to_string(), reason });
    }

    /// What only the whole input tells: pages that never came.
    pub(crate) fn end(&mut self) {
        self.incomplete.extend(self.pages.missing());
    }

    /// What was said of inputs without FHIR: errors when nothing else was read; else an empty file, which bulk exports
    /// hold, is worth a warning.
    pub(crate) fn held(&mut self, nothing_readable: bool) -> Vec<Issue> {
        let mut held = std::mem::take(&mut self.held);
        for issue in &mut held {
            if !nothing_readable && issue.rule == rules::IO_EMPTY.id {
                issue.severity = Severity::Warning;
            }
        }
        held
    }
}
