//! A claim as an ExplanationOfBenefit, its elements in FHIR's order.

use crate::chart::Chart;
use crate::claim::amounts::{Amounts, Category, MEDICAL, PHARMACY};
use crate::claim::{Claim, Denial, Kind, Level, Line, Related};
use crate::codes::Stay;
use crate::directory::PAYER;
use crate::fhir::{Code, ICD_10_CM, PAYER_SYSTEM, Profile, UCUM};
use crate::json::Json;
use crate::member::ResourceType;
use crate::money::Money;

const NUBC: &str = "https://www.nubc.org/CodeSystem/";
const MS_DRG: &str = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software";
const PLACE_OF_SERVICE: &str =
    "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set";
const HCPCS: &str = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";
const REASON_CODES: &str = "https://x12.org/codes/claim-adjustment-reason-codes";

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
        supporting_information(json, claim, &parties, serial);
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
        header_adjudication(json, claim);
        totals(json, claim);
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

    fn categories(&self) -> &'static [Category] {
        if matches!(self.kind, Kind::Pharmacy(_)) { &PHARMACY } else { &MEDICAL }
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

    fn network(&self) -> &'static str {
        if self.is_in_network { "innetwork" } else { "outofnetwork" }
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

/// One supportingInfo; `value` is its `timing`, `code` or `value`.
fn supporting(list: &mut Json, sequence: &mut usize, category: &str, value: impl FnOnce(&mut Json)) {
    *sequence += 1;
    list.item(|item| {
        item.number("sequence", *sequence);
        item.c4bb_concept("category", "C4BBSupportingInfoType", category);
        value(item);
    });
}

fn supporting_information(json: &mut Json, claim: &Claim, parties: &Parties, serial: u64) {
    json.array("supportingInfo", |list| {
        let mut sequence = 0;
        let next = &mut sequence;
        supporting(list, next, "clmrecvddate", |item| {
            item.plain("timingDate", claim.end.plus(3).min(claim.created))
        });
        match claim.kind {
            Kind::Professional => {
                supporting(list, next, "servicefacility", |item| {
                    item.reference("valueReference", "Organization", &parties.provider);
                });
            }
            Kind::Inpatient(stay) => inpatient_information(list, next, claim, stay),
            Kind::Outpatient => institutional_information(list, next, "131", "1", "3"),
            Kind::Pharmacy(fill) => {
                let count = |unit: &'static str, code: &'static str, value: i64| {
                    move |item: &mut Json| {
                        item.object("valueQuantity", |quantity| {
                            quantity.number("value", value);
                            quantity.string("unit", unit);
                            quantity.string("system", UCUM);
                            quantity.string("code", code);
                        });
                    }
                };
                supporting(list, next, "dayssupply", count("days", "d", fill.days_supply));
                supporting(list, next, "refillnum", count("fills", "1", fill.refill_number));
                supporting(list, next, "refillsauthorized", count("fills", "1", fill.refills_authorized));
                let coded = |system: &'static str, code: &'static str| {
                    move |item: &mut Json| item.hl7_concept("code", system, code)
                };
                let daw = coded("NCPDPDispensedAsWrittenOrProductSelectionCode", "0");
                supporting(list, next, "dawcode", daw);
                let brand = if fill.drug.is_brand { "1" } else { "2" };
                supporting(list, next, "brandgenericindicator", coded("NCPDPBrandGenericIndicator", brand));
                supporting(list, next, "rxorigincode", coded("NCPDPPrescriptionOriginCode", "3"));
                supporting(list, next, "compoundcode", coded("NCPDPCompoundCode", "1"));
                return;
            }
        }
        supporting(list, next, "medicalrecordnumber", |item| {
            item.plain("valueString", format_args!("MRN-{serial:07}"));
        });
        supporting(list, next, "patientaccountnumber", |item| {
            item.plain("valueString", format_args!("A{}", &claim.number[3..]));
        });
    });
}

