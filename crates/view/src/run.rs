//! One resource through a plan: levels recurse, a row ends where the last part has been entered.

use fhirkit_fhirpath::{Context, Expression, Joins, Value};
use fhirkit_tape::{Kind as Json, Node};

use crate::cell::Cell;
use crate::error::{Kind, RowError};
use crate::family;
use crate::fill;
use crate::plan::{Foci, Level, Part, Plan, Program};
use crate::recurring;
use crate::rows::Rows;
use crate::scratch::Scratch;
use crate::view::View;

/// How deep `repeat` follows its paths; JSON is never this deep, so more is a path that gives its own input.
const MAX_REPEAT_DEPTH: usize = 256;
/// Elements that `repeat` may find in one resource.
const MAX_REPEAT: usize = 1 << 20;

/// Adds the rows of a resource.
pub(crate) fn document<'t>(
    view: &'t View,
    plan: &'t Plan,
    node: Node<'t>,
    rows: &mut Rows,
    scratch: &mut Scratch,
) -> Result<(), RowError> {
    let Some(ty) = view.resource else { return Ok(()) };
    if !node.get("resourceType").str_is(view.types.name(ty)) {
        return Ok(());
    }
    let resource = Value::element(node, ty);
    let joins = Joins::default();
    let context = Context { joins: Some(&joins), ..Context::new(view.types, resource.clone()) };
    rows.remember(plan);
    rows.row.clear();
    rows.row.resize(plan.columns.len(), Cell::Absent);
    rows.cache.clear();
    rows.cache.resize(plan.cached.len(), None);
    let mut run = Run { view, plan, node, resource, context, rows, scratch };
    for filter in &plan.filters {
        if !run.meets(filter)? {
            return Ok(());
        }
    }
    let resource = run.resource.clone();
    run.level(&plan.root, At { focus: &resource, row_index: 0 }, None)
}

/// Type and id of a resource, for messages.
pub(crate) fn name_of(node: Node<'_>) -> String {
    let text = |key: &str| node.get(key).as_str().unwrap_or_default().into_owned();
    format!("{}/{}", text("resourceType"), text("id"))
}

/// One resource on its way through a plan.
pub(crate) struct Run<'t, 'r> {
    pub(crate) view: &'t View,
    pub(crate) plan: &'t Plan,
    pub(crate) node: Node<'t>,
    pub(crate) resource: Value<'t>,
    pub(crate) context: Context<'t, 'r>,
    pub(crate) rows: &'r mut Rows,
    pub(crate) scratch: &'r mut Scratch,
}

/// The element that a level stands on, and its number among its siblings.
#[derive(Clone, Copy)]
pub(crate) struct At<'c, 't> {
    pub(crate) focus: &'c Value<'t>,
    pub(crate) row_index: i32,
}

/// What is to be entered when a level's own parts have been: the rest of the level above.
#[derive(Clone, Copy)]
struct Then<'c, 't> {
    parts: &'t [Part],
    at: At<'c, 't>,
    then: Option<&'c Then<'c, 't>>,
}

