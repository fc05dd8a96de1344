//! The piece of input around a fault, in two forms: as it stands, and with structure and keys only.
//!
//! Both forms are cut when the issue is made, while the bytes are at hand: a renderer never reads a file again,
//! and whoever redacts cannot leak what is not there. Only issues that will be shown get an excerpt.

use std::collections::VecDeque;

/// How many characters are shown before and after the place of the fault.
const BEFORE: usize = 28;
const AFTER: usize = 44;

/// One line of input around a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    with_values: Window,
    structure: Window,
}

/// A line to print and what to underline in it, both counted in characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Window {
    pub(crate) text: String,
    pub(crate) caret_at: usize,
    pub(crate) caret_count: usize,
}

/// How far the bytes can be trusted to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Whole,
    /// Up to the fault: behind it a quote may be missing, and a value would pass for a key.
    UpToFault,
}

/// Cuts excerpts out of one text, each at the same cost however long the text is: it is read once for all of them.
#[derive(Debug)]
pub struct Excerpts<'b> {
    bytes: &'b [u8],
    /// Where tokens begin, one in so many bytes: from any of them the text can be read on.
    token_starts: Vec<usize>,
}

/// How many bytes lie between two remembered tokens, unless one of them is longer.
const STRIDE: usize = 1024;
/// How far ahead the end of a line or of a token is looked for.
const AHEAD: usize = 4096;

impl<'b> Excerpts<'b> {
    /// Reads `bytes`, which is well-formed JSON from its first byte (an entry, a line).
    pub fn new(bytes: &'b [u8]) -> Self {
        let mut token_starts = vec![0];
        let (mut last, mut from) = (0, 0);
        while from < bytes.len() {
            if from >= last + STRIDE {
                token_starts.push(from);
                last = from;
            }
            from = token_end(bytes, from);
        }
        Self { bytes, token_starts }
    }

    /// The excerpt around the byte `at`.
    pub fn around(&self, at: usize) -> Excerpt {
        let before = self.token_starts.partition_point(|start| start + STRIDE <= at);
        let from = before.checked_sub(1).and_then(|near| self.token_starts.get(near)).copied();
        Excerpt::cut(self.bytes, from.unwrap_or_default(), at, Trust::Whole)
    }
}

impl Excerpt {
    /// Cuts the excerpt out of `bytes`, which is well-formed JSON from its first byte (an entry, a line), around
    /// the byte `at`.
    pub fn new(bytes: &[u8], at: usize) -> Excerpt {
        Excerpt::cut(bytes, 0, at, Trust::Whole)
    }

    /// The same where `bytes` stops being JSON at `at`: without values nothing behind the fault is shown.
    pub fn of_broken(bytes: &[u8], at: usize) -> Excerpt {
        Excerpt::cut(bytes, 0, at, Trust::UpToFault)
    }

    /// `from`: the beginning of a token, at or before `at`, from which it is read.
    fn cut(bytes: &[u8], from: usize, at: usize, trust: Trust) -> Excerpt {
        let at = at.min(bytes.len());
        let line = line_around(bytes, from, at);
        Excerpt {
            with_values: with_values(bytes, at, line.clone(), trust),
            structure: structure(bytes, from, at, line, trust),
        }
    }

    /// The form to print.
    pub(crate) fn window(&self, show_values: bool) -> &Window {
        if show_values { &self.with_values } else { &self.structure }
    }
}

/// The line, as far as it matters: a line that begins before `from` is taken to begin at the byte before.
fn line_around(bytes: &[u8], from: usize, at: usize) -> std::ops::Range<usize> {
    let head = slice(bytes, from, at).iter().rposition(|b| *b == b'\n');
    let start = head.map_or(from.saturating_sub(1), |n| from + n + 1);
    let end = bytes.len().min(at + AHEAD);
    let tail = slice(bytes, at, end).iter().position(|b| *b == b'\n');
    start..tail.map_or(end, |n| at + n)
}

