//! Files, folders and streams to FHIR entries.
