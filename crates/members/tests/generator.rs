//! What the generator promises: the same bytes for a seed, members that do not depend on each other, the rotation of
//! cases that its documentation lists, and sums that add up.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use fhirkit_members::{Member, Members, bundle, ndjson};
use serde_json::Value;

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

fn text(member: &Member) -> Vec<u8> {
    let mut out = Vec::new();
    bundle(member, &mut out).unwrap();
    out
}

fn resources(member: &Member) -> Vec<Value> {
    member.resources().map(|resource| serde_json::from_str(resource.json).unwrap()).collect()
}

fn claims(member: &Member) -> Vec<Value> {
    resources(member).into_iter().filter(|r| r["resourceType"] == "ExplanationOfBenefit").collect()
}

/// Cents of an amount; the text of every amount has two digits after the point.
fn cents(amount: &Value) -> i64 {
    let dollars = amount["value"].as_f64().unwrap();
    (dollars * 100.0).round() as i64
}

fn category(value: &Value) -> String {
    value["category"]["coding"][0]["code"].as_str().unwrap().to_owned()
}

/// Sums of the amounts of a list of adjudications, by category.
fn sum<'a>(adjudications: impl Iterator<Item = &'a Value>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for adjudication in adjudications.filter(|a| a.get("amount").is_some()) {
        *sums.entry(category(adjudication)).or_insert(0) += cents(&adjudication["amount"]);
    }
    sums
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// What totals say beyond the lines (or the header), by category; empty when all agree.
fn mismatches(claim: &Value) -> BTreeMap<String, i64> {
    let lines = sum(list(claim, "item").iter().flat_map(|item| list(item, "adjudication")));
    let header = sum(list(claim, "adjudication").iter());
    assert!(lines.is_empty() != header.is_empty(), "amounts stand on lines or in the header, never on both");
    let decided = if header.is_empty() { lines } else { header };
    let totals = sum(list(claim, "total").iter());
    assert_eq!(totals.keys().collect::<Vec<_>>(), decided.keys().collect::<Vec<_>>());
    totals
        .into_iter()
        .map(|(key, total)| (key.clone(), total - decided[&key]))
        .filter(|(_, by)| *by != 0)
        .collect()
}

// A change of this number changes every sample, every printed figure of the docs and every bench's input: it needs a
// reason in the commit, and `cargo run -p fhirkit-members --example write_samples`.
#[test]
fn seed_1_gives_these_bytes() {
    let bytes: Vec<u8> = Members::new(1).take(20).flat_map(|member| text(&member)).collect();
    assert_eq!((bytes.len(), format!("{:016x}", fnv(&bytes))), (4_172_693, "422c82d22a04cfdc".to_owned()));
}

#[test]
fn a_member_does_not_depend_on_the_others() {
    let members = Members::new(7);
    let far = text(&members.member(1_000_003));
    let mut reused = members.member(5);
    members.fill(1_000_003, &mut reused);
    assert_eq!(text(&reused), far);
    assert_eq!(text(&Members::new(7).nth(4).unwrap()), text(&members.member(4)));
    assert_ne!(text(&Members::new(8).member(4)), text(&members.member(4)));
}

#[test]
fn a_bundle_is_what_a_payer_answers() {
    let member = Members::new(3).member(1);
    let bundle: Value = serde_json::from_slice(&text(&member)).unwrap();
    let entries = list(&bundle, "entry");
    assert_eq!(bundle["total"], entries.len());
    assert_eq!(bundle["link"][0]["url"], "https://payer.example.org/fhir/R4/Patient/m000002/$everything");
    let mut urls = std::collections::BTreeSet::new();
    for entry in entries {
        let resource = &entry["resource"];
        let tail =
            format!("/{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        assert!(entry["fullUrl"].as_str().unwrap().ends_with(&tail));
        assert_eq!(entry["search"]["mode"], "match");
        assert!(urls.insert(entry["fullUrl"].to_string()));
    }
    let mut lines = Vec::new();
    ndjson(&member, &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    assert_eq!(
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>(),
        resources(&member)
    );
}

#[test]
fn every_reference_points_to_a_resource_of_the_same_member() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("reference").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => (),
        }
    }
    for member in Members::new(1).take(30) {
        let have: Vec<String> =
            member.resources().map(|r| format!("{}/{}", r.resource_type.as_str(), r.id)).collect();
        let mut found = Vec::new();
        resources(&member).iter().for_each(|resource| references(resource, &mut found));
        assert!(found.iter().all(|reference| have.contains(reference)));
    }
}

#[test]
fn totals_are_the_sums_of_lines_but_for_the_documented_one() {
    for member in Members::new(1).take(45) {
        let faults: Vec<_> =
            claims(&member).iter().map(mismatches).filter(|fault| !fault.is_empty()).collect();
        let expected = if member.number() % 9 == 2 {
            vec![BTreeMap::from([("submitted".into(), 1_000)])]
        } else {
            vec![]
        };
        assert_eq!(faults, expected, "member {}", member.number());
    }
}

#[test]
fn amounts_are_written_with_two_digits() {
    for resource in
        Members::new(1).member(2).resources().filter(|r| r.resource_type.as_str() == "ExplanationOfBenefit")
    {
        let amounts: Vec<&str> =
            resource.json.split(",\"currency\"").map(|t| t.rsplit(':').next().unwrap()).collect();
        // The last piece is what follows the last amount.
        let (_, amounts) = amounts.split_last().unwrap();
        assert!(
            amounts.len() > 5 && amounts.iter().all(|a| a.len() - a.find('.').unwrap() == 3),
            "{amounts:?}"
        );
    }
}

#[test]
fn the_rotation_holds_what_the_documentation_lists() {
    let is = |claim: &Value, key: &str, code: &str| claim[key]["coding"][0]["code"] == code;
    for member in Members::new(11).take(30) {
        let claims = claims(&member);
        let has = |test: &dyn Fn(&Value) -> bool| claims.iter().any(test);
        let paid = |claim: &Value| claim["payment"]["type"]["coding"][0]["code"].as_str().unwrap().to_owned();
        let submitted = |claim: &Value| sum(list(claim, "total").iter())["submitted"];
        let is_negative =
            |item: &Value| sum(list(item, "adjudication").iter()).get("submitted").is_some_and(|a| *a < 0);
        match member.number() % 3 {
            0 => {
                let number = |claim: &Value| claim["identifier"][0]["value"].clone();
                let first = claims.iter().find(|claim| claim["status"] == "cancelled").unwrap();
                let second = claims
                    .iter()
                    .find(|claim| claim["related"][0]["reference"]["value"] == number(first))
                    .unwrap();
                assert_eq!(first["related"][0]["reference"]["value"], number(second));
                assert!(has(&|claim| paid(claim) == "denied" && is(claim, "type", "professional")));
            }
            1 => {
                assert!(has(
                    &|claim| is(claim, "subType", "inpatient") && list(claim, "adjudication").len() > 4
                ));
                assert!(has(&|claim| is(claim, "type", "pharmacy") && submitted(claim) < 0));
            }
            _ => {
                assert!(has(&|claim| submitted(claim) > 0 && list(claim, "item").iter().any(is_negative)));
                assert!(has(&|claim| is(claim, "type", "pharmacy") && paid(claim) == "denied"));
                assert!(has(&|claim| is(claim, "subType", "outpatient")));
            }
        }
    }
}
