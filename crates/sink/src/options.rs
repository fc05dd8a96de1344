//! What a caller chooses: format, types of decimals, sizes of files. Plain structs with defaults,
//! and the parsers for the spellings of the command line.

use std::str::FromStr;

use arrow_schema::SchemaRef;

use crate::error::Error;

/// Rows of a Parquet row group, unless 32 MiB of values or 4 MiB in one column come first.
pub const ROW_GROUP_ROWS: usize = 128 * 1024;

/// One table that may be written.
#[derive(Debug, Clone)]
pub struct Table {
    /// The folder of the table and its name in the manifest.
    pub name: String,
    /// The schema of the batches that will come, with their field metadata.
    pub schema: SchemaRef,
    /// Write a file even when the table has no row.
    pub always: bool,
    /// What else goes into the key-value metadata of a Parquet file (view, its definition), in this order.
    pub metadata: Vec<(String, String)>,
}

impl Table {
    /// A table that is written only when it has rows, without further metadata.
    pub fn new(name: impl Into<String>, schema: SchemaRef) -> Self {
        Self { name: name.into(), schema, always: false, metadata: Vec::new() }
    }
}

/// The format of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, typed.
    Parquet(ParquetOptions),
    /// RFC 4180 with a header.
    Csv(CsvOptions),
    /// One JSON object a row.
    Ndjson,
}

impl Format {
    /// The extension of its files, without the dot.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "parquet",
            Self::Csv(_) => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// What only Parquet has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetOptions {
    /// How pages are compressed.
    pub compression: Compression,
    /// A row group ends at this many rows at the latest.
    pub row_group_rows: usize,
    /// Write bloom filters for the columns marked as keys.
    pub bloom_filters: bool,
}

impl Default for ParquetOptions {
    fn default() -> Self {
        Self { compression: Compression::Zstd(3), row_group_rows: ROW_GROUP_ROWS, bloom_filters: true }
    }
}

/// What only CSV has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// What stands for null, unquoted; the empty text by default.
    pub null_string: String,
    /// Begin each file with a UTF-8 byte order mark.
    pub bom: bool,
    /// Put `'` before a cell that a spreadsheet would run as a formula. Numbers are never touched.
    pub guard: bool,
}

/// How the pages of a Parquet file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Snappy.
    Snappy,
    /// LZ4 without framing (`LZ4_RAW`).
    Lz4,
    /// Zstandard at this level, 1 to 22.
    Zstd(u8),
}

impl FromStr for Compression {
    type Err = Error;

    /// Reads `none`, `snappy`, `lz4`, `zstd`, `zstd(n)`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::usage(format!(
                "compression `{text}`: expected none, snappy, lz4, zstd or zstd(n) with n from 1 to 22"
            ))
        };
        match text.trim().to_ascii_lowercase().as_str() {
            "none" | "uncompressed" => Ok(Self::None),
            "snappy" => Ok(Self::Snappy),
            "lz4" => Ok(Self::Lz4),
            "zstd" => Ok(Self::Zstd(3)),
            other => {
                let level = other
                    .strip_prefix("zstd(")
                    .and_then(|rest| rest.strip_suffix(')'))
                    .and_then(|level| level.trim().parse().ok());
                level.filter(|level| (1..=22).contains(level)).map(Self::Zstd).ok_or_else(wrong)
            }
        }
    }
}

/// The Parquet type of a column of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimals {
    /// `DECIMAL(precision, scale)`: exact, or the cell does not fit.
    Fixed {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits behind the point, at most `precision`.
        scale: u8,
    },
    /// The digits as written.
    Text,
    /// The nearest binary float; only on request.
    Double,
}

impl Default for Decimals {
    fn default() -> Self {
        Self::Fixed { precision: 38, scale: 18 }
    }
}

impl FromStr for Decimals {
    type Err = Error;

    /// Reads `decimal(p,s)`, `text`, `double`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::usage(format!(
                "decimal type `{text}`: expected decimal(p,s) with s ≤ p ≤ 38, text or double"
            ))
        };
        match text.trim().to_ascii_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "double" => Ok(Self::Double),
            other => {
                let inner = other
                    .strip_prefix("decimal(")
                    .and_then(|rest| rest.strip_suffix(')'))
                    .ok_or_else(wrong)?;
                let (precision, scale) = inner.split_once(',').ok_or_else(wrong)?;
                let precision: u8 = precision.trim().parse().map_err(|_| wrong())?;
                let scale: u8 = scale.trim().parse().map_err(|_| wrong())?;
                if precision == 0 || precision > 38 || scale > precision {
                    return Err(wrong());
                }
                Ok(Self::Fixed { precision, scale })
            }
        }
    }
}

/// What every format has.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The type of decimals.
    pub decimals: Decimals,
    /// Round half-even what has more digits than the scale, and count it, instead of leaving null.
    pub round: bool,
    /// At most this many rows in a file; `None` is one file a table.
    pub max_file_rows: Option<u64>,
    /// A column whose values become folders `part=<value>`.
    pub partition_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_read_as_the_command_line_spells_it() {
        assert_eq!("zstd(19)".parse::<Compression>().unwrap(), Compression::Zstd(19));
        assert_eq!("lz4".parse::<Compression>().unwrap(), Compression::Lz4);
        for wrong in ["zstd(0)", "zstd(23)", "gzip", "zstd(", ""] {
            assert!(wrong.parse::<Compression>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn decimal_type_is_read_as_the_command_line_spells_it() {
        assert_eq!(
            "decimal(18, 2)".parse::<Decimals>().unwrap(),
            Decimals::Fixed { precision: 18, scale: 2 }
        );
        assert_eq!("text".parse::<Decimals>().unwrap(), Decimals::Text);
        for wrong in ["decimal", "decimal(39,1)", "decimal(5,6)", "decimal(0,0)", "float"] {
            assert!(wrong.parse::<Decimals>().is_err(), "{wrong}");
        }
    }
}
