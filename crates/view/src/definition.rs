//! The ViewDefinition as written: what a view's author says, before anything is looked up.

mod read;

use crate::error::Error;

/// A ViewDefinition of SQL on FHIR, in the form of the 3.0.0 ballot (`resourceType: ViewDefinition`) or of 2.0.0 (the
/// canonical of sql-on-fhir.org as `resourceType`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewDefinition {
    /// Name of the table; letters, digits and underscores.
    pub name: Option<String>,
    /// A short title for people.
    pub title: Option<String>,
    /// What the table holds, one row a what.
    pub description: Option<String>,
    /// Canonical URL of the definition.
    pub url: Option<String>,
    /// Resource type that the view reads.
    pub resource: String,
    /// Values that paths name as `%name`.
    pub constants: Vec<Constant>,
    /// Columns, levels and unions, in order.
    pub select: Vec<Select>,
    /// Conditions that a resource must meet, all of them.
    pub filters: Vec<Filter>,
}

/// A value that paths name as `%name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The name, without `%`.
    pub name: String,
    /// FHIR type, from the key: `valueCode` gives `code`.
    pub type_name: String,
    /// The value: text of the JSON string, digits as written, or `true`/`false`.
    pub value: String,
}

/// One condition of `where`.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// FHIRPath that gives a boolean.
    pub path: String,
    /// What the condition is for.
    pub description: Option<String>,
}

/// What a [`Select`] iterates over.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Iteration {
    /// Nothing: it stays on the element of the level above.
    #[default]
    Here,
    /// One row an element; none without elements.
    ForEach(String),
    /// One row an element; one row of nulls without elements.
    ForEachOrNull(String),
    /// These paths again and again, from each element found.
    Repeat(Vec<String>),
}

/// Columns and further levels, relative to one element.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// What it iterates over.
    pub iteration: Iteration,
    /// Columns of this level.
    pub columns: Vec<Column>,
    /// Levels within; siblings multiply.
    pub selects: Vec<Select>,
    /// Branches whose rows follow each other.
    pub union_all: Vec<Select>,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Name in the output.
    pub name: String,
    /// FHIRPath, relative to the level.
    pub path: String,
    /// FHIR type, when given: `dateTime`.
    pub type_name: Option<String>,
    /// Whether the cell is a list.
    pub collection: bool,
    /// What the column means.
    pub description: Option<String>,
    /// Tags, as (name, value): `ansi/type`.
    pub tags: Vec<(String, String)>,
}

impl ViewDefinition {
    /// Reads a ViewDefinition, strictly: a member that the specification does not know is a fault, not passed over.
    ///
    /// # Errors
    /// `view/syntax` when it is not JSON, `view/structure` with the member and its line where the shape is wrong.
    ///
    /// # Example
    /// ```
    /// let view = fhirkit_view::ViewDefinition::from_json(br#"{
    ///     "resourceType": "ViewDefinition", "name": "patients", "resource": "Patient",
    ///     "select": [{"column": [{"name": "id", "path": "getResourceKey()"}]}]
    /// }"#).unwrap();
    /// assert_eq!(view.select[0].columns[0].name, "id");
    /// ```
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        read::view(bytes)
    }
}

impl Column {
    /// Value of the tag, when the column has it.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(tag, _)| tag == name).map(|(_, value)| value.as_str())
    }
}
