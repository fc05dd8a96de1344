//! Parquet: what a table's files have in common, and one file that is being written.

use std::fmt;
use std::io;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, FieldRef, Schema, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression as Codec, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use crate::column::{Column, Kind};
use crate::error::{Error, Kind as ErrorKind};
use crate::options::{Compression, Format, ParquetOptions, Table};
use crate::tree::{TreeFile, Written};

const CREATED_BY: &str = concat!("fhirkit version ", env!("CARGO_PKG_VERSION"));
const FHIR_VERSION: &str = "4.0.1";

/// Makes the column writers of a table's row groups, on any thread.
pub(crate) struct Encoder {
    pub(crate) schema: SchemaRef,
    pub(crate) row_group_rows: usize,
    descriptor: SchemaDescriptor,
    properties: Arc<WriterProperties>,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Encoder {
    pub(crate) fn new(
        format: &Format,
        table: &Table,
        columns: &[Column],
        schema: &SchemaRef,
    ) -> Result<Self, Error> {
        let Format::Parquet(options) = format else {
            return Err(Error::new(ErrorKind::Internal, "only Parquet has an encoder"));
        };
        let failed = |error: ParquetError| {
            Error::new(ErrorKind::Schema, format!("table `{}` cannot be Parquet: {error}", table.name))
        };
        let mut properties = properties(options, table, columns)?;
        let descriptor = ArrowSchemaConverter::new().convert(schema).map_err(failed)?;
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        let properties = Arc::new(properties);
        Ok(Self {
            schema: Arc::clone(schema),
            row_group_rows: options.row_group_rows,
            descriptor,
            properties,
        })
    }

    /// Encodes and compresses all values of one column of a row group, array after array. Its writer is made for it
    /// alone: those of all columns, made at once, would hold tens of kilobytes each while they wait for their turn.
    pub(crate) fn encode(
        &self,
        field: &FieldRef,
        arrays: Vec<ArrayRef>,
    ) -> Result<ArrowColumnChunk, ParquetError> {
        let schema = Arc::new(Schema::new(vec![Arc::clone(field)]));
        let root = ArrowSchemaConverter::new().convert(&schema)?.root_schema_ptr();
        // A factory takes schema and properties from a file; which file does not matter.
        let model = SerializedFileWriter::new(io::sink(), root, Arc::clone(&self.properties))?;
        let mut writers = ArrowRowGroupWriterFactory::new(&model, schema).create_column_writers(0)?;
        // A column is one leaf: values alone, or values in lists.
        let Some(mut writer) = writers.pop() else {
            return Err(ParquetError::General(format!("column `{}` has no values", field.name())));
        };
        for array in arrays {
            for leaf in compute_leaves(field, &array)? {
                writer.write(&leaf)?;
            }
        }
        writer.close()
    }
}

fn properties(
    options: &ParquetOptions,
    table: &Table,
    columns: &[Column],
) -> Result<WriterProperties, Error> {
    let codec = match options.compression {
        Compression::None => Codec::UNCOMPRESSED,
        Compression::Snappy => Codec::SNAPPY,
        Compression::Lz4 => Codec::LZ4_RAW,
        Compression::Zstd(level) => Codec::ZSTD(
            ZstdLevel::try_new(i32::from(level)).map_err(|error| Error::usage(error.to_string()))?,
        ),
    };
    let pair = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let mut metadata = vec![
        pair("fhirkit:version", env!("CARGO_PKG_VERSION")),
        pair("fhirkit:table", &table.name),
        pair("fhir:version", FHIR_VERSION),
    ];
    metadata.extend(table.metadata.iter().map(|(key, value)| pair(key, value)));
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(codec)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(metadata));
    for (column, field) in columns.iter().zip(table.schema.fields()) {
        let path = match field.data_type() {
            DataType::List(item) => {
                ColumnPath::new(vec![column.name.clone(), "list".to_owned(), item.name().clone()])
            }
            _ => ColumnPath::new(vec![column.name.clone()]),
        };
        builder = column_properties(builder, options, column, path);
    }
    Ok(builder.build())
}

/// A dictionary pays where values repeat: not for keys, free text, amounts and times.
fn column_properties(
    mut builder: WriterPropertiesBuilder,
    options: &ParquetOptions,
    column: &Column,
    path: ColumnPath,
) -> WriterPropertiesBuilder {
    let name = column.name.as_str();
    let free_text = name == "text" || name == "json" || name.ends_with("_text");
    let counter = matches!(column.kind, Kind::Int64);
    if counter {
        // Line and byte offset grow from row to row.
        builder = builder.set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED);
    }
    if column.key
        || free_text
        || counter
        || matches!(column.kind, Kind::Decimal | Kind::Timestamp | Kind::Time)
    {
        builder = builder.set_column_dictionary_enabled(path.clone(), false);
    }
    if column.key && options.bloom_filters {
        let distinct = options.row_group_rows.min(crate::options::ROW_GROUP_ROWS) as u64;
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_max_ndv(path, distinct);
    }
    builder
}

/// A Parquet file that row groups are spliced into.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<TreeFile>,
    path: std::path::PathBuf,
}

impl ParquetFile {
    pub(crate) fn new(encoder: &Encoder, file: TreeFile) -> Result<Self, Error> {
        let path = file.path().to_owned();
        let root = encoder.descriptor.root_schema_ptr();
        let writer = SerializedFileWriter::new(file, root, Arc::clone(&encoder.properties))
            .map_err(|error| Error::parquet(&path, error))?;
        Ok(Self { writer, path })
    }

    /// Appends an encoded group.
    pub(crate) fn splice(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<(), Error> {
        let failed = |error| Error::parquet(&self.path, error);
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }

    /// Writes the footer.
    pub(crate) fn close(self) -> Result<Written, Error> {
        self.writer.into_inner().map_err(|error| Error::parquet(&self.path, error))?.close()
    }
}
