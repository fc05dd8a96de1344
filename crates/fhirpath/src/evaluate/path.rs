//! Element steps over the tape: a direct key lookup each, depth first, nothing allocated.

use std::ops::ControlFlow;

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_tape::Node;

use crate::plan::{Route, Step};
use crate::value::Value;

type Flow = ControlFlow<()>;

/// Appends what the steps reach from the values. Picks count over all of them together, so the compiler
/// puts them only where there is one value to start from.
pub(crate) fn collect<'t>(types: &TypeModel, from: &[Value<'t>], steps: &[Step], out: &mut Vec<Value<'t>>) {
    for value in from {
        let _ = visit(types, value, steps, &mut |found| {
            out.push(found);
            Flow::Continue(())
        });
    }
}

/// Shows what the steps reach from one value, until told to stop.
pub(crate) fn visit<'t>(
    types: &TypeModel,
    from: &Value<'t>,
    steps: &[Step],
    show: &mut dyn FnMut(Value<'t>) -> Flow,
) -> Flow {
    let Some(at) = steps.iter().position(|step| step.pick.is_some()) else {
        return descend(types, from.clone(), steps, show);
    };
    let (before, after) = steps.split_at(at + 1);
    let mut left = before.last().and_then(|step| step.pick).unwrap_or(0);
    let mut picked = None;
    let _ = descend(types, from.clone(), before, &mut |found| {
        if left == 0 {
            picked = Some(found);
            return Flow::Break(());
        }
        left -= 1;
        Flow::Continue(())
    });
    match picked {
        Some(value) => visit(types, &value, after, show),
        None => Flow::Continue(()),
    }
}

fn descend<'t>(
    types: &TypeModel,
    value: Value<'t>,
    steps: &[Step],
    show: &mut dyn FnMut(Value<'t>) -> Flow,
) -> Flow {
    let Some((step, rest)) = steps.split_first() else { return show(value) };
    let Value::Node { node, sibling, ty } = value else {
        return match system_member(&value, &step.name) {
            Some(member) => descend(types, member, rest, show),
            None => Flow::Continue(()),
        };
    };
    // A primitive's id and extensions lie in its sibling.
    let object = if node.is_object() { node } else { sibling };
    let mut routed = false;
    for route in step.routes.iter().filter(|route| route.from == ty) {
        routed = true;
        let child = Child {
            key: &route.key,
            to: route.to,
            primitive: route.is_primitive,
            resource: route.is_resource,
        };
        each(types, object, child, &mut |found| descend(types, found, rest, show))?;
    }
    if !routed
        && step.dynamic
        && let Some(element) = types.element(ty, &step.name)
    {
        for variant in element.variants {
            let child = Child::of(types, variant.key, variant.ty);
            each(types, object, child, &mut |found| descend(types, found, rest, show))?;
        }
    }
    Flow::Continue(())
}

/// What to look for in an object.
#[derive(Clone, Copy)]
struct Child<'k> {
    key: &'k str,
    to: TypeId,
    primitive: bool,
    resource: bool,
}

impl<'k> Child<'k> {
    fn of(types: &TypeModel, key: &'k str, to: TypeId) -> Self {
        Child { key, to, primitive: types.is_primitive(to), resource: is_abstract_resource(types, to) }
    }
}

impl Route {
    pub(crate) fn new(types: &TypeModel, from: TypeId, key: &str, to: TypeId, is_array: bool) -> Self {
        let child = Child::of(types, key, to);
        let (is_primitive, is_resource) = (child.primitive, child.resource);
        Route { from, key: key.into(), to, is_array, is_primitive, is_resource }
    }
}

/// Whether the data says the type: the element is declared as any resource.
pub(crate) fn is_abstract_resource(types: &TypeModel, ty: TypeId) -> bool {
    matches!(types.name(ty), "Resource" | "DomainResource")
}

