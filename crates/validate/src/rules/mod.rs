//! The rules: one file and one page of documentation each, and the two lists that hold them together.
//!
//! A rule that looks at one value by a fact of its element or type is a `NodeCheck`: it says in its own file which
//! checks a definition gives rise to and how one is run. Rules about the shape of the JSON have no facts to compile;
//! the walk applies them, and their files hold their words.
//!
//! To add a rule: a file, its page beside it, a line in `ALL`, and for a `NodeCheck` a line in `checks!`.

#[macro_use]
mod checks;
mod answers;
pub(crate) mod binding;
pub(crate) mod bundle;
pub(crate) mod datatype;
pub(crate) mod extension;
pub(crate) mod invariant;
pub(crate) mod json;
pub(crate) mod narrative;
pub(crate) mod payer;
pub(crate) mod primitive;
pub(crate) mod profile;
pub(crate) mod reference;
pub(crate) mod slicing;
pub(crate) mod structure;
pub(crate) mod value;

use std::fmt;

use fhirkit_definitions::{ElementDefinition, Scope, StructureDefinition};
use fhirkit_issue::rules::Rule;

use crate::automaton::Member;
use crate::definitions_of::Source;
use crate::options::Options;
use crate::walk::{Site, Walk};
pub(crate) use answers::Answers;

/// Every rule of this crate. One line a rule.
static ALL: &[&Rule] = &[
    &json::duplicate_key::RULE,
    &structure::expected_object::RULE,
    &structure::no_type::RULE,
    &structure::unknown_type::RULE,
    &structure::unknown_element::RULE,
    &structure::misplaced_type::RULE,
    &structure::comments::RULE,
    &structure::empty::RULE,
    &structure::null::RULE,
    &structure::expected_array::RULE,
    &structure::expected_scalar::RULE,
    &structure::wrong_type::RULE,
    &structure::sibling::RULE,
    &structure::choice::RULE,
    &structure::type_not_allowed::RULE,
    &structure::cardinality::RULE,
    &structure::prohibited::RULE,
    &structure::duplicate_id::RULE,
    &primitive::base64_binary::RULE,
    &primitive::canonical::RULE,
    &primitive::code::RULE,
    &primitive::date::RULE,
    &primitive::date_time::RULE,
    &primitive::decimal::RANGE,
    &primitive::id::RULE,
    &primitive::instant::RULE,
    &primitive::integer::RULE,
    &primitive::oid::RULE,
    &primitive::string::RULE,
    &primitive::string::WHITE_SPACE,
    &primitive::time::RULE,
    &primitive::uri::RULE,
    &primitive::uuid::RULE,
    &primitive::date::YEAR,
    &profile::no_match::RULE,
    &profile::unknown::RULE,
    &profile::wrong_type::RULE,
    &slicing::min::RULE,
    &slicing::max::RULE,
    &slicing::unmatched::RULE,
    &slicing::ambiguous::RULE,
    &extension::url::RULE,
    &extension::unknown::RULE,
    &extension::context::RULE,
    &extension::context_invariant::RULE,
    &extension::modifier::RULE,
    &extension::nested::RULE,
    &extension::value_type::RULE,
    &value::fixed::RULE,
    &value::pattern::RULE,
    &value::range::RULE,
    &value::max_length::RULE,
    &value::attachment_size::RULE,
    &value::attachment_hash::RULE,
    &narrative::not_xhtml::RULE,
    &narrative::namespace::RULE,
    &narrative::forbidden::RULE,
    &narrative::empty::RULE,
    &narrative::broken_link::RULE,
    &narrative::unsafe_link::RULE,
    &reference::format::RULE,
    &reference::not_contained::RULE,
    &reference::target_type::RULE,
    &reference::type_mismatch::RULE,
    &bundle::full_url_mismatch::RULE,
    &bundle::full_url_missing::RULE,
    &bundle::full_url_relative::RULE,
    &bundle::link::RULE,
    &bundle::search_result::RULE,
    &value::relative_system::RULE,
    &value::value_set_as_system::RULE,
    &value::unknown_code::RULE,
    &value::display::RULE,
    &value::code_status::RULE,
    &value::no_system::RULE,
    &binding::required::RULE,
    &binding::max_value_set::RULE,
    &binding::extensible::RULE,
    &binding::preferred::RULE,
    &binding::no_code::RULE,
    &invariant::failed::RULE,
    &datatype::identifier_system::RULE,
    &datatype::identifier_value::RULE,
    &payer::total::RULE,
    &payer::payment::RULE,
    &payer::negative_line::RULE,
    &payer::duplicate_line::RULE,
    &payer::outside_coverage::RULE,
];

checks! {
    Fixed(value::fixed::Fixed),
    Pattern(value::pattern::Pattern),
    Range(value::range::Range),
    MaxLength(value::max_length::MaxLength),
    Attachment(value::attachment::Attachment),
    OneOf(profile::no_match::OneOf),
    Narrative(narrative::Narrative),
    Reference(reference::Reference),
    LocalCanonical(reference::local_canonical::LocalCanonical),
    TargetType(reference::target_type::TargetType),
    Entry(bundle::Entry),
    Links(bundle::link::Links),
    Results(bundle::search_result::Results),
    Binding(binding::Binding),
    Coding(value::coding::Coding),
    Invariant(invariant::Invariant),
    Identifier(datatype::identifier_system::Identifier),
    Payer(payer::Payer),
}

/// Every rule of this crate.
#[must_use]
pub fn all() -> &'static [&'static Rule] {
    ALL
}

/// The rule of that name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id.as_str() == id)
}

/// The page of a rule, in Markdown.
#[must_use]
pub fn page(id: &str) -> Option<&'static str> {
    find(id)?.page
}

/// What compiling any definition stands on.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'f> {
    pub(crate) source: &'f Source,
    pub(crate) options: &'f Options,
    /// How canonicals inside the definition are to be read.
    pub(crate) scope: &'f Scope,
}

/// One ElementDefinition to compile.
#[derive(Clone, Copy)]
pub(crate) struct ElementFacts<'f> {
    pub(crate) structure: &'f StructureDefinition,
    pub(crate) element: &'f ElementDefinition,
    pub(crate) facts: &'f Facts<'f>,
}

/// One type, for rules that hold of all its values whatever a definition says.
#[derive(Clone, Copy)]
pub(crate) struct TypeFacts<'f> {
    pub(crate) name: &'static str,
    pub(crate) facts: &'f Facts<'f>,
}

/// A rule about one value. Its `Display` stands in snapshots of compiled profiles; equal checks of several profiles
/// run once, and their issue names all.
pub(crate) trait NodeCheck:
    Sized + Clone + PartialEq + fmt::Debug + fmt::Display + Send + Sync
{
    /// The checks that an ElementDefinition gives rise to.
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let _ = facts;
        Vec::new()
    }

    /// The checks that hold of every value of a type.
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        let _ = facts;
        Vec::new()
    }

    /// The rules it may report; it is not even compiled where none of them is selected.
    fn rules() -> Vec<&'static Rule>;

    /// Its place among the checks of a value: lower first. Those of codes go from the strongest to the weakest, so
    /// that one fault is one issue.
    fn order(&self) -> u8 {
        0
    }

    /// Looks at a value and says so through [`Walk::report`] where it breaks the rule.
    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>);
}

fn is_selected<C: NodeCheck>(facts: &Facts<'_>) -> bool {
    C::rules().iter().any(|rule| facts.options.selection.allows(rule.id.as_str()))
}
