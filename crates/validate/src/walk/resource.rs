//! Resources: the document itself, contained ones, those in entries and parameters.

use std::borrow::Cow;
use std::sync::Arc;

use fhirkit_definitions::{Scope, TypeId};
use fhirkit_issue::verdict::Package;
use fhirkit_issue::{Message, from_source};
use fhirkit_tape::{Kind, Node};

use super::vital_signs::{profile_of, sign_of};
use super::{Cursor, Fault, Walk};
use crate::automaton::{Member, State, StateId};
use crate::rules::{profile, structure};

/// The profiles that the resources of one kind claim, looked up once.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    state: StateId,
    profiles: Box<[Member]>,
    /// How canonicals and systems in such a resource are to be read.
    scope: Scope,
    /// What is claimed and unknown or of another type, which every resource is told.
    faults: Arc<[ClaimFault]>,
    /// The packages of its profiles, and why in these versions.
    packages: Arc<[Package]>,
    /// Its number among the remembered.
    number: usize,
}

/// A claimed profile that cannot be followed.
#[derive(Debug)]
struct ClaimFault {
    /// Its place in `meta.profile`.
    index: usize,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// No package has it; the canonical that was probably meant, and the package that has that one.
    Unknown(Option<(String, String)>),
    /// It is of this type.
    OfType(Box<str>),
}

/// How many different claims a thread remembers; more come from data that is out to fill memory.
const REMEMBERED: usize = 4096;