fn inpatient_information(list: &mut Json, next: &mut usize, claim: &Claim, stay: &Stay) {
    supporting(list, next, "admissionperiod", |item| {
        item.period("timingPeriod", claim.start, Some(claim.end))
    });
    institutional_information(list, next, "111", "1", "1");
    supporting(list, next, "discharge-status", |item| item.nubc("code", "PatDischargeStatus", "01"));
    supporting(list, next, "drg", |item| item.concept("code", MS_DRG, stay.drg));
}

fn institutional_information(list: &mut Json, next: &mut usize, bill: &str, origin: &str, admission: &str) {
    supporting(list, next, "typeofbill", |item| item.nubc("code", "TypeOfBill", bill));
    supporting(list, next, "pointoforigin", |item| item.nubc("code", "PointOfOrigin", origin));
    supporting(list, next, "admtype", |item| item.nubc("code", "PriorityTypeOfAdmitOrVisit", admission));
}

impl Json {
    /// A CodeableConcept of the National Uniform Billing Committee.
    fn nubc(&mut self, key: &str, system: &str, code: &str) {
        self.object(key, |object| {
            object.array("coding", |list| {
                list.item(|item| {
                    item.plain("system", format_args!("{NUBC}{system}"));
                    item.string("code", code);
                });
            });
        });
    }
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
                    item.nubc("onAdmission", "PresentOnAdmissionIndicator", "Y");
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
            item.nubc("revenue", "RevenueCodes", revenue);
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
            item.array("adjudication", |list| line_adjudication(list, claim, line));
        }
    });
}

fn line_adjudication(list: &mut Json, claim: &Claim, line: &Line) {
    if matches!(claim.kind, Kind::Professional) {
        status(list, "benefitpaymentstatus", claim.network());
    }
    amounts(list, claim.categories(), &line.amounts);
    if let Some(denial) = line.denial {
        reason(list, claim, denial);
    }
}

/// Why a line was not paid: the payer's reason code, or the pharmacy's reject code.
fn reason(list: &mut Json, claim: &Claim, denial: Denial) {
    list.item(|item| {
        if matches!(claim.kind, Kind::Pharmacy(_)) {
            item.c4bb_concept("category", "C4BBAdjudicationDiscriminator", "rejectreason");
            item.hl7_concept("reason", "NCPDPRejectCode", denial.code);
        } else {
            item.c4bb_concept("category", "C4BBAdjudicationDiscriminator", "adjustmentreason");
            item.concept("reason", REASON_CODES, denial.code);
        }
    });
}

fn status(list: &mut Json, category: &str, code: &str) {
    list.item(|item| {
        item.c4bb_concept("category", "C4BBAdjudicationDiscriminator", category);
        item.c4bb_concept("reason", "C4BBPayerAdjudicationStatus", code);
    });
}

fn amounts(list: &mut Json, categories: &[Category], amounts: &Amounts) {
    for category in categories {
        let amount = (category.amount)(amounts);
        if category.is_always || amount != Money::ZERO {
            list.item(|item| {
                item.category(category);
                item.money("amount", amount);
            });
        }
    }
}

impl Json {
    fn category(&mut self, category: &Category) {
        if category.is_carin {
            self.c4bb_concept("category", "C4BBAdjudication", category.code);
        } else {
            self.hl7_concept("category", "adjudication", category.code);
        }
    }
}

fn header_adjudication(json: &mut Json, claim: &Claim) {
    json.array("adjudication", |list| {
        status(list, "billingnetworkstatus", claim.network());
        if matches!(claim.kind, Kind::Professional) {
            status(list, "renderingnetworkstatus", claim.network());
        } else {
            status(list, "benefitpaymentstatus", claim.network());
        }
        if claim.level == Level::Header {
            amounts(list, claim.categories(), &claim.sum());
        }
    });
}

/// One total a category that any line has, so that each is the sum of what the lines say.
fn totals(json: &mut Json, claim: &Claim) {
    let sum = claim.sum();
    json.array("total", |list| {
        for category in claim.categories() {
            let is_used = claim.lines.iter().any(|line| (category.amount)(&line.amounts) != Money::ZERO);
            if category.is_always || is_used {
                let fault = if category.code == "submitted" { claim.mismatch } else { Money::ZERO };
                list.item(|item| {
                    item.category(category);
                    item.money("amount", (category.amount)(&sum) + fault);
                });
            }
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
