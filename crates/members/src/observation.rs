//! Observation: US Core vital signs, laboratory results, smoking status.

use std::fmt::Display;

use crate::chart::Chart;
use crate::date::Moment;
use crate::fhir::{LOINC, Profile};
use crate::json::Json;
use crate::member::ResourceType;

/// A vital sign: profile, LOINC code, our words, unit and its UCUM code, lowest and highest value, digits after the point.
struct Vital {
    profile: &'static str,
    code: &'static str,
    text: &'static str,
    unit: (&'static str, &'static str),
    range: (i64, i64),
    digits: usize,
}

const VITALS: [Vital; 4] = [
    vital("us-core-body-weight", "29463-7", "Body weight", ("kg", "kg"), (480, 1_190), 1),
    vital("us-core-body-height", "8302-2", "Body height", ("cm", "cm"), (1_480, 1_960), 1),
    vital("us-core-heart-rate", "8867-4", "Heart rate", ("beats/minute", "/min"), (54, 104), 0),
    vital("us-core-body-temperature", "8310-5", "Body temperature", ("Cel", "Cel"), (361, 379), 1),
];

const fn vital(
    profile: &'static str,
    code: &'static str,
    text: &'static str,
    unit: (&'static str, &'static str),
    range: (i64, i64),
    digits: usize,
) -> Vital {
    Vital { profile, code, text, unit, range, digits }
}

/// A laboratory test: LOINC code, our words, UCUM unit, reference range, range of results, digits after the point.
pub(crate) struct Test {
    code: &'static str,
    text: &'static str,
    unit: &'static str,
    normal: (i64, i64),
    range: (i64, i64),
    digits: usize,
}

const fn test(
    code: &'static str,
    text: &'static str,
    unit: &'static str,
    normal: (i64, i64),
    range: (i64, i64),
    digits: usize,
) -> Test {
    Test { code, text, unit, normal, range, digits }
}

/// Hemoglobin A1c, of members with diabetes.
pub(crate) const A1C: Test = test("4548-4", "Hemoglobin A1c", "%", (40, 56), (58, 94), 1);
/// What a yearly check-up asks of the laboratory.
pub(crate) const YEARLY: [Test; 5] = [
    test("2093-3", "Cholesterol", "mg/dL", (100, 200), (138, 262), 0),
    test("2085-9", "HDL cholesterol", "mg/dL", (40, 90), (34, 82), 0),
    test("2571-8", "Triglycerides", "mg/dL", (30, 150), (62, 244), 0),
    test("38483-4", "Creatinine", "mg/dL", (60, 130), (58, 152), 2),
    test("718-7", "Hemoglobin", "g/dL", (120, 170), (112, 168), 1),
];

/// A whole number with its point moved: 64 with one digit is `6.4`, 70 is `7.0`.
struct Fixed(i64, usize);

impl Display for Fixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = 10_i64.pow(self.1 as u32);
        match self.1 {
            0 => write!(f, "{}", self.0),
            digits => write!(f, "{}.{:0digits$}", self.0 / scale, self.0 % scale),
        }
    }
}

/// When and where something is observed.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub(crate) encounter: &'a str,
    pub(crate) at: Moment,
    pub(crate) practitioner: usize,
}

