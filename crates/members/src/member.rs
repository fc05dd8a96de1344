//! A member: its resources, as JSON text.

use std::ops::Range;

use crate::json::Json;

/// The resource types that a member has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are FHIR's own")]
pub enum ResourceType {
    Condition,
    Coverage,
    Encounter,
    ExplanationOfBenefit,
    Immunization,
    MedicationRequest,
    Observation,
    Organization,
    Patient,
    Practitioner,
    Procedure,
    Provenance,
}

impl ResourceType {
    /// All of them, in the order of their names.
    pub const ALL: [ResourceType; 12] = [
        ResourceType::Condition,
        ResourceType::Coverage,
        ResourceType::Encounter,
        ResourceType::ExplanationOfBenefit,
        ResourceType::Immunization,
        ResourceType::MedicationRequest,
        ResourceType::Observation,
        ResourceType::Organization,
        ResourceType::Patient,
        ResourceType::Practitioner,
        ResourceType::Procedure,
        ResourceType::Provenance,
    ];

    /// The name, as in `resourceType`.
    pub fn as_str(self) -> &'static str {
        match self {
            ResourceType::Condition => "Condition",
            ResourceType::Coverage => "Coverage",
            ResourceType::Encounter => "Encounter",
            ResourceType::ExplanationOfBenefit => "ExplanationOfBenefit",
            ResourceType::Immunization => "Immunization",
            ResourceType::MedicationRequest => "MedicationRequest",
            ResourceType::Observation => "Observation",
            ResourceType::Organization => "Organization",
            ResourceType::Patient => "Patient",
            ResourceType::Practitioner => "Practitioner",
            ResourceType::Procedure => "Procedure",
            ResourceType::Provenance => "Provenance",
        }
    }
}

/// One resource of a member.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'m> {
    /// Its type.
    pub resource_type: ResourceType,
    /// Its id, unique within its type and seed.
    pub id: &'m str,
    /// The resource: compact JSON on one line.
    pub json: &'m str,
    /// Whether other members of the seed have the same resource, byte for byte (organizations and practitioners).
    pub is_shared: bool,
}

/// A synthetic member: a Patient and everything the payer knows of it.
#[derive(Clone, Debug, Default)]
pub struct Member {
    number: u64,
    patient_id: String,
    json: Json,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    resource_type: ResourceType,
    id: String,
    range: Range<usize>,
    is_shared: bool,
}

impl Member {
    /// Which one of its seed, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The id of the Patient.
    pub fn patient_id(&self) -> &str {
        &self.patient_id
    }

    /// How many resources there are.
    pub fn resource_count(&self) -> usize {
        self.entries.len()
    }

    /// The resources: the Patient first, the Provenance last.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.entries.iter().map(|entry| Resource {
            resource_type: entry.resource_type,
            id: &entry.id,
            json: &self.json.as_str()[entry.range.clone()],
            is_shared: entry.is_shared,
        })
    }

    /// Forgets the resources and begins another member.
    pub(crate) fn begin(&mut self, number: u64, patient_id: String) {
        self.number = number;
        self.patient_id = patient_id;
        self.json.clear();
        self.entries.clear();
    }

    /// Adds a resource; `resourceType` and `id` are written here, the rest by `members`.
    pub(crate) fn add(&mut self, resource_type: ResourceType, id: String, members: impl FnOnce(&mut Json)) {
        self.add_root(resource_type, id, false, |json, id| {
            json.root(|json| {
                json.string("resourceType", resource_type.as_str());
                json.plain("id", id);
                members(json);
            });
        });
    }

    /// Adds a resource that other members have too; `write` writes all of it.
    pub(crate) fn add_shared(
        &mut self,
        resource_type: ResourceType,
        id: String,
        write: impl FnOnce(&mut Json),
    ) {
        self.add_root(resource_type, id, true, |json, _| write(json));
    }

    fn add_root(
        &mut self,
        resource_type: ResourceType,
        id: String,
        is_shared: bool,
        write: impl FnOnce(&mut Json, &str),
    ) {
        let start = self.json.as_str().len();
        write(&mut self.json, &id);
        let range = start..self.json.as_str().len();
        self.entries.push(Entry { resource_type, id, range, is_shared });
    }

    /// Type and id of every resource so far that is the member's own.
    pub(crate) fn own_resources(&self) -> impl Iterator<Item = (ResourceType, &str)> {
        self.entries
            .iter()
            .filter(|entry| !entry.is_shared)
            .map(|entry| (entry.resource_type, entry.id.as_str()))
    }
}
