//! Rows of one view, gathered document by document and given away as a batch.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::ArrowError;
use fhirkit_tape::{Node, NodeId, Tape};

use crate::batch::Batch;
use crate::cell::{Cell, Range};
use crate::columns::{self, Store};
use crate::error::{Kind, RowError};
use crate::lineage;
use crate::memo::Memo;
use crate::place::Place;
use crate::plan::{ColumnPlan, Plan};
use crate::recall::Recall;
use crate::run;
use crate::scratch::Scratch;
use crate::steps::Reached;
use crate::view::{Body, View};

/// Bytes of cells and of computed text that one resource may give; beyond it a cross product has run away.
const MAX_BYTES: usize = 1 << 26;
const MAX_CELLS: usize = MAX_BYTES / size_of::<Cell>();
/// Bytes of text that the rows of one resource may repeat.
const MAX_TEXT: usize = 1 << 30;
/// Below this product of rows and bytes nobody needs to count.
const SURELY_SMALL: usize = 1 << 28;

/// After so many chunks without a row, what was kept for the next one is given back.
const PATIENCE: u8 = 4;

/// Rows of one view; one for each worker and view, reused from chunk to chunk.
#[derive(Debug, Default)]
pub struct Rows {
    /// Row after row, as many cells as the view has columns of its own.
    cells: Vec<Cell>,
    /// Computed texts.
    arena: String,
    /// Items of `collection: true` cells.
    lists: Vec<Cell>,
    /// Documents that have rows.
    places: Vec<Place>,
    /// For each row its document among `places`.
    row_place: Vec<u32>,
    /// The row being made.
    pub(crate) row: Vec<Cell>,
    /// Members of the element that a level stands on, by slot.
    pub(crate) members: Vec<NodeId>,
    /// What the stems of the level reach on it.
    pub(crate) stems: Vec<Reached>,
    /// Cells that are computed once a document.
    pub(crate) cache: Vec<Option<Cell>>,
    /// What the conditions of the plan's families said before, and which plan that is.
    pub(crate) memos: Vec<Memo>,
    pub(crate) recalls: Vec<Recall>,
    plan: u64,
    /// Tells the document being read from every other one since the rows began, from 1.
    pub(crate) document: u64,
    /// Rows of the document being read.
    document_rows: usize,
    /// Length of the computed texts when it began.
    document_arena: usize,
    /// Chunks in a row that had none for this view.
    idle: u8,
}

impl Rows {
    /// No rows yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows gathered since the last [`finish`](Rows::finish).
    pub fn row_count(&self) -> usize {
        self.row_place.len()
    }

    /// Adds the rows that the view makes of a resource, and says how many. None when the resource is of another type or
    /// does not meet the view's `where`.
    ///
    /// The tape must be the one that [`finish`](Rows::finish) gets: cells hold places on it.
    ///
    /// # Errors
    /// When the resource breaks a rule of the view (two values in a column, an expression that fails, rows without
    /// measure). Then it gives no row; the rows of other resources stand. Built-in tables only know the last one.
    pub fn append(
        &mut self,
        view: &View,
        tape: &Tape,
        root: NodeId,
        place: &Place,
        scratch: &mut Scratch,
    ) -> Result<usize, RowError> {
        let before = (self.cells.len(), self.arena.len(), self.lists.len(), self.row_place.len());
        self.document_rows = 0;
        self.document_arena = self.arena.len();
        self.document += 1;
        let node = tape.node(root);
        let result = match &view.body {
            Body::Plan(plan) => run::document(view, plan, node, self, scratch),
            Body::Other(other) => other.append(view, node, self, scratch),
        };
        let result = result.and_then(|()| self.check_size(view, node, before.0));
        if let Err(error) = result {
            self.cells.truncate(before.0);
            self.arena.truncate(before.1);
            self.lists.truncate(before.2);
            self.row_place.truncate(before.3);
            return Err(error);
        }
        if self.document_rows > 0 {
            self.places.push(place.clone());
        }
        Ok(self.document_rows)
    }

    /// Takes back the rows of the resource that was appended last, as another view refuses it.
    pub fn take_back(&mut self, view: &View) {
        if std::mem::take(&mut self.document_rows) == 0 {
            return;
        }
        self.places.pop();
        let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let rows = self.row_place.partition_point(|known| *known < place);
        self.row_place.truncate(rows);
        self.cells.truncate(rows * view.columns().len());
    }

    /// Memos are of one plan; another one starts with empty ones.
    pub(crate) fn remember(&mut self, plan: &Plan) {
        if self.plan != plan.id {
            self.plan = plan.id;
            self.memos.clear();
            self.memos.resize_with(plan.memo_count, Memo::default);
            self.recalls.clear();
            self.recalls.resize_with(plan.recall_count, Recall::default);
        }
    }

