//! Every rule has a page, and its examples hold: what fails breaks that rule and no other, what is repaired keeps it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::sync::Arc;

use common::check_with;
use fhirkit_definitions::Definitions;
use fhirkit_definitions::package::{Manifest, Package};
use fhirkit_validate::{Options, Scratch, Validator, rules};

/// The code blocks of a page that are marked with a word: ```` ```json failing ````.
fn blocks<'p>(page: &'p str, word: &str) -> Vec<&'p str> {
    let fence = format!("```json {word}\n");
    page.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// A validator that knows the profiles of a page.
fn validator(page: &str) -> Validator {
    let profiles = blocks(page, "profile");
    if profiles.is_empty() {
        return Validator::new(Definitions::embedded().unwrap(), Options::default());
    }
    let manifest = Manifest {
        name: "example.page".to_owned(),
        version: "1.0.0".to_owned(),
        built_from_source: false,
        dependencies: Vec::new(),
    };
    let names: Vec<String> = (0..profiles.len()).map(|at| format!("StructureDefinition-{at}.json")).collect();
    let files = names.iter().zip(&profiles).map(|(name, text)| (name.as_str(), text.as_bytes()));
    let package = Package::from_files(Some(manifest), files).unwrap();
    let definitions = Definitions::with_packages(vec![package]).unwrap();
    assert!(definitions.without_snapshot().is_empty(), "{:?}", definitions.without_snapshot());
    Validator::new(Arc::new(definitions), Options::default())
}

#[test]
fn the_examples_of_every_page_hold() {
    let mut faults = Vec::new();
    for rule in rules::all() {
        let id = rule.id.as_str();
        let page = rules::page(id).unwrap_or_default();
        let validator = validator(page);
        let broken = |json: &str| -> Vec<String> {
            let issues = check_with(&validator, &mut Scratch::new(), json).unwrap();
            issues.iter().map(|issue| issue.rule.to_string()).collect()
        };
        let (failing, repaired) = (blocks(page, "failing"), blocks(page, "repaired"));
        if failing.is_empty() || repaired.is_empty() {
            faults.push(format!("{id}: the page needs `json failing` and `json repaired`"));
        }
        for json in failing {
            let rules = broken(json);
            if rules.is_empty() || rules.iter().any(|rule| rule != id) {
                faults.push(format!("{id}: the failing example gives {rules:?}"));
            }
        }
        for json in repaired {
            let rules = broken(json);
            if rules.iter().any(|rule| rule == id) {
                faults.push(format!("{id}: the repaired example gives {rules:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_has_its_parts_and_every_rule_its_own_name() {
    for rule in rules::all() {
        let id = rule.id.as_str();
        assert!(std::ptr::eq(rules::find(id).unwrap(), *rule), "{id} stands twice");
        let page = rules::page(id).unwrap();
        assert!(page.starts_with(&format!("# {id}\n")), "{id}: the title is not its name");
        assert!(page.contains("\n## Why it matters\n") && page.contains("\nSource: <http"), "{id}");
    }
}
