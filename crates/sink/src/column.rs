//! What a column of a batch becomes: settled once per table, before the first row.
//!
//! Field metadata of the batch says what the text of a cell means: `fhirkit:target` (`decimal`, `date`,
//! `timestamp`, `time`, anything else is text), `fhir:type`, and `fhirkit:key` = `true` for keys.

use arrow_schema::{DataType, Field, TimeUnit};

use crate::error::{Error, Kind as ErrorKind};
use crate::options::{Decimals, Options};
use crate::values::decimal::Rounding;
use crate::values::{Fault, date, decimal};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Boolean,
    Int32,
    Int64,
    Decimal,
    Date,
    Timestamp,
    Time,
}

/// One column: what its values are, alone or in lists.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) list: bool,
    pub(crate) key: bool,
    decimals: Decimals,
    rounding: Rounding,
    /// A column of dates that takes the day of a dateTime.
    day_of: bool,
}

/// What a text that fits becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fit {
    /// How many bytes at the front of the text stand in a text format's cell.
    pub(crate) shown: usize,
    pub(crate) rounded: bool,
}

impl Column {
    pub(crate) fn of(table: &str, field: &Field, options: &Options) -> Result<Self, Error> {
        let (list, item) = match field.data_type() {
            DataType::List(item) => (true, item.data_type()),
            other => (false, other),
        };
        let meta = |key: &str| field.metadata().get(key).map(|value| value.as_str());
        let kind = match (item, meta("fhirkit:target")) {
            (DataType::Utf8, Some("decimal")) => Kind::Decimal,
            (DataType::Utf8, Some("date")) => Kind::Date,
            (DataType::Utf8, Some("timestamp")) => Kind::Timestamp,
            (DataType::Utf8, Some("time")) => Kind::Time,
            (DataType::Utf8, _) => Kind::Text,
            (DataType::Boolean, _) => Kind::Boolean,
            (DataType::Int32, _) => Kind::Int32,
            (DataType::Int64, _) => Kind::Int64,
            (other, _) => {
                let message = format!("column `{}` of table `{table}` is of type {other}", field.name());
                return Err(Error::new(ErrorKind::Schema, message));
            }
        };
        Ok(Self {
            name: field.name().clone(),
            kind,
            list,
            key: meta("fhirkit:key") == Some("true"),
            decimals: options.decimals,
            rounding: if options.round { Rounding::HalfEven } else { Rounding::Refuse },
            day_of: meta("fhir:type").is_some_and(|name| name != "date"),
        })
    }

    /// The type of its values in a Parquet file.
    pub(crate) fn typed(&self) -> DataType {
        match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Boolean => DataType::Boolean,
            Kind::Int32 => DataType::Int32,
            Kind::Int64 => DataType::Int64,
            Kind::Decimal => match self.decimals {
                Decimals::Fixed { precision, scale } => DataType::Decimal128(precision, scale as i8),
                Decimals::Text => DataType::Utf8,
                Decimals::Double => DataType::Float64,
            },
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Time => DataType::Time64(TimeUnit::Microsecond),
        }
    }

    /// The field of a Parquet file that this field of the batch becomes; its metadata stays.
    pub(crate) fn typed_field(&self, field: &Field) -> Field {
        let data_type = match field.data_type() {
            DataType::List(item) => {
                DataType::List(std::sync::Arc::new(item.as_ref().clone().with_data_type(self.typed())))
            }
            _ => self.typed(),
        };
        field.clone().with_data_type(data_type)
    }

    /// Its type in words for the manifest.
    pub(crate) fn described(&self) -> String {
        let name = match self.kind {
            Kind::Text => "string".to_owned(),
            Kind::Boolean => "boolean".to_owned(),
            Kind::Int32 => "int32".to_owned(),
            Kind::Int64 => "int64".to_owned(),
            Kind::Decimal => match self.decimals {
                Decimals::Fixed { precision, scale } => format!("decimal({precision},{scale})"),
                Decimals::Text => "decimal as string".to_owned(),
                Decimals::Double => "double".to_owned(),
            },
            Kind::Date => "date".to_owned(),
            Kind::Timestamp => "timestamp".to_owned(),
            Kind::Time => "time".to_owned(),
        };
        if self.list { format!("list of {name}") } else { name }
    }

    /// Whether cells of text have a grammar of their own that must be checked.
    pub(crate) fn is_checked(&self) -> bool {
        matches!(self.kind, Kind::Date | Kind::Timestamp | Kind::Time)
            || self.kind == Kind::Decimal && self.decimals != Decimals::Text
    }

    /// Judges a text as the typed column would, without keeping the value.
    pub(crate) fn check(&self, text: &str) -> Result<Fit, Fault> {
        let whole = Fit { shown: text.len(), rounded: false };
        match self.kind {
            Kind::Decimal => match self.decimals {
                Decimals::Fixed { .. } => {
                    self.decimal(text).map(|scaled| Fit { rounded: scaled.rounded, ..whole })
                }
                Decimals::Double => decimal::parse_double(text).map(|_| whole),
                Decimals::Text => Ok(whole),
            },
            // A day is ten bytes; what follows is the time that this column does not have.
            Kind::Date => self.date(text).map(|_| Fit { shown: 10, rounded: false }),
            Kind::Timestamp => date::timestamp(text).map(|_| whole),
            Kind::Time => date::time(text).map(|_| whole),
            Kind::Text | Kind::Boolean | Kind::Int32 | Kind::Int64 => Ok(whole),
        }
    }

    pub(crate) fn decimals(&self) -> Decimals {
        self.decimals
    }

    pub(crate) fn decimal(&self, text: &str) -> Result<decimal::Scaled, Fault> {
        let (precision, scale) = match self.decimals {
            Decimals::Fixed { precision, scale } => (precision, scale),
            Decimals::Text | Decimals::Double => (38, 18),
        };
        decimal::parse(text, precision, scale, self.rounding)
    }

    pub(crate) fn date(&self, text: &str) -> Result<i32, Fault> {
        if self.day_of { date::date_of(text) } else { date::date(text) }
    }
}
