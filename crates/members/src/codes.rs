//! The few codes that the synthetic members live with.
//!
//! Codes of third parties stand alone: no descriptions of CPT, LOINC or X12, only words of our own. The NDCs are
//! invented: labeler 99999 belongs to nobody.

use crate::fhir::{CPT, Code, ICD_10_CM, ICD_10_PCS, RXNORM};

const fn cpt(code: &'static str) -> Code {
    Code { system: CPT, code }
}

const fn icd(code: &'static str) -> Code {
    Code { system: ICD_10_CM, code }
}

/// A chronic condition, and the medicine for it.
#[derive(Debug)]
pub(crate) struct Illness {
    pub(crate) code: Code,
    pub(crate) text: &'static str,
    /// From which age on members have it.
    pub(crate) from_age: i64,
    /// Of a hundred members of that age, so many have it.
    pub(crate) percent: u64,
    pub(crate) drug: Option<&'static Drug>,
}

/// A medicine as prescribed (RxNorm) and as dispensed (NDC).
#[derive(Debug)]
pub(crate) struct Drug {
    pub(crate) rxnorm: Code,
    pub(crate) ndc: &'static str,
    pub(crate) text: &'static str,
    pub(crate) dosage: &'static str,
    /// Taken so many times a day.
    pub(crate) daily: i64,
    /// Price of a unit in cents.
    pub(crate) unit_cents: i64,
    pub(crate) is_brand: bool,
    pub(crate) unit: &'static str,
}

const fn tablet(
    rxnorm: &'static str,
    ndc: &'static str,
    text: &'static str,
    daily: i64,
    unit_cents: i64,
) -> Drug {
    let dosage = if daily == 1 { "1 tablet by mouth once a day" } else { "1 tablet by mouth twice a day" };
    let rxnorm = Code { system: RXNORM, code: rxnorm };
    Drug { rxnorm, ndc, text, dosage, daily, unit_cents, is_brand: false, unit: "{tbl}" }
}

static METFORMIN: Drug = tablet("860975", "99999-0101-01", "metformin 500 mg extended release tablet", 2, 21);
static LISINOPRIL: Drug = tablet("314076", "99999-0102-01", "lisinopril 10 mg tablet", 1, 18);
static AMLODIPINE: Drug = tablet("197361", "99999-0103-01", "amlodipine 5 mg tablet", 1, 16);
static ATORVASTATIN: Drug = tablet("259255", "99999-0104-01", "atorvastatin 80 mg tablet", 1, 47);
static SERTRALINE: Drug = tablet("312940", "99999-0105-01", "sertraline 25 mg tablet", 1, 33);
static LEVOTHYROXINE: Drug = tablet("10582", "99999-0106-01", "levothyroxine 50 mcg tablet", 1, 39);
static CLOPIDOGREL: Drug = tablet("309362", "99999-0107-01", "clopidogrel 75 mg tablet", 1, 54);
static FLUTICASONE: Drug = Drug {
    rxnorm: Code { system: RXNORM, code: "895994" },
    ndc: "99999-0201-12",
    text: "fluticasone propionate 44 mcg inhaler",
    dosage: "2 puffs by inhaler twice a day",
    daily: 4,
    unit_cents: 163,
    is_brand: true,
    unit: "{puff}",
};
/// What a member gets for something that passes.
pub(crate) static AMOXICILLIN: Drug = tablet("308192", "99999-0108-01", "amoxicillin 500 mg tablet", 2, 42);

pub(crate) static ILLNESSES: [Illness; 9] = [
    Illness {
        code: icd("I10"),
        text: "High blood pressure",
        from_age: 35,
        percent: 45,
        drug: Some(&LISINOPRIL),
    },
    Illness {
        code: icd("E11.9"),
        text: "Type 2 diabetes",
        from_age: 35,
        percent: 25,
        drug: Some(&METFORMIN),
    },
    Illness {
        code: icd("E78.5"),
        text: "High cholesterol",
        from_age: 40,
        percent: 40,
        drug: Some(&ATORVASTATIN),
    },
    Illness { code: icd("J45.909"), text: "Asthma", from_age: 4, percent: 15, drug: Some(&FLUTICASONE) },
    Illness { code: icd("F32.A"), text: "Depression", from_age: 16, percent: 15, drug: Some(&SERTRALINE) },
    Illness {
        code: icd("E03.9"),
        text: "Underactive thyroid",
        from_age: 30,
        percent: 10,
        drug: Some(&LEVOTHYROXINE),
    },
    Illness {
        code: icd("I25.10"),
        text: "Coronary artery disease",
        from_age: 55,
        percent: 20,
        drug: Some(&CLOPIDOGREL),
    },
    Illness {
        code: icd("I15.9"),
        text: "Secondary high blood pressure",
        from_age: 50,
        percent: 6,
        drug: Some(&AMLODIPINE),
    },
    Illness { code: icd("M54.50"), text: "Low back pain", from_age: 20, percent: 30, drug: None },
];

/// A reason for a visit that passes.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(crate) code: Code,
    pub(crate) text: &'static str,
}

