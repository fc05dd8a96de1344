//! How far a wrong name is from a right one.

/// A wrong name that is compared with many: lower case, at most one edit in three letters.
pub(crate) struct Wrong {
    name: String,
    limit: usize,
    letters: [u8; 256],
}

impl Wrong {
    pub(crate) fn new(name: &str) -> Self {
        let name = name.to_lowercase();
        let limit = (name.chars().count() / 3).max(1);
        let letters = count(&name);
        Self { name, limit, letters }
    }

    /// Edits to a right name; nothing where there are too many.
    pub(crate) fn distance(&self, right: &str) -> Option<usize> {
        if self.is_far(right) {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&self.name, &right.to_lowercase());
        (distance <= self.limit).then_some(distance)
    }

    /// Whether the letters alone, whatever their order, ask for too many edits: most names are told from each other
    /// by that, and it takes a hundredth of the time.
    fn is_far(&self, right: &str) -> bool {
        if !self.name.is_ascii() || !right.is_ascii() {
            return false;
        }
        if self.name.len().abs_diff(right.len()) > self.limit {
            return true;
        }
        let (mut missing, mut surplus) = (0, 0);
        for (mine, its) in self.letters.iter().zip(count(right)) {
            missing += usize::from(its.saturating_sub(*mine));
            surplus += usize::from(mine.saturating_sub(its));
        }
        missing.max(surplus) > self.limit
    }
}

/// How often each letter stands, as far as it can be counted.
fn count(name: &str) -> [u8; 256] {
    let mut letters = [0_u8; 256];
    for byte in name.bytes() {
        if let Some(count) = letters.get_mut(usize::from(byte.to_ascii_lowercase())) {
            *count = count.saturating_add(1);
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_letters_rule_out_is_far_indeed() {
        let names =
            ["Patient", "patinet", "Practitioner", "a", "", "PatientContact", "tneitaP", "us-core-race"];
        for wrong in names {
            let asked = Wrong::new(wrong);
            for right in names {
                let edits = strsim::damerau_levenshtein(&wrong.to_lowercase(), &right.to_lowercase());
                let expected = Some(edits).filter(|edits| *edits <= asked.limit);
                assert_eq!(asked.distance(right), expected, "{wrong} {right}");
            }
        }
    }
}
