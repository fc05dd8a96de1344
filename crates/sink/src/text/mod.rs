//! Batches to bytes of CSV or NDJSON, a row at a time.

mod csv;
mod ndjson;

use arrow_array::{ArrayRef, RecordBatch};

use crate::cells::{Cell, Cells, list_text, push_json_list};
use crate::column::Column;
use crate::error::{Error, Kind};
use crate::misfit::{Misfit, Reason};
use crate::options::Format;
use crate::values::Fault;

pub(crate) use self::csv::Csv;
pub(crate) use self::ndjson::Ndjson;

/// What a text format prints in one cell.
pub(crate) enum Shown<'a> {
    Null,
    /// A value that is not of the column's type: its text.
    Misfit(&'a str),
    /// The JSON text of a list.
    Json(String),
    Cell(Cell<'a>),
}

/// How a text format writes rows. Cells come in the order of the columns.
pub(crate) trait RowFormat {
    /// What stands at the front of each file.
    fn header(&self) -> Vec<u8>;
    /// Appends the cell of column `index`, with what separates it from the one before.
    fn cell(&self, out: &mut Vec<u8>, index: usize, column: &Column, shown: &Shown<'_>);
    /// Appends what ends a row.
    fn end(&self, out: &mut Vec<u8>);
}

/// The text format of `format` for these columns; `None` for Parquet.
pub(crate) fn row_format(format: &Format, columns: &[Column]) -> Option<Box<dyn RowFormat + Send + Sync>> {
    match format {
        Format::Parquet(_) => None,
        Format::Csv(options) => Some(Box::new(Csv::new(options, columns))),
        Format::Ndjson => Some(Box::new(Ndjson::new(columns))),
    }
}

/// Rows as text, and where each row ends.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<usize>,
}

impl Lines {
    /// The bytes of one row, with what ends it.
    pub(crate) fn line(&self, row: usize) -> &[u8] {
        self.run(row, row + 1)
    }

    /// The bytes of the rows from `first` up to, not including, `end`.
    pub(crate) fn run(&self, first: usize, end: usize) -> &[u8] {
        let at = |row: usize| if row == 0 { 0 } else { self.ends.get(row - 1).copied().unwrap_or(0) };
        self.bytes.get(at(first)..at(end)).unwrap_or_default()
    }
}

/// Writes all rows of the batch. `given` are the misfits that came with it; what does not fit the
/// type of its column is added to them, and its text stands in its cell.
pub(crate) fn lines(
    table: &str,
    format: &dyn RowFormat,
    columns: &[Column],
    record: &RecordBatch,
    misfits: &mut Vec<Misfit>,
) -> Result<Lines, Error> {
    let cells: Option<Vec<_>> = record.columns().iter().map(|array| Cells::of(array.as_ref())).collect();
    let cells = cells
        .ok_or_else(|| Error::new(Kind::Schema, format!("a batch of table `{table}` has an unknown type")))?;
    let mut given = std::mem::take(misfits);
    given.sort_by_key(|misfit| (misfit.row, misfit.column));
    let mut next = 0;
    let mut lines = Lines::default();
    for row in 0..record.num_rows() {
        for (index, (column, cells)) in columns.iter().zip(&cells).enumerate() {
            let place = (row as u32, index as u32);
            while given.get(next).is_some_and(|misfit| (misfit.row, misfit.column) < place) {
                next += 1;
            }
            let known = given.get(next).filter(|misfit| (misfit.row, misfit.column) == place);
            let mut judge = Judge { column, place, found: misfits };
            let shown = match cells.at(row) {
                Cell::Null => known.map_or(Shown::Null, |misfit| given_misfit(column, misfit)),
                Cell::Text(text) if column.is_checked() => judge.text(text),
                Cell::List(items) => judge.list(&items),
                other => Shown::Cell(other),
            };
            format.cell(&mut lines.bytes, index, column, &shown);
        }
        format.end(&mut lines.bytes);
        lines.ends.push(lines.bytes.len());
    }
    misfits.extend(given);
    Ok(lines)
}

/// Two values in a cell for one are shown by no format; any other misfit shows its text, which of a list is JSON.
fn given_misfit<'m>(column: &Column, misfit: &'m Misfit) -> Shown<'m> {
    match misfit.reason {
        Reason::Ambiguous => Shown::Null,
        _ if column.list => Shown::Json(misfit.text.clone()),
        Reason::Unfit | Reason::Partial => Shown::Misfit(&misfit.text),
    }
}

/// Judges the cells of a column that has a grammar, as Parquet's typed columns do.
struct Judge<'a> {
    column: &'a Column,
    place: (u32, u32),
    found: &'a mut Vec<Misfit>,
}

impl Judge<'_> {
    fn text<'t>(&mut self, text: &'t str) -> Shown<'t> {
        match self.column.check(text) {
            Ok(fit) => Shown::Cell(Cell::Text(text.get(..fit.shown).unwrap_or(text))),
            Err(fault) => {
                self.report(fault, text.to_owned());
                Shown::Cell(Cell::Text(text))
            }
        }
    }

    fn list(&mut self, items: &ArrayRef) -> Shown<'static> {
        let column = self.column;
        let mut out = Vec::new();
        let mut fault = None;
        if column.is_checked()
            && let Some(Cells::Text(texts)) = Cells::of(items.as_ref())
        {
            fault = texts.iter().flatten().find_map(|text| column.check(text).err());
        }
        match fault {
            None => push_json_list(&mut out, column, items, |text| {
                column.check(text).map_or(text.len(), |fit| fit.shown)
            }),
            Some(fault) => {
                let text = list_text(column, items);
                self.report(fault, text.clone());
                out = text.into_bytes();
            }
        }
        Shown::Json(String::from_utf8_lossy(&out).into_owned())
    }

    fn report(&mut self, fault: Fault, text: String) {
        let (row, column) = self.place;
        let (reason, expected) = (fault.reason, fault.expected);
        self.found.push(Misfit { row, column, reason, text, expected });
    }
}
