//! How URLs stand in messages, logs and receipts: without ids, codes, tokens or anything else of a query.

use url::Url;

/// `url` with ids as `[id]`, the values of its query as `[…]`, and without user, password and fragment.
///
/// ```
/// let url = url::Url::parse("https://payer.example/fhir/Patient/2657/$everything?_count=50&page=x1").unwrap();
/// assert_eq!(
///     fhirkit_fetch::redact::url(&url),
///     "https://payer.example/fhir/Patient/[id]/$everything?_count=[…]&page=[…]"
/// );
/// ```
pub fn url(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    let mut text = if origin == "null" { format!("{}:", url.scheme()) } else { origin };
    let mut after_type = false;
    for segment in url.path().split('/').skip(1) {
        text.push('/');
        // An id follows the name of a resource type, which is letters alone (`R4` is none); anything that is not a plain
        // word is taken for one as well.
        let is_operation = segment.starts_with('$');
        let hides = !is_operation && (after_type || !is_word(segment));
        text.push_str(if hides && !segment.is_empty() { "[id]" } else { segment });
        let is_type = segment.starts_with(|first: char| first.is_ascii_uppercase())
            && segment.bytes().all(|byte| byte.is_ascii_alphabetic());
        after_type = is_type && !after_type;
    }
    for (at, (key, _)) in url.query_pairs().enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.push_str(if is_word(&key) { &key } else { "[…]" });
        text.push_str("=[…]");
    }
    text
}

/// Whether `segment` looks like a name that a programmer chose: letters, with at most two digits and some marks.
fn is_word(segment: &str) -> bool {
    segment.len() <= 40
        && segment.chars().all(|c| c.is_ascii_alphanumeric() || "-_.$".contains(c))
        && segment.chars().filter(char::is_ascii_digit).count() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_stays_and_the_id_goes() {
        let shown = |text: &str| url(&Url::parse(text).unwrap());
        let base = "https://payer.example/fhir/sb/R4/payer-to-payer";
        assert_eq!(
            shown(&format!("{base}/Patient/Jane/$everything")),
            format!("{base}/Patient/[id]/$everything")
        );
        assert_eq!(shown(&format!("{base}/Group/R4/$export")), format!("{base}/Group/[id]/$export"));
        // An id that looks like a type.
        assert_eq!(
            shown(&format!("{base}/Patient/Jane/Observation/Doe")),
            format!("{base}/Patient/[id]/Observation/[id]")
        );
    }
}
