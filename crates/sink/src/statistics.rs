//! The least and the greatest value of a column, in memory of their own.
//!
//! Parquet's encoder leaves those of decimals as slices of the buffer that it laid the values of a whole batch out in,
//! and the writer of a file keeps them until the footer: up to 256 KiB for each such column of each row group.

use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::data_type::FixedLenByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::{Statistics, ValueStatistics};

/// Copies the two values of an encoded column out of the buffer that they would keep alive.
pub(crate) fn detach(chunk: &mut ArrowColumnChunk) -> Result<(), ParquetError> {
    let metadata = &mut chunk.close_mut().metadata;
    if let Some(owned) = metadata.statistics().and_then(owned) {
        *metadata = metadata.clone().into_builder().set_statistics(owned).build()?;
    }
    Ok(())
}

/// The same statistics with values of their own; none where they have them already.
fn owned(statistics: &Statistics) -> Option<Statistics> {
    let Statistics::FixedLenByteArray(values) = statistics else { return None };
    let copy = |value: &FixedLenByteArray| FixedLenByteArray::from(value.data().to_vec());
    let owned = ValueStatistics::new(
        values.min_opt().map(copy),
        values.max_opt().map(copy),
        values.distinct_count(),
        values.null_count_opt(),
        statistics.is_min_max_deprecated(),
    )
    .with_min_is_exact(values.min_is_exact())
    .with_max_is_exact(values.max_is_exact())
    .with_nan_count(values.nan_count_opt())
    .with_backwards_compatible_min_max(values.is_min_max_backwards_compatible());
    Some(Statistics::FixedLenByteArray(owned))
}
