//! Coverage: C4BB Coverage, one a plan year.

use crate::chart::{Chart, PlanYear};
use crate::date::Date;
use crate::directory::PAYER;
use crate::fhir::{PAYER_SYSTEM, Profile};
use crate::json::Json;
use crate::member::ResourceType;
use crate::money::Money;

/// Plan years of the record, the first one ended.
pub(crate) const YEARS: [i32; 2] = [2024, 2025];

/// Employer groups and plans: number, name.
const GROUPS: [(&str, &str); 3] =
    [("G1001", "Example Furniture Works"), ("G1002", "Synthetic Textiles"), ("G1003", "Test County Schools")];
const PLANS: [(&str, &str); 3] =
    [("P10", "Longleaf PPO"), ("P20", "Longleaf HMO"), ("P30", "Longleaf High Deductible")];

/// Writes a Coverage for each plan year.
pub(crate) fn write(chart: &mut Chart) {
    let group = *chart.random.pick(&GROUPS);
    let plan = *chart.random.pick(&PLANS);
    let relationship = match chart.person.is_subscriber {
        true => "self",
        false if chart.person.age(Date::new(2024, 1, 1)) < 26 => "child",
        false => "spouse",
    };
    for year in YEARS {
        let id = chart.next_id(ResourceType::Coverage);
        let payer = chart.organization_id(PAYER);
        let person = &chart.person;
        let is_current = year == YEARS[YEARS.len() - 1];
        chart.member.add(ResourceType::Coverage, id.clone(), |json| {
            json.meta(Date::new(year, 1, 2).at(360), &[Profile::C4bb("C4BB-Coverage")]);
            json.array("identifier", |list| {
                list.item(|item| {
                    item.hl7_concept("type", "v2-0203", "MB");
                    item.plain("system", format_args!("{PAYER_SYSTEM}/member"));
                    item.plain("value", person.member_number());
                });
            });
            json.string("status", if is_current { "active" } else { "cancelled" });
            json.hl7_concept("type", "v3-ActCode", if plan.0 == "P20" { "HMO" } else { "PPO" });
            if person.is_subscriber {
                json.reference("subscriber", "Patient", &person.id);
            }
            json.plain("subscriberId", person.subscriber_number());
            json.reference("beneficiary", "Patient", &person.id);
            json.plain("dependent", format_args!("{:02}", person.dependent()));
            json.hl7_concept("relationship", "subscriber-relationship", relationship);
            let end = (!is_current).then(|| Date::new(year, 12, 31));
            json.period("period", Date::new(year, 1, 1), end);
            json.references("payor", "Organization", &payer);
            json.array("class", |list| {
                class(list, "group", group);
                class(list, "plan", plan);
                class(list, "rxbin", ("999999", "Pharmacy BIN"));
            });
            json.string("network", plan.1);
        });
        let deductible_left = Money(if plan.0 == "P30" { 160_000 } else { 50_000 });
        chart.plan_years.push(PlanYear { year, coverage_id: id, deductible_left });
    }
}

fn class(list: &mut Json, kind: &str, (value, name): (&str, &str)) {
    list.item(|item| {
        item.hl7_concept("type", "coverage-class", kind);
        item.string("value", value);
        item.string("name", name);
    });
}
