//! What is settled before the first row: the columns of every table and how each becomes bytes.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use serde_json::{Value, json};

use crate::column::Column;
use crate::error::{Error, Kind};
use crate::misfit::Misfit;
use crate::options::{Format, Options, Table};
use crate::parquet_file::Encoder;
use crate::partition::{self, Groups};
use crate::piece::{Counts, Part, Piece, Rows};
use crate::size;
use crate::text::{self, RowFormat};
use crate::typed::typed;

/// The tables, the format and the options of an export; shared by workers and collector.
pub struct Sink {
    pub(crate) format: Format,
    pub(crate) options: Options,
    pub(crate) tables: Vec<Prepared>,
}

/// A table with everything that depends on its schema alone.
pub(crate) struct Prepared {
    pub(crate) table: Table,
    pub(crate) columns: Vec<Column>,
    /// The schema of a Parquet file.
    pub(crate) schema: SchemaRef,
    pub(crate) partition: Option<usize>,
    pub(crate) how: How,
}

pub(crate) enum How {
    Parquet(Arc<Encoder>),
    Text(Box<dyn RowFormat + Send + Sync>),
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink").field("format", &self.format).field("options", &self.options).finish()
    }
}

impl Sink {
    /// Settles how the rows of `tables` will be written.
    ///
    /// # Errors
    /// A schema with a type that no format writes; two tables of one name; a partition column that no
    /// table has or that holds lists; a limit of 0 rows.
    pub fn new(format: Format, tables: Vec<Table>, options: Options) -> Result<Self, Error> {
        if options.max_file_rows == Some(0) {
            return Err(Error::usage("a file must be allowed at least one row"));
        }
        if let Format::Parquet(parquet) = &format
            && parquet.row_group_rows == 0
        {
            return Err(Error::usage("a row group must be allowed at least one row"));
        }
        for (index, table) in tables.iter().enumerate() {
            if tables.iter().take(index).any(|other| other.name == table.name) {
                return Err(Error::usage(format!("two tables are called `{}`", table.name)));
            }
            check_name(&table.name)?;
        }
        let tables: Vec<_> = tables
            .into_iter()
            .map(|table| Prepared::new(&format, table, &options))
            .collect::<Result<_, Error>>()?;
        if let Some(column) = &options.partition_by
            && tables.iter().all(|table| table.partition.is_none())
        {
            return Err(Error::usage(format!("no table has a column `{column}` to partition by")));
        }
        Ok(Self { format, options, tables })
    }

    /// How many tables there are.
    pub fn table_count(&self) -> usize {
        self.tables.len()
    }

    /// Makes rows ready to be written; to be called in the worker, while the batch's chunk lives.
    ///
    /// `misfits` are the cells that were found not to fit before. The piece returns them together
    /// with those that do not fit their type here, in the order of rows and columns.
    ///
    /// # Errors
    /// `record` is not of the table's schema, or `table` is not the index of one.
    pub fn convert(&self, table: usize, record: RecordBatch, misfits: Vec<Misfit>) -> Result<Piece, Error> {
        let prepared = self.table(table)?;
        let name = &prepared.table.name;
        let same = |(one, other): (&Arc<_>, &Arc<arrow_schema::Field>)| {
            let one: &arrow_schema::Field = one;
            one.data_type().equals_datatype(other.data_type())
        };
        let (ours, theirs) = (prepared.table.schema.fields(), record.schema());
        if ours.len() != theirs.fields().len() || !ours.iter().zip(theirs.fields()).all(same) {
            return Err(Error::new(Kind::Schema, format!("a batch of table `{name}` has another schema")));
        }
        let (mut misfits, mut counts) = (misfits, Counts::default());
        let (rows, columns) = (record.num_rows() as u64, prepared.columns.as_slice());
        let whole = match &prepared.how {
            How::Parquet(_) => {
                let schema = &prepared.schema;
                Rows::Batch(typed(name, columns, schema, &record, &mut misfits, &mut counts)?)
            }
            How::Text(format) => {
                Rows::Lines(text::lines(name, format.as_ref(), columns, &record, &mut misfits)?)
            }
        };
        misfits.sort_by_key(|misfit| (misfit.row, misfit.column));
        let bytes = whole.held_bytes();
        let parts = prepared.parts(&record, whole, &misfits)?;
        Ok(Piece { rows, bytes, misfits, counts, parts })
    }

    /// The columns of a table for the manifest: name and type of each.
    ///
    /// # Errors
    /// `table` is not the index of one.
    pub fn describe(&self, table: usize) -> Result<Value, Error> {
        let column = |column: &Column| json!({ "name": column.name, "type": column.described() });
        Ok(Value::Array(self.table(table)?.columns.iter().map(column).collect()))
    }

    pub(crate) fn table(&self, table: usize) -> Result<&Prepared, Error> {
        self.tables
            .get(table)
            .ok_or_else(|| Error::new(Kind::Internal, format!("there is no table with index {table}")))
    }
}

impl Prepared {
    fn new(format: &Format, table: Table, options: &Options) -> Result<Self, Error> {
        let schema = &table.schema;
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| Column::of(&table.name, field, options))
            .collect::<Result<_, Error>>()?;
        let fields: Vec<_> =
            columns.iter().zip(schema.fields()).map(|(column, field)| column.typed_field(field)).collect();
        let typed: SchemaRef = Arc::new(Schema::new(fields));
        let how = match text::row_format(format, &columns) {
            Some(text) => How::Text(text),
            None => How::Parquet(Arc::new(Encoder::new(format, &table, &columns, &typed)?)),
        };
        let partition = match &options.partition_by {
            Some(wanted) => columns.iter().position(|column| &column.name == wanted),
            None => None,
        };
        if let Some(index) = partition
            && !partition::is_nameable(schema.field(index).data_type())
        {
            let message = format!("table `{}` cannot be partitioned by a column of lists", table.name);
            return Err(Error::usage(message));
        }
        Ok(Self { table, columns, schema: typed, partition, how })
    }

    fn parts(&self, record: &RecordBatch, rows: Rows, misfits: &[Misfit]) -> Result<Vec<Part>, Error> {
        let Some(index) = self.partition else {
            return Ok(vec![Part { folder: None, of: Vec::new(), rows }]);
        };
        let is_misfit = |row: usize| {
            let place = (row as u32, index as u32);
            misfits.binary_search_by_key(&place, |misfit| (misfit.row, misfit.column)).is_ok()
        };
        let groups = Groups::of(record.column(index).as_ref(), is_misfit);
        match rows {
            Rows::Batch(batch) => groups.split_batch(&self.table.name, &batch),
            Rows::Lines(lines) => Ok(groups.split_lines(&lines)),
        }
    }
}

impl Rows {
    fn held_bytes(&self) -> u64 {
        match self {
            Self::Batch(batch) => size::held_bytes(batch),
            Self::Lines(lines) => lines.bytes.len() as u64,
        }
    }
}

/// A table's name is a folder: one component, not hidden, not one of ours.
fn check_name(name: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let safe = name.bytes().all(plain) && name.len() <= 200;
    if safe && name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(Error::usage(format!("`{name}` cannot be the name of a table: letters, digits, `_`, `-`, `.` only")))
}
