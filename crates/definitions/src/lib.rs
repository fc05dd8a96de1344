//! FHIR definitions as data.
