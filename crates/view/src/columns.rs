//! From cells to Arrow arrays: one small writer an Arrow type, chosen once a column.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, BooleanBuilder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, GenericListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, FieldRef};
use fhirkit_tape::{Kind as Json, Node, Tape};

use crate::batch::{Misfit, Reason};
use crate::cell::Cell;
use crate::dates::{Shape, shape};
use crate::types::{Carrier, ColumnType, DateRule};

/// What the cells point into.
#[derive(Clone, Copy)]
pub(crate) struct Store<'s> {
    pub(crate) tape: &'s Tape,
    pub(crate) arena: &'s str,
    pub(crate) lists: &'s [Cell],
}

impl Store<'_> {
    /// Bytes that the text of a cell takes, or a few more.
    fn size(self, cell: Cell) -> usize {
        match cell {
            Cell::Node(id) => self.tape.node(id).span().len() as usize,
            Cell::Text(range) | Cell::Decimal(range) => range.of().len(),
            _ => 0,
        }
    }
}

/// What a cell has for its column.
enum Fit<'s> {
    Null,
    Text(Cow<'s, str>),
    Integer(i64),
    Boolean(bool),
    Unfit(Cow<'s, str>),
}

/// Builds the array of column number `column`; what does not fit goes to `misfits`.
pub(crate) fn build(
    store: Store<'_>,
    column: u32,
    kind: &ColumnType,
    field: &FieldRef,
    cells: impl ExactSizeIterator<Item = Cell> + Clone,
    misfits: &mut Vec<Misfit>,
) -> ArrayRef {
    let row_count = cells.len();
    let mut writer =
        Writer::new(kind.carrier, row_count, || cells.clone().map(|cell| store.size(cell)).sum());
    let mut misfit = |row: usize, reason: Reason, text: &str| {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        misfits.push(Misfit {
            row,
            column,
            reason,
            text: text.to_owned(),
            expected: kind.carrier.expected(),
        });
    };
    let DataType::List(item) = field.data_type() else {
        for (row, cell) in cells.enumerate() {
            if writer.put_plain(store, kind, cell) {
                continue;
            }
            match cell {
                Cell::Ambiguous(range) => {
                    writer.put(Fit::Null);
                    misfit(row, Reason::Ambiguous, &store.arena[range.of()]);
                }
                cell => {
                    if let Some(text) = writer.put(fit(store, kind, cell)) {
                        misfit(row, Reason::Unfit, &text);
                    }
                }
            }
        }
        return writer.finish();
    };
    let mut offsets = vec![0i32];
    let mut valid = Vec::with_capacity(row_count);
    for (row, cell) in cells.enumerate() {
        let one = [cell];
        let items = match cell {
            Cell::Absent => &[][..],
            Cell::List(range) => &store.lists[range.of()],
            _ => &one[..],
        };
        // One item that does not fit makes its whole list not fit: a list with a hole would have lost which of its
        // items the text belongs to.
        let fits = items.iter().all(|item| writer.takes(&fit(store, kind, *item)));
        if fits {
            for item in items {
                writer.put(fit(store, kind, *item));
            }
        } else {
            misfit(row, Reason::Unfit, &list_text(store, items));
        }
        valid.push(fits && cell != Cell::Absent);
        offsets.push(i32::try_from(writer.len()).unwrap_or(i32::MAX));
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Arc::new(GenericListArray::new(Arc::clone(item), offsets, writer.finish(), Some(NullBuffer::from(valid))))
}

/// One builder of the column's Arrow type.
enum Writer {
    Text(StringBuilder),
    Boolean(BooleanBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
}

impl Writer {
    fn new(carrier: Carrier, row_count: usize, bytes: impl FnOnce() -> usize) -> Self {
        match carrier {
            Carrier::Boolean => Self::Boolean(BooleanBuilder::with_capacity(row_count)),
            Carrier::Int32 => Self::Int32(Int32Builder::with_capacity(row_count)),
            Carrier::Int64 => Self::Int64(Int64Builder::with_capacity(row_count)),
            _ => Self::Text(StringBuilder::with_capacity(row_count, bytes())),
        }
    }

    /// Appends what most cells of text columns are: nothing, or a string without escapes.
    #[inline(always)]
    fn put_plain(&mut self, store: Store<'_>, kind: &ColumnType, cell: Cell) -> bool {
        let (Self::Text(builder), Carrier::Text) = (self, kind.carrier) else { return false };
        match cell {
            Cell::Absent => builder.append_null(),
            Cell::Node(id) => match store.tape.node(id).escaped_str() {
                Some((text, false)) => builder.append_value(text),
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    /// Whether [`put`](Self::put) would append the value, or a null that was one.
    fn takes(&self, fit: &Fit<'_>) -> bool {
        match (self, fit) {
            (Self::Int32(_), Fit::Integer(value)) => i32::try_from(*value).is_ok(),
            (_, Fit::Null)
            | (Self::Text(_), Fit::Text(_))
            | (Self::Boolean(_), Fit::Boolean(_))
            | (Self::Int64(_), Fit::Integer(_)) => true,
            _ => false,
        }
    }

    /// Appends the value, or null and gives the text of what does not fit.
    fn put<'s>(&mut self, fit: Fit<'s>) -> Option<Cow<'s, str>> {
        match (self, fit) {
            (Self::Text(builder), Fit::Text(text)) => builder.append_value(text),
            (Self::Boolean(builder), Fit::Boolean(value)) => builder.append_value(value),
            (Self::Int64(builder), Fit::Integer(value)) => builder.append_value(value),
            (Self::Int32(builder), Fit::Integer(value)) => match i32::try_from(value) {
                Ok(value) => builder.append_value(value),
                Err(_) => {
                    builder.append_null();
                    return Some(Cow::Owned(value.to_string()));
                }
            },
            (writer, other) => {
                writer.put_null();
                return match other {
                    Fit::Null => None,
                    Fit::Unfit(text) | Fit::Text(text) => Some(text),
                    Fit::Integer(value) => Some(Cow::Owned(value.to_string())),
                    Fit::Boolean(value) => Some(Cow::Owned(value.to_string())),
                };
            }
        }
        None
    }

    fn put_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Int32(builder) => builder.append_null(),
            Self::Int64(builder) => builder.append_null(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(builder) => builder.len(),
            Self::Boolean(builder) => builder.len(),
            Self::Int32(builder) => builder.len(),
            Self::Int64(builder) => builder.len(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Int32(mut builder) => Arc::new(builder.finish()),
            Self::Int64(mut builder) => Arc::new(builder.finish()),
        }
    }
}

/// A list as JSON: scalars as they stand, anything larger as the string of its JSON.
fn list_text(store: Store<'_>, items: &[Cell]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let item = |item: &Cell| match *item {
        Cell::Absent | Cell::List(_) => "null".to_owned(),
        Cell::Node(id) => {
            let node = store.tape.node(id);
            match node.kind() {
                Json::Array | Json::Object => quoted(node.raw_str()),
                Json::Absent => "null".to_owned(),
                _ => node.raw_str().to_owned(),
            }
        }
        Cell::Text(range) | Cell::Ambiguous(range) | Cell::Failed(range) => quoted(&store.arena[range.of()]),
        Cell::Integer(value) => value.to_string(),
        Cell::Decimal(range) => store.arena[range.of()].to_owned(),
        Cell::Boolean(value) => value.to_string(),
    };
    format!("[{}]", items.iter().map(item).collect::<Vec<_>>().join(","))
}

fn fit<'s>(store: Store<'s>, kind: &ColumnType, cell: Cell) -> Fit<'s> {
    match cell {
        Cell::Absent | Cell::List(_) | Cell::Ambiguous(_) => Fit::Null,
        Cell::Failed(range) => Fit::Unfit(Cow::Borrowed(&store.arena[range.of()])),
        Cell::Node(id) => fit_node(kind, store.tape.node(id)),
        Cell::Boolean(value) => match kind.carrier {
            Carrier::Text | Carrier::Json => Fit::Text(Cow::Borrowed(if value { "true" } else { "false" })),
            _ => Fit::Boolean(value),
        },
        Cell::Integer(value) => match kind.carrier {
            Carrier::Int32 | Carrier::Int64 => Fit::Integer(value),
            Carrier::Text | Carrier::Decimal | Carrier::Json => Fit::Text(Cow::Owned(value.to_string())),
            _ => Fit::Unfit(Cow::Owned(value.to_string())),
        },
        Cell::Decimal(range) => {
            let text = &store.arena[range.of()];
            match kind.carrier {
                Carrier::Decimal | Carrier::Text | Carrier::Json => Fit::Text(Cow::Borrowed(text)),
                Carrier::Int32 | Carrier::Int64 => whole(text),
                _ => Fit::Unfit(Cow::Borrowed(text)),
            }
        }
        Cell::Text(range) => fit_text(kind, Cow::Borrowed(&store.arena[range.of()])),
    }
}

fn fit_node<'s>(kind: &ColumnType, node: Node<'s>) -> Fit<'s> {
    // The own text of a string, or else the JSON.
    let raw = || Fit::Unfit(node.as_str().unwrap_or(Cow::Borrowed(node.raw_str())));
    match (kind.carrier, node.kind()) {
        (_, Json::Absent | Json::Null) => Fit::Null,
        (Carrier::Json, _) => Fit::Text(Cow::Borrowed(node.raw_str())),
        (Carrier::Boolean, Json::True) => Fit::Boolean(true),
        (Carrier::Boolean, Json::False) => Fit::Boolean(false),
        (Carrier::Decimal, Json::Number) => Fit::Text(Cow::Borrowed(node.raw_str())),
        (Carrier::Int32 | Carrier::Int64, Json::Number) => whole(node.raw_str()),
        (Carrier::Text, Json::Number | Json::True | Json::False) if kind.cast => {
            Fit::Text(Cow::Borrowed(node.raw_str()))
        }
        (carrier, Json::String)
            if kind.cast || matches!(carrier, Carrier::Text | Carrier::Date | Carrier::Timestamp) =>
        {
            match node.as_str() {
                Some(text) => fit_text(kind, text),
                None => raw(),
            }
        }
        _ => raw(),
    }
}

