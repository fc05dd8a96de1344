//! The type model against a table that another program made of the same package.

mod shared;

use fhirkit_definitions::{Definitions, TypeKind};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn type_model_agrees_with_the_independent_table() {
    let Some(path) = shared::shared("prototypes/r4.tsv") else { return };
    let types = Definitions::embedded().unwrap().types();
    let text = fs::read_to_string(path).unwrap();
    let expected: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    // The table has neither primitives nor the two abstract resources.
    let resource = types.type_named("Resource").unwrap();
    let in_table = |id| {
        let is_abstract = types.kind(id) == TypeKind::Abstract && types.is_subtype(id, resource);
        !is_abstract && types.kind(id) != TypeKind::Primitive
    };
    for id in types.types().filter(|&id| in_table(id)) {
        for element in types.elements(id) {
            let max = if element.is_array { "*" } else { "1" };
            for variant in element.variants {
                let (name, choice) = (element.name, if element.is_choice() { "[x]" } else { "" });
                let (owner, ty) = (types.name(id), types.name(variant.ty));
                found.insert(format!(
                    "{owner}\t{}\t{ty}\t{}\t{max}\t{name}{choice}",
                    variant.key, element.min
                ));
            }
        }
    }
    let missing: Vec<_> = expected.difference(&found).take(20).collect();
    let surplus: Vec<_> = found.difference(&expected).take(20).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
}

#[test]
fn every_field_is_found_by_its_key_and_every_element_by_its_name() {
    let types = Definitions::embedded().unwrap().types();
    for id in types.types() {
        assert_eq!(types.type_named(types.name(id)), Some(id));
        for element in types.elements(id) {
            assert_eq!(types.element(id, element.name), Some(element));
            for variant in element.variants {
                let field = types.field(id, variant.key).unwrap();
                assert_eq!((field.name, field.ty), (element.name, variant.ty));
            }
        }
    }
}

#[test]
fn there_are_146_resources_that_are_not_abstract() {
    let types = Definitions::embedded().unwrap().types();
    assert_eq!(types.types().filter(|&id| types.is_resource(id)).count(), 146);
}

#[test]
fn content_reference_leads_to_the_backbone_it_names() {
    let types = Definitions::embedded().unwrap().types();
    let item = types.type_named("Questionnaire.item").unwrap();
    assert_eq!(types.field(item, "item").unwrap().ty, item);
    let link = types.field(types.type_named("Bundle.entry").unwrap(), "link").unwrap();
    assert_eq!(types.name(link.ty), "Bundle.link");
}

#[test]
fn subtypes_follow_specialisation() {
    let types = Definitions::embedded().unwrap().types();
    let id = |name| types.type_named(name).unwrap();
    assert!(types.is_subtype(id("Age"), id("Quantity")) && types.is_subtype(id("Patient"), id("Resource")));
    assert!(
        types.is_subtype(id("code"), id("string")) && types.is_subtype(id("Patient.contact"), id("Element"))
    );
    assert!(
        !types.is_subtype(id("Quantity"), id("Age")) && !types.is_subtype(id("Bundle"), id("DomainResource"))
    );
}

#[test]
fn only_near_names_are_suggested() {
    let types = Definitions::embedded().unwrap().types();
    let patient = types.type_named("Patient").unwrap();
    assert_eq!(types.nearest_element(patient, "brithDate"), Some("birthDate"));
    assert_eq!(types.nearest_element(patient, "zzzzzz"), None);
    assert_eq!(types.nearest_type("Pateint"), Some("Patient"));
    let observation = types.type_named("Observation").unwrap();
    assert_eq!(types.nearest_element(observation, "valueQuantity"), Some("value"));
}
