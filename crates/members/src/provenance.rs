//! Provenance: US Core, one for all that the member owns.

use crate::chart::Chart;
use crate::date::Date;
use crate::directory::PAYER;
use crate::fhir::Profile;
use crate::member::ResourceType;
use crate::patient::TODAY;

/// Writes the Provenance: the home clinic wrote it, the payer sends it.
pub(crate) fn write(chart: &mut Chart) {
    let targets: Vec<String> = chart
        .member
        .own_resources()
        .filter(|(resource_type, _)| !matches!(resource_type, ResourceType::Coverage))
        .map(|(resource_type, id)| format!("{}/{id}", resource_type.as_str()))
        .collect();
    let (payer, clinic) = (chart.organization_id(PAYER), chart.organization_id(chart.clinic));
    let id = chart.next_id(ResourceType::Provenance);
    let (year, month, day) = TODAY;
    let recorded = Date::new(year, month, day).at(330);
    chart.member.add(ResourceType::Provenance, id, |json| {
        json.meta(recorded, &[Profile::UsCore("us-core-provenance")]);
        json.array("target", |list| {
            targets.iter().for_each(|target| list.item(|item| item.plain("reference", target)));
        });
        json.plain("recorded", recorded);
        json.array("agent", |list| {
            list.item(|item| {
                item.hl7_concept("type", "provenance-participant-type", "author");
                item.reference("who", "Organization", &clinic);
            });
            list.item(|item| {
                let system = "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type";
                item.concept("type", system, "transmitter");
                item.reference("who", "Organization", &payer);
            });
        });
    });
}
