//! A claim as an ExplanationOfBenefit, its elements in FHIR's order.

use crate::chart::Chart;
use crate::claim::{Claim, Kind, Level, Line, Related, adjudication, supporting};
use crate::directory::PAYER;
use crate::fhir::{Code, ICD_10_CM, PAYER_SYSTEM, Profile};
use crate::json::Json;
use crate::member::ResourceType;

const PLACE_OF_SERVICE: &str =
    "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set";
const HCPCS: &str = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";

/// The ids that a claim refers to.
struct Parties {
    patient: String,
    coverage: String,
    payer: String,
    provider: String,
    practitioner: String,
}

pub(super) fn write(chart: &mut Chart, claim: &Claim) {
    let parties = Parties {
        patient: chart.person.id.clone(),
        coverage: chart.plan_year(claim.start).map(|plan| plan.coverage_id.clone()).unwrap_or_default(),
        payer: chart.organization_id(PAYER),
        provider: chart.organization_id(claim.provider),
        practitioner: chart.practitioner_id(claim.practitioner),
    };
    let serial = chart.person.serial;
    chart.member.add(ResourceType::ExplanationOfBenefit, claim.id.clone(), |json| {
        header(json, claim, &parties);
        care_team(json, claim, &parties);
        supporting::write(json, claim, &parties.provider, serial);
        diagnoses(json, claim);
        procedures(json, claim);
        json.array("insurance", |list| {
            list.item(|item| {
                item.boolean("focal", true);
                item.reference("coverage", "Coverage", &parties.coverage);
            });
        });
        json.array("item", |list| {
            claim.lines.iter().enumerate().for_each(|(index, line)| item(list, claim, index + 1, line));
        });
        adjudication::write_header(json, claim);
        adjudication::write_totals(json, claim);
        payment(json, claim);
        notes(json, claim);
    });
}

impl Claim {
    fn profile(&self) -> Profile {
        Profile::C4bb(match self.kind {
            Kind::Professional => "C4BB-ExplanationOfBenefit-Professional-NonClinician",
            Kind::Inpatient(_) => "C4BB-ExplanationOfBenefit-Inpatient-Institutional",
            Kind::Outpatient => "C4BB-ExplanationOfBenefit-Outpatient-Institutional",
            Kind::Pharmacy(_) => "C4BB-ExplanationOfBenefit-Pharmacy",
        })
    }

    /// Claim type, and the sub-type that institutional claims have.
    fn types(&self) -> (&'static str, Option<&'static str>) {
        match self.kind {
            Kind::Professional => ("professional", None),
            Kind::Inpatient(_) => ("institutional", Some("inpatient")),
            Kind::Outpatient => ("institutional", Some("outpatient")),
            Kind::Pharmacy(_) => ("pharmacy", None),
        }
    }
}

fn header(json: &mut Json, claim: &Claim, parties: &Parties) {
    json.meta(claim.created.at(1_140), &[claim.profile()]);
    json.array("identifier", |list| {
        list.item(|item| {
            item.c4bb_concept("type", "C4BBIdentifierType", "uc");
            item.plain("system", format_args!("{PAYER_SYSTEM}/claim"));
            item.plain("value", &claim.number);
        });
    });
    json.string("status", if claim.is_cancelled { "cancelled" } else { "active" });
    let (claim_type, sub_type) = claim.types();
    json.hl7_concept("type", "claim-type", claim_type);
    if let Some(sub_type) = sub_type {
        json.c4bb_concept("subType", "C4BBInstitutionalClaimSubType", sub_type);
    }
    json.string("use", "claim");
    json.reference("patient", "Patient", &parties.patient);
    json.period("billablePeriod", claim.start, Some(claim.end));
    json.plain("created", claim.created.at(720));
    json.reference("insurer", "Organization", &parties.payer);
    json.reference("provider", "Organization", &parties.provider);
    if let Some(related) = &claim.related {
        json.array("related", |list| list.item(|item| relationship(item, related)));
    }
    json.object("payee", |payee| payee.hl7_concept("type", "payeetype", "provider"));
    json.string("outcome", "complete");
}

fn relationship(item: &mut Json, related: &Related) {
    let number = match related {
        Related::Prior(number) => {
            item.hl7_concept("relationship", "ex-relatedclaimrelationship", "prior");
            number
        }
        Related::ReplacedBy(number) => {
            item.c4bb_concept("relationship", "C4BBRelatedClaimRelationshipCodes", "replacedby");
            number
        }
    };
    item.object("reference", |identifier| {
        identifier.c4bb_concept("type", "C4BBIdentifierType", "uc");
        identifier.plain("system", format_args!("{PAYER_SYSTEM}/claim"));
        identifier.plain("value", number);
    });
}

