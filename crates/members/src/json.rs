//! A writer of compact JSON: text is appended, nothing is built twice.
//!
//! A tree of values would cost more than everything else the generator does; this keeps it above 100 MB/s while the
//! code that describes a resource still reads like the resource.

use std::fmt::{Display, Write};

/// JSON text under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Json {
    text: String,
    /// Whether the next member or item follows another one.
    follows: bool,
}

impl Json {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.follows = false;
    }

    /// A top-level object; what was written before it stays in front of it.
    pub(crate) fn root(&mut self, members: impl FnOnce(&mut Json)) {
        self.follows = false;
        self.braces(members);
        self.follows = false;
    }

    /// A member that is an object.
    pub(crate) fn object(&mut self, key: &str, members: impl FnOnce(&mut Json)) {
        self.key(key);
        self.braces(members);
    }

    /// A member that is an array.
    pub(crate) fn array(&mut self, key: &str, items: impl FnOnce(&mut Json)) {
        self.key(key);
        self.text.push('[');
        self.follows = false;
        items(self);
        self.text.push(']');
        self.follows = true;
    }

    /// An item of an array that is an object.
    pub(crate) fn item(&mut self, members: impl FnOnce(&mut Json)) {
        self.comma();
        self.braces(members);
    }

    /// An item of an array that is a string.
    pub(crate) fn string_item(&mut self, value: &str) {
        self.comma();
        self.quoted(value);
    }

    /// A member that is a string.
    pub(crate) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quoted(value);
    }

    /// A member that is a string whose text needs no escapes: dates, ids, references, numbers of all kinds.
    pub(crate) fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.text.push('"');
        self.display(value);
        self.text.push('"');
    }

    /// A member that is a number, its digits as given.
    pub(crate) fn number(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.display(value);
    }

    /// A member that is true or false.
    pub(crate) fn boolean(&mut self, key: &str, value: bool) {
        self.key(key);
        self.text.push_str(if value { "true" } else { "false" });
    }

    /// An item of an array that is a number.
    pub(crate) fn number_item(&mut self, value: impl Display) {
        self.comma();
        self.display(value);
        self.follows = true;
    }

    fn display(&mut self, value: impl Display) {
        // Writing to a String never fails.
        let _ = write!(self.text, "{value}");
    }

    fn comma(&mut self) {
        if self.follows {
            self.text.push(',');
        }
        self.follows = true;
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    fn braces(&mut self, members: impl FnOnce(&mut Json)) {
        self.text.push('{');
        self.follows = false;
        members(self);
        self.text.push('}');
        self.follows = true;
    }

    fn quoted(&mut self, value: &str) {
        self.text.push('"');
        if value.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
            for character in value.chars() {
                match character {
                    '"' => self.text.push_str("\\\""),
                    '\\' => self.text.push_str("\\\\"),
                    '\n' => self.text.push_str("\\n"),
                    control if control < ' ' => self.display(format_args!("\\u{:04x}", control as u32)),
                    other => self.text.push(other),
                }
            }
        } else {
            self.text.push_str(value);
        }
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_another_parser_reads_back() {
        let mut json = Json::default();
        json.root(|json| {
            json.string("name", "Zoë \"Z\" \\ \n \u{1}");
            json.array("given", |json| {
                json.string_item("a");
                json.item(|json| json.boolean("active", true));
                json.number_item("1.10");
            });
            json.object("empty", |_| ());
            json.number("value", "120.00");
        });
        let value: serde_json::Value = serde_json::from_str(json.as_str()).unwrap();
        assert_eq!(value["name"], "Zoë \"Z\" \\ \n \u{1}");
        assert_eq!(value["given"][1]["active"], true);
        assert!(json.as_str().ends_with("\"empty\":{},\"value\":120.00}"));
    }
}