/// Shows the items under a key. Data is read loosely: one value where an array is declared and an array
/// where one value is, both stand for what they hold.
fn each<'t>(
    types: &TypeModel,
    object: Node<'t>,
    child: Child<'_>,
    show: &mut dyn FnMut(Value<'t>) -> Flow,
) -> Flow {
    if !child.primitive {
        let found = object.get(child.key);
        if found.is_array() {
            return found.items().try_for_each(|item| show_complex(types, item, child, show));
        }
        return show_complex(types, found, child, show);
    }
    let (found, sibling) = object.get_with_sibling(child.key);
    if !found.is_array() && !sibling.is_array() {
        return show_primitive(found, sibling, child.to, show);
    }
    let (mut values, mut siblings) = (Items::of(found), Items::of(sibling));
    loop {
        let (value, sibling) = (values.next(), siblings.next());
        if value.is_none() && sibling.is_none() {
            return Flow::Continue(());
        }
        let absent = object.absent();
        show_primitive(value.unwrap_or(absent), sibling.unwrap_or(absent), child.to, show)?;
    }
}

/// The items of an array; whatever is none stands for its only item.
struct Items<'t> {
    only: Option<Node<'t>>,
    items: fhirkit_tape::Items<'t>,
}

impl<'t> Items<'t> {
    fn of(node: Node<'t>) -> Self {
        Self { only: (!node.is_array()).then_some(node), items: node.items() }
    }

    fn next(&mut self) -> Option<Node<'t>> {
        self.only.take().or_else(|| self.items.next())
    }
}

fn show_complex<'t>(
    types: &TypeModel,
    node: Node<'t>,
    child: Child<'_>,
    show: &mut dyn FnMut(Value<'t>) -> Flow,
) -> Flow {
    if node.is_absent() || node.is_null() {
        return Flow::Continue(());
    }
    let ty = if child.resource { resource_type(types, node).unwrap_or(child.to) } else { child.to };
    show(Value::element(node, ty))
}

fn show_primitive<'t>(
    node: Node<'t>,
    sibling: Node<'t>,
    ty: TypeId,
    show: &mut dyn FnMut(Value<'t>) -> Flow,
) -> Flow {
    let node = if node.is_null() { node.absent() } else { node };
    let sibling = if sibling.is_object() { sibling } else { sibling.absent() };
    if node.is_absent() && sibling.is_absent() {
        return Flow::Continue(());
    }
    show(Value::Node { node, sibling, ty })
}

/// The type that a resource says it is.
pub(crate) fn resource_type(types: &TypeModel, node: Node<'_>) -> Option<TypeId> {
    let name = node.get("resourceType").as_str()?;
    types.type_named(&name).filter(|ty| types.is_resource(*ty))
}

/// Shows all elements of an element, in the order of the definitions.
pub(crate) fn children<'t>(types: &TypeModel, value: &Value<'t>, out: &mut Vec<Value<'t>>) {
    let Value::Node { node, sibling, ty } = value else { return };
    let object = if node.is_object() { *node } else { *sibling };
    if object.is_empty() {
        return;
    }
    for element in types.elements(*ty) {
        for variant in element.variants {
            let child = Child::of(types, variant.key, variant.ty);
            let _ = each(types, object, child, &mut |found| {
                out.push(found);
                Flow::Continue(())
            });
        }
    }
}

/// The members of computed values: a quantity's and a type's.
fn system_member<'t>(value: &Value<'t>, name: &str) -> Option<Value<'t>> {
    match (value, name) {
        (Value::Quantity(quantity), "value") => Some(Value::Decimal(quantity.value.clone())),
        (Value::Quantity(quantity), "unit" | "code") => Some(Value::String(quantity.unit.clone())),
        (Value::Type(info), "namespace") => Some(Value::String(info.namespace.into())),
        (Value::Type(info), "name") => Some(Value::String(info.name.clone().into())),
        _ => None,
    }
}
