//! The official suite of SQL on FHIR, all of it.

#[path = "../../../xtask/src/conformance/sql_on_fhir.rs"]
#[expect(dead_code, reason = "the maintainers' task also writes the report")]
mod suite;

use std::path::Path;

#[test]
fn every_test_of_the_official_suite_passes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Some(files) = suite::outcomes(&root).unwrap() else {
        eprintln!("SKIPPED: the SQL on FHIR suite is absent and was not run");
        return;
    };
    let count: usize = files.iter().map(|(_, outcomes)| outcomes.len()).sum();
    assert_eq!(count, 144, "the suite has another size than when it was last looked at");
    let failed = suite::failures(&files);
    assert!(failed.is_empty(), "{} of {count} fail:\n{}", failed.len(), failed.join("\n"));
}
