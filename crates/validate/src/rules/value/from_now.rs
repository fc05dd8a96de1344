//! A limit that moves with the clock: for a date or time, `minValue[x]` may be a duration that is subtracted from now,
//! and `maxValue[x]` one that is added.
//!
//! Source: <https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.minValue_x_>

use std::cmp::Ordering;
use std::sync::Arc;

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::{Context, Expression, Scope, Value};
use fhirkit_tape::Node;

use crate::walk::{Site, Walk};

/// How far from now a date or time may lie, and on which side.
#[derive(Debug, Clone)]
pub(super) struct FromNow {
    /// `100 years before now`
    pub(super) words: Box<str>,
    expression: Arc<Expression>,
}

impl PartialEq for FromNow {
    fn eq(&self, other: &Self) -> bool {
        self.expression.text() == other.expression.text()
    }
}

impl FromNow {
    /// Nothing where the duration is no whole number of a unit of time.
    pub(super) fn new(types: &TypeModel, wrong: Ordering, duration: Node<'_>) -> Option<Self> {
        let count: u32 = duration.get("value").number()?.parse().ok()?;
        let unit = match &*duration.get("code").as_str()? {
            "a" => "years",
            "mo" => "months",
            "wk" => "weeks",
            "d" => "days",
            "h" => "hours",
            "min" => "minutes",
            "s" => "seconds",
            _ => return None,
        };
        let (operator, sign, side) = match wrong {
            Ordering::Less => (">=", '-', "before"),
            _ => ("<=", '+', "after"),
        };
        let text = format!("$this {operator} now() {sign} {count} {unit}");
        let expression = Expression::compile(types, &text, &Scope::unchecked()).ok()?;
        let words = format!("{count} {unit} {side} now").into();
        Some(Self { words, expression: Arc::new(expression) })
    }

    /// Whether a value lies within; it does where its precision does not tell.
    pub(super) fn holds(&self, site: &Site<'_, '_>, walk: &mut Walk<'_, '_, '_>) -> bool {
        let types = walk.automaton().types();
        let input = Value::element(site.node, site.state.ty);
        let context = Context::new(types, input.clone());
        let found = self.expression.truth(&context, &input, &mut walk.scratch().fhirpath);
        !matches!(found, Ok(Some(false)))
    }
}
