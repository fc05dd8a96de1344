//! From a ViewDefinition to a plan: every name and type looked up, every fault told before the first byte of data.

mod constants;
mod expression;
mod family;
mod level;
mod names;
mod repeat;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_schema::{Field, Schema};
use fhirkit_definitions::{Definitions, TypeId, TypeModel};
use fhirkit_fhirpath::{Scope, Shape};

use crate::definition::{Iteration, ViewDefinition};
use crate::error::{Error, Kind};
use crate::lineage;
use crate::paths;
use crate::plan::{ColumnPlan, Plan};
use crate::view::{Body, Options, View};
use level::Builder;

/// Plans compiled so far.
static PLANS: AtomicU64 = AtomicU64::new(1);

/// Compiles a view; see [`View::compile`].
pub(crate) fn compile(
    definitions: &'static Definitions,
    definition: &ViewDefinition,
    options: Options,
) -> Result<View, Error> {
    let name = definition.name.clone().unwrap_or_else(|| definition.resource.clone());
    let compiled = compile_named(definitions.types(), definition, options, &name);
    compiled.map_err(|error| error.in_view(&name))
}

fn compile_named(
    types: &'static TypeModel,
    definition: &ViewDefinition,
    options: Options,
    name: &str,
) -> Result<View, Error> {
    names::check(name, "view")?;
    let resource = resource_type(types, &definition.resource)?;
    let constants = constants::values(&definition.constants)?;
    let declared = names::columns(&definition.select)?;
    let scope = Scope { constants, ..Scope::in_view(resource, resource) };
    let mut builder = Builder::new(types, &declared, options.built_in);
    let mut root = builder.root(&definition.select, scope.clone())?;
    let columns = builder.columns()?;
    if columns.is_empty() {
        return Err(Error::new(Kind::Structure, "the view has no column")
            .at_place("select")
            .with_hint(Some("give it one: {\"name\": \"id\", \"path\": \"getResourceKey()\"}".to_owned())));
    }
    let mut filters = Vec::with_capacity(definition.filters.len());
    for (i, filter) in definition.filters.iter().enumerate() {
        let place = format!("where[{i}].path");
        filters.push(expression::filter(types, &filter.path, &scope).map_err(|error| error.at_place(place))?);
    }
    let schema = schema(&columns, &declared, &options);
    let one_row = root.is_single();
    let (memo_count, recall_count) = family::group(types, &columns, &mut root);
    let cached = builder.into_cached();
    let id = PLANS.fetch_add(1, Ordering::Relaxed);
    let plan = Plan { filters, root, cached, columns, id, memo_count, recall_count };
    Ok(View {
        name: name.to_owned(),
        types,
        resource: Some(resource),
        schema: Arc::new(schema),
        one_row,
        options,
        body: Body::Plan(Box::new(plan)),
    })
}

fn resource_type(types: &TypeModel, name: &str) -> Result<TypeId, Error> {
    let found = types.type_named(name).filter(|id| types.is_resource(*id));
    found.ok_or_else(|| {
        let hint = types.nearest_type(name).map(|near| format!("did you mean `{near}`?"));
        Error::new(Kind::UnknownResource, format!("`{name}` is not an R4 resource type"))
            .at_place("resource")
            .with_hint(hint)
    })
}

fn schema(columns: &[ColumnPlan], declared: &[names::Declared<'_>], options: &Options) -> Schema {
    let own = columns
        .iter()
        .zip(declared)
        .map(|(column, declared)| column.kind.field(&column.name, paths::is_key(&declared.column.path)));
    let mut fields: Vec<Field> = own.collect();
    if options.built_in {
        fields.push(lineage::contained_in());
    }
    if options.lineage {
        fields.extend(lineage::fields());
    }
    Schema::new(fields)
}

/// The expression that an iteration stands on, with the member that holds it.
fn iterated(iteration: &Iteration) -> Vec<(String, &str)> {
    match iteration {
        Iteration::Here => Vec::new(),
        Iteration::ForEach(path) => vec![("forEach".to_owned(), path)],
        Iteration::ForEachOrNull(path) => vec![("forEachOrNull".to_owned(), path)],
        Iteration::Repeat(paths) => {
            paths.iter().enumerate().map(|(i, path)| (format!("repeat[{i}]"), path.as_str())).collect()
        }
    }
}

/// One item of that shape.
fn single(shape: &Shape) -> Shape {
    Shape { single: true, ..shape.clone() }
}
