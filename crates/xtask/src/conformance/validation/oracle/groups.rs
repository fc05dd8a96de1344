//! The groups of files that the reference judged, each with the packages it had loaded.

use fhirkit_definitions::{Definitions, PackageId};

use super::super::Failure;

/// A group: its name, and the packages given to the reference, as its `corpus.py` says.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    packages: &'static [&'static str],
}

const CORE_311: &str = "hl7.fhir.us.core#3.1.1";
const CORE_610: &str = "hl7.fhir.us.core#6.1.0";
const CORE_700: &str = "hl7.fhir.us.core#7.0.0";
const PLAN_NET: &str = "hl7.fhir.us.davinci-pdex-plan-net#1.1.0";

/// All groups.
pub(crate) const GROUPS: &[Group] = &[
    Group { name: "r4", packages: &[] },
    Group { name: "us-core-3.1.1", packages: &[CORE_311] },
    Group { name: "us-core-6.1.0", packages: &[CORE_610] },
    Group { name: "us-core-7.0.0", packages: &[CORE_700] },
    Group { name: "carin-bb-1.1.0", packages: &["hl7.fhir.us.carin-bb#1.1.0", CORE_311] },
    Group { name: "carin-bb-2.0.0", packages: &["hl7.fhir.us.carin-bb#2.0.0", CORE_311] },
    Group { name: "carin-bb-2.1.0", packages: &["hl7.fhir.us.carin-bb#2.1.0", CORE_610] },
    Group {
        name: "pdex-2.0.0",
        packages: &["hl7.fhir.us.davinci-pdex#2.0.0", "hl7.fhir.us.davinci-hrex#1.1.0", CORE_311],
    },
    Group { name: "plan-net-1.1.0", packages: &[PLAN_NET, CORE_311] },
    Group {
        name: "drug-formulary-2.0.1",
        packages: &["hl7.fhir.us.davinci-drug-formulary#2.0.1", PLAN_NET, CORE_311],
    },
];

impl Group {
    /// Its packages among the definitions.
    pub(crate) fn packages(&self, definitions: &Definitions) -> Result<Vec<PackageId>, Failure> {
        let held = |label: &&str| {
            let (name, version) = label.split_once('#')?;
            definitions.package_named(name, Some(version))
        };
        let ids: Option<Vec<_>> = self.packages.iter().map(held).collect();
        ids.ok_or_else(|| format!("{}: one of its packages is not embedded", self.name).into())
    }

    /// Whether the reference had a package: one of the group's, or of HL7's own ground.
    pub(crate) fn has(&self, label: &str) -> bool {
        let ground = ["hl7.fhir.r4.core", "hl7.terminology.r4", "hl7.fhir.uv.extensions.r4"];
        let name = label.split('#').next().unwrap_or_default();
        self.packages.contains(&label) || ground.contains(&name)
    }
}
