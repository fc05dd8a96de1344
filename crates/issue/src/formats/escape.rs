//! Text inside XML and HTML.

use crate::excerpt::printable;

/// The text with everything that could end a text or attribute written as an entity, and without the characters
/// that XML 1.0 forbids.
pub(crate) fn markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            // Marks that turn the direction of writing could make a page say something else.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => escaped.push('·'),
            other => escaped.push(printable(other)),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_place() {
        assert_eq!(
            markup("<a href='x'>\"&\u{0}\u{202E}\u{FFFF}\t"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;··\u{FFFD} "
        );
    }
}