impl<'v, 't> Walk<'_, 'v, 't> {
    /// Walks the document.
    pub(crate) fn document(&mut self) {
        let node = self.subject.node();
        let known =
            node.get("resourceType").as_str().and_then(|name| self.automaton.types().type_named(&name));
        self.type_name = known.map_or("", |ty| self.automaton.types().name(ty));
        self.scratch.told.0 = None;
        self.resource(node, &[], 0, false, &Cursor::ROOT);
        if let Some(entry) = self.subject.entry_facts().filter(|_| !self.automaton.options.structure_only) {
            entry.check(&Cursor::ENTRY, self);
        }
    }

    /// Walks a resource. `from`: what is asked of it from where it stands; `place` is a number that stands for `from`.
    pub(super) fn resource(
        &mut self,
        node: Node<'t>,
        from: &[Member],
        place: u32,
        is_contained: bool,
        cursor: &Cursor<'_>,
    ) {
        if is_contained {
            self.look_at_contained_id(node, cursor);
        }
        let Some(ty) = self.type_of(node, cursor) else { return };
        let ids = std::mem::take(&mut self.ids);
        let resource = std::mem::replace(&mut self.resource, node);
        let (root, scope) = (self.root, self.scope.clone());
        let around = std::mem::replace(&mut self.around, (resource, root));
        if !is_contained {
            self.root = node;
        }
        if let Some(state) = self.claimed(node, ty, from, place, is_contained, cursor) {
            self.scratch.checked.note_resource(state.type_name);
            self.object(node, node.absent(), "", state, cursor);
        }
        (self.resource, self.root, self.scope) = (resource, root, scope);
        self.around = around;
        self.ids = ids;
    }

    fn type_of(&mut self, node: Node<'t>, cursor: &Cursor<'_>) -> Option<TypeId> {
        if !node.is_object() {
            let rule =
                if node.is_null() { &structure::null::RULE } else { &structure::expected_object::RULE };
            self.report(rule, node, cursor, &[], |path| {
                let path = if path.is_empty() { "the text" } else { path };
                Fault::new(format!("`{path}`: expected a resource, found {}", found(node)))
            });
            return None;
        }
        let name = node.get("resourceType");
        let Some(text) = name.as_str() else {
            self.report(&structure::no_type::RULE, node, cursor, &[], |path| {
                let words = if name.is_absent() {
                    "the resource has no `resourceType`"
                } else {
                    "`resourceType` must be a string"
                };
                let words = if path.is_empty() { words.to_owned() } else { format!("`{path}`: {words}") };
                Fault::new(words).message_id("Unable_to_find_resourceType_property")
            });
            return None;
        };
        let types = self.automaton.types();
        let found = types.type_named(&text).filter(|ty| types.is_resource(*ty));
        if found.is_none() {
            let nearest = types.types().filter(|ty| types.is_resource(*ty)).map(|ty| types.name(ty));
            let nearest = fhirkit_definitions::types::nearest(&text, nearest);
            self.report(&structure::unknown_type::RULE, name, cursor, &[], |_| {
                let issue = from_source::unknown_type(&text, nearest);
                let fault = Fault::new(issue.message);
                let fault = fault.message_id("This_does_not_appear_to_be_a_FHIR_resource_unknown_name_");
                match issue.help {
                    Some(help) => fault.help(help),
                    None => fault,
                }
            });
        }
        found
    }

    /// The state of a resource: what its type, its place and its profiles ask together.
    fn claimed(
        &mut self,
        node: Node<'t>,
        ty: TypeId,
        from: &[Member],
        place: u32,
        is_contained: bool,
        cursor: &Cursor<'_>,
    ) -> Option<&'v State> {
        let claims = node.get("meta").get("profile");
        let is_observation = self.automaton.types().name(ty) == "Observation";
        let sign = if is_observation { sign_of(node) } else { None };
        let key = &mut self.scratch.claim_key;
        key.clear();
        key.extend_from_slice(&place.to_le_bytes());
        key.extend_from_slice(&(ty.index() as u32).to_le_bytes());
        key.push(u8::from(is_contained));
        key.push(sign.unwrap_or(u8::MAX));
        key.extend_from_slice(claims.raw());
        let claim = match self.scratch.claims.get(self.scratch.claim_key.as_slice()) {
            Some(claim) => claim,
            None => &self.look_up(claims, from, ty, is_contained, sign)?,
        };
        for member in &claim.profiles {
            if let Some(profile) = self.automaton.profile(member.profile) {
                self.scratch.checked.note_profile(&profile.canonical);
            }
        }
        let state = self.automaton.state(claim.state);
        self.scope.clone_from(&claim.scope);
        let (faults, packages, number) =
            (Arc::clone(&claim.faults), Arc::clone(&claim.packages), claim.number);
        if !packages.is_empty() {
            self.note_packages(number, &packages);
        }
        if !faults.is_empty() {
            faults.iter().for_each(|fault| self.tell(claims.item(fault.index), fault, ty, cursor));
        }
        state
    }

    /// Works out what resources of one kind claim, and remembers it.
    fn look_up(
        &mut self,
        claims: Node<'t>,
        from: &[Member],
        ty: TypeId,
        is_contained: bool,
        sign: Option<u8>,
    ) -> Option<Claim> {
        let named: Vec<_> = claims.items().filter_map(Node::as_str).collect();
        let scope = self.automaton.source.scope(&named.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        let (mut profiles, faults) = self.profiles(claims, ty, is_contained, &scope);
        if let Some(canonical) = sign.filter(|_| !self.automaton.options.structure_only).and_then(profile_of)
        {
            profiles.extend(self.claim(&canonical, ty, &scope).ok().filter(|sign| !profiles.contains(sign)));
        }
        let state = match self.automaton.resource(from, ty, &profiles) {
            Some(state) => state,
            None => {
                self.scratch.checked.note_other("profiles: more combinations than are kept apart");
                self.automaton.resource(&[], ty, &[])?
            }
        };
        let number = self.scratch.claims.len();
        let packages = self.packages(&profiles, &named, &scope);
        let (profiles, faults) = (profiles.into(), faults.into());
        let claim = Claim { state: state.id, profiles, scope, faults, packages, number };
        if self.scratch.claims.len() < REMEMBERED {
            self.scratch.claims.insert(self.scratch.claim_key.as_slice().into(), claim.clone());
        }
        Some(claim)
    }

    /// The packages that profiles are from, each with the reason for its version.
    fn packages(&self, profiles: &[Member], named: &[Cow<'t, str>], scope: &Scope) -> Arc<[Package]> {
        let automaton = self.automaton;
        let given = automaton.options.profiles.iter().map(String::as_str);
        let canonicals: Vec<&str> = named.iter().map(AsRef::as_ref).chain(given).collect();
        let package = |member: &Member| {
            let url = automaton.profile(member.profile)?.url();
            // As it was written: with its version or without.
            let written = canonicals.iter().find(|canonical| canonical.split('|').next() == Some(url));
            automaton.source.package_of(written.unwrap_or(&url), scope)
        };
        profiles.iter().filter_map(package).collect()
    }

    /// Notes the packages of a claim once while the counts run.
    fn note_packages(&mut self, number: usize, packages: &[Package]) {
        let noted = &mut self.scratch.noted;
        if noted.get(number).is_some_and(|noted| *noted) {
            return;
        }
        self.scratch.checked.note_packages(packages);
        if number < REMEMBERED {
            noted.resize(noted.len().max(number + 1), false);
            noted.iter_mut().skip(number).take(1).for_each(|noted| *noted = true);
        }
    }

    /// The profiles that a resource claims, that are assumed and that are given; the claims that have a fault.
    fn profiles(
        &self,
        claims: Node<'t>,
        ty: TypeId,
        is_contained: bool,
        scope: &Scope,
    ) -> (Vec<Member>, Vec<ClaimFault>) {
        let (mut profiles, mut faults) = (Vec::new(), Vec::new());
        let automaton = self.automaton;
        let options = &automaton.options;
        if options.structure_only {
            return (profiles, faults);
        }
        for (index, claim) in claims.items().enumerate() {
            let Some(canonical) = claim.as_str() else { continue };
            match self.claim(&canonical, ty, scope) {
                Ok(member) => profiles.push(member),
                Err(why) => faults.push(ClaimFault { index, why }),
            }
        }
        let known = |canonical: &String| self.claim(canonical, ty, scope).ok();
        if profiles.is_empty() && faults.is_empty() {
            let name = automaton.types().name(ty);
            let assumed = options.assumed_profiles.iter().filter(|(of, _)| of == name);
            profiles.extend(assumed.filter_map(|(_, canonical)| known(canonical)));
        }
        if !is_contained {
            profiles.extend(options.profiles.iter().filter_map(known));
        }
        (profiles, faults)
    }

    fn claim(&self, canonical: &str, ty: TypeId, scope: &Scope) -> Result<Member, Why> {
        let automaton = self.automaton;
        let found = automaton.root_of_profile(canonical, scope);
        let found = found.and_then(|member| Some((member, automaton.profile(member.profile)?)));
        let Some((member, profile)) = found else {
            let nearest = automaton.source.nearest_profile(canonical);
            return Err(Why::Unknown(nearest.map(|(url, package)| (url.to_owned(), package))));
        };
        match automaton.types().type_named(&profile.type_name) {
            Some(of) if automaton.types().is_subtype(ty, of) => Ok(member),
            _ => Err(Why::OfType(profile.type_name.clone())),
        }
    }

    fn tell(&mut self, claim: Node<'t>, fault: &ClaimFault, ty: TypeId, cursor: &Cursor<'_>) {
        let canonical = claim.as_str().unwrap_or_default();
        let meta = cursor.member("meta");
        let key = format!("profile[{}]", fault.index);
        let place = meta.member(&key);
        match &fault.why {
            Why::OfType(of) => {
                let name = self.automaton.types().name(ty);
                self.report(&profile::wrong_type::RULE, claim, &place, &[], |path| {
                    let message = Message::new().text(format!("`{path}`: `")).code(&canonical);
                    Fault::new(message.text(format!("` is a profile of {of}, and this is {name}")))
                });
            }
            Why::Unknown(nearest) => {
                let suggestion = nearest.as_ref().map(|(url, _)| url.as_str());
                self.scratch.checked.note_unknown_profile(&canonical, suggestion);
                self.report(&profile::unknown::RULE, claim, &place, &[], |path| {
                    let message = Message::new().text(format!("`{path}`: no package at hand has `"));
                    let fault = Fault::new(message.code(&canonical).text("`, so it was not checked"))
                        .message_id("VALIDATION_VAL_PROFILE_UNKNOWN_NOT_POLICY");
                    match nearest {
                        Some((url, package)) => fault.help(format!("did you mean `{url}` ({package})?")),
                        None => fault,
                    }
                });
            }
        }
    }
}

/// What a node is, in a word.
pub(super) fn found(node: Node<'_>) -> &'static str {
    match node.kind() {
        Kind::Absent => "nothing",
        Kind::Null => "null",
        Kind::True | Kind::False => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
}