    /// Ends the row being made.
    pub(crate) fn end_row(&mut self, view: &View, node: Node<'_>) -> Result<(), RowError> {
        let is_full = self.document_rows.saturating_mul(self.row.len()) >= MAX_CELLS;
        if is_full || self.arena.len().saturating_sub(self.document_arena) > MAX_BYTES {
            let what = if is_full { "cells" } else { "computed text" };
            let message =
                format!("{} rows of one resource hold more than 64 MiB of {what}", self.document_rows + 1);
            return Err(RowError::new(Kind::TooManyRows, message, &view.name, None, run::name_of(node)));
        }
        self.cells.extend_from_slice(&self.row);
        self.row_place.push(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
        self.document_rows += 1;
        Ok(())
    }

    /// A long text repeated on many rows would outgrow any memory.
    fn check_size(&self, view: &View, node: Node<'_>, from: usize) -> Result<(), RowError> {
        let document = node.span().len() as usize;
        if self.document_rows.saturating_mul(document) <= SURELY_SMALL {
            return Ok(());
        }
        let tape = node.tape();
        let sizes = self.cells[from..].iter().map(|cell| match cell {
            Cell::Node(id) => tape.node(*id).span().len() as usize,
            Cell::Text(range) | Cell::Decimal(range) | Cell::Ambiguous(range) | Cell::Failed(range) => {
                range.of().len()
            }
            _ => 0,
        });
        if sizes.sum::<usize>() <= MAX_TEXT {
            return Ok(());
        }
        let message =
            format!("the {} rows of one resource repeat more than 1 GiB of text", self.document_rows);
        Err(RowError::new(Kind::TooManyRows, message, &view.name, None, run::name_of(node)))
    }

    /// Puts a computed text into the arena.
    pub(crate) fn text(&mut self, write: impl FnOnce(&mut String)) -> Range {
        let start = self.arena.len();
        write(&mut self.arena);
        Range { start: offset(start), end: offset(self.arena.len()) }
    }

    /// A computed text.
    pub(crate) fn written(&self, range: Range) -> &str {
        self.arena.get(range.of()).unwrap_or_default()
    }

    /// Puts the items of a list cell.
    pub(crate) fn list(&mut self, fill: impl FnOnce(&mut Self)) -> Cell {
        let start = self.lists.len();
        fill(self);
        Cell::List(Range { start: offset(start), end: offset(self.lists.len()) })
    }

    pub(crate) fn push_item(&mut self, cell: Cell) {
        self.lists.push(cell);
    }

    /// The rows as a batch; afterwards there are none, and the memory is kept for the next chunk.
    ///
    /// # Errors
    /// When Arrow refuses the columns, which would be a fault of ours.
    pub fn finish(&mut self, view: &View, tape: &Tape) -> Result<Batch, ArrowError> {
        let row_count = self.row_count();
        let mut misfits = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(view.schema.fields().len());
        let store = Store { tape, arena: &self.arena, lists: &self.lists };
        let plans = view.columns();
        let width = plans.len();
        for (at, ColumnPlan { kind, .. }) in plans.iter().enumerate() {
            let cells = (0..row_count).map(|row| self.cells[row * width + at]);
            let field = &view.schema.fields()[at];
            arrays.push(columns::build(store, offset(at), kind, field, cells, &mut misfits));
        }
        let places = self.row_place.iter().map(|place| &self.places[*place as usize]);
        if view.options.built_in {
            arrays.push(lineage::not_contained(row_count));
        }
        if view.options.lineage {
            arrays.extend(lineage::arrays(places.clone()));
        }
        let row_entry = places.map(|place| place.entry).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(row_count));
        let record = RecordBatch::try_new_with_options(Arc::clone(&view.schema), arrays, &options)?;
        // Columns were built one after the other; readers want rows.
        misfits.sort_by_key(|misfit| (misfit.row, misfit.column));
        self.clear();
        self.idle = 0;
        Ok(Batch { record, row_entry, misfits })
    }

    /// Says that a chunk has ended without a row. After a few of these, which is where one type of resource follows
    /// another, the memory and all that was remembered is given back.
    pub fn rest(&mut self) {
        self.idle = self.idle.saturating_add(1);
        if self.idle == PATIENCE {
            *self = Rows { idle: self.idle, ..Rows::default() };
        }
    }

    /// Forgets the rows, keeps the memory.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.arena.clear();
        self.lists.clear();
        self.places.clear();
        self.row_place.clear();
    }
}

impl View {
    pub(crate) fn columns(&self) -> &[ColumnPlan] {
        match &self.body {
            Body::Plan(plan) => &plan.columns,
            Body::Other(other) => &other.columns,
        }
    }
}

/// Chunks are below 4 GiB, and so is what is computed from one.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
