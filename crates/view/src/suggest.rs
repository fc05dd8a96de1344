//! Did you mean: the nearest of the names that would have been right.

/// The candidate nearest to `wrong`, when it is near enough to be meant.
pub(crate) fn nearest<'c>(wrong: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let allowed = (wrong.chars().count() / 3).max(1);
    let lower = wrong.to_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
