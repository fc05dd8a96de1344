//! The lexical rules of R4's primitive types: one small function a type, over the bytes of the value.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#primitive>

pub(crate) mod base64_binary;
pub(crate) mod canonical;
pub(crate) mod code;
pub(crate) mod date;
pub(crate) mod date_time;
pub(crate) mod decimal;
pub(crate) mod id;
pub(crate) mod instant;
pub(crate) mod integer;
pub(crate) mod oid;
pub(crate) mod string;
pub(crate) mod time;
pub(crate) mod uri;
pub(crate) mod uuid;

use fhirkit_issue::rules::Rule;

/// A primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    /// The narrative's XHTML, which has rules of its own.
    Xhtml,
}

/// The JSON type that a primitive is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Boolean,
    Number,
    String,
}

/// What is wrong with a text, as a constant, so that looking costs nothing where nothing is wrong.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The rule it breaks.
    pub(crate) rule: &'static Rule,
    /// What was expected: follows the path in the message.
    pub(crate) expected: &'static str,
    /// The HL7 validator's name for it.
    pub(crate) message_id: Option<&'static str>,
}

impl Wrong {
    pub(crate) const fn new(rule: &'static Rule, expected: &'static str, message_id: &'static str) -> Self {
        Self { rule, expected, message_id: Some(message_id) }
    }
}

/// The first thing that is wrong with a text.
pub(crate) type Verdict = Result<(), &'static Wrong>;

impl Primitive {
    /// The primitive of that name. An unknown one, which only a broken definition has, is taken for a string.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "base64Binary" => Self::Base64Binary,
            "boolean" => Self::Boolean,
            "canonical" => Self::Canonical,
            "code" => Self::Code,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "decimal" => Self::Decimal,
            "id" => Self::Id,
            "instant" => Self::Instant,
            "integer" => Self::Integer,
            "markdown" => Self::Markdown,
            "oid" => Self::Oid,
            "positiveInt" => Self::PositiveInt,
            "time" => Self::Time,
            "unsignedInt" => Self::UnsignedInt,
            "uri" => Self::Uri,
            "url" => Self::Url,
            "uuid" => Self::Uuid,
            "xhtml" => Self::Xhtml,
            _ => Self::String,
        }
    }

    /// How it is written in JSON.
    #[inline]
    pub(crate) fn written(self) -> Written {
        match self {
            Self::Boolean => Written::Boolean,
            Self::Decimal | Self::Integer | Self::PositiveInt | Self::UnsignedInt => Written::Number,
            _ => Written::String,
        }
    }

    /// Whether the decoded text of a value is one of this type. Of the empty text another rule speaks.
    #[inline]
    pub(crate) fn check(self, text: &str) -> Verdict {
        match self {
            Self::Boolean | Self::Xhtml => Ok(()),
            Self::String | Self::Markdown => string::check(text),
            Self::Code => code::check(text),
            Self::Decimal => decimal::check(text),
            Self::Integer => integer::check(text),
            Self::PositiveInt => integer::check_positive(text),
            Self::UnsignedInt => integer::check_unsigned(text),
            Self::Id => id::check(text),
            Self::Uri | Self::Url => uri::check(text),
            Self::Canonical => canonical::check(text),
            Self::Date => date::check(text),
            Self::DateTime => date_time::check(text),
            Self::Instant => instant::check(text),
            Self::Time => time::check(text),
            Self::Oid => oid::check(text),
            Self::Uuid => uuid::check(text),
            Self::Base64Binary => base64_binary::check(text),
        }
    }
}

/// Says which texts a check accepts.
#[cfg(test)]
pub(crate) fn assert_texts(check: fn(&str) -> Verdict, good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(check(text).is_ok(), "{text:?} is good");
    }
    for text in bad {
        assert!(check(text).is_err(), "{text:?} is bad");
    }
}