fn with_values(bytes: &[u8], at: usize, line: std::ops::Range<usize>, trust: Trust) -> Window {
    // A character is at most four bytes, so these slices hold all characters that are wanted.
    let from = line.start.max(at.saturating_sub(4 * BEFORE));
    let to = line.end.min(at + 4 * AFTER);
    let before: Vec<char> = String::from_utf8_lossy(slice(bytes, from, at)).trim_start().chars().collect();
    let after: Vec<char> = String::from_utf8_lossy(slice(bytes, at, to)).trim_end().chars().collect();
    let cut_before = before.len() > BEFORE || from > line.start;
    let skipped = before.len().saturating_sub(BEFORE);
    let caret_count = match trust {
        Trust::Whole => token_end(slice(bytes, 0, to), at).min(to).saturating_sub(at),
        Trust::UpToFault => 1,
    };
    let mut text = String::new();
    if cut_before {
        text.push('…');
    }
    text.extend(before.iter().skip(skipped).copied().map(printable));
    let caret_at = text.chars().count();
    text.extend(after.iter().take(AFTER).copied().map(printable));
    if after.len() > AFTER || to < line.end {
        text.push('…');
    }
    let room = text.chars().count().saturating_sub(caret_at).max(1);
    Window { text, caret_at, caret_count: caret_count.clamp(1, room) }
}

/// Control characters would move the cursor or recolour the terminal.
pub(crate) fn printable(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        c if c.is_control() => '·',
        c => c,
    }
}

fn slice(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    bytes.get(from..to).unwrap_or_default()
}

/// The same line token by token: keys and punctuation stand, values are `…`.
fn structure(bytes: &[u8], start: usize, at: usize, line: std::ops::Range<usize>, trust: Trust) -> Window {
    let mut before: VecDeque<String> = VecDeque::new();
    let mut before_count = 0;
    let mut cut = start > line.start;
    let mut window = Window::default();
    let mut from = start;
    // Of a value that is longer, its end is of no interest.
    let ends_early = line.end < bytes.len() && line.end == at + AHEAD;
    let bytes = slice(bytes, 0, bytes.len().min(at + AHEAD));
    while from < line.end {
        let to = token_end(bytes, from).min(bytes.len());
        if to <= at && to <= line.start {
            from = to;
            continue;
        }
        let text = masked(bytes, from, to);
        if to <= at {
            before_count += text.chars().count();
            before.push_back(text);
            while before_count > BEFORE {
                before_count -= before.pop_front().map_or(before_count, |first| first.chars().count());
                cut = true;
            }
        } else if from <= at {
            window = beginning(&before, cut, &text);
            if trust == Trust::UpToFault {
                break;
            }
        } else {
            if window.text.chars().count() > window.caret_at + AFTER {
                window.text.push('…');
                break;
            }
            window.text.push_str(&text);
        }
        from = to;
    }
    if ends_early && from >= line.end {
        window.text.push('…');
    }
    if window.caret_count == 0 {
        // The fault is the end of the text.
        window = beginning(&before, cut, "");
    }
    window
}

fn beginning(before: &VecDeque<String>, cut: bool, token: &str) -> Window {
    let mut text: String = before.iter().map(String::as_str).collect::<String>().trim_start().to_owned();
    if cut {
        text.insert(0, '…');
    }
    let caret_at = text.chars().count();
    text.push_str(token);
    Window { text, caret_at, caret_count: token.chars().count().max(1) }
}

/// What may be shown of a token: punctuation, `null` and keys that look like FHIR's.
fn masked(bytes: &[u8], from: usize, to: usize) -> String {
    let token = slice(bytes, from, to);
    match token.first() {
        Some(b'"') => {
            if is_key(bytes, to) && looks_like_an_element(token) {
                String::from_utf8_lossy(token).into_owned()
            } else {
                "\"…\"".to_owned()
            }
        }
        Some(b'{' | b'}' | b'[' | b']' | b':' | b',') => String::from_utf8_lossy(token).into_owned(),
        Some(b' ' | b'\t' | b'\r' | b'\n') => " ".to_owned(),
        _ if token == b"null" => "null".to_owned(),
        _ => "…".to_owned(),
    }
}

fn looks_like_an_element(token: &[u8]) -> bool {
    let name = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    (1..=BEFORE).contains(&name.len()) && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn is_key(bytes: &[u8], string_end: usize) -> bool {
    let rest = bytes.get(string_end..).unwrap_or_default();
    rest.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':')
}

/// Where the token that begins at `from` ends: always behind `from`.
fn token_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let length = match rest.first() {
        Some(b'"') => string_length(rest),
        Some(b'{' | b'}' | b'[' | b']' | b':' | b',') => 1,
        Some(first) => {
            let space = first.is_ascii_whitespace();
            let ends = |b: &u8| {
                if space {
                    !b.is_ascii_whitespace()
                } else {
                    b.is_ascii_whitespace() || b"{}[]:,\"".contains(b)
                }
            };
            rest.iter().position(ends).unwrap_or(rest.len())
        }
        None => 0,
    };
    from + length.max(1)
}

