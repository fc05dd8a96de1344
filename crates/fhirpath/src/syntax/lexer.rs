//! Text → tokens. Comments and white space vanish here; literals are taken apart.

use crate::error::Error;
use crate::syntax::text::unescape;
use crate::temporal::{Date, DateTime, Time, parse};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// An identifier or keyword, not delimited.
    Word(String),
    /// An identifier in backticks, never a keyword.
    Delimited(String),
    String(String),
    Number(String),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    /// `%name`, `` %`name` `` or `%'name'`.
    Constant(String),
    /// `$this`, `$index`, `$total`
    Dollar(String),
    Symbol(&'static str),
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) at: usize,
    pub(crate) kind: TokenKind,
}

/// Longer symbols first, so that `<=` is not read as `<` and `=`.
const SYMBOLS: [&str; 23] = [
    "<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "=", "~", "<", ">", "|", "+", "-", "&",
    "*", "/", "!",
];

/// Cuts an expression into tokens; the last is always [`TokenKind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank()?;
        let at = lexer.at;
        let kind = lexer.next()?;
        let end = kind == TokenKind::End;
        tokens.push(Token { at, kind });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'x> {
    text: &'x str,
    at: usize,
}

impl<'x> Lexer<'x> {
    fn rest(&self) -> &'x str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blank(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(length) = rest.find("*/") else {
                    return Err(Error::syntax(self.at, "comment is not closed").with_hint("add `*/`"));
                };
                self.at += length + 2;
            } else if blank == 0 {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<TokenKind, Error> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(TokenKind::End) };
        match first {
            'A'..='Z' | 'a'..='z' | '_' => Ok(TokenKind::Word(self.word())),
            '0'..='9' => Ok(TokenKind::Number(self.number())),
            '\'' => self.quoted('\'').map(TokenKind::String),
            '`' => self.quoted('`').map(TokenKind::Delimited),
            '@' => self.temporal(),
            '%' => self.constant(),
            '$' => {
                self.at += 1;
                Ok(TokenKind::Dollar(self.word()))
            }
            '"' => Err(Error::syntax(self.at, "found a double quote where a token was expected")
                .with_hint("strings stand in single quotes, names in backticks")),
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => {
                    self.at += symbol.len();
                    Ok(TokenKind::Symbol(symbol))
                }
                None => Err(Error::syntax(self.at, format!("unexpected character `{first}`"))),
            },
        }
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default().to_owned()
    }

    /// Digits, and a point only where a digit follows: in `1.first()` the point is a path's.
    fn number(&mut self) -> String {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
        let mut length = digits(0);
        if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
            length += 1 + digits(length + 1);
        }
        let number = self.rest().get(..length).unwrap_or_default().to_owned();
        self.at += length;
        number
    }

    fn quoted(&mut self, quote: char) -> Result<String, Error> {
        let start = self.at;
        let body = self.rest().get(1..).unwrap_or_default();
        let mut escaped = false;
        for (at, c) in body.char_indices() {
            if !escaped && c == quote {
                self.at += at + 2;
                return unescape(body.get(..at).unwrap_or_default(), start + 1);
            }
            escaped = !escaped && c == '\\';
        }
        let what = if quote == '`' { "name" } else { "string" };
        Err(Error::syntax(start, format!("{what} is not closed")).with_hint(format!("add `{quote}`")))
    }

    fn constant(&mut self) -> Result<TokenKind, Error> {
        self.at += 1;
        let name = match self.rest().chars().next() {
            Some(quote @ ('\'' | '`')) => self.quoted(quote)?,
            _ => self.word(),
        };
        if name.is_empty() {
            return Err(Error::syntax(self.at, "expected a name after `%`"));
        }
        Ok(TokenKind::Constant(name))
    }

    fn temporal(&mut self) -> Result<TokenKind, Error> {
        let start = self.at;
        let body = self.rest().get(1..).unwrap_or_default();
        let (kind, length) = if let Some(time) = body.strip_prefix('T') {
            let length = parse::time_length(time.as_bytes());
            (time.get(..length).and_then(Time::parse).map(TokenKind::Time), length + 1)
        } else {
            let length = parse::date_length(body.as_bytes());
            let date = body.get(..length).and_then(Date::parse);
            match body.get(length..).and_then(|rest| rest.strip_prefix('T')) {
                None => (date.map(TokenKind::Date), length),
                Some(time) => {
                    let mut more = parse::time_length(time.as_bytes());
                    if more > 0 {
                        more += parse::zone_length(time.get(more..).unwrap_or_default().as_bytes());
                    }
                    let length = length + 1 + more;
                    (body.get(..length).and_then(DateTime::parse_literal).map(TokenKind::DateTime), length)
                }
            }
        };
        self.at = start + 1 + length;
        kind.ok_or_else(|| {
            Error::syntax(start, "not a date or time that exists")
                .with_hint("write `@2024`, `@2024-02-29`, `@2024-02-29T14:30:00Z` or `@T14:30`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn point_after_an_integer_belongs_to_the_path() {
        assert_eq!(kinds("1.0.a")[0], TokenKind::Number("1.0".into()));
        assert_eq!(kinds("1.a")[0], TokenKind::Number("1".into()));
        assert_eq!(kinds("@2015.is(Date)")[1], TokenKind::Symbol("."));
    }

    #[test]
    fn comments_vanish_and_open_ones_are_faults() {
        assert_eq!(kinds("/* a */ 1 // b\n").len(), 2);
        assert_eq!(tokens("2 /* x").unwrap_err().position(), 2);
    }

    #[test]
    fn open_string_names_its_start() {
        let error = tokens("a = 'b").unwrap_err();
        assert_eq!((error.position(), error.to_string().as_str()), (4, "string is not closed"));
    }

    #[test]
    fn date_that_does_not_exist_is_refused() {
        assert!(tokens("@2023-02-29").is_err());
        assert!(tokens("@2024-02-29").is_ok());
    }
}
