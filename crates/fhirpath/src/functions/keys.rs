//! Join keys of resources and references: equal for one resource, however the reference is spelled.
//! Source: <https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html>
//!
//! `getReferenceType()` is ours: no standard function tells the type of a reference's target.

use std::borrow::Cow;
use std::ops::Range;

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_tape::Node;

use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::types::SystemType;
use crate::value::Value;

const TEXT: Gives = Gives::Each(SystemType::String);

pub(super) const FUNCTIONS: &[Function] = &[
    plain("getResourceKey", (0, 0), Takes::Any, TEXT, resource_key),
    // The compiler turns the argument into the call's type test.
    plain("getReferenceKey", (0, 1), Takes::Any, TEXT, reference_key),
    plain("getReferenceType", (0, 0), Takes::Any, TEXT, reference_type),
];

/// What the text of a reference says about its target.
#[derive(Debug, PartialEq, Eq)]
enum Literal {
    /// `Type/id`, relative or absolute, a version cut off; where in the text the id stands.
    Resource { ty: TypeId, id: Range<usize> },
    /// `Type?search`: the type is known, the id is not.
    Conditional { ty: TypeId },
    /// `urn:`, `#contained`, malformed, or a type that R4 has not.
    Other,
}

fn read(types: &TypeModel, text: &str) -> Literal {
    let resource = |name: &str| types.type_named(name).filter(|ty| types.is_resource(*ty));
    if text.starts_with("urn:") || text.starts_with('#') {
        return Literal::Other;
    }
    if let Some((path, _)) = text.split_once('?') {
        let name = path.rsplit('/').next().unwrap_or_default();
        return resource(name).map_or(Literal::Other, |ty| Literal::Conditional { ty });
    }
    let text = match text.split_once("/_history/") {
        Some((resource, version)) if is_id(version) => resource,
        _ => text,
    };
    let mut parts = text.rsplitn(3, '/');
    let (Some(id), Some(name)) = (parts.next(), parts.next()) else { return Literal::Other };
    // What stands before is nothing, or the base of an absolute URL.
    if parts.next().is_some_and(|base| !base.starts_with("http://") && !base.starts_with("https://")) {
        return Literal::Other;
    }
    match resource(name) {
        Some(ty) if is_id(id) => Literal::Resource { ty, id: text.len() - id.len()..text.len() },
        _ => Literal::Other,
    }
}

/// Characters that no id and no server's own idea of one has are those that end or split a URL.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b'#' | b'?' | b'|' | b'%'))
}

fn resource_key<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    for id in arguments.input.iter().filter_map(Value::node).map(|node| node.get("id")) {
        match id.as_str() {
            Some(text) => out.push(Value::String(text)),
            // It is no key, and no reason to have none without a word: the column finds that it does not fit.
            None if !id.is_absent() && !id.is_null() => {
                out.extend(evaluator.context.types.type_named("id").map(|ty| Value::element(id, ty)));
            }
            None => {}
        }
    }
    Ok(())
}

/// The `reference` of a Reference; logical and display-only ones have none.
fn reference<'t>(node: Node<'t>) -> Option<Cow<'t, str>> {
    if node.is_object() { node.get("reference").as_str() } else { None }
}

fn reference_key<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let types = evaluator.context.types;
    let wanted = arguments.call.test.and_then(|test| test.fhir);
    let fits = |ty| wanted.is_none_or(|wanted| types.is_subtype(ty, wanted));
    for item in arguments.input {
        let Some(text) = item.node().and_then(reference) else {
            // A reference that is no text leads nowhere.
            if item.node().is_some_and(|node| !node.get("reference").is_absent()) {
                evaluator.scratch.count_asked();
                evaluator.scratch.count_unresolved();
            }
            continue;
        };
        match read(types, &text) {
            Literal::Resource { ty, id } if fits(ty) => {
                out.push(Value::String(match text {
                    Cow::Borrowed(text) => Cow::Borrowed(text.get(id).unwrap_or_default()),
                    Cow::Owned(text) => Cow::Owned(text.get(id).unwrap_or_default().to_owned()),
                }));
            }
            Literal::Resource { .. } => {}
            Literal::Conditional { ty } if !fits(ty) => {}
            Literal::Conditional { .. } | Literal::Other => {
                evaluator.scratch.count_asked();
                match evaluator.context.environment.target(&text, item) {
                    Some(target) if fits(target.ty) => out.push(Value::String(target.key.into())),
                    Some(_) => {}
                    None => evaluator.scratch.count_unresolved(),
                }
            }
        }
    }
    Ok(())
}

/// The type in the reference's URL, else the one that `Reference.type` names, else the one found outside.
fn reference_type<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let types = evaluator.context.types;
    for item in arguments.input {
        let Some(node) = item.node().filter(|node| node.is_object()) else { continue };
        let text = reference(node);
        let found = text.as_deref().and_then(|text| match read(types, text) {
            Literal::Resource { ty, .. } | Literal::Conditional { ty } => Some(ty),
            Literal::Other => None,
        });
        let said = || node.get("type").as_str().and_then(|name| types.type_named(&name));
        let outside = || {
            evaluator.scratch.count_asked();
            let target = evaluator.context.environment.target(text.as_deref()?, item)?;
            Some(target.ty)
        };
        if let Some(ty) = found.or_else(said).or_else(outside) {
            out.push(Value::String(Cow::Borrowed(types.name(ty))));
        }
    }
    Ok(())
}
