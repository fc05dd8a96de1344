//! Paths that begin with `X.where(condition)`, where the condition looks at some members of the element alone: who
//! evaluates many of them can visit X once and remember what the conditions said of the same members before.

use crate::environment::{Context, Scratch};
use crate::error::Error;
use crate::evaluate::{Evaluator, Frame};
use crate::expression::Expression;
use crate::plan::{Call, Plan, Route, Step};
use crate::syntax::Operator;
use crate::value::Value;

/// A path that begins with `X.where(condition)`.
#[derive(Clone, Debug)]
pub struct Filtered<'e> {
    /// Steps from the input to X.
    pub steps: &'e [Step],
    /// The members of X's items that the condition depends on, by key, each once: a primitive's with its sibling. It
    /// depends on nothing else: equal bytes there, equal truth.
    pub members: Vec<&'e Route>,
    /// `X.where(condition)` is all there is. Otherwise more follows, which gives nothing when X gives nothing.
    pub is_whole: bool,
    condition: &'e Plan,
}

impl<'e> Filtered<'e> {
    pub(crate) fn of(plan: &'e Plan) -> Option<Self> {
        let mut at = plan;
        loop {
            at = match at {
                Plan::Path { input: Some(input), .. } => input,
                Plan::Indexer { input, index, .. } if is_whole_number(index) => input,
                Plan::Call(call) => match filter(call) {
                    Some((steps, condition)) => {
                        let mut looked = Looked {
                            is_fit: is_pure,
                            with_surroundings: false,
                            members: Vec::new(),
                            resource: false,
                        };
                        return looked.at(condition, true).then(|| Filtered {
                            steps,
                            members: by_key(looked.members),
                            is_whole: std::ptr::eq(at, plan),
                            condition,
                        });
                    }
                    None if keeps_nothing(call) => call.input.as_ref()?,
                    None => return None,
                },
                _ => return None,
            };
        }
    }

    /// What the condition says of an item of X; only true keeps it.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn keeps<'t>(
        &self,
        context: &Context<'t, '_>,
        item: &Value<'t>,
        scratch: &mut Scratch,
    ) -> Result<bool, Error>
    where
        'e: 't,
    {
        let frame = Frame { this: std::slice::from_ref(item), index: Some(0), total: None };
        Ok(Evaluator::new(context, item, scratch).truth(self.condition, frame)? == Some(true))
    }
}

/// What an expression depends on: equal bytes there, equal result.
#[derive(Clone, Debug)]
pub struct Reads<'e> {
    /// Members of the input, by key, each once: a primitive's with its sibling.
    pub members: Vec<&'e Route>,
    /// The resource as well.
    pub resource: bool,
}

impl Expression {
    /// Members of the input, one of which must be there for the expression to give anything: a primitive's counts
    /// as there with its sibling alone. None where nothing can be said.
    pub fn needs(&self) -> Option<Vec<&Route>> {
        let mut members = Vec::new();
        needs(self.plan(), &mut members).then_some(members)
    }

    /// What the expression depends on besides what is told of the outside ([`Scratch::asked_count`]); none where it
    /// depends on more than can be said.
    pub fn reads(&self) -> Option<Reads<'_>> {
        let mut looked =
            Looked { is_fit: computes, with_surroundings: true, members: Vec::new(), resource: false };
        looked
            .at(self.plan(), true)
            .then(|| Reads { members: by_key(looked.members), resource: looked.resource })
    }

    /// Whether the expression reads the resource and nothing of its input: it gives the same wherever in a resource it
    /// is evaluated, but for what the outside tells.
    pub fn is_of_resource(&self) -> bool {
        let mut looked =
            Looked { is_fit: |_| true, with_surroundings: true, members: Vec::new(), resource: false };
        looked.at(self.plan(), true) && looked.members.is_empty() && looked.resource
    }

    /// The expression taken apart, where it begins with `X.where(condition)`, X is a simple path, and the condition
    /// looks at members of X's items alone.
    pub fn filtered(&self) -> Option<Filtered<'_>> {
        Filtered::of(self.plan())
    }
}

fn by_key(mut members: Vec<&Route>) -> Vec<&Route> {
    members.sort_by(|a, b| a.key.cmp(&b.key));
    members.dedup_by(|a, b| a.key == b.key);
    members
}

/// Steps and condition of a `where()` on a path from the input.
fn filter(call: &Call) -> Option<(&[Step], &Plan)> {
    match (call.function.name, &call.input, call.arguments.as_slice()) {
        ("where", Some(Plan::Path { input: None, steps }), [condition]) => Some((steps, condition)),
        _ => None,
    }
}

fn needs<'e>(plan: &'e Plan, members: &mut Vec<&'e Route>) -> bool {
    match plan {
        Plan::Path { input: Some(input), .. } => needs(input, members),
        Plan::Path { input: None, steps } => match steps.first() {
            Some(step) if !step.dynamic => {
                members.extend(step.routes.iter());
                true
            }
            _ => false,
        },
        Plan::Indexer { input, index, .. } => is_whole_number(index) && needs(input, members),
        Plan::Binary { operator: Operator::Union, left, right, .. } => {
            needs(left, members) && needs(right, members)
        }
        Plan::Call(call) if keeps_nothing(call) => {
            call.input.as_ref().is_some_and(|input| needs(input, members))
        }
        _ => false,
    }
}

fn is_whole_number(plan: &Plan) -> bool {
    matches!(plan, Plan::Literal(Value::Integer(_)))
}

