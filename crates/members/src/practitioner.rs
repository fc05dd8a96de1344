//! Practitioner: C4BB and US Core.

use crate::date::Date;
use crate::fhir::Profile;
use crate::json::Json;
use crate::npi::Npi;

/// A practitioner.
#[derive(Clone, Debug)]
pub(crate) struct Practitioner {
    pub(crate) id: String,
    pub(crate) npi: Npi,
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
}

impl Practitioner {
    /// Writes the Practitioner.
    pub(crate) fn write(&self, json: &mut Json) {
        json.root(|json| {
            json.string("resourceType", "Practitioner");
            json.string("id", &self.id);
            let profiles = [Profile::C4bb("C4BB-Practitioner"), Profile::UsCore("us-core-practitioner")];
            json.meta(Date::new(2023, 12, 1).at(615), &profiles);
            json.array("identifier", |list| list.npi_item(self.npi));
            json.boolean("active", true);
            json.array("name", |list| {
                list.item(|item| {
                    item.string("family", self.family);
                    item.array("given", |given| given.string_item(self.given));
                    item.array("suffix", |suffix| suffix.string_item("MD"));
                });
            });
        });
    }
}