fn string_length(rest: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, needle: &str) -> Excerpt {
        Excerpt::new(text.as_bytes(), text.find(needle).unwrap())
    }

    #[test]
    fn values_are_shown_or_only_keys_and_structure() {
        let text = r#"{"resourceType":"Patient","birthDate":"06/06/1944","active":true,"x":null}"#;
        let excerpt = cut(text, "\"06/");
        let shown = excerpt.window(true);
        assert_eq!(shown.text, r#"…Type":"Patient","birthDate":"06/06/1944","active":true,"x":null}"#);
        assert_eq!(shown.caret_count, 12);
        let hidden = excerpt.window(false);
        assert_eq!(hidden.text, r#"…:"…","birthDate":"…","active":…,"x":null}"#);
        assert_eq!(
            hidden.text.chars().skip(hidden.caret_at).take(hidden.caret_count).collect::<String>(),
            "\"…\""
        );
    }

    #[test]
    fn behind_a_syntax_error_nothing_is_shown_without_values() {
        let text = r#"{"name":Smith "x","secret":"Jones":1}"#;
        let excerpt = Excerpt::of_broken(text.as_bytes(), text.find("Smith").unwrap());
        assert_eq!(excerpt.window(false).text, r#"{"name":…"#);
        assert!(!excerpt.window(false).text.contains("Jones"));
        assert!(excerpt.window(true).text.contains("Smith"));
    }

    #[test]
    fn of_a_long_text_only_what_is_near_is_read_again() {
        let long =
            format!(r#"{{"a":"{}","gender":"F","b":[{}"x"]}}"#, "y".repeat(20_000), r#""z","#.repeat(9_000));
        let (at, last) = (long.find("\"F\"").unwrap(), long.rfind("\"x\"").unwrap());
        let excerpts = Excerpts::new(long.as_bytes());
        for at in [at, last] {
            let (near, whole) = (excerpts.around(at), Excerpt::new(long.as_bytes(), at));
            assert_eq!(near.structure, whole.structure);
            assert_eq!(near.with_values, whole.with_values);
        }
        assert_eq!(excerpts.around(6).window(false).text, r#"{"a":"…""#.to_owned() + "…");
        let lines = "{\n".to_owned() + &"\"k\": 1,\n".repeat(3_000) + "\"gender\": \"F\"\n}";
        let excerpts = Excerpts::new(lines.as_bytes());
        assert_eq!(excerpts.around(lines.find("\"F\"").unwrap()).window(true).text, r#""gender": "F""#);
    }

    #[test]
    fn only_the_line_of_the_fault_is_shown() {
        let text = "{\n  \"id\": \"a\",\n  \"gender\": \"F\"\n}";
        let excerpt = cut(text, "\"F\"");
        assert_eq!(excerpt.window(true).text, "\"gender\": \"F\"");
        assert_eq!(excerpt.window(false).text, "\"gender\": \"…\"");
        assert_eq!(excerpt.window(true).caret_at, 10);
    }

    #[test]
    fn a_key_that_could_be_a_name_is_hidden_and_escapes_do_not_reach_the_terminal() {
        let text = "{\"Doe, Jane\":\"\u{1b}[31mred\"}";
        let excerpt = cut(text, "\"\u{1b}");
        assert_eq!(excerpt.window(false).text, "{\"…\":\"…\"}");
        assert!(!excerpt.window(true).text.contains('\u{1b}'));
    }

    #[test]
    fn any_bytes_at_any_place_give_a_short_line() {
        let mut state = 1u32;
        for length in 0..120 {
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b"{}[]:,\"\\ \n\x00\xC3\xA9\xFFa1"[(state >> 16) as usize % 16]
                })
                .collect();
            for at in 0..=length + 1 {
                for excerpt in [Excerpt::new(&bytes, at), Excerpt::of_broken(&bytes, at)] {
                    for window in [excerpt.window(true), excerpt.window(false)] {
                        assert!(window.caret_count > 0);
                        assert!(window.text.chars().count() < 2 * (BEFORE + AFTER), "{window:?}");
                        assert!(!window.text.contains('\n'));
                    }
                }
            }
        }
    }
}
