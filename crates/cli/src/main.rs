//! The `fhirkit` command.

fn main() {}
