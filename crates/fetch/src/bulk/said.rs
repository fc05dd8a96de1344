//! What a server says about how far it is: shown only when it says little enough to be about nobody.

/// `X-Progress`, when it is a percentage or a few short words: `40%`, `3 of 7 steps`.
pub(super) fn progress(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let is_count =
        |word: &str| word.len() <= 10 && word.bytes().all(|b| b.is_ascii_digit() || b"%.,/()".contains(&b));
    // Capitals further on are how names are written.
    let is_word = |(at, word): (usize, &str)| {
        let is_letter = |b: u8| b.is_ascii_lowercase() || (at == 0 && b.is_ascii_uppercase());
        word.len() <= 16 && word.bytes().all(|b| is_letter(b) || b"-_.:,".contains(&b))
    };
    let is_short = text.len() <= 40 && (1..=6).contains(&words.len());
    let is_plain = words.iter().enumerate().all(|(at, word)| is_count(word) || is_word((at, word)));
    (is_short && is_plain).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_percentage_or_a_few_words() {
        for text in ["40%", "3 of 7 steps", "in-progress", "IN_PROGRESS", "(4/10) 40.5%", "Building files"] {
            assert_eq!(progress(text).as_deref(), Some(text));
        }
        let long = "word ".repeat(9);
        for text in
            ["", "  ", "id a1b2c3d4e5", "\u{1b}[31mred", "Jöns", "of Jane Doe", "x/1", "1970-01-02", &long]
        {
            assert_eq!(progress(text), None, "{text:?}");
        }
    }
}
