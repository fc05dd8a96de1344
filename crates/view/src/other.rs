//! `other_resource`: one row for every document without a row of its own, its JSON as read.

use std::sync::{Arc, OnceLock};

use arrow_schema::{Field, Schema};
use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_fhirpath::{Context, Expression, Scope, Value};
use fhirkit_tape::Node;

use crate::cell::Cell;
use crate::error::RowError;
use crate::lineage;
use crate::plan::ColumnPlan;
use crate::rows::Rows;
use crate::scratch::Scratch;
use crate::types::{Carrier, ColumnType, DateRule};
use crate::view::{Body, Options, View};

/// Elements that refer to the patient of a resource.
const PATIENT_ELEMENTS: [&str; 4] = ["subject", "patient", "beneficiary", "for"];

/// The columns of the table, as [`BuiltIn::columns`](crate::BuiltIn::columns) tells them.
pub(crate) const COLUMNS: [(&str, &str); 4] = [
    ("resource_type", "Resource type"),
    ("resource_id", "Key of the resource"),
    ("patient_id", "Patient: key"),
    ("json", "The resource as read"),
];

/// What the table needs to know of the types.
#[derive(Debug)]
pub(crate) struct Other {
    pub(crate) columns: Vec<ColumnPlan>,
    /// By type: the path to the patient's key, compiled when a resource of the type is first met.
    patients: Vec<OnceLock<Option<Expression>>>,
}

impl Other {
    pub(crate) fn view(types: &'static TypeModel, options: Options) -> View {
        let column = |(name, _): (&str, &str)| {
            let carrier = if name == "json" { Carrier::Json } else { Carrier::Text };
            let fhir_type = if name == "resource_type" { "code" } else { "string" };
            let kind = ColumnType {
                carrier,
                fhir_type: fhir_type.to_owned(),
                list: false,
                cast: false,
                dates: DateRule::AsWritten,
            };
            ColumnPlan { name: name.to_owned(), kind }
        };
        let columns: Vec<ColumnPlan> = COLUMNS.into_iter().map(column).collect();
        let own = columns.iter().map(|column| column.kind.field(&column.name, column.name.ends_with("_id")));
        let mut fields: Vec<Field> = own.collect();
        fields.push(lineage::contained_in());
        if options.lineage {
            fields.extend(lineage::fields());
        }
        let patients = types.types().map(|_| OnceLock::new()).collect();
        View {
            name: "other_resource".to_owned(),
            types,
            resource: None,
            schema: Arc::new(Schema::new(fields)),
            one_row: true,
            options: Options { built_in: true, ..options },
            body: Body::Other(Box::new(Self { columns, patients })),
        }
    }

    /// Adds the one row of a document, whatever it is.
    pub(crate) fn append<'t>(
        &'t self,
        view: &'t View,
        node: Node<'t>,
        rows: &mut Rows,
        scratch: &mut Scratch,
    ) -> Result<(), RowError> {
        let patient = self.patient(view.types, node, rows, scratch);
        rows.row.clear();
        rows.row.extend([
            Cell::Node(node.get("resourceType").id()),
            Cell::Node(node.get("id").id()),
            patient,
            Cell::Node(node.id()),
        ]);
        rows.end_row(view, node)
    }

    fn patient<'t>(
        &'t self,
        types: &'static TypeModel,
        node: Node<'t>,
        rows: &mut Rows,
        scratch: &mut Scratch,
    ) -> Cell {
        let name = node.get("resourceType").as_str();
        let Some(ty) = name.and_then(|name| types.type_named(&name)) else { return Cell::Absent };
        let expression = self
            .patients
            .get(ty.index())
            .and_then(|slot| slot.get_or_init(|| patient_key(types, ty)).as_ref());
        let Some(expression) = expression else { return Cell::Absent };
        let resource = Value::element(node, ty);
        let context = Context::new(types, resource.clone());
        let mut values = scratch.take();
        let done = expression.evaluate(&context, &resource, &mut scratch.path, &mut values);
        // A key that the data does not give is null; the document itself stands in `json`.
        let cell = match (done, values.as_slice()) {
            (Ok(()), [Value::String(key)]) => Cell::Text(rows.text(|arena| arena.push_str(key))),
            _ => Cell::Absent,
        };
        scratch.give(values);
        cell
    }
}

/// The path to the patient's key in a resource type, where it has one.
fn patient_key(types: &TypeModel, ty: TypeId) -> Option<Expression> {
    let reference = types.type_named("Reference")?;
    let refers = |name: &&str| {
        let element = types.element(ty, name)?;
        let choice = element.is_choice();
        element.variants.iter().any(|variant| variant.ty == reference).then_some(choice)
    };
    let paths: Vec<String> = PATIENT_ELEMENTS
        .iter()
        .filter_map(|name| {
            Some(if refers(name)? { format!("{name}.ofType(Reference)") } else { (*name).to_owned() })
        })
        .collect();
    if paths.is_empty() {
        return None;
    }
    let path = format!("({}).getReferenceKey(Patient)", paths.join(" | "));
    Expression::compile(types, &path, &Scope::in_view(ty, ty)).ok()
}
