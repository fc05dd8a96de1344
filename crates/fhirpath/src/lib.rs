//! FHIRPath compiled once, evaluated over the tape.
