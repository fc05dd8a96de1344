//! `cargo xtask conformance SUITE`: the official suites, each against its committed list of failing tests.

mod fhirpath;
mod sql_on_fhir;
mod validation;

/// Runs the suite that the first argument names.
pub(crate) fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    match arguments.first().map(String::as_str) {
        Some("fhirpath") => fhirpath::run(arguments.get(1..).unwrap_or_default()),
        Some("sql-on-fhir") => sql_on_fhir::run(arguments.get(1..).unwrap_or_default()),
        Some("validator") => validation::suite::run(arguments.get(1..).unwrap_or_default()),
        Some("oracle") => {
            let mut arguments = arguments.get(1..).unwrap_or_default().to_vec();
            // The list holds the figures of all groups.
            if arguments.is_empty() {
                arguments.push("--ratchet".to_owned());
            }
            validation::oracle::run(&arguments)
        }
        Some("mutate") => validation::mutate::run::run(arguments.get(1..).unwrap_or_default()),
        Some(other) => {
            Err(format!("no suite `{other}`; suites: fhirpath, sql-on-fhir, validator, oracle, mutate")
                .into())
        }
        None => Err("which suite? suites: fhirpath, sql-on-fhir, validator, oracle, mutate".into()),
    }
}
