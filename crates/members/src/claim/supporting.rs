//! The supportingInfo of a claim: what a paper form has in its boxes and FHIR has no element for.

use crate::claim::{Claim, Fill, Kind};
use crate::codes::Stay;
use crate::json::Json;

const MS_DRG: &str = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software";

/// The list under construction.
struct Boxes<'j> {
    list: &'j mut Json,
    sequence: usize,
}

impl Boxes<'_> {
    /// One supportingInfo; `value` writes its `timing`, `code` or `value`.
    fn add(&mut self, category: &str, value: impl FnOnce(&mut Json)) {
        self.sequence += 1;
        self.list.item(|item| {
            item.number("sequence", self.sequence);
            item.c4bb_concept("category", "C4BBSupportingInfoType", category);
            value(item);
        });
    }

    fn nubc(&mut self, category: &str, system: &str, code: &str) {
        self.add(category, |item| item.nubc_concept("code", system, code));
    }

    fn ncpdp(&mut self, category: &str, system: &str, code: &str) {
        self.add(category, |item| item.hl7_concept("code", system, code));
    }

    fn count(&mut self, category: &str, value: i64, unit: &str, code: &str) {
        self.add(category, |item| item.quantity("valueQuantity", value, unit, code));
    }
}

/// Writes `supportingInfo`; `provider` is the id of the organization that bills, `serial` the member's number.
pub(super) fn write(json: &mut Json, claim: &Claim, provider: &str, serial: u64) {
    json.array("supportingInfo", |list| {
        let mut boxes = Boxes { list, sequence: 0 };
        let received = claim.end.plus(3).min(claim.created);
        boxes.add("clmrecvddate", |item| item.plain("timingDate", received));
        match claim.kind {
            Kind::Professional => {
                boxes.add("servicefacility", |item| {
                    item.reference("valueReference", "Organization", provider)
                });
            }
            Kind::Inpatient(stay) => inpatient(&mut boxes, claim, stay),
            Kind::Outpatient => institutional(&mut boxes, "131", "3"),
            Kind::Pharmacy(fill) => return pharmacy(&mut boxes, fill),
        }
        boxes.add("medicalrecordnumber", |item| item.plain("valueString", format_args!("MRN-{serial:07}")));
        let account = claim.number.trim_start_matches("CLM");
        boxes.add("patientaccountnumber", |item| item.plain("valueString", format_args!("A{account}")));
    });
}

fn inpatient(boxes: &mut Boxes, claim: &Claim, stay: &Stay) {
    boxes.add("admissionperiod", |item| item.period("timingPeriod", claim.start, Some(claim.end)));
    institutional(boxes, "111", "1");
    boxes.nubc("discharge-status", "PatDischargeStatus", "01");
    boxes.add("drg", |item| item.concept("code", MS_DRG, stay.drg));
}

fn institutional(boxes: &mut Boxes, type_of_bill: &str, admission_type: &str) {
    boxes.nubc("typeofbill", "TypeOfBill", type_of_bill);
    boxes.nubc("pointoforigin", "PointOfOrigin", "1");
    boxes.nubc("admtype", "PriorityTypeOfAdmitOrVisit", admission_type);
}

fn pharmacy(boxes: &mut Boxes, fill: Fill) {
    boxes.count("dayssupply", fill.days_supply, "days", "d");
    boxes.count("refillnum", fill.refill_number, "fills", "1");
    boxes.count("refillsauthorized", fill.refills_authorized, "fills", "1");
    boxes.ncpdp("dawcode", "NCPDPDispensedAsWrittenOrProductSelectionCode", "0");
    boxes.ncpdp(
        "brandgenericindicator",
        "NCPDPBrandGenericIndicator",
        if fill.drug.is_brand { "1" } else { "2" },
    );
    boxes.ncpdp("rxorigincode", "NCPDPPrescriptionOriginCode", "3");
    boxes.ncpdp("compoundcode", "NCPDPCompoundCode", "1");
}
