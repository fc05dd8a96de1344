//! Which version a range means.

use std::cmp::Ordering;

/// The best of `versions` for `wanted`: that very one; the highest that begins like `6.1.x`; of `latest` the one that
/// the registry calls so, or the highest. A prerelease (`6.1.0-ballot`) is only taken when nothing else fits.
pub(super) fn choose<'v>(
    wanted: &str,
    latest: Option<&'v str>,
    versions: impl Iterator<Item = &'v str> + Clone,
) -> Option<&'v str> {
    if let Some(exact) = versions.clone().find(|version| *version == wanted) {
        return Some(exact);
    }
    let is_latest = wanted == "latest" || wanted.eq_ignore_ascii_case("x");
    if is_latest && let Some(latest) = latest {
        return versions.clone().find(|version| *version == latest);
    }
    let fits = |version: &&str| is_latest || is_in(version, wanted);
    let highest =
        |keep: fn(&&str) -> bool| versions.clone().filter(fits).filter(keep).max_by(|a, b| compare(a, b));
    highest(|version| !version.contains('-')).or_else(|| highest(|_| true))
}

/// Whether `version` begins with what stands before the `x` of `range`.
fn is_in(version: &str, range: &str) -> bool {
    let Some(begin) = range.strip_suffix(['x', 'X']).filter(|begin| begin.ends_with('.')) else {
        return false;
    };
    version.starts_with(begin)
}

/// As Semantic Versioning orders them: numbers by value, a prerelease before its release.
fn compare(a: &str, b: &str) -> Ordering {
    let split = |version: &'_ str| -> (Vec<u64>, Option<String>) {
        let version = version.split('+').next().unwrap_or_default();
        let (numbers, label) =
            version.split_once('-').map_or((version, None), |(n, l)| (n, Some(l.to_owned())));
        (numbers.split('.').map(|number| number.parse().unwrap_or(0)).collect(), label)
    };
    let ((a, a_label), (b, b_label)) = (split(a), split(b));
    a.cmp(&b).then_with(|| match (a_label, b_label) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => labels(&a, &b),
    })
}

fn labels(a: &str, b: &str) -> Ordering {
    let numbered = |part: &str| part.parse::<u64>().map_err(|_| part.to_owned());
    let of = |label: &str| label.split('.').map(numbered).collect::<Vec<_>>();
    // `Ok` comes before `Err`: numbers come before words, as the specification has it.
    of(a).cmp(&of(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: [&str; 7] =
        ["3.1.1", "6.1.0", "6.1.10", "6.1.9", "6.2.0-ballot", "7.0.0-ballot.2", "7.0.0-ballot.10"];

    fn chosen(wanted: &str, latest: Option<&'static str>) -> Option<&'static str> {
        choose(wanted, latest, VERSIONS.into_iter())
    }

    #[test]
    fn a_range_means_its_highest_release() {
        assert_eq!(chosen("6.1.0", None), Some("6.1.0"));
        assert_eq!(chosen("6.1.x", None), Some("6.1.10"));
        assert_eq!(chosen("6.x", None), Some("6.1.10"));
        assert_eq!(chosen("6.2.x", None), Some("6.2.0-ballot"));
        assert_eq!(chosen("7.0.x", None), Some("7.0.0-ballot.10"));
        assert_eq!(chosen("latest", Some("6.1.0")), Some("6.1.0"));
        assert_eq!(chosen("latest", None), Some("6.1.10"));
    }

    #[test]
    fn what_is_not_there_is_not_guessed() {
        for wanted in ["6.1", "6.1.1", "8.x", "6.1.0x", "60.x"] {
            assert_eq!(chosen(wanted, Some("6.1.0")), None, "{wanted}");
        }
        assert_eq!(chosen("latest", Some("9.9.9")), None);
    }
}
