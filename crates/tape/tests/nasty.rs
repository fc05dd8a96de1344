//! Inputs that break parsers: each gets its verdict, in time that grows with its length alone.

use fhirkit_tape::{ErrorKind, LineIndex, Span, Tape};

fn parse(text: &[u8]) -> Result<Tape, (ErrorKind, usize)> {
    let mut tape = Tape::new();
    tape.load(text.to_vec());
    match tape.parse(Span::new(0, text.len() as u32)) {
        Ok(_) => Ok(tape),
        Err(error) => Err((error.kind(), error.byte())),
    }
}

#[test]
fn deep_nesting_is_an_error_at_the_first_bracket_too_many() {
    for depth in [129, 10_000, 1_000_000] {
        let open = b"[".repeat(depth);
        assert_eq!(parse(&open).map(drop), Err((ErrorKind::TooDeep, 128)));
        let members = b"{\"a\":".repeat(depth);
        assert_eq!(parse(&members).map(drop), Err((ErrorKind::TooDeep, 128 * 5)));
    }
}

#[test]
fn a_higher_limit_is_kept_without_recursion() {
    let depth = 1_000_000;
    let text = [b"[".repeat(depth), b"]".repeat(depth)].concat();
    let mut tape = Tape::with_max_depth(depth);
    tape.load(text);
    let root = tape.parse(Span::new(0, 2 * depth as u32)).unwrap();
    assert_eq!(tape.node_count(), depth);
    assert_eq!(tape.node(root).item(0).span(), Span::new(1, 2 * depth as u32 - 1));
}

#[test]
fn a_string_of_a_hundred_megabytes_is_one_node() {
    let length = 100_000_000;
    let mut text = vec![b'x'; length + 2];
    text[0] = b'"';
    text[length + 1] = b'"';
    let tape = parse(&text).unwrap();
    assert_eq!(tape.node_count(), 1);
    text[length / 2] = b'\n';
    assert_eq!(parse(&text).map(drop), Err((ErrorKind::ControlCharacter, length / 2)));
    text[length / 2] = b'\\';
    text[length / 2 + 1] = b'n';
    assert!(parse(&text).is_ok());
    text[length + 1] = b'x';
    assert_eq!(parse(&text).map(drop), Err((ErrorKind::UnexpectedEnd, length + 2)));
}

#[test]
fn a_million_backslashes_or_spaces_or_digits_are_no_slow_path() {
    let count = 1_000_000;
    let pairs = [b"\"".to_vec(), b"\\\\".repeat(count), b"\"".to_vec()].concat();
    assert!(parse(&pairs).is_ok());
    let odd = [b"\"".to_vec(), b"\\\\".repeat(count), b"\\\"".to_vec()].concat();
    assert_eq!(parse(&odd).map(drop), Err((ErrorKind::UnexpectedEnd, 2 * count + 3)));
    assert!(parse(&[b" ".repeat(count), b"1".repeat(count), b"\r\n\t ".repeat(count)].concat()).is_ok());
    assert!(parse(&[b"[".to_vec(), b"0,".repeat(count), b"0]".to_vec()].concat()).is_ok());
}

#[test]
fn bytes_that_are_not_utf8_are_placed() {
    for (text, at) in [
        (&b"\"a\xff\""[..], 2),
        (b"\"\xc3\"", 1),
        (b"\"\xed\xa0\x80\"", 1),
        (b"\"\xf4\x90\x80\x80\"", 1),
        (b"\"\xc0\xaf\"", 1),
        (b"\xef\xbb", 0),
    ] {
        assert_eq!(parse(text).map(drop), Err((ErrorKind::InvalidUtf8, at)), "{text:?}");
    }
    // A character that the span cuts in two is not text either.
    let mut tape = Tape::new();
    tape.load("\"é\"".as_bytes().to_vec());
    assert_eq!(tape.parse(Span::new(0, 2)).map_err(|error| error.kind()), Err(ErrorKind::InvalidUtf8));
}

#[test]
fn what_is_not_json_at_all_is_refused_at_its_first_byte() {
    for text in ["<html>", "\u{feff}{}", "'a'", "NaN", "Infinity", "+1", ".5", "// x", "}", "\0"] {
        assert_eq!(parse(text.as_bytes()).map(drop).map_err(|(_, at)| at), Err(0), "{text}");
    }
    assert_eq!(parse(b"1\0").map(drop), Err((ErrorKind::TrailingBytes, 1)));
    assert_eq!(parse(b"[1,2]x").map(drop), Err((ErrorKind::TrailingBytes, 5)));
    assert_eq!(parse(b"{} {}").map(drop), Err((ErrorKind::TrailingBytes, 3)));
    assert_eq!(parse("[\u{a0}1]".as_bytes()).map(drop), Err((ErrorKind::ExpectedValue, 1)));
}

#[test]
fn a_message_says_what_was_wanted_and_what_was_found() {
    let message = |text: &str| {
        let mut tape = Tape::new();
        tape.load(text.as_bytes().to_vec());
        tape.parse(Span::new(0, text.len() as u32)).unwrap_err().to_string()
    };
    assert_eq!(message("{\"a\" 1}"), "expected `:` after a key, found `1`");
    assert_eq!(message("[1\n2]"), "expected `,` or `]` after an item, found `2`");
    assert_eq!(message("\"a\tb\""), "a control character in a string, expected it escaped, found U+0009");
    assert_eq!(message("[1"), "the text ends before the value does");
}

#[test]
fn many_places_in_one_long_line_are_cheap() {
    let text = "é".repeat(5_000_000);
    let index = LineIndex::new(text.as_bytes());
    for step in 0..10_000 {
        assert_eq!(index.line_column(step * 1000), (1, step * 500 + 1));
    }
}
