//! What a column holds: from the FHIR type, the tag `ansi/type`, or both, to an Arrow field.

use std::collections::HashMap;

use arrow_schema::{DataType, Field};

use crate::definition::Column;
use crate::error::{Error, Kind};
use crate::suggest::nearest;

/// Field metadata: the FHIR type of the values.
pub const FHIR_TYPE: &str = "fhir:type";
/// Field metadata: the type that typed formats convert the text to: `decimal`, `date`, `timestamp`, `text`.
pub const TARGET: &str = "fhirkit:target";
/// Field metadata: `true` for keys of resources and references.
pub const KEY: &str = "fhirkit:key";

/// How a cell is carried and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// Text; a JSON string.
    Text,
    /// A JSON boolean.
    Boolean,
    /// A JSON number without fraction, 32 bits.
    Int32,
    /// A JSON number without fraction, 64 bits.
    Int64,
    /// A JSON number, carried as its text.
    Decimal,
    /// Text that typed formats make a date.
    Date,
    /// Text that typed formats make an instant.
    Timestamp,
    /// A FHIR element that is no primitive, as its JSON text.
    Json,
}

impl Carrier {
    /// Words for what was wanted, as a misfit tells it.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Carrier::Text => "a string",
            Carrier::Boolean => "a boolean",
            Carrier::Int32 => "a 32-bit integer",
            Carrier::Int64 => "a 64-bit integer",
            Carrier::Decimal => "a number",
            Carrier::Date => "a date",
            Carrier::Timestamp => "a date with time and zone",
            Carrier::Json => "an element",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Carrier::Boolean => DataType::Boolean,
            Carrier::Int32 => DataType::Int32,
            Carrier::Int64 => DataType::Int64,
            Carrier::Text | Carrier::Decimal | Carrier::Date | Carrier::Timestamp | Carrier::Json => {
                DataType::Utf8
            }
        }
    }

    fn target(self) -> Option<&'static str> {
        match self {
            Carrier::Decimal => Some("decimal"),
            Carrier::Date => Some("date"),
            Carrier::Timestamp => Some("timestamp"),
            Carrier::Text | Carrier::Json => Some("text"),
            Carrier::Boolean | Carrier::Int32 | Carrier::Int64 => None,
        }
    }

    /// The carrier of a FHIR primitive or FHIRPath system type without a tag: the default mapping of SQL on FHIR,
    /// where dates are text; decimals are numbers here, exact in every format.
    pub(crate) fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "boolean" | "System.Boolean" => Carrier::Boolean,
            "integer" | "positiveInt" | "unsignedInt" | "System.Integer" => Carrier::Int32,
            "integer64" | "System.Long" => Carrier::Int64,
            "decimal" | "System.Decimal" => Carrier::Decimal,
            "base64Binary" | "canonical" | "code" | "id" | "markdown" | "oid" | "string" | "uri" | "url"
            | "uuid" | "xhtml" | "date" | "dateTime" | "instant" | "time" | "System.String"
            | "System.Date" | "System.DateTime" | "System.Time" => Carrier::Text,
            _ => return None,
        })
    }

    /// The carrier that a tag `ansi/type` asks for: ISO/IEC 9075 type names, lengths and precisions not looked at.
    fn of_ansi(value: &str) -> Option<Self> {
        let name = value.split('(').next().unwrap_or_default().trim().to_ascii_uppercase();
        Some(match name.as_str() {
            "CHARACTER VARYING"
            | "CHAR VARYING"
            | "VARCHAR"
            | "CHARACTER"
            | "CHAR"
            | "TEXT"
            | "CHARACTER LARGE OBJECT"
            | "CLOB"
            | "BINARY"
            | "BINARY VARYING"
            | "VARBINARY"
            | "TIME"
            | "TIME WITHOUT TIME ZONE" => Carrier::Text,
            "BOOLEAN" => Carrier::Boolean,
            "INT" | "INTEGER" | "SMALLINT" => Carrier::Int32,
            "BIGINT" => Carrier::Int64,
            "DECIMAL" | "DEC" | "NUMERIC" => Carrier::Decimal,
            "DATE" => Carrier::Date,
            "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE" | "TIMESTAMP WITHOUT TIME ZONE" => Carrier::Timestamp,
            _ => return None,
        })
    }

    /// Whether values carried as `from` may stand in a column of `self` without a tag.
    fn accepts(self, from: Carrier) -> bool {
        use Carrier::{Date, Decimal, Int32, Int64, Json, Text, Timestamp};
        match self {
            Text | Date | Timestamp => matches!(from, Text | Date | Timestamp),
            Decimal => matches!(from, Decimal | Int32 | Int64),
            Int64 => matches!(from, Int32 | Int64),
            Json => from == Json,
            other => other == from,
        }
    }
}