/// A text in its column; only a column that casts takes text for a number or a boolean.
fn fit_text<'s>(kind: &ColumnType, text: Cow<'s, str>) -> Fit<'s> {
    match kind.carrier {
        Carrier::Text | Carrier::Json => Fit::Text(text),
        Carrier::Date | Carrier::Timestamp => match kind.dates.apply(shape(&text)) {
            Part::Whole => Fit::Text(text),
            Part::Nothing => Fit::Null,
            Part::Date => match text {
                Cow::Borrowed(text) => Fit::Text(Cow::Borrowed(text.get(..10).unwrap_or(text))),
                Cow::Owned(mut text) => {
                    text.truncate(10);
                    Fit::Text(Cow::Owned(text))
                }
            },
        },
        Carrier::Decimal if kind.cast => Fit::Text(text),
        Carrier::Int32 | Carrier::Int64 if kind.cast => match text.parse() {
            Ok(value) => Fit::Integer(value),
            Err(_) => Fit::Unfit(text),
        },
        Carrier::Boolean if kind.cast && text == "true" => Fit::Boolean(true),
        Carrier::Boolean if kind.cast && text == "false" => Fit::Boolean(false),
        _ => Fit::Unfit(text),
    }
}

fn whole(text: &str) -> Fit<'_> {
    match text.parse() {
        Ok(value) => Fit::Integer(value),
        Err(_) => Fit::Unfit(Cow::Borrowed(text)),
    }
}

/// What a date column takes of a text.
enum Part {
    Whole,
    Date,
    Nothing,
}

impl DateRule {
    fn apply(self, shape: Shape) -> Part {
        match (self, shape) {
            (DateRule::DatePart | DateRule::DatePartOrNull, Shape::Instant | Shape::LocalTime) => Part::Date,
            (DateRule::DatePartOrNull, Shape::Partial) => Part::Nothing,
            (DateRule::InstantOrNull, Shape::Partial | Shape::Date | Shape::LocalTime) => Part::Nothing,
            _ => Part::Whole,
        }
    }
}