/// Functions that give nothing for nothing, and do nothing besides.
fn keeps_nothing(call: &Call) -> bool {
    matches!(
        call.function.name,
        "where"
            | "select"
            | "first"
            | "last"
            | "ofType"
            | "as"
            | "distinct"
            | "replaceMatches"
            | "getReferenceKey"
            | "getReferenceType"
    )
}

/// Functions that look at their input and arguments alone.
fn is_pure(name: &str) -> bool {
    matches!(
        name,
        "where"
            | "exists"
            | "empty"
            | "not"
            | "all"
            | "count"
            | "first"
            | "last"
            | "ofType"
            | "as"
            | "is"
            | "hasValue"
            | "startsWith"
            | "endsWith"
            | "contains"
            | "matches"
            | "lower"
            | "upper"
    )
}

/// Functions whose result depends on input and arguments alone, but for what the outside tells them.
fn computes(name: &str) -> bool {
    is_pure(name)
        || matches!(
            name,
            "iif"
                | "select"
                | "distinct"
                | "replaceMatches"
                | "substring"
                | "toString"
                | "getReferenceKey"
                | "getReferenceType"
        )
}

/// Whether a condition on an item depends on nothing but the item.
pub(crate) fn looks_at_item_alone(plan: &Plan) -> bool {
    let mut looked =
        Looked { is_fit: is_pure, with_surroundings: false, members: Vec::new(), resource: false };
    looked.at(plan, true)
}

/// What plans look at, as far as it can be said.
struct Looked<'e> {
    /// Functions that may be called.
    is_fit: fn(&str) -> bool,
    /// Whether plans may look at the resource and at members of `%context`.
    with_surroundings: bool,
    /// Members of the item, and of `%context`, which is the item to begin with.
    members: Vec<&'e Route>,
    resource: bool,
}

impl<'e> Looked<'e> {
    /// Collects what a plan looks at; false where that is more than can be said. `on_item`: `$this` is the item to begin
    /// with, not one found below it.
    fn at(&mut self, plan: &'e Plan, on_item: bool) -> bool {
        match plan {
            Plan::Empty | Plan::Literal(_) | Plan::Nothing => true,
            Plan::This => !on_item,
            Plan::Path { input: Some(input), steps } if matches!(**input, Plan::Context) => {
                self.with_surroundings && self.members_of(steps)
            }
            Plan::Path { input: Some(input), .. } => self.at(input, on_item),
            Plan::Path { input: None, steps } if on_item => self.members_of(steps),
            Plan::Path { input: None, .. } => true,
            Plan::TextEqual { path, .. } => self.at(path, on_item),
            Plan::Indexer { input, index, .. } => self.at(input, on_item) && self.at(index, on_item),
            Plan::Negate { input, .. } => self.at(input, on_item),
            Plan::Binary { left, right, .. } => self.at(left, on_item) && self.at(right, on_item),
            Plan::Call(call) => self.at_call(call, on_item),
            Plan::Resource => {
                self.resource = true;
                self.with_surroundings
            }
            Plan::Index | Plan::Total | Plan::Context | Plan::Root | Plan::RowIndex | Plan::Variable(_) => {
                false
            }
        }
    }

    fn at_call(&mut self, call: &'e Call, on_item: bool) -> bool {
        // `iif()` on nothing has its arguments evaluated on the item itself.
        let on_itself = call.input.is_none() && call.function.name == "iif";
        let input = match &call.input {
            Some(input) => self.at(input, on_item),
            None => !on_item || on_itself,
        };
        input
            && (self.is_fit)(call.function.name)
            && call.arguments.iter().enumerate().all(|(index, argument)| {
                let each = call.function.each & 1_u32.checked_shl(index as u32).unwrap_or(0) != 0;
                self.at(argument, on_item && (on_itself || !each))
            })
    }

    fn members_of(&mut self, steps: &'e [Step]) -> bool {
        let Some(first) = steps.first() else { return false };
        self.members.extend(first.routes.iter());
        // A step without routes is one from a computed value: what it reads has no key.
        !first.dynamic && !first.routes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use fhirkit_definitions::Definitions;

    use crate::{Expression, Scope};

    fn reads(path: &str) -> Option<(Vec<String>, bool)> {
        let types = Definitions::embedded().unwrap().types();
        let patient = types.type_named("Patient").unwrap();
        let expression = Expression::compile(types, path, &Scope::in_view(patient, patient)).unwrap();
        let reads = expression.reads()?;
        Some((reads.members.iter().map(|route| route.key.to_string()).collect(), reads.resource))
    }

    #[test]
    fn what_an_expression_reads_is_known_or_said_to_be_unknown() {
        let some =
            |keys: &[&str], resource| Some((keys.iter().map(|key| (*key).to_owned()).collect(), resource));
        assert_eq!(reads("name.where(use = 'official').family | name.text"), some(&["name"], false));
        assert_eq!(reads("iif(active, birthDate, gender)"), some(&["active", "birthDate", "gender"], false));
        assert_eq!(reads("managingOrganization.getReferenceKey()"), some(&["managingOrganization"], false));
        assert_eq!(
            reads("%resource.name.where(use = %context.gender).family"),
            some(&["gender"], true),
            "the resource, and a member of the element to begin with"
        );
        for path in ["children().count()", "$this", "now()", "getResourceKey()", "%context", "trace('a')"] {
            assert_eq!(reads(path), None, "{path}");
        }
    }
}
