//! What a person pastes: the bare code, or the whole URL that the browser landed on.

use url::form_urlencoded;

use super::landing::{Expected, Landing, check_code, read as read_landing};
use super::secret::Secret;
use crate::error::{Error, ErrorKind, Result};

/// What was pasted.
pub(crate) enum Pasted {
    /// The answer: a code, or the server's no.
    Answer(Result<Secret>),
    /// Something else; the person may try again.
    Unclear(Error),
}

/// Reads one pasted line.
pub(crate) fn read(line: &str, expected: &Expected) -> Pasted {
    let text = bare(line);
    if text.is_empty() {
        return unclear("nothing was pasted");
    }
    let Some(query) = query_of(text) else {
        return match check_code(text) {
            Ok(_) if text.contains(' ') => unclear("a code has no spaces"),
            Ok(_) => Pasted::Answer(Ok(Secret::new(decoded(text)))),
            Err(error) => Pasted::Unclear(error),
        };
    };
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    if pairs.iter().any(|(key, _)| key == "response_type") {
        return unclear(
            "that is the URL of the question; the URL at which the browser landed in the end is wanted",
        );
    }
    match pairs.as_slice() {
        // As from a page that shows the parameters one by one. Whoever copies the code alone vouches for it.
        [(key, code)] if key == "code" && !text.contains("://") => match check_code(code) {
            Ok(code) => Pasted::Answer(Ok(code)),
            Err(error) => Pasted::Unclear(error),
        },
        _ if !pairs.iter().any(|(key, _)| key == "code" || key == "error") => {
            unclear("the pasted URL holds no code")
        }
        _ => match read_landing(query, expected) {
            Landing::Answer(answer) => Pasted::Answer(answer),
            Landing::Stranger(why) => unclear(&format!("the pasted URL is refused: {why}")),
        },
    }
}

fn unclear(message: &str) -> Pasted {
    let help = "paste the whole URL from the browser's address bar, or the code alone";
    Pasted::Unclear(Error::new(ErrorKind::Mismatch, message).with_help(help))
}

/// `line` without what copying leaves around a text.
fn bare(line: &str) -> &str {
    let around = |c: char| c.is_whitespace() || c.is_control() || "\"'`<>“”‘’".contains(c);
    line.trim_matches(around)
}

/// The parameters in `text`, if it is a URL or a query; some servers put them behind `#`.
fn query_of(text: &str) -> Option<&str> {
    let is_query = text.contains("code=") || text.contains("error=");
    if !text.contains("://") && !text.starts_with('?') && !is_query {
        return None;
    }
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let query =
        before.split_once('?').map_or(if before.contains("://") { "" } else { before }, |(_, query)| query);
    let has_answer = |part: &str| part.contains("code=") || part.contains("error=");
    Some(if !has_answer(query) && has_answer(fragment) { fragment } else { query })
}

/// A code as it stands in an address bar, without its percent signs.
fn decoded(code: &str) -> String {
    if !code.contains('%') {
        return code.to_owned();
    }
    // `+` is a character of codes, and a space only in forms.
    let query = format!("code={}", code.replace('+', "%2B"));
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.next().map_or_else(|| code.to_owned(), |(_, code)| code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected { state: "s1".to_owned(), issuer: None, sends_issuer: false }
    }

    fn pasted(line: &str) -> String {
        match read(line, &expected()) {
            Pasted::Answer(Ok(code)) => code.reveal().to_owned(),
            Pasted::Answer(Err(error)) => format!("no: {error}"),
            Pasted::Unclear(error) => format!("again: {error}"),
        }
    }

    #[test]
    fn a_code_comes_alone_or_in_its_url() {
        for line in [
            "abc/d",
            "  'abc/d'\r\n",
            "\"abc%2Fd\"",
            "code=abc/d",
            "https://oidcdebugger.com/debug?code=abc%2Fd&state=s1",
            "<https://oidcdebugger.com/debug?state=s1&code=abc%2Fd#top>",
            "?code=abc%2Fd&state=s1",
            "com.example.app://cb?code=abc/d&state=s1",
            "https://oidcdebugger.com/debug#code=abc/d&state=s1",
        ] {
            assert_eq!(pasted(line), "abc/d", "{line}");
        }
        assert_eq!(pasted("a+b"), "a+b");
    }

    #[test]
    fn what_is_no_code_says_what_is_wanted() {
        for (line, wanted) in [
            ("", "nothing was pasted"),
            ("i agree", "no spaces"),
            ("https://oidcdebugger.com/debug?code=a&state=s2", "does not belong"),
            ("https://oidcdebugger.com/debug?code=a", "does not belong"),
            ("https://o.example/authorize?response_type=code&state=s1", "URL of the question"),
            ("https://oidcdebugger.com/", "holds no code"),
        ] {
            let answer = pasted(line);
            assert!(answer.starts_with("again: ") && answer.contains(wanted), "{line}: {answer}");
        }
        assert!(
            pasted("https://a.example/?error=access_denied&state=s1").starts_with("no: consent was declined")
        );
    }
}
