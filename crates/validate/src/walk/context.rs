//! Whether an extension stands where its definition allows it.

use fhirkit_definitions::TypeKind;
use fhirkit_fhirpath::Value;
use fhirkit_tape::{Node, NodeId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::object::Place;
use super::{Cursor, Fault, Walk};
use crate::automaton::{Member, ProfileId};
use crate::profile::{ExtensionContext, ExtensionFacts, Profile};
use crate::rules::extension as rules;
use crate::rules::extension::path::Path;

/// What FHIRPath of contexts finds in the resource looked at last, however many extensions ask; nothing where it
/// cannot be told.
#[derive(Debug, Default)]
pub(super) struct Places {
    of: Option<NodeId>,
    found: FxHashMap<(ProfileId, usize), Option<FxHashSet<NodeId>>>,
}

impl<'v, 't> Walk<'_, 'v, 't> {
    /// Tells where it does not, at what holds the extension, as the reference does.
    pub(super) fn stands_where_allowed(
        &mut self,
        root: Member,
        (profile, facts): (&'v Profile, &'v ExtensionFacts),
        node: Node<'t>,
        place: Place<'_, 'v, 't>,
    ) {
        for invariant in &facts.invariants {
            let extension = self.as_extension(node);
            let holder = self.holder(place);
            match holder.and_then(|holder| invariant.is_true(&holder, &extension, self)) {
                Some(true) => {}
                Some(false) => self.breaks(invariant, root, profile, node, place),
                None => self.note_path_not_checked(profile),
            }
        }
        let mut contexts = facts.contexts.iter().enumerate();
        if facts.contexts.is_empty()
            || contexts.any(|one| self.allows(one, root.profile, profile, node, place))
        {
            return;
        }
        self.report(&rules::context::RULE, node, place.cursor, &[root], |path| {
            let path = if path.is_empty() { place.state.type_name } else { path };
            let allowed: Vec<&str> = facts.contexts.iter().map(ExtensionContext::text).collect();
            let text =
                format!("`{path}`: {} may not stand here, only in {}", profile.canonical, allowed.join(", "));
            Fault::new(text).message_id("Extension_EXTP_Context_Wrong")
        });
    }

    fn breaks(
        &mut self,
        invariant: &Path,
        root: Member,
        profile: &Profile,
        node: Node<'t>,
        place: Place<'_, 'v, 't>,
    ) {
        self.report(&rules::context_invariant::RULE, node, place.cursor, &[root], |path| {
            let path = if path.is_empty() { place.state.type_name } else { path };
            let text =
                format!("`{path}`: {} may stand here only where `{}`", profile.canonical, invariant.text);
            Fault::new(text).message_id("Profile_EXT_Not_Here")
        });
    }

    fn note_path_not_checked(&mut self, profile: &Profile) {
        let what = format!("where an extension may stand, by FHIRPath: {}", profile.url());
        self.scratch.checked.note_other(&what);
    }

    /// What holds an extension, as FHIRPath knows it. Of a primitive the walk has only what stands beside it at hand.
    fn holder(&self, place: Place<'_, 'v, 't>) -> Option<Value<'t>> {
        let ty = place.state.ty;
        let is_primitive = self.automaton.types().kind(ty) == TypeKind::Primitive;
        (!is_primitive).then(|| Value::element(place.object, ty))
    }

    fn as_extension(&self, node: Node<'t>) -> Value<'t> {
        let ty = self.automaton.types().type_named("Extension");
        ty.map_or(Value::Boolean(false), |ty| Value::element(node, ty))
    }

    fn allows(
        &mut self,
        (number, context): (usize, &ExtensionContext),
        id: ProfileId,
        profile: &Profile,
        node: Node<'t>,
        place: Place<'_, 'v, 't>,
    ) -> bool {
        match context {
            ExtensionContext::Element(expression) => match expression.split_once('#') {
                // Of a profile: whether that is followed, is not asked.
                Some((_, path)) => self.is_at(path, place),
                None => self.is_at(expression, place),
            },
            ExtensionContext::Extension(expression) => {
                let url = expression.split('#').next().unwrap_or_default();
                place.object.get("url").str_is(url) || (expression.contains('#') && place.state.is_extension)
            }
            ExtensionContext::Path(path) => {
                let is_allowed = self.is_on_path((id, number), path, node, place);
                if is_allowed.is_none() {
                    self.note_path_not_checked(profile);
                }
                is_allowed.unwrap_or(true)
            }
        }
    }

    /// Some definitions write what must be true of the element instead of how to find it.
    fn is_on_path(
        &mut self,
        key: (ProfileId, usize),
        path: &Path,
        node: Node<'t>,
        place: Place<'_, 'v, 't>,
    ) -> Option<bool> {
        let is_found = self.is_found(key, path, place.object);
        if is_found == Some(true) {
            return is_found;
        }
        let extension = self.as_extension(node);
        let is_true = self.holder(place).and_then(|holder| path.is_true(&holder, &extension, self));
        is_true.or(is_found)
    }

    /// Whether an expression, asked of the resource, finds what holds the extension.
    fn is_found(&mut self, key: (ProfileId, usize), path: &Path, holder: Node<'t>) -> Option<bool> {
        if self.places.of != Some(self.resource.id()) {
            self.places = Places { of: Some(self.resource.id()), ..Places::default() };
        }
        if !self.places.found.contains_key(&key) {
            let found = path.found(self);
            self.places.found.insert(key, found);
        }
        let found = self.places.found.get(&key)?.as_ref()?;
        Some(found.contains(&holder.id()))
    }

    /// Whether the object that holds an extension is what an element id says: a type, or a path from one.
    fn is_at(&self, expression: &str, place: Place<'_, 'v, 't>) -> bool {
        let types = self.automaton.types();
        let (ty, is_resource) = (place.state.ty, place.state.is_resource);
        match expression {
            "Element" | "Any" => return true,
            "CanonicalResource" | "MetadataResource" => {
                return is_resource
                    && types.element(ty, "url").is_some()
                    && types.element(ty, "status").is_some();
            }
            _ if expression == place.state.type_name => return true,
            _ => {}
        }
        let (first, rest) = expression.split_once('.').unwrap_or((expression, ""));
        let Some(first) = types.type_named(first) else { return false };
        if rest.is_empty() {
            return types.is_subtype(ty, first);
        }
        let mut at: &Cursor<'_> = place.cursor;
        for name in rest.rsplit('.') {
            let Some((around, own, ty)) = at.step_out() else { return false };
            // Paths do not lead out of a resource.
            if ty.is_some_and(|ty| is_any_resource(types.name(ty))) || own != name.trim_end_matches("[x]") {
                return false;
            }
            at = around;
        }
        let ty = at.step_out().and_then(|(_, _, ty)| ty).filter(|&ty| !is_any_resource(types.name(ty)));
        let ty =
            ty.or_else(|| types.type_named(&self.resource.get("resourceType").as_str().unwrap_or_default()));
        ty.is_some_and(|ty| types.is_subtype(ty, first) || types.kind(ty) == TypeKind::Abstract)
    }
}

fn is_any_resource(name: &str) -> bool {
    matches!(name, "Resource" | "DomainResource")
}
