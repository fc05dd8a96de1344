//! ViewDefinitions compiled to Arrow batches.
