//! Long lists that row after row looks into: what is remembered of them gives what each look gives.

use fhirkit_definitions::Definitions;
use fhirkit_fhirpath::{Context, Expression, Joins, Scope, Scratch, Value};
use fhirkit_tape::{Span, Tape};

const CONDITIONS: &[&str] = &[
    "sequence in %context.careTeamSequence",
    "sequence = %context.careTeamSequence",
    "sequence = %context.careTeamSequence[0]",
    "role.coding.where(code = 'a' or code = 'b').exists() and (%context.careTeamSequence.empty() or sequence in %context.careTeamSequence)",
    "role.text.startsWith('a') and sequence in %context.careTeamSequence",
    "(responsible and role.exists()) and (%context.careTeamSequence.empty() or sequence = %context.careTeamSequence)",
    "role.coding.code.first() = %context.productOrService.coding.code",
];

/// One of these among seventy members of the team that are as they should be.
const ODD: &[&str] = &[
    "{}",
    r#"{"sequence":3}"#,
    r#"{"sequence":[3,4],"role":{"text":"a","coding":[{"code":"a"}]},"responsible":true}"#,
    r#"{"sequence":[3,4],"role":{"text":"b"}}"#,
    r#"{"sequence":"3","role":{"text":"a"},"responsible":true}"#,
    r#"{"sequence":3.0,"role":{"text":"a","coding":[{"code":"b"}]},"responsible":true}"#,
    r#"{"sequence":null,"_sequence":{"id":"x"},"role":{"text":true}}"#,
    r#"{"sequence":4,"role":{"text":["a","b"],"coding":{"code":"a"}},"responsible":[true,false]}"#,
    "7",
    "null",
];

const ITEMS: &[&str] = &[
    r#"{"careTeamSequence":[3]}"#,
    r#"{"careTeamSequence":[3,9,3,1000]}"#,
    r#"{"careTeamSequence":[9,3]}"#,
    r#"{"careTeamSequence":[3,4]}"#,
    r#"{"careTeamSequence":[],"productOrService":{"coding":[{"code":"a"}]}}"#,
    r#"{"careTeamSequence":"3","productOrService":{"coding":[{"code":"a"},{"code":"b"}]}}"#,
    r#"{"careTeamSequence":[null,7.0],"_careTeamSequence":[{"id":"x"}]}"#,
    "{}",
];

fn team(odd: &str, at: usize) -> String {
    let member = |number: usize| {
        let code = ["a", "b", "c"][number % 3];
        format!(
            r#"{{"sequence":{},"responsible":{},"role":{{"text":"{code}x","coding":[{{"code":"{code}"}}]}}}}"#,
            number % 20,
            number.is_multiple_of(2)
        )
    };
    let mut team: Vec<String> = (0..70).map(member).collect();
    team.insert(at, odd.to_owned());
    team.join(",")
}

fn outcome<'t>(
    expression: &'t Expression,
    context: &Context<'t, '_>,
    row: &Value<'t>,
) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let done = expression.evaluate(context, row, &mut Scratch::new(), &mut out);
    done.map_err(|error| format!("{error} {:?}", error.found()))?;
    let json = |value: &Value<'_>| {
        let mut json = String::new();
        value.write_json(&mut json);
        json
    };
    Ok(out.iter().map(json).collect())
}

#[test]
fn what_is_remembered_of_a_list_gives_what_each_look_gives() {
    let types = Definitions::embedded().unwrap().types();
    let (claim, item) = (types.type_named("Claim").unwrap(), types.type_named("Claim.item").unwrap());
    let scope = Scope::in_view(claim, item);
    let (mut kept, mut failed) = (0, 0);
    for condition in CONDITIONS {
        let path = format!("%resource.careTeam.where({condition})");
        let expression = Expression::compile(types, &path, &scope).unwrap();
        for (odd, at) in ODD.iter().flat_map(|odd| [(odd, 0), (odd, 70)]) {
            let json = format!(
                r#"{{"resourceType":"Claim","careTeam":[{}],"item":[{}]}}"#,
                team(odd, at),
                ITEMS.join(",")
            );
            let mut tape = Tape::new();
            let end = json.len() as u32;
            tape.load(json.into_bytes());
            let root = tape.parse(Span { start: 0, end }).unwrap();
            let node = tape.node(root);
            let joins = Joins::default();
            let alone = Context::new(types, Value::element(node, claim));
            let joined = Context { joins: Some(&joins), ..alone.clone() };
            for row in node.get("item").items() {
                let row = Value::element(row, item);
                let expected = outcome(&expression, &alone, &row);
                assert_eq!(outcome(&expression, &joined, &row), expected, "{condition} {odd} at {at}");
                kept += expected.as_ref().map_or(0, Vec::len);
                failed += usize::from(expected.is_err());
            }
        }
    }
    assert!(kept > 1000 && failed > 10, "kept {kept}, failed {failed}");
}
