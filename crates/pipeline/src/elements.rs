//! The elements of a member as the tables see them, whatever its shape: what is counted must be what becomes rows.

use fhirkit_tape::Node;

/// One value where a list is expected stands for itself, null for nothing.
pub(crate) fn elements<'t>(member: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let is_single = !member.is_absent() && !member.is_null() && !member.is_array();
    let single = is_single.then_some(member);
    single.into_iter().chain(member.items().filter(|item| !item.is_null()))
}

/// How many there are.
pub(crate) fn element_count(member: Node<'_>) -> u64 {
    elements(member).count() as u64
}

/// Whether an ExplanationOfBenefit is a preauthorization, which the claim tables leave out. Two uses are none.
pub(crate) fn is_preauthorization(claim: Node<'_>) -> bool {
    let mut uses = elements(claim.get("use"));
    uses.next().is_some_and(|only| only.str_is("preauthorization")) && uses.next().is_none()
}
