//! What a member signs in with: the facts on the card, and how what was typed is compared with them.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::pages::Wrong;
use crate::parameters::Parameters;
use crate::record::Record;

/// What one member signs in with, as it is typed.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LoginFacts {
    /// The number of the contract.
    pub subscriber_id: String,
    /// Which person of the contract: two digits.
    pub member_code: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The birth date as MM/DD/YYYY.
    pub birth_date: String,
    /// The first five digits of the zip code.
    pub zip: String,
    /// The id of the Patient.
    pub patient_id: String,
}

/// Records may be real ones, so that nothing of them is printed unasked.
impl fmt::Debug for LoginFacts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LoginFacts([redacted])")
    }
}

/// A question of the sign-in.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) attributes: &'static str,
}

/// The questions in the order of the page.
pub(crate) const FIELDS: [Field; 6] = [
    Field {
        name: "subscriber_id",
        label: "Subscriber ID",
        hint: "Without its last two digits.",
        attributes: "autocomplete=\"off\" autocapitalize=\"characters\"",
    },
    Field {
        name: "member_code",
        label: "Member code",
        hint: "The two digits after the subscriber ID.",
        attributes: "autocomplete=\"off\" inputmode=\"numeric\" class=\"short\"",
    },
    Field { name: "first_name", label: "First name", hint: "", attributes: "autocomplete=\"given-name\"" },
    Field { name: "last_name", label: "Last name", hint: "", attributes: "autocomplete=\"family-name\"" },
    Field {
        name: "birth_date",
        label: "Date of birth",
        hint: "MM/DD/YYYY, as in 03/27/1980.",
        attributes: "autocomplete=\"bday\" class=\"short\"",
    },
    Field {
        name: "zip",
        label: "Zip code",
        hint: "Five digits.",
        attributes: "autocomplete=\"postal-code\" inputmode=\"numeric\" class=\"short\"",
    },
];

impl LoginFacts {
    /// The facts of a record: from its Patient, and from the Coverage where there is one.
    pub(crate) fn of(record: &Record) -> Option<LoginFacts> {
        let patient: Value = serde_json::from_slice(record.first_of("Patient")?).ok()?;
        let coverage: Value = record
            .first_of("Coverage")
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let patient_id = text(&patient["id"]);
        let subscriber_id = match (text(&coverage["subscriberId"]), member_number(&patient)) {
            (subscriber, _) if !subscriber.is_empty() => subscriber,
            (_, Some(number)) => number,
            (_, None) => patient_id.clone(),
        };
        let code = text(&coverage["dependent"]);
        Some(LoginFacts {
            subscriber_id,
            member_code: if code.is_empty() { "01".to_owned() } else { format!("{code:0>2}") },
            first_name: text(&patient["name"][0]["given"][0]),
            last_name: text(&patient["name"][0]["family"]),
            birth_date: as_typed(&text(&patient["birthDate"])),
            zip: text(&patient["address"][0]["postalCode"]).chars().take(5).collect(),
            patient_id,
        })
    }

    /// What was typed into the form, or what is missing or malformed in it.
    pub(crate) fn typed(form: &Parameters) -> Result<LoginFacts, Wrong> {
        let mut wrong = Wrong::new();
        let mut text = |name: &'static str, label: &str| {
            let text = form.text(name).trim().to_owned();
            if text.is_empty() {
                wrong.push((name, format!("Enter the {label}")));
            }
            text
        };
        let mut facts = LoginFacts {
            subscriber_id: text("subscriber_id", "subscriber ID").to_ascii_uppercase(),
            member_code: text("member_code", "member code"),
            first_name: text("first_name", "first name"),
            last_name: text("last_name", "last name"),
            birth_date: text("birth_date", "date of birth"),
            zip: text("zip", "zip code"),
            patient_id: String::new(),
        };
        if !facts.member_code.is_empty() && !is_digits(&facts.member_code, 1..=2) {
            wrong.push(("member_code", "The member code is two digits, such as 01".to_owned()));
        }
        if !facts.birth_date.is_empty() {
            match date(&facts.birth_date) {
                Some(date) => facts.birth_date = date,
                None => wrong.push(("birth_date", "The date of birth is written MM/DD/YYYY".to_owned())),
            }
        }
        let zip = facts.zip.split_once('-').map_or(facts.zip.as_str(), |(zip, _)| zip);
        if !facts.zip.is_empty() && !is_digits(zip, 5..=5) {
            wrong.push(("zip", "The zip code is five digits".to_owned()));
        }
        facts.zip = zip.to_owned();
        facts.member_code = format!("{:0>2}", facts.member_code);
        if wrong.is_empty() { Ok(facts) } else { Err(wrong) }
    }

    /// Whether what was typed is this member. A fact that the record does not have is not compared.
    pub(crate) fn are(&self, typed: &LoginFacts) -> bool {
        let fits = |own: &str, typed: &str| own.is_empty() || own.to_lowercase() == typed.to_lowercase();
        fits(&self.subscriber_id, &typed.subscriber_id)
            && fits(&self.member_code, &typed.member_code)
            && fits(&self.first_name, &typed.first_name)
            && fits(&self.last_name, &typed.last_name)
            && fits(&self.birth_date, &typed.birth_date)
            && fits(&self.zip, &typed.zip)
    }
}

/// The value of the identifier of type MB.
fn member_number(patient: &Value) -> Option<String> {
    let identifiers = patient["identifier"].as_array()?;
    let is_member = |identifier: &&Value| identifier["type"]["coding"][0]["code"] == "MB";
    identifiers.iter().find(is_member)?["value"].as_str().map(str::to_owned)
}

/// `1944-06-06` as `06/06/1944`; a date without month or day is not asked for.
fn as_typed(date: &str) -> String {
    match date.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => format!("{month}/{day}/{year}"),
        _ => String::new(),
    }
}

/// A date as one types it, `6/6/1944` or `1944-06-06`, as `06/06/1944`; it must exist.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (year, month, day),
        [month, day, year] if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(format!("{:02}/{:02}/{:04}", date.month(), date.day(), date.year()))
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_is_read_as_people_write_it() {
        for text in ["06/06/1944", "6/6/1944", "1944-06-06", "06-06-1944"] {
            assert_eq!(date(text).as_deref(), Some("06/06/1944"), "{text}");
        }
        for text in ["13/01/1944", "02/30/1944", "06/06/44", "yesterday", "1/2/3/1944"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn every_missing_fact_is_named() {
        let wrong = LoginFacts::typed(&Parameters::parse(b"zip=2703&member_code=1")).unwrap_err();
        let fields: Vec<&str> = wrong.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["subscriber_id", "first_name", "last_name", "birth_date", "zip"]);
    }
}
