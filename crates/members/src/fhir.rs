//! What every FHIR resource is made of: references, codings, identifiers, quantities, and the URLs they name.

use std::fmt::{self, Display};

use crate::date::{Date, Moment};
use crate::json::Json;
use crate::money::Money;
use crate::npi::Npi;

/// Where the synthetic payer answers; `.org` names below `example` belong to nobody (RFC 2606).
pub(crate) const BASE_URL: &str = "https://payer.example.org/fhir/R4";
/// Systems of identifiers that the synthetic payer and its providers assign.
pub(crate) const PAYER_SYSTEM: &str = "https://payer.example.org/fhir/identifier";
pub(crate) const PROVIDER_SYSTEM: &str = "https://provider.example.org/identifier";

pub(crate) const CPT: &str = "http://www.ama-assn.org/go/cpt";
pub(crate) const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(crate) const ICD_10_CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
pub(crate) const ICD_10_PCS: &str = "http://www.cms.gov/Medicare/Coding/ICD10";
pub(crate) const LOINC: &str = "http://loinc.org";
pub(crate) const NDC: &str = "http://hl7.org/fhir/sid/ndc";
pub(crate) const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
pub(crate) const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";

/// A code system of CARIN Blue Button: `hl7.org/fhir/us/carin-bb/CodeSystem/<name>`.
pub(crate) const C4BB_SYSTEM: &str = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";

/// A profile as `meta.profile` claims it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Profile {
    /// CARIN Blue Button 2.0.0; its profiles demand the version in the claim.
    C4bb(&'static str),
    /// US Core 6.1.0.
    UsCore(&'static str),
}

impl Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Profile::C4bb(name) => {
                write!(f, "http://hl7.org/fhir/us/carin-bb/StructureDefinition/{name}|2.0.0")
            }
            Profile::UsCore(name) => {
                write!(f, "http://hl7.org/fhir/us/core/StructureDefinition/{name}|6.1.0")
            }
        }
    }
}

/// A code of one system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    pub(crate) system: &'static str,
    pub(crate) code: &'static str,
}

impl Json {
    /// `meta` with the time of the last change and the profiles claimed.
    pub(crate) fn meta(&mut self, updated: Moment, profiles: &[Profile]) {
        self.object("meta", |meta| {
            meta.plain("lastUpdated", updated);
            meta.array("profile", |list| profiles.iter().for_each(|profile| list.plain_item(profile)));
        });
    }

    /// An item of an array that is a string without need of escapes.
    pub(crate) fn plain_item(&mut self, value: impl Display) {
        self.number_item(format_args!("\"{value}\""));
    }

    /// A Reference: `Patient/m000001`.
    pub(crate) fn reference(&mut self, key: &str, resource_type: &str, id: &str) {
        self.object(key, |object| object.plain("reference", format_args!("{resource_type}/{id}")));
    }

    /// A list of one Reference.
    pub(crate) fn references(&mut self, key: &str, resource_type: &str, id: &str) {
        self.array(key, |list| {
            list.item(|item| item.plain("reference", format_args!("{resource_type}/{id}")))
        });
    }

    /// The members of a Coding.
    pub(crate) fn coding(&mut self, system: &str, code: &str) {
        self.string("system", system);
        self.string("code", code);
    }

    /// The `coding` list of a CodeableConcept, with one Coding.
    pub(crate) fn codings(&mut self, system: &str, code: &str) {
        self.array("coding", |list| list.item(|item| item.coding(system, code)));
    }

    /// A CodeableConcept with one Coding.
    pub(crate) fn concept(&mut self, key: &str, system: &str, code: &str) {
        self.object(key, |object| object.codings(system, code));
    }

    /// A CodeableConcept with one Coding and a text.
    pub(crate) fn concept_text(&mut self, key: &str, code: Code, text: &str) {
        self.object(key, |object| {
            object.codings(code.system, code.code);
            object.string("text", text);
        });
    }

    /// A CodeableConcept with one Coding of a code system of C4BB.
    pub(crate) fn c4bb_concept(&mut self, key: &str, system: &str, code: &str) {
        self.object(key, |object| {
            object.array("coding", |list| {
                list.item(|item| {
                    item.plain("system", format_args!("{C4BB_SYSTEM}{system}"));
                    item.string("code", code);
                });
            });
        });
    }

    /// A CodeableConcept with one Coding of a code system of HL7's terminology.
    pub(crate) fn hl7_concept(&mut self, key: &str, system: &str, code: &str) {
        self.object(key, |object| object.hl7_codings(system, code));
    }

    /// A list of one CodeableConcept of a code system of HL7's terminology.
    pub(crate) fn hl7_concepts(&mut self, key: &str, system: &str, code: &str) {
        self.array(key, |list| list.item(|item| item.hl7_codings(system, code)));
    }

    fn hl7_codings(&mut self, system: &str, code: &str) {
        self.array("coding", |list| {
            list.item(|item| {
                item.plain("system", format_args!("http://terminology.hl7.org/CodeSystem/{system}"));
                item.string("code", code);
            });
        });
    }

    /// A CodeableConcept of the National Uniform Billing Committee.
    pub(crate) fn nubc_concept(&mut self, key: &str, system: &str, code: &str) {
        self.object(key, |object| {
            object.array("coding", |list| {
                list.item(|item| {
                    item.plain("system", format_args!("https://www.nubc.org/CodeSystem/{system}"));
                    item.string("code", code);
                });
            });
        });
    }

    /// An amount in dollars.
    pub(crate) fn money(&mut self, key: &str, amount: Money) {
        self.object(key, |object| {
            object.number("value", amount);
            object.string("currency", "USD");
        });
    }

    /// A Quantity in a unit of UCUM.
    pub(crate) fn quantity(&mut self, key: &str, value: impl Display, unit: &str, code: &str) {
        self.object(key, |object| {
            object.number("value", value);
            object.string("unit", unit);
            object.string("system", UCUM);
            object.string("code", code);
        });
    }

    /// A Period of days.
    pub(crate) fn period(&mut self, key: &str, start: Date, end: Option<Date>) {
        self.object(key, |object| {
            object.plain("start", start);
            if let Some(end) = end {
                object.plain("end", end);
            }
        });
    }

    /// An item of `identifier`: an NPI.
    pub(crate) fn npi_item(&mut self, npi: Npi) {
        self.item(|item| {
            item.hl7_concept("type", "v2-0203", "NPI");
            item.string("system", NPI);
            item.plain("value", npi);
        });
    }
}
