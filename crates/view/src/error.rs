//! What is wrong with a view ([`Error`], before the first byte of data) and what one resource did to it ([`RowError`]).

use std::fmt;

/// The fault of a view; [`Kind::rule`] is its permanent id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The file is not JSON.
    Syntax,
    /// The JSON is not a ViewDefinition: a member missing, unknown or of the wrong JSON type.
    Structure,
    /// `resource` is not a resource type of R4.
    UnknownResource,
    /// A path names an element that the definitions do not have.
    UnknownPath,
    /// A path that is not FHIRPath, or uses what a view may not use.
    Expression,
    /// A type that does not exist, or one that the path cannot give.
    WrongType,
    /// Two columns of one name.
    NameClash,
    /// A name that is not letters, digits and underscores.
    BadName,
    /// Branches of a `unionAll` with different columns.
    UnionMismatch,
    /// A `where` that does not give a boolean.
    WhereNotBoolean,
    /// Two values in a column without `collection: true`.
    MultipleValues,
    /// An expression that failed on a resource.
    Evaluation,
    /// One resource gives more rows than any table should get from it.
    TooManyRows,
}

impl Kind {
    /// The rule id, permanent once released: `view/unknown-path`.
    pub fn rule(self) -> &'static str {
        match self {
            Kind::Syntax => "view/syntax",
            Kind::Structure => "view/structure",
            Kind::UnknownResource => "view/unknown-resource",
            Kind::UnknownPath => "view/unknown-path",
            Kind::Expression => "view/expression",
            Kind::WrongType => "view/wrong-type",
            Kind::NameClash => "view/name-clash",
            Kind::BadName => "view/bad-name",
            Kind::UnionMismatch => "view/union-mismatch",
            Kind::WhereNotBoolean => "view/where-not-boolean",
            Kind::MultipleValues => "view/multiple-values",
            Kind::Evaluation => "view/evaluation",
            Kind::TooManyRows => "view/too-many-rows",
        }
    }
}

/// Why a view cannot be read or compiled.
///
/// `Display` is one line without the advice, which [`hint`](Error::hint) holds:
/// ``ExplanationOfBenefit has no `billablePeriodd` (view claim, column start)``.
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kind: Kind,
    message: String,
    view: Option<String>,
    place: Option<String>,
    column: Option<String>,
    hint: Option<String>,
    expression: Option<String>,
    position: Option<usize>,
    line_column: Option<(u64, u64)>,
}

impl Error {
    /// A fault of `kind` in the given words.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            message: message.into(),
            view: None,
            place: None,
            column: None,
            hint: None,
            expression: None,
            position: None,
            line_column: None,
        }))
    }

    pub(crate) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// The member of the ViewDefinition that is wrong: `select[0].forEach`.
    pub(crate) fn at_place(mut self, place: impl Into<String>) -> Self {
        self.0.place.get_or_insert(place.into());
        self
    }

    pub(crate) fn in_column(mut self, column: &str) -> Self {
        self.0.column.get_or_insert_with(|| column.to_owned());
        self
    }

    pub(crate) fn in_view(mut self, view: &str) -> Self {
        self.0.view.get_or_insert_with(|| view.to_owned());
        self
    }

    pub(crate) fn in_expression(mut self, expression: &str, position: Option<usize>) -> Self {
        self.0.expression = Some(expression.to_owned());
        self.0.position = position;
        self
    }

    pub(crate) fn at_line(mut self, line: u64, column: u64) -> Self {
        self.0.line_column.get_or_insert((line, column));
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The rule id of the kind: `view/unknown-path`.
    pub fn rule(&self) -> &'static str {
        self.0.kind.rule()
    }

    /// Advice for a `help:` line: ``did you mean `billablePeriod`?``.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The view's name, when it has one.
    pub fn view(&self) -> Option<&str> {
        self.0.view.as_deref()
    }

    /// The column, when the fault is in one.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// The member of the ViewDefinition: `select[0].column[2].path`.
    pub fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }

    /// The FHIRPath expression that is wrong.
    pub fn expression(&self) -> Option<&str> {
        self.0.expression.as_deref()
    }

    /// Byte within [`expression`](Error::expression) where the fault begins.
    pub fn position(&self) -> Option<usize> {
        self.0.position
    }

    /// Line and column (from 1) in the ViewDefinition's file, when the fault is in its JSON.
    pub fn line_column(&self) -> Option<(u64, u64)> {
        self.0.line_column
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        f.write_str(&details.message)?;
        let mut separator = " (";
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, value: &Option<String>| {
            let Some(value) = value else { return Ok(()) };
            write!(f, "{separator}{name} {value}")?;
            separator = ", ";
            Ok(())
        };
        part(f, "view", &details.view)?;
        part(f, "column", &details.column)?;
        if details.column.is_none() {
            part(f, "at", &details.place)?;
        }
        if separator == ", " { f.write_str(")") } else { Ok(()) }
    }
}

impl std::error::Error for Error {}

/// Why a resource gives no rows of a view. The rows of other resources stand.
#[derive(Clone, Debug)]
pub struct RowError {
    kind: Kind,
    message: String,
    view: String,
    column: Option<String>,
    resource: String,
}

impl RowError {
    pub(crate) fn new(
        kind: Kind,
        message: String,
        view: &str,
        column: Option<&str>,
        resource: String,
    ) -> Self {
        Self { kind, message, view: view.to_owned(), column: column.map(str::to_owned), resource }
    }

    pub(crate) fn in_column(mut self, column: &str) -> Self {
        self.column.get_or_insert_with(|| column.to_owned());
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The rule id of the kind: `view/multiple-values`.
    pub fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    /// The view's name.
    pub fn view(&self) -> &str {
        &self.view
    }

    /// The column, when the fault is in one.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// Type and id of the resource: `Patient/p1`.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Advice for a `help:` line.
    pub fn hint(&self) -> Option<&'static str> {
        (self.kind == Kind::MultipleValues).then_some("use first(), forEach or `collection: true`")
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (view {}", self.message, self.view)?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ", resource {})", self.resource)
    }
}

impl std::error::Error for RowError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_view_and_column_and_keeps_the_advice_apart() {
        let error = Error::new(Kind::UnknownPath, "ExplanationOfBenefit has no `billablePeriodd`")
            .with_hint(Some("did you mean `billablePeriod`?".into()))
            .in_column("start")
            .at_place("select[0].column[0].path")
            .in_view("claim");
        assert_eq!(
            error.to_string(),
            "ExplanationOfBenefit has no `billablePeriodd` (view claim, column start)"
        );
        assert_eq!(error.hint(), Some("did you mean `billablePeriod`?"));
        assert_eq!(error.rule(), "view/unknown-path");
    }

    #[test]
    fn a_fault_outside_columns_names_its_place() {
        let error =
            Error::new(Kind::Structure, "expected text, found a number").at_place("select[0].forEach");
        assert_eq!(error.to_string(), "expected text, found a number (at select[0].forEach)");
    }
}
