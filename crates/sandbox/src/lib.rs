//! A local double of the Blue Cross NC payer-to-payer FHIR API.
