//! The names by which people call packages.

use crate::definitions::{Definitions, PackageId};
use crate::version;

/// Short names, and the packages they mean.
const SHORT: [(&str, &str); 12] = [
    ("r4", "hl7.fhir.r4.core"),
    ("fhir", "hl7.fhir.r4.core"),
    ("us-core", "hl7.fhir.us.core"),
    ("carin-bb", "hl7.fhir.us.carin-bb"),
    ("c4bb", "hl7.fhir.us.carin-bb"),
    ("pdex", "hl7.fhir.us.davinci-pdex"),
    ("hrex", "hl7.fhir.us.davinci-hrex"),
    ("plan-net", "hl7.fhir.us.davinci-pdex-plan-net"),
    ("drug-formulary", "hl7.fhir.us.davinci-drug-formulary"),
    ("terminology", "hl7.terminology.r4"),
    ("extensions", "hl7.fhir.uv.extensions.r4"),
    ("vsac", "vsac-public"),
];

/// A package that is not held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageNotHeld {
    /// The packages of that name that are, newest first; empty where the name is unknown.
    pub held: Vec<String>,
    /// The name that was probably meant.
    pub nearest: Option<String>,
}

impl Definitions {
    /// The package that somebody means by `us-core`, `us-core@6.1.0`, `us-core@6.1` or `hl7.fhir.us.core#6.1.0`;
    /// without a version, its default one.
    ///
    /// # Errors
    /// When no such package is held: then what is.
    pub fn package_meant(&self, text: &str) -> Result<PackageId, PackageNotHeld> {
        let (name, wanted) = match text.split_once(['@', '#']) {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let short = SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
        let name = short.map_or(name, |(_, full)| full);
        if let Some(id) = self.package_named(name, wanted) {
            return Ok(id);
        }
        let mut held: Vec<_> = self.packages().filter(|(_, one)| one.name == name).collect();
        held.sort_by_cached_key(|(_, one)| std::cmp::Reverse(version::key(&one.version)));
        let begun = held.iter().find(|(_, one)| wanted.is_some_and(|w| version::begins(w, &one.version)));
        if let Some((id, _)) = begun {
            return Ok(*id);
        }
        let names = SHORT.iter().map(|(short, _)| *short);
        let names = names.chain(self.packages.iter().map(|one| one.name.as_str()));
        let nearest = crate::types::nearest(name, names).filter(|_| held.is_empty());
        Err(PackageNotHeld {
            held: held.into_iter().map(|(_, one)| one.label()).collect(),
            nearest: nearest.map(str::to_owned),
        })
    }
}