/// Writes one Observation; `rest` is what differs: value or components.
fn write(
    chart: &mut Chart,
    occasion: Occasion,
    (profile, category): (&'static str, &str),
    (code, text): (&str, &str),
    rest: impl FnOnce(&mut Json),
) {
    let id = chart.next_id(ResourceType::Observation);
    let practitioner = chart.practitioner_id(occasion.practitioner);
    let patient = &chart.person.id;
    chart.member.add(ResourceType::Observation, id, |json| {
        json.meta(occasion.at.plus_minutes(120), &[Profile::UsCore(profile)]);
        json.string("status", "final");
        json.hl7_concepts("category", "observation-category", category);
        json.object("code", |concept| {
            concept.codings(LOINC, code);
            concept.string("text", text);
        });
        json.reference("subject", "Patient", patient);
        json.reference("encounter", "Encounter", occasion.encounter);
        json.plain("effectiveDateTime", occasion.at);
        json.plain("issued", occasion.at.plus_minutes(120));
        json.references("performer", "Practitioner", &practitioner);
        rest(json);
    });
}

/// Writes weight, height, heart rate and temperature of a grown-up; children's ranges differ by the month.
pub(crate) fn write_vitals(chart: &mut Chart, occasion: Occasion) {
    for vital in &VITALS {
        let value = Fixed(chart.random.between(vital.range.0, vital.range.1), vital.digits);
        let (unit, code) = vital.unit;
        write(chart, occasion, (vital.profile, "vital-signs"), (vital.code, vital.text), |json| {
            json.quantity("valueQuantity", value, unit, code);
        });
    }
}

/// Systolic and diastolic as components; once in a while the diastolic could not be heard.
pub(crate) fn write_blood_pressure(chart: &mut Chart, occasion: Occasion) {
    let systolic = chart.random.between(102, 168);
    let diastolic = systolic * chart.random.between(55, 66) / 100;
    let is_heard = !chart.random.chance(4);
    let names = ("us-core-blood-pressure", "vital-signs");
    write(chart, occasion, names, ("85354-9", "Blood pressure"), |json| {
        json.array("component", |list| {
            component(list, "8480-6", "Systolic blood pressure", Some(systolic));
            component(list, "8462-4", "Diastolic blood pressure", is_heard.then_some(diastolic));
        });
    });
}

fn component(list: &mut Json, code: &str, text: &str, value: Option<i64>) {
    list.item(|item| {
        item.object("code", |concept| {
            concept.codings(LOINC, code);
            concept.string("text", text);
        });
        match value {
            Some(value) => item.quantity("valueQuantity", value, "mmHg", "mm[Hg]"),
            None => item.hl7_concept("dataAbsentReason", "data-absent-reason", "error"),
        }
    });
}

/// Writes the result of a laboratory test, with its reference range and what it means.
pub(crate) fn write_test(chart: &mut Chart, occasion: Occasion, test: &Test) {
    let value = chart.random.between(test.range.0, test.range.1);
    let (low, high) = test.normal;
    let meaning = if value < low {
        "L"
    } else if value > high {
        "H"
    } else {
        "N"
    };
    let names = ("us-core-observation-lab", "laboratory");
    write(chart, occasion, names, (test.code, test.text), |json| {
        json.quantity("valueQuantity", Fixed(value, test.digits), test.unit, test.unit);
        json.hl7_concepts("interpretation", "v3-ObservationInterpretation", meaning);
        json.array("referenceRange", |list| {
            list.item(|item| {
                item.quantity("low", Fixed(low, test.digits), test.unit, test.unit);
                item.quantity("high", Fixed(high, test.digits), test.unit, test.unit);
            });
        });
    });
}

/// Smoking status: a coded answer.
pub(crate) fn write_smoking_status(chart: &mut Chart, occasion: Occasion) {
    let (code, text) = *chart.random.pick(&[
        ("266919005", "Never smoked"),
        ("266919005", "Never smoked"),
        ("8517006", "Former smoker"),
        ("428041000124106", "Smokes on some days"),
    ]);
    let names = ("us-core-smokingstatus", "social-history");
    write(chart, occasion, names, ("72166-2", "Smoking status"), |json| {
        json.object("valueCodeableConcept", |concept| {
            concept.codings("http://snomed.info/sct", code);
            concept.string("text", text);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::Fixed;

    #[test]
    fn fixed_keeps_trailing_zeros() {
        assert_eq!(
            [Fixed(64, 1), Fixed(70, 1), Fixed(105, 2), Fixed(9, 0)].map(|f| f.to_string()),
            ["6.4", "7.0", "1.05", "9"]
        );
    }
}
