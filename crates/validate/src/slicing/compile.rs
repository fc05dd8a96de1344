//! A slice and the discriminators of its element → conditions.

use fhirkit_definitions::structure::{Discriminator, TypedValue};
use fhirkit_definitions::{TypeId, TypeKind};

use super::condition::{Condition, Test, ValueSet};
use super::path::{Step, Written, parse};
use crate::automaton::{Automaton, Member};
use crate::profile::{Element, type_name};
use crate::rules::value::constant::Constant;

/// Where a path has come to: in the definitions, in the types, in the constants of elements on the way.
struct Front<'a> {
    automaton: &'a Automaton,
    members: Vec<Member>,
    ty: Option<TypeId>,
    fixed: Vec<Constant>,
    patterns: Vec<Constant>,
    steps: Vec<Step>,
}

/// Why there is no condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// The discriminator cannot be evaluated.
    Unsupported,
    /// The slice says nothing about what it finds.
    Unconstrained,
}

/// What a discriminator wants of the items of a slice.
pub(super) fn condition(
    automaton: &Automaton,
    slice: Member,
    ty: TypeId,
    discriminator: &Discriminator,
) -> Result<Condition, Lack> {
    let kind = discriminator.discriminator_type.as_str();
    if !matches!(kind, "value" | "pattern" | "type") {
        return Err(Lack::Unsupported);
    }
    let path = parse(&discriminator.path).ok_or(Lack::Unsupported)?;
    let (members, fixed, patterns, steps) = Default::default();
    let mut front = Front { automaton, members, ty: Some(ty), fixed, patterns, steps };
    front.arrive(slice);
    for step in &path {
        front.follow(step).ok_or(Lack::Unsupported)?;
    }
    let mut tests = match kind {
        "type" => front.type_test().into_iter().collect(),
        _ => front.value_tests(),
    };
    if tests.is_empty() && discriminator.path == "url" {
        tests.extend(url_of(automaton, slice));
    }
    if tests.is_empty() {
        return Err(Lack::Unconstrained);
    }
    let written = discriminator.path.as_str().into();
    Ok(Condition { written, steps: front.steps.into(), tests: tests.into() })
}

/// The URL of an extension whose definition is not held: the canonical of its profile.
fn url_of(automaton: &Automaton, slice: Member) -> Option<Test> {
    let (_, element) = automaton.member(slice)?;
    let [only] = &*element.types else { return None };
    let [canonical] = only.profiles.as_slice() else { return None };
    let url = canonical.split('|').next()?;
    // Written as JSON: what needs escapes is no URL.
    let is_plain = !url.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\'));
    let value = TypedValue { type_name: "uri".to_owned(), value: format!("\"{url}\"") };
    is_plain.then(|| Constant::new(&value)).flatten().map(Test::Fixed)
}

impl<'a> Front<'a> {
    fn elements(&self) -> impl Iterator<Item = &'a Element> + '_ {
        self.members.iter().filter_map(|&member| Some(self.automaton.member(member)?.1))
    }

    /// Adds an element, the profile of its type, and the slices that always stand there.
    fn arrive(&mut self, member: Member) {
        let Some((profile, element)) = self.automaton.member(member) else { return };
        self.members.push(member);
        let only = match &*element.types {
            [only] => only.profiles.as_slice(),
            _ => &[],
        };
        if let [canonical] = only {
            self.members.extend(self.automaton.root_of_profile(canonical, &profile.scope));
        }
        for &id in &element.slices {
            if profile.element(id).is_some_and(|slice| slice.min > 0) {
                self.members.push(Member { element: id, ..member });
            }
        }
    }

    fn follow(&mut self, step: &Written) -> Option<()> {
        match step {
            Written::Name(name) => self.name(name),
            Written::OfType(name) => self.of_type(name),
            Written::Extension(url) => self.extension(url),
        }
    }

    fn name(&mut self, name: &str) -> Option<()> {
        self.enter_constants(name);
        let types = self.automaton.types();
        let element = types.element(self.ty?, name)?;
        let members = std::mem::take(&mut self.members);
        let below: Vec<Member> = self.automaton.children(&members, name).map(|(member, _)| member).collect();
        below.into_iter().for_each(|member| self.arrive(member));
        self.ty = match element.variants {
            [only] => Some(only.ty),
            _ => self.only_type(),
        };
        self.steps.push(if element.is_choice() {
            Step::Choice(element.variants.iter().map(|variant| variant.key).collect())
        } else {
            Step::Key(name.into())
        });
        Some(())
    }

