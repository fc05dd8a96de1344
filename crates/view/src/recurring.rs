//! Sources that recur: members that were met before, with the same bytes, give what they gave.

use fhirkit_tape::{Node, NodeId, Tape};

use crate::cell::Cell;
use crate::error::RowError;
use crate::fill;
use crate::plan::Recurring;
use crate::recall::{Known, Portable, Recall};
use crate::rows::Rows;
use crate::run::{At, Run};

/// Fills the columns of sources that look at the same members.
pub(crate) fn recurring<'t>(
    run: &mut Run<'t, '_>,
    recurring: &'t Recurring,
    at: At<'_, 't>,
) -> Result<(), RowError> {
    // The members of a primitive are in its sibling, which the engine looks at.
    let is_object = at.focus.node().is_some_and(|node| node.is_object());
    let mut recall = std::mem::take(&mut run.rows.recalls[recurring.recall]);
    let result = if is_object && recall.is_awake() {
        remembered(run, recurring, at, &mut recall)
    } else {
        each(run, recurring, at)
    };
    run.rows.recalls[recurring.recall] = recall;
    result
}

fn each<'t>(run: &mut Run<'t, '_>, recurring: &'t Recurring, at: At<'_, 't>) -> Result<(), RowError> {
    recurring.sources.iter().try_for_each(|source| fill::source(run, source, at))
}

fn remembered<'t>(
    run: &mut Run<'t, '_>,
    recurring: &'t Recurring,
    at: At<'_, 't>,
    recall: &mut Recall,
) -> Result<(), RowError> {
    let tape = run.node.tape();
    let mut joined = std::mem::take(&mut run.scratch.joined);
    let key = match recurring.slots.as_slice() {
        [slot] => member(&run.rows.members, tape, *slot).raw_str(),
        slots => {
            joined.clear();
            for slot in slots {
                joined.push_str(member(&run.rows.members, tape, *slot).raw_str());
                // No byte 0 stands in JSON text as it is.
                joined.push('\0');
            }
            joined.as_str()
        }
    };
    let document = if recurring.of_document { run.rows.document } else { 0 };
    let result = match recall.ask(key, document, recurring.columns.len()) {
        Ok(known) => {
            tell(run, recurring, known);
            Ok(())
        }
        Err(question) => {
            let asked = run.scratch.path.asked_count();
            let done = each(run, recurring, at);
            // What the outside tells may differ the next time.
            if done.is_ok() && run.scratch.path.asked_count() == asked {
                let cells =
                    recurring.columns.iter().map(|column| portable(run.rows, run.node, recurring, *column));
                recall.learn(question, key, cells);
            }
            done
        }
    };
    run.scratch.joined = joined;
    result
}

/// Puts the cells that are known into the row.
#[inline(always)]
fn tell(run: &mut Run<'_, '_>, recurring: &Recurring, known: Known<'_>) {
    let tape = run.node.tape();
    for (column, cell) in recurring.columns.iter().zip(known.cells) {
        let cell = match *cell {
            Portable::Absent => Cell::Absent,
            Portable::Node { member: at, distance } => {
                let first = match recurring.slots.get(usize::from(at)) {
                    Some(slot) => member(&run.rows.members, tape, *slot).id(),
                    None => run.node.id(),
                };
                Cell::Node(first.at_distance(distance))
            }
            Portable::Text(text) => Cell::Text(run.rows.text(|arena| arena.push_str(known.text(text)))),
            Portable::Decimal(text) => Cell::Decimal(run.rows.text(|arena| arena.push_str(known.text(text)))),
            Portable::Integer(value) => Cell::Integer(value),
            Portable::Boolean(value) => Cell::Boolean(value),
        };
        run.rows.row[*column as usize] = cell;
    }
}

#[inline]
fn member<'t>(members: &[NodeId], tape: &'t Tape, slot: u16) -> Node<'t> {
    tape.node(members.get(usize::from(slot)).copied().unwrap_or(NodeId::ABSENT))
}

/// The cell of a column as it can be remembered, if it can.
fn portable<'r>(
    rows: &'r Rows,
    resource: Node<'_>,
    recurring: &Recurring,
    column: u32,
) -> Option<Portable<&'r str>> {
    Some(match rows.row[column as usize] {
        Cell::Absent => Portable::Absent,
        Cell::Node(id) => {
            let members = recurring.slots.iter().map(|slot| member(&rows.members, resource.tape(), *slot));
            let places = members.chain(recurring.of_document.then_some(resource));
            Portable::node(id, places.map(|place| (place.id(), place.node_count())))?
        }
        Cell::Text(range) => Portable::Text(rows.written(range)),
        Cell::Decimal(range) => Portable::Decimal(rows.written(range)),
        Cell::Integer(value) => Portable::Integer(value),
        Cell::Boolean(value) => Portable::Boolean(value),
        Cell::List(_) | Cell::Ambiguous(_) | Cell::Failed(_) => return None,
    })
}
