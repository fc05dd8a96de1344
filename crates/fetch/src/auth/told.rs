//! What a server says, made fit for a terminal and a log.

/// At most this many characters of a server's words are repeated.
const MOST: usize = 200;

/// A word above this length is no word but a token or a code.
const LONGEST_WORD: usize = 32;

/// `text` on one line, without control characters, cut, and without what may be a secret: the `secrets` themselves,
/// long words, and words that hold more than two digits.
pub(crate) fn told(text: &str, secrets: &[&str]) -> String {
    let mut text: String = text.chars().take(4 * MOST).collect();
    for secret in secrets.iter().filter(|secret| secret.len() > 3) {
        text = text.replace(secret, "[redacted]");
    }
    let visible: String = text.chars().map(|c| if is_visible(c) { c } else { ' ' }).collect();
    let words = visible.split_whitespace().map(|word| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if word.len() > LONGEST_WORD || digits > 2 { "[…]" } else { word }
    });
    let line = words.collect::<Vec<&str>>().join(" ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST).chain(['…']).collect() }
}

/// Neither a control character nor one that turns the direction of the text around it.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn neither_escapes_nor_secrets_come_through() {
        assert_eq!(told("no\u{1b}[31m\r\nway\u{202e}!", &[]), "no [31m way !");
        assert_eq!(told("code tiny-code is used", &["tiny-code"]), "code [redacted] is used");
        assert_eq!(told("member 123456789 unknown", &[]), "member […] unknown");
        let long = "x".repeat(100);
        assert_eq!(told(&format!("bad {long} here"), &[]), "bad […] here");
        assert!(told(&"word ".repeat(100_000), &[]).chars().count() <= 201);
    }
}
