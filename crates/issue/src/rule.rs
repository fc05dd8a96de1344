//! The name of a rule.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a rule: `group/name`, both kebab-case, permanent once released.
///
/// ```
/// use fhirkit_issue::RuleId;
/// let rule = RuleId::parse("structure/unknown-type")?;
/// assert_eq!((rule.group(), rule.name()), ("structure", "unknown-type"));
/// assert!(RuleId::parse("Structure/UnknownType").is_err());
/// # Ok::<(), fhirkit_issue::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// Checks and keeps a rule's name.
    ///
    /// # Errors
    /// When `text` is not two kebab-case words with one `/` between them.
    pub fn parse(text: impl Into<Cow<'static, str>>) -> Result<RuleId, Error> {
        let text = text.into();
        if is_well_formed(text.as_bytes()) {
            Ok(RuleId(text))
        } else {
            Err(Error { text: text.into_owned() })
        }
    }

    /// A rule's name that stands in the program.
    ///
    /// # Panics
    /// When `text` is not two kebab-case words with one `/` between them: in a `const` or `static` the compiler
    /// refuses it, so use it nowhere else.
    pub const fn constant(text: &'static str) -> RuleId {
        assert!(is_well_formed(text.as_bytes()), "a rule is named `group/name`, both kebab-case");
        RuleId(Cow::Borrowed(text))
    }

    /// The whole name, `group/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `/`.
    pub fn group(&self) -> &str {
        self.0.split_once('/').map_or("", |(group, _)| group)
    }

    /// What stands after the `/`.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

/// Lower-case words and digits joined by single hyphens, a slash, and the same again; either side begins with a
/// letter. A loop over bytes, because it also runs when constants are compiled.
const fn is_well_formed(text: &[u8]) -> bool {
    let mut slash_count = 0;
    let mut before = b'/';
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        let fits = match byte {
            b'a'..=b'z' => true,
            b'0'..=b'9' => before != b'/',
            b'-' => before != b'/' && before != b'-',
            b'/' => before != b'/' && before != b'-',
            _ => false,
        };
        if !fits {
            return false;
        }
        if byte == b'/' {
            slash_count += 1;
        }
        before = byte;
        at += 1;
    }
    slash_count == 1 && before != b'/' && before != b'-'
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<RuleId> for String {
    fn from(rule: RuleId) -> String {
        rule.0.into_owned()
    }
}

impl TryFrom<String> for RuleId {
    type Error = Error;

    fn try_from(text: String) -> Result<RuleId, Error> {
        RuleId::parse(text)
    }
}

/// A text that is not the name of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a rule: `group/name` in lower case was expected", self.text)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_kebab_case_words_make_a_rule() {
        for good in ["io/empty", "structure/unknown-type", "binding/required2"] {
            assert!(RuleId::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "io",
            "io/",
            "/empty",
            "io/em--pty",
            "io/-empty",
            "io/a/b",
            "Io/empty",
            "io/em pty",
            "io/7",
            "1/a",
        ] {
            assert!(RuleId::parse(bad).is_err(), "{bad}");
        }
    }
}
