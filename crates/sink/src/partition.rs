//! Folders named after the values of a column, Hive style: `part=<value>`.
//!
//! The column itself stays in the files, so the folder is called `part`: a folder called like the
//! column would clash with it in readers that make columns of folder names.

use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::cells::{Cell, Cells};
use crate::error::Error;
use crate::piece::{Part, Rows};
use crate::text::Lines;

/// The folder of rows whose value is null.
pub(crate) const NULL_FOLDER: &str = "part=__HIVE_DEFAULT_PARTITION__";

/// Longer values are cut, and told apart by a hash, as file names end at 255 bytes.
const LONGEST: usize = 160;

/// The rows of each value, in order; values in the order of their first row.
pub(crate) struct Groups {
    groups: Vec<(String, Vec<u32>)>,
}

impl Groups {
    /// Groups rows by the cells of `array`. Rows for which `is_misfit` holds count as null.
    pub(crate) fn of(array: &dyn Array, is_misfit: impl Fn(usize) -> bool) -> Self {
        let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
        let mut known: FxHashMap<Option<String>, usize> = FxHashMap::default();
        let cells = Cells::of(array);
        for row in 0..array.len() {
            let cell = cells.as_ref().map_or(Cell::Null, |cells| cells.at(row));
            let value = match cell {
                _ if is_misfit(row) => None,
                Cell::Text(text) => Some(text.to_owned()),
                Cell::Boolean(value) => Some(value.to_string()),
                Cell::Integer(value) => Some(value.to_string()),
                Cell::Null | Cell::List(_) => None,
            };
            let group = *known.entry(value).or_insert_with_key(|value| {
                groups.push((value.as_deref().map_or_else(|| NULL_FOLDER.to_owned(), folder), Vec::new()));
                groups.len() - 1
            });
            if let Some((_, rows)) = groups.get_mut(group) {
                rows.push(row as u32);
            }
        }
        Self { groups }
    }

    pub(crate) fn split_batch(self, table: &str, batch: &RecordBatch) -> Result<Vec<Part>, Error> {
        if let [_] = self.groups.as_slice() {
            let whole = |(folder, of)| Part { folder: Some(folder), of, rows: Rows::Batch(batch.clone()) };
            return Ok(self.groups.into_iter().map(whole).collect());
        }
        let part = |(folder, of): (String, Vec<u32>)| {
            let rows = take_record_batch(batch, &UInt32Array::from(of.clone()))
                .map_err(|error| Error::arrow(table, error))?;
            Ok(Part { folder: Some(folder), of, rows: Rows::Batch(rows) })
        };
        self.groups.into_iter().map(part).collect()
    }

    pub(crate) fn split_lines(self, lines: &Lines) -> Vec<Part> {
        let part = |(folder, of): (String, Vec<u32>)| {
            let mut own = Lines::default();
            for row in &of {
                own.bytes.extend_from_slice(lines.line(*row as usize));
                own.ends.push(own.bytes.len());
            }
            Part { folder: Some(folder), of, rows: Rows::Lines(own) }
        };
        self.groups.into_iter().map(part).collect()
    }
}

/// Whether a folder can be named after the values of such an array.
pub(crate) fn is_nameable(array: &arrow_schema::DataType) -> bool {
    use arrow_schema::DataType;
    matches!(array, DataType::Utf8 | DataType::Boolean | DataType::Int32 | DataType::Int64)
}

/// `part=` and the value, everything but letters, digits, `-`, `_` and `.` as `%XX`. Different
/// values have different folders.
fn folder(value: &str) -> String {
    let mut name = String::with_capacity(value.len() + 5);
    name.push_str("part=");
    // Rows whose text happens to be the name for null must not fall in with them.
    let is_reserved = NULL_FOLDER.strip_prefix("part=") == Some(value);
    // Readers decode the name as UTF-8: neither a `%XX` nor a character may be cut through.
    let mut cut = name.len();
    for (at, character) in value.char_indices() {
        let plain = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if plain && !(is_reserved && at == 0) {
            name.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        }
        if name.len() <= LONGEST {
            cut = name.len();
        }
    }
    if cut == name.len() {
        return name;
    }
    let digest: String = Sha256::digest(value).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    name.truncate(cut);
    format!("{name}%7E{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_name_is_safe_and_tells_values_apart() {
        assert_eq!(folder("2020-01"), "part=2020-01");
        assert_eq!(folder("../../etc"), "part=..%2F..%2Fetc");
        assert_eq!(folder("a b/ü%"), "part=a%20b%2F%C3%BC%25");
        assert_eq!(folder(""), "part=");
        assert_eq!(folder("__HIVE_DEFAULT_PARTITION__"), "part=%5F_HIVE_DEFAULT_PARTITION__");
    }

    #[test]
    fn a_long_value_is_cut_and_still_tells_apart() {
        let (one, two) = (format!("{}1", "ü".repeat(400)), format!("{}2", "ü".repeat(400)));
        assert!(folder(&one).len() < 200);
        assert_ne!(folder(&one), folder(&two));
        for pad in 0..6 {
            let name = folder(&format!("{}{}", "a".repeat(pad), "ü".repeat(400)));
            let (kept, _) = name.split_once("%7E").unwrap();
            assert_eq!(kept.matches("%C3").count(), kept.matches("%BC").count(), "{name}");
        }
    }
}
