//! Values as text and as JSON.

use std::fmt::Write as _;

use crate::value::Value;

/// Bytes of items that a fault keeps.
const MOST_BYTES: usize = 64 * 1024;

impl Value<'_> {
    /// Whether there is something: a primitive with extensions alone has no value.
    #[inline]
    pub fn has_value(&self) -> bool {
        self.node().is_none_or(|node| !node.is_absent() && !node.is_null())
    }

    /// Appends the value as text, without quotes; an element as its JSON.
    pub fn write_text(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self {
            Value::Node { node, .. } => {
                out.push_str(node.raw_str());
                Ok(())
            }
            Value::String(text) => {
                out.push_str(text);
                Ok(())
            }
            Value::Boolean(value) => write!(out, "{value}"),
            Value::Integer(value) => write!(out, "{value}"),
            Value::Long(value) => write!(out, "{value}"),
            Value::Decimal(value) => write!(out, "{}", value.to_plain_string()),
            Value::Date(value) => write!(out, "{value}"),
            Value::DateTime(value) => write!(out, "{value}"),
            Value::Time(value) => write!(out, "{value}"),
            Value::Quantity(value) => write!(out, "{} {}", value.value.to_plain_string(), value.unit),
            Value::Type(value) => write!(out, "{}", value.name),
        };
    }

    /// Appends the value as JSON.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Value::Node { .. } if !self.has_value() => out.push_str("null"),
            Value::Node { .. }
            | Value::Boolean(_)
            | Value::Integer(_)
            | Value::Long(_)
            | Value::Decimal(_) => self.write_text(out),
            _ => {
                let mut text = String::new();
                self.write_text(&mut text);
                out.push('"');
                out.push_str(&escaped(&text));
                out.push('"');
            }
        }
    }
}

/// A string's own text, the JSON of another item, or a JSON array of several; nothing where that is long.
pub(crate) fn of_items(items: &[Value<'_>]) -> Option<String> {
    let mut out = String::new();
    match items {
        [] => return None,
        [item] => match item.text() {
            Some(text) => out.push_str(&text),
            None => item.write_json(&mut out),
        },
        _ => {
            for (number, item) in items.iter().enumerate() {
                out.push(if number == 0 { '[' } else { ',' });
                item.write_json(&mut out);
                if out.len() > MOST_BYTES {
                    return None;
                }
            }
            out.push(']');
        }
    }
    (out.len() <= MOST_BYTES).then_some(out)
}

/// The content of a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
