//! What is left out of every comparison: `noise.tsv` and `not-in-scope.tsv`.

use super::super::{Failure, shared};
use super::expected::Reported;

/// Patterns of message ids, each with the condition under which it is left out.
pub(crate) struct Lists {
    lines: Vec<Line>,
}

struct Line {
    patterns: Vec<String>,
    condition: Condition,
}

enum Condition {
    Always,
    /// The message speaks of this.
    Mentions(String),
    /// The file holds one resource.
    OneResource,
}

impl Lists {
    /// Reads both lists.
    pub(crate) fn read() -> Result<Self, Failure> {
        let mut lines = Vec::new();
        for (file, has_condition) in [("noise.tsv", true), ("not-in-scope.tsv", false)] {
            let text = std::fs::read_to_string(shared(&format!("oracle/{file}"))?)?;
            for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
                let mut cells = line.split('\t');
                let patterns = cells.next().unwrap_or_default().split(", ").map(str::to_owned).collect();
                let words = cells.next().filter(|_| has_condition).unwrap_or_default();
                lines.push(Line { patterns, condition: Condition::read(words)? });
            }
        }
        Ok(Self { lines })
    }

    /// Whether an error of the reference is not counted.
    pub(crate) fn leave_out(&self, reported: &Reported, is_bundle: bool) -> bool {
        self.lines.iter().any(|line| {
            let condition = match &line.condition {
                Condition::Always => true,
                Condition::Mentions(words) => reported.message.contains(words.as_str()),
                Condition::OneResource => !is_bundle,
            };
            condition && line.patterns.iter().any(|pattern| is_like(&reported.id, pattern))
        })
    }
}

impl Condition {
    fn read(words: &str) -> Result<Self, Failure> {
        let mentioned = words.strip_prefix("url begins ").or_else(|| {
            let set = words.strip_prefix("value set ")?;
            Some(set.split(" of ").next().unwrap_or(set))
        });
        match (words, mentioned) {
            ("", _) => Ok(Self::Always),
            ("a file with one resource", _) => Ok(Self::OneResource),
            (_, Some(text)) => Ok(Self::Mentions(text.to_owned())),
            _ => Err(format!("noise.tsv: the condition `{words}` is not understood").into()),
        }
    }
}

/// `…` at the beginning and `*` at the end of a pattern stand for anything.
fn is_like(id: &str, pattern: &str) -> bool {
    let (any_before, pattern) = pattern.strip_prefix('…').map_or((false, pattern), |rest| (true, rest));
    let (any_behind, pattern) = pattern.strip_suffix('*').map_or((false, pattern), |rest| (true, rest));
    match (any_before, any_behind) {
        (false, false) => id == pattern,
        (true, false) => id.ends_with(pattern),
        (false, true) => id.starts_with(pattern),
        (true, true) => id.contains(pattern),
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns_are_open_where_they_say_so() {
        assert!(is_like("http://x#EOB-inst-careTeam-practitioner", "…#EOB-inst-careTeam-*"));
        assert!(is_like("UNKNOWN_CODESYSTEM", "UNKNOWN_CODESYSTEM"));
        assert!(!is_like("UNKNOWN_CODESYSTEM_VERSION", "UNKNOWN_CODESYSTEM"));
    }
}
