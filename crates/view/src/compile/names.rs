//! The columns of a view in their order, as the specification's "Validate Columns" has it.

use crate::definition::{Column, Select};
use crate::error::{Error, Kind};

/// A column where it is first declared; further branches of a union fill the same one.
pub(super) struct Declared<'d> {
    pub(super) column: &'d Column,
}

/// Checks that a name is letters, digits and underscores and begins with a letter.
pub(super) fn check(name: &str, what: &str) -> Result<(), Error> {
    let mut chars = name.chars();
    let fits = chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if fits {
        return Ok(());
    }
    Err(Error::new(Kind::BadName, format!("{what} name `{name}` is not letters, digits and underscores"))
        .with_hint(Some("begin with a letter; names serve as SQL names".to_owned())))
}

/// The columns of the view: own columns of a level first, then those of its `select`s, then of its `unionAll`.
pub(super) fn columns(select: &[Select]) -> Result<Vec<Declared<'_>>, Error> {
    let mut declared = Vec::new();
    for (i, select) in select.iter().enumerate() {
        collect(select, &format!("select[{i}]"), &mut declared)?;
    }
    Ok(declared)
}

fn collect<'d>(select: &'d Select, place: &str, declared: &mut Vec<Declared<'d>>) -> Result<(), Error> {
    for (i, column) in select.columns.iter().enumerate() {
        let place = || format!("{place}.column[{i}]");
        check(&column.name, "column").map_err(|error| error.at_place(place()))?;
        if declared.iter().any(|other| other.column.name == column.name) {
            return Err(Error::new(Kind::NameClash, format!("two columns are named `{}`", column.name))
                .in_column(&column.name)
                .at_place(place())
                .with_hint(Some("only the branches of one `unionAll` share names".to_owned())));
        }
        declared.push(Declared { column });
    }
    for (i, nested) in select.selects.iter().enumerate() {
        collect(nested, &format!("{place}.select[{i}]"), declared)?;
    }
    let Some((first, others)) = select.union_all.split_first() else { return Ok(()) };
    let before = declared.len();
    collect(first, &format!("{place}.unionAll[0]"), declared)?;
    let expected: Vec<&Column> = declared[before..].iter().map(|d| d.column).collect();
    for (i, branch) in others.iter().enumerate() {
        let place = format!("{place}.unionAll[{}]", i + 1);
        // The branch's names are checked against the columns before the union, not against the first branch.
        let mut branch_declared: Vec<Declared<'d>> =
            declared[..before].iter().map(|d| Declared { column: d.column }).collect();
        collect(branch, &place, &mut branch_declared)?;
        let found: Vec<&Column> = branch_declared[before..].iter().map(|d| d.column).collect();
        same_columns(&expected, &found).map_err(|error| error.at_place(place))?;
    }
    Ok(())
}

fn same_columns(expected: &[&Column], found: &[&Column]) -> Result<(), Error> {
    let names =
        |columns: &[&Column]| columns.iter().map(|c| format!("`{}`", c.name)).collect::<Vec<_>>().join(", ");
    if expected.len() != found.len() || expected.iter().zip(found).any(|(a, b)| a.name != b.name) {
        return Err(Error::new(
            Kind::UnionMismatch,
            format!(
                "a branch of `unionAll` has the columns {}, the first one {}",
                names(found),
                names(expected)
            ),
        )
        .with_hint(Some("every branch has the same columns in the same order".to_owned())));
    }
    for (a, b) in expected.iter().zip(found) {
        if a.collection != b.collection {
            let message = "one branch of `unionAll` has the column as a collection, another does not";
            return Err(Error::new(Kind::UnionMismatch, message).in_column(&b.name));
        }
    }
    Ok(())
}