    /// The type that the definitions leave of a choice.
    fn only_type(&self) -> Option<TypeId> {
        let mut elements = self.elements();
        let only = elements.find_map(|element| match &*element.types {
            [only] => Some(type_name(only)),
            _ => None,
        })?;
        self.automaton.types().type_named(only)
    }

    fn enter_constants(&mut self, name: &str) {
        let (mut fixed, mut patterns) = (Vec::new(), Vec::new());
        for constant in self.own_fixed().chain(&self.fixed) {
            fixed.extend(constant.below(name));
        }
        for constant in self.own_patterns().chain(&self.patterns) {
            patterns.extend(constant.below(name));
        }
        (self.fixed, self.patterns) = (fixed, patterns);
    }

    fn own_fixed(&self) -> impl Iterator<Item = &'a Constant> + '_ {
        self.elements().filter_map(|element| element.marks.fixed.as_ref())
    }

    fn own_patterns(&self) -> impl Iterator<Item = &'a Constant> + '_ {
        self.elements().filter_map(|element| element.marks.pattern.as_ref())
    }

    fn of_type(&mut self, name: &str) -> Option<()> {
        let ty = self.automaton.types().type_named(name)?;
        let mut slices = Vec::new();
        for &member in &self.members {
            let Some((profile, element)) = self.automaton.member(member) else { continue };
            let of_it = element.slices.iter().filter(|&&id| {
                let slice = profile.element(id);
                slice.is_some_and(|slice| slice.types.iter().all(|one| type_name(one) == name))
            });
            slices.extend(of_it.map(|&id| Member { element: id, ..member }));
        }
        slices.retain(|slice| !self.members.contains(slice));
        slices.into_iter().for_each(|slice| self.arrive(slice));
        if let Some(Step::Choice(keys)) = self.steps.last_mut() {
            let suffix = name.to_lowercase();
            *keys = keys.iter().copied().filter(|key| key.to_lowercase().ends_with(&suffix)).collect();
        }
        self.ty = Some(ty);
        Some(())
    }

    fn extension(&mut self, url: &str) -> Option<()> {
        let members = std::mem::take(&mut self.members);
        (self.fixed, self.patterns) = (Vec::new(), Vec::new());
        for (member, element) in self.automaton.children(&members, "extension") {
            let Some((profile, _)) = self.automaton.member(member) else { continue };
            for &id in &element.slices {
                let slice = Member { element: id, ..member };
                let named = profile.element(id).and_then(|slice| slice.types.first());
                let is_it = named.is_some_and(|one| one.profiles.iter().any(|profile| profile == url));
                if is_it {
                    self.arrive(slice);
                }
            }
        }
        self.steps.push(Step::Extension(url.into()));
        self.ty = self.automaton.types().type_named("Extension");
        Some(())
    }

    fn value_tests(&self) -> Vec<Test> {
        let fixed = self.own_fixed().chain(&self.fixed).cloned().map(Test::Fixed);
        let patterns = self.own_patterns().chain(&self.patterns).cloned().map(Test::Pattern);
        let mut tests: Vec<Test> = Vec::new();
        for test in fixed.chain(patterns) {
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
        if tests.is_empty() {
            tests.extend(self.binding());
        }
        tests
    }

    fn binding(&self) -> Option<Test> {
        self.members.iter().find_map(|&member| {
            let (profile, element) = self.automaton.member(member)?;
            let canonical = element.marks.required.clone()?;
            let scope = profile.scope.clone();
            Some(Test::In(ValueSet { canonical, scope, set: std::sync::OnceLock::new() }))
        })
    }

    fn type_test(&mut self) -> Option<Test> {
        let allowed: Vec<&str> = self
            .members
            .first()
            .and_then(|&member| self.automaton.member(member))?
            .1
            .types
            .iter()
            .map(type_name)
            .collect();
        if let Some(Step::Choice(keys)) = self.steps.last_mut() {
            let fits =
                |key: &&str| allowed.iter().any(|name| key.to_lowercase().ends_with(&name.to_lowercase()));
            *keys = keys.iter().copied().filter(fits).collect();
            return Some(Test::Present);
        }
        let types = self.automaton.types();
        let ty = self.ty?;
        if types.is_resource(ty) || types.kind(ty) == TypeKind::Abstract {
            return Some(Test::Resource(allowed.into_iter().map(Into::into).collect()));
        }
        Some(if allowed.contains(&types.name(ty)) { Test::Present } else { Test::Never })
    }
}
