//! What the reader could not read, as issues: one wording for every command.

use std::borrow::Cow;
use std::sync::Arc;

use fhirkit_source::{EntryRef, Fault, Reject};
use fhirkit_tape::{LineIndex, Span, Tape};

use crate::rules;
use crate::{Excerpt, Issue, IssueType, RuleId, Severity, shape};

/// An issue under a rule that another room names by its id.
///
/// An id that [`rules`] does not list becomes an error of the kind `processing`.
pub fn by_rule(id: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Issue {
    let id = id.into();
    match (rules::find(&id), RuleId::parse(id)) {
        (Some(rule), _) => Issue::new(rule, message),
        (None, Ok(id)) => Issue::of(id, Severity::Error, IssueType::Processing, message),
        (None, Err(_)) => Issue::new(&rules::IO_UNREADABLE, message),
    }
}

/// The issue of a reject: bytes that were not an entry.
pub fn reject(reject: &Reject) -> Issue {
    let mut issue = by_rule(reject.rule.clone(), reject.message.clone()).in_file(Arc::clone(&reject.input));
    issue.byte = Some(reject.byte).filter(|_| reject.rule != rules::IO_UNREADABLE.id.as_str());
    issue.line = reject.line;
    issue.entry.clone_from(&reject.entry);
    if reject.rule == rules::IO_TOO_LARGE.id.as_str() {
        issue = issue.with_help("--max-entry SIZE lets larger ones through; they take memory");
    }
    if reject.rule == rules::JSON_SYNTAX.id.as_str() {
        point_at_fault(&mut issue, reject);
    }
    issue
}

/// Of a value the reader only matched brackets and quotes; where its text stops being JSON, the parser knows. Of
/// anything else the reader has said what it is and where.
fn point_at_fault(issue: &mut Issue, reject: &Reject) {
    issue.column = reject.column;
    let Some(bytes @ [b'{' | b'[', ..]) = reject.bytes.as_deref() else { return };
    // Without the line's end, a text that breaks off does so on its own line.
    let bytes = bytes.trim_ascii_end();
    let Ok(length) = u32::try_from(bytes.len()) else { return };
    let mut tape = Tape::new();
    tape.load(bytes.to_vec());
    let Err(error) = tape.parse(Span::new(0, length)) else { return };
    let (line, column) = LineIndex::new(bytes).line_column(error.byte());
    issue.message = error.to_string();
    issue.byte = Some(reject.byte + error.byte() as u64);
    issue.line = reject.line.map(|first| first + line as u64 - 1);
    let before = if line == 1 { reject.column.map(|column| column - 1) } else { Some(0) };
    issue.column = before.map(|before| before + column as u64);
}

/// The issue of an input that is not FHIR: `x.json is HTML, not JSON (begins "<!DOCTYPE html")`.
pub fn not_fhir(input: &Arc<str>, what: &str, begins: &str) -> Issue {
    let begins = begins.trim_end();
    let message = if begins.is_empty() {
        format!("{input} is {what}, not JSON")
    } else {
        format!("{input} is {what}, not JSON (begins \"{begins}\")")
    };
    let issue = Issue::new(&rules::IO_NOT_FHIR, message).in_file(Arc::clone(input));
    match what {
        "HTML" => issue.with_help("the server may have sent a login page: `fhirkit login NAME` signs in"),
        "a ZIP archive" => issue.with_help("unzip it first"),
        _ => issue,
    }
}

/// The issue of an input without a byte that says something.
pub fn empty(input: &Arc<str>) -> Issue {
    Issue::new(&rules::IO_EMPTY, format!("{input} holds nothing")).in_file(Arc::clone(input))
}

/// The issue of a resource whose type R4 does not have: `"Bundel" is not an R4 resource type`.
///
/// `nearest` is the type that was probably meant.
pub fn unknown_type(found: &str, nearest: Option<&str>) -> Issue {
    // A type is a short word; anything else in its place may be a value and is shown by its shape only.
    let is_word =
        found.len() <= 64 && !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = if is_word { found.to_owned() } else { shape(found) };
    let issue = Issue::new(&rules::STRUCTURE_UNKNOWN_TYPE, format!("\"{name}\" is not an R4 resource type"));
    match nearest {
        Some(nearest) => issue.with_help(format!("did you mean \"{nearest}\"?")),
        None => issue,
    }
}

/// The issue of an entry that was refused, with the place inside it.
///
/// `bytes` is the chunk's buffer, `entry` a span in it.
pub fn refused(input: &Arc<str>, bytes: &[u8], entry: &EntryRef, fault: &Fault) -> Issue {
    let is_around = !(entry.span.start as usize..=entry.span.end as usize).contains(&fault.at);
    let span = if is_around { entry.entry } else { entry.span };
    let (start, end) = (span.start as usize, span.end as usize);
    let at = fault.at.clamp(start, end.max(start));
    let mut issue = by_rule(fault.rule, fault.message.clone()).in_file(Arc::clone(input));
    issue.byte = Some(entry.byte_of(at));
    issue.line = line(bytes, entry, at);
    issue.column = column(bytes, entry, at);
    issue.entry = entry.place();
    let text = bytes.get(start..end).unwrap_or_default();
    issue.with_excerpt(Excerpt::of_broken(text, at - start))
}

/// The line of a byte of the chunk; known is that of the resource.
fn line(bytes: &[u8], entry: &EntryRef, at: usize) -> Option<u64> {
    let newlines = |from: usize, to: usize| {
        let between = bytes.get(from..to).unwrap_or_default();
        between.iter().filter(|byte| **byte == b'\n').count() as u64
    };
    let (known, start) = (entry.line?, entry.span.start as usize);
    Some(if at < start { known.saturating_sub(newlines(at, start)) } else { known + newlines(start, at) })
}

/// The column, from 1, where the buffer holds the beginning of the line; in a one-line Bundle that is cut into many
/// chunks a place is its byte alone.
fn column(bytes: &[u8], entry: &EntryRef, at: usize) -> Option<u64> {
    const LONGEST_LINE: usize = 1 << 20;
    let start = entry.span.start as usize;
    let before = bytes.get(at.saturating_sub(LONGEST_LINE)..at)?;
    let offset = at - before.len();
    let line_start = match before.iter().rposition(|byte| *byte == b'\n') {
        Some(newline) => offset + newline + 1,
        // The buffer is the beginning of the file.
        None if offset == 0 && entry.byte == start as u64 => 0,
        // An entry that stands in no list is a line of NDJSON, or the whole file.
        None if entry.index.is_none() => start,
        None => return None,
    };
    // In UTF-8 every character has one byte that is not a continuation.
    let characters = bytes.get(line_start..at)?.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    Some(characters as u64 + 1)
}

#[cfg(test)]
mod tests {
    use fhirkit_source::EntryMembers;
    use fhirkit_tape::{Span, Tape};

    use super::*;
    use crate::formats::terminal::Terminal;

    #[test]
    fn html_is_named_as_the_plan_words_it() {
        let issue = not_fhir(&Arc::from("x.json"), "HTML", "<!DOCTYPE html");
        let text = Terminal::plain().render(&issue);
        let expected =
            "error[io/not-fhir]: x.json is HTML, not JSON (begins \"<!DOCTYPE html\")\n  --> x.json\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn a_mistyped_type_gets_a_hint_and_a_value_in_its_place_is_not_shown() {
        let issue = unknown_type("Bundel", Some("Bundle"));
        assert_eq!(issue.message, "\"Bundel\" is not an R4 resource type");
        assert_eq!(issue.help.as_deref(), Some("did you mean \"Bundle\"?"));
        assert_eq!(unknown_type("Jane Doe", None).message, "\"Aaaa Aaa\" is not an R4 resource type");
    }

    fn rejected(bytes: &[u8], column: Option<u64>) -> Issue {
        super::reject(&Reject {
            input: Arc::from("in.json"),
            byte: 86,
            line: Some(1),
            column,
            entry: None,
            rule: "json/syntax".into(),
            message: "text behind the end of the JSON value".to_owned(),
            length: bytes.len() as u64,
            bytes: Some(bytes.to_vec()),
            incomplete: false,
        })
    }

    #[test]
    fn what_is_no_value_keeps_the_words_and_the_place_of_the_reader() {
        let issue = rejected(b"xxx", Some(87));
        assert_eq!((issue.place().as_str(), issue.byte), ("in.json:1:87", Some(86)));
        assert_eq!(issue.message, "text behind the end of the JSON value");
    }

    #[test]
    fn a_fault_in_a_value_is_counted_from_the_beginning_of_its_line() {
        assert_eq!(rejected(b"{\"a\":x}", Some(87)).place(), "in.json:1:92");
        assert_eq!(rejected(b"{\"a\":\nx}", Some(87)).place(), "in.json:2:1");
        assert_eq!(rejected(b"{\"a\":x}", None).column, None);
    }

    #[test]
    fn a_broken_line_is_placed_by_line_column_and_byte() {
        let text = "{\"a\":1}\n{\"resourceType\":\"Patient\",\"bé\":x}\n";
        let span = Span { start: 8, end: u32::try_from(text.len() - 1).unwrap() };
        let mut tape = Tape::new();
        tape.load(text.as_bytes().to_vec());
        let error = tape.parse(span).unwrap_err();
        let entry = EntryRef {
            span,
            entry: span,
            byte: 108,
            line: Some(2),
            index: None,
            full_url: None,
            bundle: None,
            members: EntryMembers::default(),
        };
        let issue = refused(&Arc::from("in.ndjson"), tape.bytes(), &entry, &error.into());
        assert_eq!(issue.place(), "in.ndjson:2:32");
        assert_eq!(issue.byte, Some(108 + 32));
        assert_eq!(issue.rule.as_str(), "json/syntax");
    }

    #[test]
    fn without_the_beginning_of_the_line_there_is_no_column() {
        let text = "{\"a\":x}";
        let span = Span { start: 0, end: 7 };
        let mut tape = Tape::new();
        tape.load(text.as_bytes().to_vec());
        let fault = tape.parse(span).unwrap_err().into();
        let mut entry = EntryRef {
            span,
            entry: span,
            byte: 5_000,
            line: Some(1),
            index: Some(3),
            full_url: None,
            bundle: Some(0),
            members: EntryMembers::default(),
        };
        let name = Arc::from("one-line.json");
        assert_eq!(refused(&name, tape.bytes(), &entry, &fault).column, None);
        entry.index = None;
        assert_eq!(refused(&name, tape.bytes(), &entry, &fault).column, Some(6));
    }
}
