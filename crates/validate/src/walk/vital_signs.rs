//! Vital signs: R4 asks every Observation with the LOINC code of one to follow that sign's profile, claimed or not.

use fhirkit_tape::Node;

/// A profile of the core specification with the LOINC codes that call for it, those of the specification's table and
/// their more exact relatives for which the HL7 validator asks the same, and the SNOMED CT codes of the same sign: the
/// profile is asked of the sign, and its LOINC code of whoever names it otherwise.
///
/// Source: <https://hl7.org/fhir/R4/observation-vitalsigns.html>
static SIGNS: [Sign; 10] = [
    Sign { profile: "vitalspanel", loinc: &["85353-1"], snomed: &["46680005"] },
    Sign {
        profile: "resprate",
        loinc: &["9279-1", "76170-0", "76172-6", "76171-8", "19840-8", "33438-3", "76270-8", "11291-2"],
        snomed: &["86290005", "271625008", "271306003"],
    },
    Sign {
        profile: "heartrate",
        loinc: &[
            "60978-4", "73795-7", "73799-9", "76476-1", "76477-9", "8867-4", "8889-8", "8890-6", "8891-4",
            "8892-2", "8893-0", "40443-4", "55425-3", "68999-2", "11328-2", "69000-8", "8886-4",
        ],
        snomed: &["249043002", "444981005", "399017001", "251670001", "429525003", "429614003"],
    },
    Sign {
        profile: "oxygensat",
        loinc: &[
            "2708-6", "19224-5", "20564-1", "2709-4", "2710-2", "2711-0", "2713-6", "51733-4", "59408-5",
            "59417-6", "89276-0", "97549-0",
        ],
        snomed: &["442476006", "431314004"],
    },
    Sign {
        profile: "bodytemp",
        loinc: &[
            "8310-5", "60834-9", "60835-6", "60836-4", "60838-0", "60955-2", "61009-7", "75539-7", "75987-8",
            "76010-8", "76011-6", "76278-1", "8309-7", "8328-7", "8329-5", "8330-3", "8331-1", "8332-9",
            "8333-7", "8334-5", "91371-5", "98657-0", "98663-8",
        ],
        snomed: &[
            "386725007",
            "276885007",
            "300076005",
            "1222808002",
            "364246006",
            "307047009",
            "708499008",
            "431598003",
            "698831002",
            "698832009",
            "415882003",
            "415974002",
            "415929009",
            "415945006",
        ],
    },
    Sign {
        profile: "bodyheight",
        loinc: &["8302-2", "3137-7", "3138-5", "8306-3", "8308-9"],
        snomed: &[
            "1153637007",
            "1162419008",
            "50373000",
            "1162418000",
            "1230278008",
            "1162392001",
            "1162417005",
        ],
    },
    Sign {
        profile: "headcircum",
        loinc: &["9843-4", "8287-5"],
        snomed: &["363812007", "169876006", "1269262007", "363811000"],
    },
    Sign {
        profile: "bodyweight",
        loinc: &["29463-7", "3141-9", "3142-7", "75292-3", "79348-9", "8350-1", "8351-9"],
        snomed: &["735395000", "425024002", "424927000", "784399000", "1162416001", "1162415002"],
    },
    Sign { profile: "bmi", loinc: &["39156-5", "59574-4", "89270-3"], snomed: &["60621009"] },
    Sign {
        profile: "bp",
        loinc: &["85354-9", "35094-2", "8459-0", "76534-7", "55284-4", "8480-6"],
        snomed: &[
            "251076008",
            "163033001",
            "163035008",
            "386534000",
            "386536003",
            "271649006",
            "271650006",
            "407556006",
            "407554009",
            "716579001",
            "399304008",
        ],
    },
];

struct Sign {
    profile: &'static str,
    loinc: &'static [&'static str],
    snomed: &'static [&'static str],
}

/// The number of the vital sign that an Observation is, if it is one. What LOINC says weighs more.
pub(super) fn sign_of(observation: Node<'_>) -> Option<u8> {
    let codings = observation.get("code").get("coding");
    let first = |system: &str, codes_of: fn(&Sign) -> &'static [&'static str]| {
        let its = codings.items().filter(move |coding| coding.get("system").str_is(system));
        let signs = its.filter_map(|coding| {
            let code = coding.get("code").as_str()?;
            SIGNS.iter().position(|sign| codes_of(sign).contains(&&*code))
        });
        signs.min()
    };
    let sign = first("http://loinc.org", |sign| sign.loinc)
        .or_else(|| first("http://snomed.info/sct", |sign| sign.snomed));
    u8::try_from(sign?).ok()
}

/// The canonical of a vital sign's profile.
pub(super) fn profile_of(sign: u8) -> Option<String> {
    let name = SIGNS.get(usize::from(sign))?.profile;
    Some(format!("http://hl7.org/fhir/StructureDefinition/{name}|4.0.1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhirkit_definitions::{Definitions, Sort};
    use std::collections::HashSet;

    #[test]
    fn every_sign_has_its_profile_and_no_code_calls_for_two() {
        let definitions = Definitions::embedded().unwrap();
        let scope = definitions.scope(&[], &[]);
        let mut codes = HashSet::new();
        for (sign, its) in (0..).zip(&SIGNS) {
            let canonical = profile_of(sign).unwrap();
            assert!(definitions.resolve(Sort::Structure, &canonical, &scope).is_some(), "{canonical}");
            assert!(its.loinc.iter().chain(its.snomed).all(|code| codes.insert(*code)));
        }
    }
}