impl<'t> Run<'t, '_> {
    fn level(
        &mut self,
        level: &'t Level,
        at: At<'_, 't>,
        then: Option<&Then<'_, 't>>,
    ) -> Result<(), RowError> {
        let mut values = match &level.foci {
            Foci::Here => return self.row(level, at, then),
            Foci::Each { program, .. } => {
                let mut values = self.scratch.take();
                self.values(program, at, &mut values)?;
                values
            }
            Foci::Repeat(programs) => {
                let mut values = self.scratch.take();
                self.repeat(programs, at, 0, &mut values)?;
                values
            }
        };
        if values.is_empty() && matches!(level.foci, Foci::Each { or_null: true, .. }) {
            self.nulls(level);
            return self.then(then);
        }
        for (i, focus) in values.iter().enumerate() {
            let row_index = i32::try_from(i).unwrap_or(i32::MAX);
            self.row(level, At { focus, row_index }, then)?;
        }
        values.clear();
        self.scratch.give(values);
        Ok(())
    }

    /// Fills the level's columns on one element and goes on to its parts.
    fn row(&mut self, level: &'t Level, at: At<'_, 't>, then: Option<&Then<'_, 't>>) -> Result<(), RowError> {
        if level.keys.len() > 0
            && let Some(node) = at.focus.node()
        {
            level.keys.find(node, &mut self.rows.members);
            self.rows.stems.clear();
            for stem in &level.stems {
                let reached = stem.one(node, &self.rows.members, &[]);
                self.rows.stems.push(reached);
            }
        }
        for source in &level.sources {
            fill::source(self, source, at)?;
        }
        for family in &level.families {
            family::family(self, family, at)?;
        }
        for recurring in &level.recurring {
            recurring::recurring(self, recurring, at)?;
        }
        for (slot, column) in &level.cached {
            let cell = fill::cached(self, *slot, *column)?;
            self.rows.row[*column as usize] = cell;
        }
        self.parts(&level.parts, at, then)
    }

    fn parts(
        &mut self,
        parts: &'t [Part],
        at: At<'_, 't>,
        then: Option<&Then<'_, 't>>,
    ) -> Result<(), RowError> {
        let Some((part, rest)) = parts.split_first() else { return self.then(then) };
        let then = Then { parts: rest, at, then };
        match part {
            Part::Level(level) => self.level(level, at, Some(&then)),
            Part::Union(branches) => {
                branches.iter().try_for_each(|branch| self.level(branch, at, Some(&then)))
            }
        }
    }

    fn then(&mut self, then: Option<&Then<'_, 't>>) -> Result<(), RowError> {
        match then {
            Some(then) => self.parts(then.parts, then.at, then.then),
            None => self.rows.end_row(self.view, self.node),
        }
    }

    fn nulls(&mut self, level: &Level) {
        for column in &level.columns {
            self.rows.row[*column as usize] = Cell::Absent;
        }
        for column in &level.row_indexes {
            self.rows.row[*column as usize] = Cell::Integer(0);
        }
    }

    /// The values of a program on an element.
    pub(crate) fn values(
        &mut self,
        program: &'t Program,
        at: At<'_, 't>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), RowError> {
        match program {
            Program::RowIndex => out.push(Value::Integer(at.row_index)),
            Program::Expression(expression) => return self.evaluate(expression, at, out),
            Program::Steps(steps, expression) => {
                let (Some(node), Some(ty)) = (at.focus.node(), steps.ty) else {
                    return self.evaluate(expression, at, out);
                };
                let before = out.len();
                if steps.run(node, &mut |node| out.push(Value::element(node, ty))).is_err() {
                    out.truncate(before);
                    return self.evaluate(expression, at, out);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn evaluate(
        &mut self,
        expression: &'t Expression,
        at: At<'_, 't>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), RowError> {
        self.context.row_index = at.row_index;
        let done = expression.evaluate(&self.context, at.focus, &mut self.scratch.path, out);
        done.map_err(|error| {
            self.scratch.found = error.found().map(str::to_owned);
            self.fault(Kind::Evaluation, error.to_string(), None)
        })
    }

    pub(crate) fn fault(&self, kind: Kind, message: String, column: Option<u32>) -> RowError {
        let column =
            column.and_then(|at| self.plan.columns.get(at as usize)).map(|column| column.name.as_str());
        RowError::new(kind, message, &self.view.name, column, name_of(self.node))
    }

    fn meets(&mut self, filter: &'t Expression) -> Result<bool, RowError> {
        let mut values = self.scratch.take();
        let resource = self.resource.clone();
        self.evaluate(filter, At { focus: &resource, row_index: 0 }, &mut values)?;
        let met = match values.as_slice() {
            [Value::Boolean(met)] => *met,
            [Value::Node { node, .. }] => node.kind() == Json::True,
            _ => false,
        };
        self.scratch.give(values);
        Ok(met)
    }

    fn repeat(
        &mut self,
        programs: &'t [Program],
        at: At<'_, 't>,
        depth: usize,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), RowError> {
        if depth > MAX_REPEAT_DEPTH || out.len() > MAX_REPEAT {
            return Err(self.fault(Kind::TooManyRows, "`repeat` finds no end".to_owned(), None));
        }
        for program in programs {
            let mut found = self.scratch.take();
            self.values(program, at, &mut found)?;
            for focus in &found {
                out.push(focus.clone());
                self.repeat(programs, At { focus, row_index: at.row_index }, depth + 1, out)?;
            }
            self.scratch.give(found);
        }
        Ok(())
    }
}