const ANSI: &[&str] = &[
    "CHARACTER VARYING",
    "BOOLEAN",
    "INTEGER",
    "BIGINT",
    "DECIMAL",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
];

/// What a column of dates takes of the text; the rest is in its twins, or is the sink's matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateRule {
    /// The text as it is.
    AsWritten,
    /// Of a time the date as written; a partial date as it is.
    DatePart,
    /// Of a time the date as written; null for a partial date, which the `_text` twin carries.
    DatePartOrNull,
    /// Null for a lawful text without time or zone, which the `_date` and `_text` twins carry.
    InstantOrNull,
}

impl DateRule {
    /// The rule of a column that branches of a union fill: the one that takes more kinds of text.
    pub(crate) fn join(self, other: DateRule) -> DateRule {
        if self == DateRule::AsWritten { other } else { self }
    }

    fn of(carrier: Carrier, built_in: bool, possible: &[&str]) -> Self {
        let only_dates =
            !possible.is_empty() && possible.iter().all(|name| matches!(*name, "date" | "System.Date"));
        match carrier {
            Carrier::Date if only_dates => DateRule::AsWritten,
            Carrier::Date if built_in => DateRule::DatePartOrNull,
            Carrier::Date => DateRule::DatePart,
            Carrier::Timestamp if built_in => DateRule::InstantOrNull,
            _ => DateRule::AsWritten,
        }
    }
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnType {
    pub(crate) carrier: Carrier,
    /// FHIR type name, for the metadata.
    pub(crate) fhir_type: String,
    /// `collection: true`.
    pub(crate) list: bool,
    /// A tag asks for another type than the values have: text is parsed.
    pub(crate) cast: bool,
    /// What of a date or time the column takes.
    pub(crate) dates: DateRule,
}

impl ColumnType {
    /// From what the column says and the types (names, without `System.` for FHIR types) that its path may give.
    pub(crate) fn decide(column: &Column, possible: &[&str], built_in: bool) -> Result<Self, Error> {
        let (fhir_type, natural) = match &column.type_name {
            Some(given) => given_type(given, possible)?,
            None => inferred_type(possible)?,
        };
        let tagged = match column.tag("ansi/type") {
            None => None,
            Some(value) => Some(Carrier::of_ansi(value).ok_or_else(|| {
                let hint = nearest(value, ANSI.iter().copied()).unwrap_or(
                    "one of CHARACTER VARYING, BOOLEAN, INTEGER, BIGINT, DECIMAL, DATE, TIMESTAMP",
                );
                Error::new(Kind::WrongType, format!("`ansi/type` has no `{value}`"))
                    .with_hint(Some(format!("use {hint}")))
            })?),
        };
        let carrier = tagged.unwrap_or(natural);
        if natural == Carrier::Json && carrier != Carrier::Json && carrier != Carrier::Text {
            return Err(Error::new(
                Kind::WrongType,
                format!("a `{fhir_type}` cannot be cast by `ansi/type`"),
            ));
        }
        let carrier = if natural == Carrier::Json { Carrier::Json } else { carrier };
        let dates = DateRule::of(carrier, built_in, possible);
        Ok(Self { carrier, fhir_type, list: column.collection, cast: !carrier.accepts(natural), dates })
    }

