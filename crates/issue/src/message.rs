//! The words of an issue, in up to three forms: with the values of the data, with their shapes, and with shapes of the
//! codes too.
//!
//! They are made together, while it is known which piece of the text came out of the data. A report that must
//! not show values takes the second and has nothing to leak.

use crate::shape;

/// How much of one value is shown even where values may be shown.
const VALUE_LIMIT: usize = 200;

/// How long a code or URL may be to stay visible.
const CODE_LIMIT: usize = 256;

/// A message under construction: words of ours, values of the data, codes.
///
/// ```
/// use fhirkit_issue::{Issue, Message, rules};
/// let message = Message::new().value("06/06/1944").text(" is not YYYY-MM-DD");
/// let issue = Issue::about(&rules::VIEW_UNFIT, message);
/// assert_eq!(issue.text(false), "NN/NN/NNNN is not YYYY-MM-DD");
/// assert_eq!(issue.text(true), "06/06/1944 is not YYYY-MM-DD");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Safe to write anywhere.
    pub(crate) text: String,
    /// With values; none where the message has none.
    pub(crate) with_values: Option<String>,
    /// With shapes in place of codes too; none where the message has no code.
    pub(crate) without_codes: Option<String>,
    /// The codes and URLs among the values, for the fingerprint.
    pub(crate) subject: Option<String>,
}

impl Message {
    /// A message that says nothing yet.
    pub fn new() -> Message {
        Message::default()
    }

    /// Adds words of ours, or of the definitions.
    #[must_use]
    pub fn text(mut self, text: impl AsRef<str>) -> Message {
        self.text.push_str(text.as_ref());
        for other in [&mut self.with_values, &mut self.without_codes].into_iter().flatten() {
            other.push_str(text.as_ref());
        }
        self
    }

    /// Adds a value of the data: its shape, unless values are shown. Cut at 200 characters.
    #[must_use]
    pub fn value(mut self, value: impl AsRef<str>) -> Message {
        let value = value.as_ref();
        let shown = self.with_values.get_or_insert_with(|| self.text.clone());
        shown.extend(value.chars().take(VALUE_LIMIT));
        if value.chars().nth(VALUE_LIMIT).is_some() {
            shown.push('…');
        }
        let shape = shape(value);
        self.text.push_str(&shape);
        if let Some(bare) = &mut self.without_codes {
            bare.push_str(&shape);
        }
        self
    }

    /// Adds a code, or the URL of a definition, that stands in the data: visible unless an issue is
    /// [redacted](crate::Issue::redacted), and part of the fingerprint. What does not look like one (white space, `@`, over 256 characters) is treated as a
    /// [`value`](Message::value). References and identifiers are values, never codes.
    #[must_use]
    pub fn code(mut self, code: impl AsRef<str>) -> Message {
        let code = code.as_ref();
        if !looks_like_a_code(code) {
            return self.value(code);
        }
        let subject = self.subject.get_or_insert_with(String::new);
        if !subject.is_empty() {
            subject.push(' ');
        }
        subject.push_str(code);
        let mut bare = self.without_codes.take().unwrap_or_else(|| self.text.clone());
        bare.push_str(&shape(code));
        let mut message = self.text(code);
        message.without_codes = Some(bare);
        message
    }
}

fn looks_like_a_code(text: &str) -> bool {
    (1..=CODE_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@')
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message { text, ..Message::default() }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        text.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_between_and_after_values_stand_in_both_forms() {
        let message = Message::new().text("a ").value("Zoë").text(" b ").value("7").text(" c");
        assert_eq!(message.text, "a Aaa b N c");
        assert_eq!(message.with_values.as_deref(), Some("a Zoë b 7 c"));
        assert_eq!(message.subject, None);
    }

    #[test]
    fn a_code_is_visible_and_what_only_stands_in_its_place_is_not() {
        let message = Message::new().code("F").text(" is not in ").text("gender");
        assert_eq!((message.text.as_str(), message.subject.as_deref()), ("F is not in gender", Some("F")));
        assert_eq!(message.without_codes.as_deref(), Some("A is not in gender"));
        let message = Message::new().text("a ").value("7").code("B20").text(" b ").value("x1").code("Z");
        assert_eq!(
            (message.text.as_str(), message.with_values.as_deref()),
            ("a NB20 b aNZ", Some("a 7B20 b x1Z"))
        );
        assert_eq!(message.without_codes.as_deref(), Some("a NANN b aNA"));
        for value in ["John Smith", "jane@example.org", "", "a\u{0}"] {
            let message = Message::new().code(value);
            assert_eq!(message.subject, None, "{value}");
            assert!(value.is_empty() || !message.text.contains(value), "{value}");
        }
    }

    #[test]
    fn a_long_value_is_cut_where_it_is_shown_too() {
        let message = Message::new().value("é".repeat(10_000));
        assert_eq!(message.with_values.unwrap().chars().count(), VALUE_LIMIT + 1);
    }
}
