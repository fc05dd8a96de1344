//! Organization: C4BB and US Core.

use crate::date::Date;
use crate::fhir::Profile;
use crate::json::Json;
use crate::npi::Npi;

/// An organization: the payer, a hospital, a clinic or a pharmacy.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) npi: Npi,
    pub(crate) is_payer: bool,
    pub(crate) street: String,
    pub(crate) town: &'static (&'static str, &'static str, &'static str, &'static str),
}

impl Organization {
    /// Writes the Organization.
    pub(crate) fn write(&self, json: &mut Json) {
        json.root(|json| {
            json.string("resourceType", "Organization");
            json.string("id", &self.id);
            let profiles = [Profile::C4bb("C4BB-Organization"), Profile::UsCore("us-core-organization")];
            json.meta(Date::new(2023, 12, 1).at(600), &profiles);
            json.array("identifier", |list| {
                list.npi_item(self.npi);
                if self.is_payer {
                    list.item(|item| {
                        item.c4bb_concept("type", "C4BBIdentifierType", "payerid");
                        item.string("value", "99901");
                    });
                }
            });
            json.boolean("active", true);
            json.string("name", self.name);
            let (city, _, postal_code, area) = *self.town;
            json.array("telecom", |list| {
                list.item(|item| {
                    item.string("system", "phone");
                    item.plain("value", format_args!("{area}-555-0100"));
                    item.string("use", "work");
                });
            });
            json.array("address", |list| {
                list.item(|item| {
                    item.array("line", |line| line.string_item(&self.street));
                    item.string("city", city);
                    item.string("state", "NC");
                    item.string("postalCode", postal_code);
                    item.string("country", "US");
                });
            });
        });
    }
}