    /// The Arrow field of the column.
    pub(crate) fn field(&self, name: &str, key: bool) -> Field {
        let data_type = self.carrier.data_type();
        let mut metadata = HashMap::from([(FHIR_TYPE.to_owned(), self.fhir_type.clone())]);
        if let Some(target) = self.carrier.target() {
            metadata.insert(TARGET.to_owned(), target.to_owned());
        }
        if key {
            metadata.insert(KEY.to_owned(), "true".to_owned());
        }
        let data_type = if self.list { DataType::new_list(data_type, true) } else { data_type };
        Field::new(name, data_type, true).with_metadata(metadata)
    }
}

/// The type as the author gives it: a name or the canonical of its StructureDefinition.
fn given_type(given: &str, possible: &[&str]) -> Result<(String, Carrier), Error> {
    let name = given.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or(given);
    let name = name.strip_prefix("http://hl7.org/fhirpath/").unwrap_or(name);
    let carrier = Carrier::of_type(name).unwrap_or(Carrier::Json);
    let fits = |found: &&str| carrier.accepts(Carrier::of_type(found).unwrap_or(Carrier::Json));
    if possible.is_empty() || possible.iter().any(fits) {
        return Ok((name.to_owned(), carrier));
    }
    let found = possible.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(" or ");
    Err(Error::new(Kind::WrongType, format!("type `{name}` is asked, but the path gives {found}")))
}

/// The type that the definitions give to the path's values.
fn inferred_type(possible: &[&str]) -> Result<(String, Carrier), Error> {
    let Some((first, rest)) = possible.split_first() else {
        return Ok(("string".to_owned(), Carrier::Text));
    };
    let plain = |name: &str| {
        let name =
            name.strip_prefix("System.").map(str::to_ascii_lowercase).unwrap_or_else(|| name.to_owned());
        if name == "datetime" { "dateTime".to_owned() } else { name }
    };
    let Some(carrier) = Carrier::of_type(first) else {
        return Err(Error::new(
            Kind::WrongType,
            format!("the path gives a `{first}`, which is no primitive"),
        )
        .with_hint(Some(format!(
            "name one of its elements, or give `\"type\": \"{first}\"` to have it as JSON"
        ))));
    };
    let mut inferred = (plain(first), carrier);
    for next in rest {
        let Some(other) =
            Carrier::of_type(next).filter(|next| carrier.accepts(*next) || next.accepts(carrier))
        else {
            return Err(Error::new(
                Kind::WrongType,
                format!("the path gives `{first}` or `{next}`: one column has one type"),
            )
            .with_hint(Some("choose with ofType(), or give `type`".to_owned())));
        };
        if plain(next) != inferred.0 {
            let carrier = if inferred.1.accepts(other) { inferred.1 } else { other };
            let name = if carrier == Carrier::Text { "string".to_owned() } else { plain(next) };
            inferred = (name, carrier);
        }
    }
    Ok(inferred)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(type_name: Option<&str>, ansi: Option<&str>) -> Column {
        Column {
            type_name: type_name.map(str::to_owned),
            tags: ansi.map(|value| ("ansi/type".to_owned(), value.to_owned())).into_iter().collect(),
            ..Column::default()
        }
    }

    #[test]
    fn types_come_from_the_definitions_when_not_given() {
        let decided = ColumnType::decide(&column(None, None), &["positiveInt"], false).unwrap();
        assert_eq!((decided.carrier, decided.fhir_type.as_str()), (Carrier::Int32, "positiveInt"));
        let decided = ColumnType::decide(&column(None, None), &["dateTime", "instant"], false).unwrap();
        assert_eq!((decided.carrier, decided.fhir_type.as_str()), (Carrier::Text, "string"));
    }

    #[test]
    fn a_wrong_type_says_what_the_path_gives() {
        let error = ColumnType::decide(&column(Some("integer"), None), &["string"], false).unwrap_err();
        assert_eq!(error.rule(), "view/wrong-type");
        assert_eq!(error.to_string(), "type `integer` is asked, but the path gives `string`");
    }

    #[test]
    fn the_ansi_tag_casts() {
        let decided = ColumnType::decide(&column(None, Some("decimal(10, 2)")), &["string"], false).unwrap();
        assert_eq!((decided.carrier, decided.cast), (Carrier::Decimal, true));
        let decided = ColumnType::decide(&column(None, Some("DATE")), &["dateTime"], false).unwrap();
        assert_eq!((decided.carrier, decided.cast), (Carrier::Date, false));
        let error = ColumnType::decide(&column(None, Some("TIMESTAP")), &["dateTime"], false).unwrap_err();
        assert_eq!(error.hint(), Some("use TIMESTAMP"));
    }

    #[test]
    fn an_element_needs_its_type_named() {
        assert!(ColumnType::decide(&column(None, None), &["HumanName"], false).is_err());
        let decided = ColumnType::decide(&column(Some("HumanName"), None), &["HumanName"], false).unwrap();
        assert_eq!(decided.carrier, Carrier::Json);
    }
}
