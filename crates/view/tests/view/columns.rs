//! Names, order and types of the built-in tables' columns are a public contract: `columns.csv` beside the crate.

use arrow_schema::{DataType, Field};
use fhirkit_definitions::Definitions;
use fhirkit_view::{KEY, TARGET, built_in};

/// The contract's word for a field's type.
fn type_of(field: &Field) -> &str {
    match (field.data_type(), field.metadata().get(TARGET).map(String::as_str)) {
        (DataType::Boolean, _) => "boolean",
        (DataType::Int32, _) => "integer",
        (DataType::Int64, _) => "integer64",
        (DataType::Utf8, Some("text")) => "string",
        (DataType::Utf8, Some(target)) => target,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_column_is_as_the_contract_says() {
    let contract = include_str!("../../columns.csv");
    let rows: Vec<Vec<&str>> = contract.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let of =
        |name: &str| rows.iter().filter(|row| row[0] == name).map(|row| (row[1], row[2])).collect::<Vec<_>>();
    let definitions = Definitions::embedded().unwrap();
    for table in built_in() {
        let expected = [of(table.name), of("*")].concat();
        let view = table.compile(definitions, true).unwrap();
        let found: Vec<_> = view.schema().fields().iter().map(|f| (f.name().as_str(), type_of(f))).collect();
        assert_eq!(found, expected, "{}", table.name);
        let told = table.columns().unwrap();
        let told: Vec<_> = told.iter().map(|c| (c.name.as_str(), c.type_name.as_str())).collect();
        assert_eq!(told, expected, "what `views columns` tells of {}", table.name);
        let bare = table.compile(definitions, false).unwrap();
        assert_eq!(bare.schema().fields().len() + 4, expected.len(), "{} without lineage", table.name);
    }
    assert_eq!(rows.iter().filter(|row| built_in().iter().all(|table| table.name != row[0])).count(), 5);
}

#[test]
fn every_column_has_a_description_and_every_table_a_title_and_a_pack() {
    for table in built_in() {
        assert!(!table.title().is_empty() && !table.description().is_empty(), "{}", table.name);
        assert!(["common", "payer", "clinical"].contains(&table.pack), "{}", table.name);
        assert!(
            table.columns().unwrap().iter().all(|column| !column.description.is_empty()),
            "{}",
            table.name
        );
    }
}

#[test]
fn keys_are_marked_for_bloom_filters() {
    let definitions = Definitions::embedded().unwrap();
    for table in built_in() {
        let view = table.compile(definitions, true).unwrap();
        for field in view.schema().fields() {
            // Only paths that give a key: no identifier, no number of a payer.
            let id = field.name().ends_with("_id");
            assert_eq!(field.metadata().contains_key(KEY), id, "{}.{}", table.name, field.name());
        }
    }
}

#[test]
fn tables_of_one_row_a_resource_are_known() {
    let definitions = Definitions::embedded().unwrap();
    let one_row = |name: &str| {
        fhirkit_view::BuiltIn::named(name)
            .unwrap()
            .compile(definitions, true)
            .unwrap()
            .is_one_row_a_resource()
    };
    assert!(
        ["patient", "coverage", "claim", "condition", "encounter", "observation"]
            .iter()
            .all(|name| one_row(name))
    );
    assert!(["claim_line", "claim_adjudication", "other_resource"].iter().all(|name| !one_row(name)));
}
