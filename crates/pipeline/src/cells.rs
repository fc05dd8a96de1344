//! Cells that are null in a typed column although the data has something there: the lines of `_issues.ndjson`.

use fhirkit_issue::{CellIssue, Issue, rules};
use fhirkit_sink::{Misfit, Piece, Reason};
use fhirkit_source::{Chunk, Document};
use fhirkit_tape::Tape;

use crate::place;
use crate::tables::Table;

/// One such cell; its row counts within the piece until the collector knows where the piece stands.
pub(crate) struct PendingCell {
    pub(crate) table: usize,
    pub(crate) row: u64,
    /// The folder of its partition, in which its row counts; the collector knows.
    pub(crate) part: Option<String>,
    column: u32,
    pub(crate) field: String,
    pub(crate) reason: Reason,
    text: String,
    issue: Issue,
}

impl PendingCell {
    /// What puts the cells of a chunk in order: the place of the resource, then table, row and column.
    pub(crate) fn order(&self) -> (Option<u64>, usize, u64, u32) {
        (self.issue.byte, self.table, self.row, self.column)
    }

    /// Where the resource begins.
    pub(crate) fn byte(&self) -> Option<u64> {
        self.issue.byte
    }

    /// Writes the line of `_issues.ndjson`.
    pub(crate) fn write(&self, table: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let PendingCell { row, part, field, text, issue, .. } = self;
        let line = CellIssue { table, row: *row, part: part.as_deref(), field, text, issue };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    }
}

/// The view's misfit as the sink takes it.
pub(crate) fn for_sink(misfit: fhirkit_view::Misfit) -> Misfit {
    let reason = match misfit.reason {
        fhirkit_view::Reason::Ambiguous => Reason::Ambiguous,
        fhirkit_view::Reason::Unfit => Reason::Unfit,
    };
    Misfit { row: misfit.row, column: misfit.column, reason, text: misfit.text, expected: misfit.expected }
}

/// Takes the misfits out of a converted piece and puts the place of their resource to them.
pub(crate) fn pending(
    piece: &mut Piece,
    at: usize,
    row_entry: &[u32],
    table: &Table,
    tape: &Tape,
    chunk: &Chunk,
    documents: &[Document],
) -> Vec<PendingCell> {
    let schema = table.view.schema();
    let misfits = std::mem::take(&mut piece.misfits);
    let mut found = Vec::with_capacity(misfits.len());
    for misfit in misfits {
        let document = row_entry.get(misfit.row as usize).and_then(|entry| documents.get(*entry as usize));
        let field = schema
            .fields()
            .get(misfit.column as usize)
            .map_or_else(String::new, |field| field.name().clone());
        let Some(document) = document else { continue };
        let (rule, message) = match misfit.reason {
            Reason::Ambiguous => (&rules::VIEW_AMBIGUOUS, "expected one value, found several".to_owned()),
            _ => (&rules::VIEW_UNFIT, format!("expected {}", misfit.expected)),
        };
        let resource = tape.node(document.root);
        let type_name = resource.get("resourceType").as_str().unwrap_or_default();
        let id = resource.get("id").as_str().map(|id| id.into_owned());
        let mut expression = document.expression(&type_name);
        if let Some(element) = table.element(&field) {
            expression.push('.');
            expression.push_str(element);
        }
        let issue = place::locate(Issue::new(rule, message), chunk, document)
            .of_resource(type_name, id)
            .with_expression(expression);
        found.push(PendingCell {
            table: at,
            row: u64::from(misfit.row),
            part: None,
            column: misfit.column,
            field,
            reason: misfit.reason,
            text: misfit.text,
            issue,
        });
    }
    found
}