fn care_team(json: &mut Json, claim: &Claim, parties: &Parties) {
    let role = match claim.kind {
        Kind::Professional => "rendering",
        Kind::Inpatient(_) | Kind::Outpatient => "attending",
        Kind::Pharmacy(_) => "prescribing",
    };
    json.array("careTeam", |list| {
        list.item(|item| {
            item.number("sequence", 1);
            item.reference("provider", "Practitioner", &parties.practitioner);
            item.c4bb_concept("role", "C4BBClaimCareTeamRole", role);
        });
    });
}

fn diagnoses(json: &mut Json, claim: &Claim) {
    if claim.diagnoses.is_empty() {
        return;
    }
    let other = if matches!(claim.kind, Kind::Professional) { "secondary" } else { "other" };
    json.array("diagnosis", |list| {
        for (index, diagnosis) in claim.diagnoses.iter().enumerate() {
            list.item(|item| {
                item.number("sequence", index + 1);
                item.concept("diagnosisCodeableConcept", ICD_10_CM, diagnosis.code);
                item.array("type", |types| {
                    types.item(|concept| match index {
                        0 => concept
                            .codings("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", "principal"),
                        _ => concept.codings(
                            "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimDiagnosisType",
                            other,
                        ),
                    });
                });
                if matches!(claim.kind, Kind::Inpatient(_)) {
                    item.nubc_concept("onAdmission", "PresentOnAdmissionIndicator", "Y");
                }
            });
        }
    });
}

fn procedures(json: &mut Json, claim: &Claim) {
    let Kind::Inpatient(stay) = claim.kind else { return };
    json.array("procedure", |list| {
        list.item(|item| {
            item.number("sequence", 1);
            item.array("type", |types| {
                types.item(|concept| {
                    concept.codings(
                        "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimProcedureType",
                        "principal",
                    );
                });
            });
            item.plain("date", claim.start);
            item.concept("procedureCodeableConcept", stay.procedure.system, stay.procedure.code);
        });
    });
}

fn item(list: &mut Json, claim: &Claim, sequence: usize, line: &Line) {
    list.item(|item| {
        item.number("sequence", sequence);
        item.array("careTeamSequence", |list| list.number_item(1));
        if !claim.diagnoses.is_empty() {
            item.array("diagnosisSequence", |list| list.number_item(1));
        }
        if let Some(revenue) = line.product.revenue {
            item.nubc_concept("revenue", "RevenueCodes", revenue);
        }
        match line.product.code {
            Some(code) => item.concept_text("productOrService", code, line.product.text),
            None => {
                let system = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
                let absent = Code { system, code: "not-applicable" };
                item.concept_text("productOrService", absent, line.product.text);
            }
        }
        if let Some(modifier) = line.product.modifier {
            item.array("modifier", |list| list.item(|item| item.codings(HCPCS, modifier)));
        }
        item.plain("servicedDate", line.day);
        if matches!(claim.kind, Kind::Professional) {
            item.concept("locationCodeableConcept", PLACE_OF_SERVICE, "11");
        }
        item.object("quantity", |quantity| quantity.number("value", line.quantity));
        item.money("net", line.amounts.submitted);
        if line.denial.is_some() {
            item.array("noteNumber", |list| list.number_item(1));
        }
        if claim.level == Level::Line {
            item.array("adjudication", |list| adjudication::write_line(list, claim, line));
        }
    });
}

fn payment(json: &mut Json, claim: &Claim) {
    let denied_count = claim.lines.iter().filter(|line| line.denial.is_some()).count();
    let payment_type = match denied_count {
        0 => "paid",
        count if count == claim.lines.len() => "denied",
        _ => "partiallypaid",
    };
    json.object("payment", |payment| {
        payment.c4bb_concept("type", "C4BBPayerAdjudicationStatus", payment_type);
        if payment_type != "denied" {
            payment.plain("date", claim.created.plus(5));
        }
        payment.money("amount", claim.sum().benefit);
    });
}

fn notes(json: &mut Json, claim: &Claim) {
    if let Some(denial) = claim.lines.iter().find_map(|line| line.denial) {
        json.array("processNote", |list| {
            list.item(|item| {
                item.number("number", 1);
                item.string("type", "display");
                item.string("text", denial.note);
            });
        });
    }
}
