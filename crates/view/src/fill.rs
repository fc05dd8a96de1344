//! Values become cells of the row being made.

use fhirkit_fhirpath::Value;
use fhirkit_tape::NodeId;

use crate::cell::Cell;
use crate::error::{Kind, RowError};
use crate::plan::{Program, Source, Use};
use crate::rows::Rows;
use crate::run::{At, Run};
use crate::steps::Reached;

/// Runs a source and fills its columns.
pub(crate) fn source<'t>(run: &mut Run<'t, '_>, source: &'t Source, at: At<'_, 't>) -> Result<(), RowError> {
    match &source.program {
        Program::RowIndex => {
            for used in &source.uses {
                run.rows.row[used.column as usize] = Cell::Integer(i64::from(at.row_index));
            }
            Ok(())
        }
        // A list column, or several values: the engine tells them all.
        Program::Steps(steps, _) if !source.has_list => {
            let rows = &run.rows;
            match at.focus.node().map(|node| steps.one(node, &rows.members, &rows.stems)) {
                Some(Reached::Nothing) => put(run, &source.uses, Cell::Absent),
                Some(Reached::One(node)) => put(run, &source.uses, Cell::Node(node)),
                _ => general(run, source, at),
            }
        }
        Program::Steps(..) => general(run, source, at),
        Program::Expression(_)
            if at.focus.node().is_some_and(|node| node.is_object()) && lacks(run, source) =>
        {
            put(run, &source.uses, Cell::Absent)
        }
        Program::Expression(_) => general(run, source, at),
    }
}

/// Whether the element lacks what the program cannot do without. A list of nothing is not null: lists are for the
/// engine.
fn lacks(run: &Run<'_, '_>, source: &Source) -> bool {
    let Some(needs) = &source.needs else { return false };
    let there = |slot: &u16| run.rows.members.get(usize::from(*slot)).is_some_and(|id| *id != NodeId::ABSENT);
    !needs.iter().any(there) && !source.has_list
}

/// The cell of a cache slot, computed when first asked for.
pub(crate) fn cached(run: &mut Run<'_, '_>, slot: u32, column: u32) -> Result<Cell, RowError> {
    // A list is not shared: the same slot may serve columns with and without `collection`.
    let is_list = run.plan.columns[column as usize].kind.list;
    if let Some(cell) = run.rows.cache[slot as usize].filter(|_| !is_list) {
        return Ok(cell);
    }
    let program = &run.plan.cached[slot as usize];
    let mut values = run.scratch.take();
    let resource = run.resource.clone();
    let done = run.values(program, At { focus: &resource, row_index: 0 }, &mut values);
    let cell = match done {
        Ok(()) => cell(run, &values, column)?,
        Err(error) => failed(run, error, column)?,
    };
    run.scratch.give(values);
    if !is_list {
        run.rows.cache[slot as usize] = Some(cell);
    }
    Ok(cell)
}

fn put(run: &mut Run<'_, '_>, uses: &[Use], cell: Cell) -> Result<(), RowError> {
    for used in uses {
        run.rows.row[used.column as usize] = cell;
    }
    Ok(())
}

fn general<'t>(run: &mut Run<'t, '_>, source: &'t Source, at: At<'_, 't>) -> Result<(), RowError> {
    let mut values = run.scratch.take();
    let mut result = run.values(&source.program, at, &mut values);
    if let Err(error) = result {
        for used in &source.uses {
            run.rows.row[used.column as usize] = failed(run, error.clone(), used.column)?;
        }
        result = Ok(());
    } else {
        for used in &source.uses {
            let cell = if used.suffix.is_empty() {
                cell(run, &values, used.column)?
            } else {
                below(run, &values, used)?
            };
            run.rows.row[used.column as usize] = cell;
        }
    }
    run.scratch.give(values);
    result
}

/// In a user's view a failing expression is an error; in a built-in table the cell is null and tells what stood there.
fn failed(run: &mut Run<'_, '_>, error: RowError, column: u32) -> Result<Cell, RowError> {
    if !run.view.options.built_in {
        return Err(error.in_column(&run.plan.columns[column as usize].name));
    }
    let found = run.scratch.found.as_deref().unwrap_or_default();
    Ok(Cell::Failed(run.rows.text(|arena| arena.push_str(found))))
}

/// The cell of what a suffix reaches from the values.
fn below<'t>(run: &mut Run<'t, '_>, values: &[Value<'t>], used: &'t Use) -> Result<Cell, RowError> {
    let mut found = run.scratch.take();
    for value in values {
        if let Value::Node { node, ty, .. } = value {
            used.suffix.run_loosely(*node, &mut |node| found.push(Value::element(node, *ty)));
        }
    }
    let cell = cell(run, &found, used.column);
    run.scratch.give(found);
    cell
}

/// The cell of values that a column meets. A primitive that has extensions alone is no value.
fn cell<'t>(run: &mut Run<'t, '_>, values: &[Value<'t>], column: u32) -> Result<Cell, RowError> {
    if run.plan.columns[column as usize].kind.list {
        return Ok(run.rows.list(|rows| {
            for value in values.iter().filter(|value| value.has_value()) {
                let item = of_value(rows, value);
                rows.push_item(item);
            }
        }));
    }
    match values {
        [] => Ok(Cell::Absent),
        [value] => Ok(of_value(run.rows, value)),
        _ => several(run, values, column),
    }
}

/// The same where there are items for several cells, but perhaps one value.
#[cold]
fn several<'t>(run: &mut Run<'t, '_>, items: &[Value<'t>], column: u32) -> Result<Cell, RowError> {
    let mut values = items.iter().filter(|value| value.has_value());
    let Some(first) = values.next() else { return Ok(Cell::Absent) };
    let others = values.clone().count();
    if others == 0 {
        return Ok(of_value(run.rows, first));
    }
    if !run.view.options.built_in {
        let message = format!("expected one value, found {}", others + 1);
        return Err(run.fault(Kind::MultipleValues, message, Some(column)));
    }
    Ok(Cell::Ambiguous(run.rows.text(|arena| {
        arena.push('[');
        first.write_json(arena);
        for value in values {
            arena.push(',');
            value.write_json(arena);
        }
        arena.push(']');
    })))
}

fn of_value(rows: &mut Rows, value: &Value<'_>) -> Cell {
    match value {
        Value::Node { .. } if !value.has_value() => Cell::Absent,
        Value::Node { node, .. } => Cell::Node(node.id()),
        Value::Boolean(value) => Cell::Boolean(*value),
        Value::Integer(value) => Cell::Integer(i64::from(*value)),
        Value::Long(value) => Cell::Integer(*value),
        Value::Decimal(_) => Cell::Decimal(rows.text(|arena| value.write_text(arena))),
        _ => Cell::Text(rows.text(|arena| value.write_text(arena))),
    }
}