pub(crate) static CHECK_UP: Reason = Reason { code: icd("Z00.00"), text: "Yearly check-up" };
pub(crate) static PASSING: [Reason; 5] = [
    Reason { code: icd("J06.9"), text: "Cold" },
    Reason { code: icd("N39.0"), text: "Urinary tract infection" },
    Reason { code: icd("R51.9"), text: "Headache" },
    Reason { code: icd("L03.90"), text: "Skin infection" },
    Reason { code: icd("R07.9"), text: "Chest pain" },
];

/// Something done and billed.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) code: Code,
    /// NUBC revenue code where a hospital bills it.
    pub(crate) revenue: &'static str,
    pub(crate) text: &'static str,
    pub(crate) cents: i64,
    pub(crate) modifier: Option<&'static str>,
}

const fn service(code: &'static str, revenue: &'static str, text: &'static str, cents: i64) -> Service {
    Service { code: cpt(code), revenue, text, cents, modifier: None }
}

pub(crate) static OFFICE_VISITS: [Service; 3] = [
    service("99213", "0510", "Office visit", 14_200),
    Service { modifier: Some("25"), ..service("99214", "0510", "Long office visit", 20_950) },
    service("99396", "0510", "Preventive visit", 24_800),
];
pub(crate) static OFFICE_EXTRAS: [Service; 5] = [
    service("36415", "0300", "Blood drawn", 1_850),
    service("81002", "0307", "Urine test", 1_125),
    service("93000", "0730", "Electrocardiogram", 8_995),
    service("90471", "0771", "Vaccine given", 4_175),
    service("97110", "0420", "Exercise therapy", 7_230),
];
pub(crate) static LABORATORY: [Service; 4] = [
    service("80053", "0301", "Metabolic panel", 9_460),
    service("80061", "0301", "Lipid panel", 8_815),
    service("83036", "0301", "Hemoglobin A1c", 6_290),
    service("85025", "0305", "Blood count", 5_375),
];
pub(crate) static EMERGENCY: [Service; 4] = [
    service("99284", "0450", "Emergency room visit", 118_400),
    service("71046", "0324", "Chest x-ray", 41_265),
    service("96374", "0450", "Injection", 32_150),
    service("93005", "0730", "Heart tracing", 38_900),
];

/// A stay in hospital: why, what was done, and what the hospital bills by revenue code.
#[derive(Debug)]
pub(crate) struct Stay {
    pub(crate) reason: Reason,
    pub(crate) other: Code,
    pub(crate) procedure: Code,
    pub(crate) procedure_text: &'static str,
    pub(crate) drg: &'static str,
    pub(crate) days: i64,
}

const fn pcs(code: &'static str) -> Code {
    Code { system: ICD_10_PCS, code }
}

pub(crate) static STAYS: [Stay; 3] = [
    Stay {
        reason: Reason { code: icd("K35.80"), text: "Appendicitis" },
        other: icd("E86.0"),
        procedure: pcs("0DTJ4ZZ"),
        procedure_text: "Appendix removed",
        drg: "399",
        days: 2,
    },
    Stay {
        reason: Reason { code: icd("I21.4"), text: "Heart attack" },
        other: icd("I10"),
        procedure: pcs("027034Z"),
        procedure_text: "Coronary artery widened",
        drg: "321",
        days: 4,
    },
    Stay {
        reason: Reason { code: icd("J18.9"), text: "Pneumonia" },
        other: icd("J96.01"),
        procedure: pcs("0BH17EZ"),
        procedure_text: "Airway inserted",
        drg: "193",
        days: 5,
    },
];

/// Lines of a hospital stay: revenue code, our words, cents (a day for the room, once for the rest).
pub(crate) static STAY_LINES: [(&str, &str, i64); 5] = [
    ("0120", "Room and board", 214_500),
    ("0250", "Medicines", 38_240),
    ("0300", "Laboratory", 61_875),
    ("0360", "Operating room", 482_300),
    ("0710", "Recovery room", 97_650),
];

/// Vaccines: CVX code, our words, from which age on.
pub(crate) static VACCINES: [(&str, &str, i64); 4] = [
    ("150", "Influenza vaccine", 0),
    ("115", "Tetanus, diphtheria and pertussis vaccine", 11),
    ("208", "COVID-19 vaccine", 12),
    ("187", "Shingles vaccine", 50),
];

/// Why a line is denied: X12 claim adjustment reason code, the payer's note, whether the member has to pay.
pub(crate) static DENIALS: [(&str, &str, bool); 4] = [
    ("197", "No authorization was on file for this service.", false),
    ("16", "The claim lacks information that is needed to decide it.", false),
    ("96", "This service is not covered by the plan.", true),
    ("119", "The yearly maximum for this service has been reached.", true),
];

/// Why a pharmacy claim is rejected: NCPDP reject code and the payer's note.
pub(crate) static REJECTIONS: [(&str, &str); 3] = [
    ("75", "Prior authorization is required for this drug."),
    ("79", "The refill is too soon."),
    ("70", "This drug is not on the plan's list."),
];
