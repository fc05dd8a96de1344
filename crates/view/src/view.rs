//! The compiled view.

use arrow_schema::SchemaRef;
use fhirkit_definitions::{Definitions, TypeId, TypeModel};

use crate::compile;
use crate::definition::ViewDefinition;
use crate::error::Error;
use crate::other::Other;
use crate::plan::Plan;

/// How a view is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether `_source_file`, `_source_line`, `_entry_index` and `_source_offset` follow the columns.
    pub lineage: bool,
    /// Whether it is a table of ours: two values in a cell are null and a misfit, not an error; `contained_in` follows
    /// the columns; a TIMESTAMP of a text without time or zone is null.
    pub built_in: bool,
}

/// A view, compiled: shared by all workers, run by [`Rows`](crate::Rows).
#[derive(Debug)]
pub struct View {
    pub(crate) name: String,
    pub(crate) types: &'static TypeModel,
    pub(crate) resource: Option<TypeId>,
    pub(crate) schema: SchemaRef,
    pub(crate) one_row: bool,
    pub(crate) options: Options,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    Plan(Box<Plan>),
    Other(Box<Other>),
}

impl View {
    /// Compiles a ViewDefinition: names, types, constants and columns are all checked here.
    ///
    /// # Errors
    /// One [`Error`] with rule, view, column and hint; the first fault found.
    ///
    /// # Example
    /// ```
    /// use fhirkit_definitions::Definitions;
    /// use fhirkit_view::{Options, View, ViewDefinition};
    ///
    /// let definition = ViewDefinition::from_json(br#"{
    ///     "resourceType": "ViewDefinition", "name": "people", "resource": "Patient",
    ///     "select": [{"column": [{"name": "born", "path": "birthDat"}]}]
    /// }"#).unwrap();
    /// let error = View::compile(Definitions::embedded().unwrap(), &definition, Options::default()).unwrap_err();
    /// assert_eq!(error.rule(), "view/unknown-path");
    /// assert_eq!((error.view(), error.column()), (Some("people"), Some("born")));
    /// ```
    pub fn compile(
        definitions: &'static Definitions,
        definition: &ViewDefinition,
        options: Options,
    ) -> Result<Self, Error> {
        compile::compile(definitions, definition, options)
    }

    /// The table `other_resource`: one row for whatever document is appended, its JSON as read.
    pub fn other_resource(definitions: &'static Definitions, options: Options) -> Self {
        Other::view(definitions.types(), options)
    }

    /// Name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The resource type that it reads; `None` for `other_resource`, which reads all.
    pub fn resource_type(&self) -> Option<TypeId> {
        self.resource
    }

    /// Columns of its batches. Field metadata: [`FHIR_TYPE`](crate::FHIR_TYPE), [`TARGET`](crate::TARGET),
    /// [`KEY`](crate::KEY).
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether a resource that it selects has exactly one row: a row of its own, so that it is not repeated in
    /// `other_resource`.
    pub fn is_one_row_a_resource(&self) -> bool {
        self.one_row && self.resource.is_some()
    }
}
