//! Systems whose codes are not listed but written by rules: language tags, media types, and value sets that
//! give a pattern.

use regex::Regex;

/// How codes are written.
#[derive(Debug, Clone)]
pub enum Grammar {
    /// Language tags.
    /// Source: <https://www.rfc-editor.org/rfc/rfc5646#section-2.1>
    LanguageTag,
    /// Media types.
    /// Source: <https://www.rfc-editor.org/rfc/rfc6838#section-4.2>
    MediaType,
    /// Absolute URIs.
    /// Source: <https://www.rfc-editor.org/rfc/rfc3986#section-3>
    Uri,
    /// Codes that a pattern matches as a whole.
    Pattern(Regex),
}

/// The grammar of a system that has one.
pub(crate) fn of_system(system: &str) -> Option<Grammar> {
    match system {
        "urn:ietf:bcp:47" => Some(Grammar::LanguageTag),
        "urn:ietf:rfc:3986" => Some(Grammar::Uri),
        "urn:ietf:bcp:13" | "http://terminology.hl7.org/CodeSystem/v3-mediaType" => Some(Grammar::MediaType),
        _ => None,
    }
}

impl Grammar {
    /// The pattern of a value set's filter, matched as a whole.
    pub(crate) fn pattern(text: &str) -> Option<Self> {
        Regex::new(&format!("^(?:{text})$")).ok().map(Self::Pattern)
    }

    /// Whether a code is well written.
    #[must_use]
    pub fn accepts(&self, code: &str) -> bool {
        match self {
            Self::LanguageTag => is_language_tag(code),
            Self::MediaType => is_media_type(code),
            Self::Uri => is_uri(code),
            Self::Pattern(pattern) => pattern.is_match(code),
        }
    }
}

/// Tags that are valid though they follow no rule.
const IRREGULAR: [&str; 26] = [
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
    "art-lojban",
    "cel-gaulish",
    "no-bok",
    "no-nyn",
    "zh-guoyu",
    "zh-hakka",
    "zh-min",
    "zh-min-nan",
    "zh-xiang",
];

fn is_language_tag(tag: &str) -> bool {
    if IRREGULAR.iter().any(|irregular| irregular.eq_ignore_ascii_case(tag)) {
        return true;
    }
    let mut parts = tag.split('-').peekable();
    let is = |part: &str, lengths: std::ops::RangeInclusive<usize>, test: fn(&u8) -> bool| {
        lengths.contains(&part.len()) && part.as_bytes().iter().all(test)
    };
    let letters: fn(&u8) -> bool = u8::is_ascii_alphabetic;
    let digits: fn(&u8) -> bool = u8::is_ascii_digit;
    let either: fn(&u8) -> bool = u8::is_ascii_alphanumeric;
    let is_private = |part: &str| part.eq_ignore_ascii_case("x");
    let first = parts.next().unwrap_or_default();
    if !is_private(first) {
        if !is(first, 2..=8, letters) {
            return false;
        }
        let mut extended = 0;
        while first.len() <= 3 && extended < 3 && parts.next_if(|part| is(part, 3..=3, letters)).is_some() {
            extended += 1;
        }
        let _script = parts.next_if(|part| is(part, 4..=4, letters));
        let _region = parts.next_if(|part| is(part, 2..=2, letters) || is(part, 3..=3, digits));
        let is_variant = |part: &str| {
            is(part, 5..=8, either) || (is(part, 4..=4, either) && part.as_bytes()[0].is_ascii_digit())
        };
        while parts.next_if(|part| is_variant(part)).is_some() {}
        while let Some(_extension) = parts.next_if(|part| is(part, 1..=1, either) && !is_private(part)) {
            let mut count = 0;
            while parts.next_if(|part| is(part, 2..=8, either)).is_some() {
                count += 1;
            }
            if count == 0 {
                return false;
            }
        }
        match parts.next() {
            None => return true,
            Some(part) if is_private(part) => {}
            Some(_) => return false,
        }
    }
    parts.peek().is_some() && parts.all(|part| is(part, 1..=8, either))
}

fn is_media_type(text: &str) -> bool {
    let mut parts = text.split(';');
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.as_bytes()[0].is_ascii_alphanumeric()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let essence = parts.next().unwrap_or_default().trim_end();
    essence.split_once('/').is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
        && parts.all(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| is_name(name.trim()) && !value.is_empty())
        })
}

fn is_uri(text: &str) -> bool {
    let is_of_scheme = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(is_of_scheme)
            && !rest.is_empty()
            && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

#[cfg(test)]
mod tests {
    use super::Grammar;

    #[test]
    fn language_tags_follow_rfc_5646() {
        let good = [
            "en",
            "en-US",
            "zh-cmn-Hans-CN",
            "de-CH-1901",
            "sl-rozaj-biske",
            "x-whatever",
            "i-klingon",
            "en-a-bbb-x-a",
        ];
        for tag in good {
            assert!(Grammar::LanguageTag.accepts(tag), "{tag}");
        }
        for tag in ["", "e", "en_US", "english language", "en-", "en-x", "en-a", "a-DE", "de-419-DE"] {
            assert!(!Grammar::LanguageTag.accepts(tag), "{tag}");
        }
    }

    #[test]
    fn uris_have_a_scheme_and_no_spaces() {
        assert!(Grammar::Uri.accepts("urn:oid:1.2.3") && Grammar::Uri.accepts("https://hl7.org/fhir"));
        assert!(!Grammar::Uri.accepts("RicardianContract") && !Grammar::Uri.accepts("http://a b"));
    }

    #[test]
    fn media_types_follow_rfc_6838() {
        for text in ["text/plain", "application/fhir+json", "text/plain; charset=UTF-8", "image/svg+xml"] {
            assert!(Grammar::MediaType.accepts(text), "{text}");
        }
        for text in ["", "pdf", "text/", "/plain", "text/plain; charset", "text plain/x"] {
            assert!(!Grammar::MediaType.accepts(text), "{text}");
        }
    }
}
