//! The official suite, as `cargo xtask conformance fhirpath` runs it.

#[path = "../../xtask/src/conformance/fhirpath.rs"]
#[expect(dead_code, reason = "the task's own entry is not used here")]
mod fhirpath;

use std::path::Path;

#[test]
fn failing_tests_of_the_official_suite_are_those_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Some(report) = fhirpath::report(&root).unwrap() else {
        eprintln!("skipped: ../shared/suites/fhirpath is absent");
        return;
    };
    eprintln!("{}", report.totals());
    assert_eq!(report.differences(), "");
    let (tests, passes) = report.tests_and_passes();
    assert!(tests == 935 && passes * 10 >= tests * 9);
}
