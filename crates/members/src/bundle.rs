//! Writing a member: as a payer's Bundle, or one resource a line.

use std::io::{self, Write};

use crate::fhir::BASE_URL;
use crate::member::Member;

/// Writes the searchset Bundle that a payer answers to `Patient/<id>/$everything`: one line, `total`, `link[self]`,
/// and of every entry its absolute `fullUrl` and `search.mode`.
pub fn bundle(member: &Member, out: &mut impl Write) -> io::Result<()> {
    let patient = member.patient_id();
    write!(
        out,
        "{{\"resourceType\":\"Bundle\",\"id\":\"{patient}-everything\",\"meta\":{{\"lastUpdated\":\"2026-02-02T06:00:00Z\"}},\
         \"type\":\"searchset\",\"total\":{},\"link\":[{{\"relation\":\"self\",\
         \"url\":\"{BASE_URL}/Patient/{patient}/$everything\"}}],\"entry\":[",
        member.resource_count()
    )?;
    for (index, resource) in member.resources().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let (resource_type, id) = (resource.resource_type.as_str(), resource.id);
        write!(out, "{comma}{{\"fullUrl\":\"{BASE_URL}/{resource_type}/{id}\",\"resource\":")?;
        out.write_all(resource.json.as_bytes())?;
        out.write_all(b",\"search\":{\"mode\":\"match\"}}")?;
    }
    out.write_all(b"]}\n")
}

/// Writes the resources, one a line, shared ones included.
pub fn ndjson(member: &Member, out: &mut impl Write) -> io::Result<()> {
    for resource in member.resources() {
        out.write_all(resource.json.as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
