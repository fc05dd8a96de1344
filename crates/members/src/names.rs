//! Invented people and places: names of nobody, streets of nowhere, towns and counties of North Carolina.

/// Given names of women and of men; a few with letters beyond ASCII, as in any membership file.
pub(crate) static FEMALE: [&str; 16] = [
    "Adele", "Zoë", "Marisol", "Renée", "Priya", "Thandiwe", "Ingrid", "Noémi", "Hazel", "Xóchitl",
    "Beatrix", "Ōki", "Lorelei", "Saoirse", "Maren", "Ánh",
];
pub(crate) static MALE: [&str; 16] = [
    "Alden", "José", "Björn", "Marcus", "Kwame", "Łukasz", "Theo", "André", "Rohan", "Øyvind", "Silas",
    "Tomás", "Emmett", "Jürgen", "Desmond", "Noël",
];
pub(crate) static MIDDLE: [&str; 8] = ["A.", "Brook", "C.", "Elm", "J.", "Lee", "Quinn", "R."];
pub(crate) static FAMILY: [&str; 24] = [
    "Abernorth",
    "Brightmere",
    "Caldwick",
    "Dunleafy",
    "Núñez-Vale",
    "Fernsbury",
    "Greycliffe",
    "Hollowend",
    "Żywiec-Holm",
    "Lindqvåll",
    "Okonjala",
    "Nguyênh",
    "Tanakaro",
    "Müllerstadt",
    "O'Fallowe",
    "Peñalba-Ruz",
    "Quillfeather",
    "Rosenthorne",
    "Sandercrest",
    "Täschenberg",
    "Umberline",
    "Vanderloch",
    "Wetherstone",
    "Çelikhan",
];

pub(crate) static STREETS: [&str; 12] = [
    "Longleaf Rd",
    "Cardinal Way",
    "Old Tobacco Ln",
    "Dogwood Ct",
    "Blue Ridge Overlook",
    "Millpond St",
    "Sandhill Ave",
    "Azalea Dr",
    "Lighthouse Pt",
    "Cicada Trl",
    "Red Clay Rd",
    "Venus Flytrap Ln",
];

/// Towns: name, county, postal code, area code of the telephone.
pub(crate) static TOWNS: [(&str, &str, &str, &str); 10] = [
    ("Durham", "Durham", "27701", "919"),
    ("Raleigh", "Wake", "27601", "919"),
    ("Asheville", "Buncombe", "28801", "828"),
    ("Wilmington", "New Hanover", "28401", "910"),
    ("Boone", "Watauga", "28607", "828"),
    ("Greensboro", "Guilford", "27401", "336"),
    ("Mount Airy", "Surry", "27030", "336"),
    ("New Bern", "Craven", "28560", "252"),
    ("Charlotte", "Mecklenburg", "28202", "704"),
    ("Fayetteville", "Cumberland", "28301", "910"),
];

/// Race by OMB category: code, display.
pub(crate) static RACES: [(&str, &str); 5] = [
    ("2106-3", "White"),
    ("2054-5", "Black or African American"),
    ("2028-9", "Asian"),
    ("1002-5", "American Indian or Alaska Native"),
    ("2076-8", "Native Hawaiian or Other Pacific Islander"),
];

/// Ethnicity by OMB category: code, display.
pub(crate) static ETHNICITIES: [(&str, &str); 2] =
    [("2135-2", "Hispanic or Latino"), ("2186-5", "Not Hispanic or Latino")];

/// Providers that bill: name, what they are.
pub(crate) static HOSPITALS: [&str; 3] =
    ["Piedmont Synthetic Hospital", "Coastal Plain Example Medical Center", "High Country Test Hospital"];
pub(crate) static CLINICS: [&str; 4] = [
    "Longleaf Family Practice",
    "Cardinal Primary Care",
    "Dogwood Internal Medicine",
    "Azalea Pédiatrics & Family",
];
pub(crate) static PHARMACIES: [&str; 3] =
    ["Corner Example Pharmacy", "Blue Ridge Test Drugs", "Sandhill Synthetic Rx"];
