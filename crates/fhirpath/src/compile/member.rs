//! Element steps: from the types that may stand there to the JSON keys that hold the element.

use crate::compile::{Compiled, Compiler, Place};
use crate::error::Error;
use crate::evaluate::path::is_abstract_resource;
use crate::plan::{Plan, Route, Step};
use crate::syntax::TypeName;
use crate::types::{Shape, SystemType, Type, TypeTest};

impl Compiler<'_> {
    /// A name at the start of a path: an element of `$this`, or the type of `$this` itself.
    pub(crate) fn leading_name(&self, name: &str, at: usize, place: &Place) -> Compiled {
        let fault = match self.member(None, &place.this, name, at) {
            Ok(found) if !place.this.unchecked => return Ok(found),
            found => found,
        };
        let Some(ty) = self.types.type_named(name) else { return fault };
        if place.this.fhir_types().any(|this| self.types.is_subtype(this, ty)) {
            return Ok((Plan::This, place.this.clone()));
        }
        if place.this.unchecked {
            let name = TypeName { at, namespace: None, name: name.to_owned() };
            return self.type_filter(at, "ofType", (Plan::This, place.this.clone()), &name);
        }
        let this = self.names(&place.this);
        Err(Error::semantic(at, format!("the expression starts from `{this}`, not from `{name}`")))
    }

    /// The types of a shape, for a message.
    pub(crate) fn names(&self, shape: &Shape) -> String {
        let name = |ty: &Type| match ty {
            Type::Fhir(id) => self.types.name(*id),
            Type::System(system) => system.name(),
        };
        let mut names: Vec<_> = shape.types.iter().take(3).map(name).collect();
        if shape.types.len() > names.len() {
            names.push("…");
        }
        names.join("` or `")
    }

    /// The element of that name of whatever the input gives.
    pub(crate) fn member(&self, input: Option<Plan>, shape: &Shape, name: &str, at: usize) -> Compiled {
        let mut routes = Vec::new();
        let mut found = Shape::of(Vec::new(), shape.single);
        let mut dynamic = shape.unchecked;
        for (at, ty) in shape.types.iter().enumerate() {
            // A type given twice would lead to each item twice.
            if shape.types.iter().take(at).any(|earlier| earlier == ty) {
                continue;
            }
            match ty {
                Type::Fhir(id) => match self.types.element(*id, name) {
                    Some(element) => {
                        found.single &= !element.is_array;
                        for variant in element.variants {
                            routes.push(Route::new(
                                self.types,
                                *id,
                                variant.key,
                                variant.ty,
                                element.is_array,
                            ));
                            push(&mut found, Type::Fhir(variant.ty));
                        }
                        dynamic |= is_abstract_resource(self.types, *id);
                    }
                    // The resource that stands there may have it.
                    None if is_abstract_resource(self.types, *id) => {
                        dynamic = true;
                        found.unchecked = true;
                    }
                    None => {}
                },
                Type::System(system) => {
                    if let Some(ty) = system_member(*system, name) {
                        push(&mut found, Type::System(ty));
                    }
                }
            }
        }
        found.unchecked |= shape.unchecked;
        found.single &= !found.unchecked;
        if found.types.is_empty() && !dynamic && !shape.types.is_empty() {
            return Err(self.unknown_element(shape, name, at));
        }
        found.ordered = shape.ordered;
        let step = Step { name: name.into(), routes: routes.into(), dynamic, pick: None };
        let plan = match input {
            None | Some(Plan::This) => Plan::Path { input: None, steps: vec![step] },
            Some(Plan::Path { input, mut steps }) => {
                steps.push(step);
                Plan::Path { input, steps }
            }
            Some(input) => Plan::Path { input: Some(Box::new(input)), steps: vec![step] },
        };
        Ok((plan, found))
    }

    fn unknown_element(&self, shape: &Shape, name: &str, at: usize) -> Error {
        let error = Error::semantic(at, format!("`{}` has no element `{name}`", self.names(shape)));
        for id in shape.fhir_types() {
            // `valueQuantity` is a JSON key, not an element.
            if let Some(field) = self.types.field(id, name) {
                let ty = self.types.name(field.ty);
                return error.with_hint(format!("write `{}.ofType({ty})`", field.name));
            }
        }
        match shape.fhir_types().find_map(|id| self.types.nearest_element(id, name)) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    /// `is`, `as` and `ofType` on what was compiled already.
    pub(crate) fn type_filter(
        &self,
        at: usize,
        function: &str,
        input: (Plan, Shape),
        name: &TypeName,
    ) -> Compiled {
        let test = self.type_test(name)?;
        let (plan, shape) = input;
        if function == "is" {
            let plan = self.bare_call(at, function, Some(plan), Some(test))?;
            return Ok((plan, Shape::system(SystemType::Boolean)));
        }
        let selected = self.selected(&shape, test);
        // `as` on several items is a fault of the data, so only `ofType` may become part of the path then.
        if (function == "ofType" || shape.single)
            && let Plan::Path { input, steps } = plan
        {
            return match narrowed(steps, |ty| test.selects(self.types, Type::Fhir(ty))) {
                Ok(steps) => Ok((Plan::Path { input, steps }, selected)),
                Err(steps) => {
                    let plan = Plan::Path { input, steps };
                    Ok((self.bare_call(at, function, Some(plan), Some(test))?, selected))
                }
            };
        }
        Ok((self.bare_call(at, function, Some(plan), Some(test))?, selected))
    }

    /// The types of a shape that a test selects; where none does, the type that was asked for.
    fn selected(&self, shape: &Shape, test: TypeTest) -> Shape {
        let mut types: Vec<Type> =
            shape.types.iter().copied().filter(|ty| test.selects(self.types, *ty)).collect();
        if types.is_empty() || shape.unchecked {
            types = test.fhir.map(Type::Fhir).into_iter().chain(test.system.map(Type::System)).collect();
        }
        Shape { types, unchecked: false, single: shape.single, ordered: shape.ordered }
    }
}

/// Keeps the routes of the last step that lead to a type wanted; gives the steps back as they were where the
/// data has a say in the type.
fn narrowed(
    mut steps: Vec<Step>,
    wanted: impl Fn(fhirkit_definitions::TypeId) -> bool,
) -> Result<Vec<Step>, Vec<Step>> {
    match steps.last_mut() {
        Some(step)
            if !step.dynamic && step.pick.is_none() && !step.routes.iter().any(|route| route.is_resource) =>
        {
            step.routes = step.routes.iter().filter(|route| wanted(route.to)).cloned().collect();
            Ok(steps)
        }
        _ => Err(steps),
    }
}

fn push(shape: &mut Shape, ty: Type) {
    if !shape.types.contains(&ty) {
        shape.types.push(ty);
    }
}

fn system_member(system: SystemType, name: &str) -> Option<SystemType> {
    match (system, name) {
        (SystemType::Quantity, "value") => Some(SystemType::Decimal),
        (SystemType::Quantity, "unit" | "code") => Some(SystemType::String),
        (SystemType::TypeInfo, "name" | "namespace") => Some(SystemType::String),
        _ => None,
    }
}
