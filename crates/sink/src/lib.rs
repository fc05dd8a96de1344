//! Arrow batches to Parquet, CSV and NDJSON files.
