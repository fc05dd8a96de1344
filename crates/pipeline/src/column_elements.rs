//! Which element a column shows, where the paths of its view say so plainly.

use fhirkit_view::{Iteration, Select, ViewDefinition};
use rustc_hash::FxHashMap;

/// The elements of a view's columns.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    /// Nothing for a column that shows different ones in different rows, or none that has a plain path.
    by_column: FxHashMap<String, Option<String>>,
}

impl Elements {
    /// Those of a ViewDefinition given as JSON.
    pub(crate) fn of_json(json: &str) -> Elements {
        let mut elements = Elements::default();
        if let Ok(definition) = ViewDefinition::from_json(json.as_bytes()) {
            definition.select.iter().for_each(|select| elements.add(select, Some("")));
        }
        elements
    }

    /// The path of a column's element from the resource on.
    pub(crate) fn of_column(&self, name: &str) -> Option<&str> {
        self.by_column.get(name)?.as_deref()
    }

    /// Adds the columns below an element; `stem` is its path, where it is plain.
    fn add(&mut self, select: &Select, stem: Option<&str>) {
        let stem = match &select.iteration {
            Iteration::Here => stem.map(str::to_owned),
            Iteration::ForEach(path) | Iteration::ForEachOrNull(path) => joined(stem, path),
            Iteration::Repeat(_) => None,
        };
        let stem = stem.as_deref();
        for column in &select.columns {
            let element = joined(stem, &column.path);
            self.by_column
                .entry(column.name.clone())
                .and_modify(|known| {
                    if *known != element {
                        *known = None;
                    }
                })
                .or_insert(element);
        }
        select.selects.iter().chain(&select.union_all).for_each(|inner| self.add(inner, stem));
    }
}

fn joined(stem: Option<&str>, path: &str) -> Option<String> {
    let stem = stem.filter(|_| is_plain(path))?;
    Some(if stem.is_empty() { path.to_owned() } else { format!("{stem}.{path}") })
}

/// Whether a path only names elements, and may pick a type or the first.
fn is_plain(path: &str) -> bool {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    path.split('.').all(|step| {
        let of_type = step.strip_prefix("ofType(").and_then(|rest| rest.strip_suffix(')'));
        step == "first()" || is_word(of_type.unwrap_or(step))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_with_a_plain_path_shows_that_element() {
        let elements = Elements::of_json(
            r#"{"resourceType":"ViewDefinition","resource":"Observation","select":[
                {"column":[{"name":"issued","path":"issued"},{"name":"value","path":"value.ofType(Quantity).value"},
                    {"name":"id","path":"getResourceKey()"},{"name":"code","path":"code.coding.where(system='a').code"}]},
                {"forEach":"component","column":[{"name":"unit","path":"value.ofType(Quantity).unit"}]},
                {"unionAll":[{"column":[{"name":"either","path":"status"},{"name":"same","path":"status"}]},
                    {"column":[{"name":"either","path":"issued"},{"name":"same","path":"status"}]}]}]}"#,
        );
        for (column, element) in [
            ("issued", Some("issued")),
            ("value", Some("value.ofType(Quantity).value")),
            ("id", None),
            ("code", None),
            ("unit", Some("component.value.ofType(Quantity).unit")),
            ("either", None),
            ("same", Some("status")),
            ("_source_file", None),
        ] {
            assert_eq!(elements.of_column(column), element, "{column}");
        }
    }
}
