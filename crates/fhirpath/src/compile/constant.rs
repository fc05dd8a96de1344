//! `%name`: what the specifications define, and what the scope adds.
//! Source: <https://hl7.org/fhir/R4/fhirpath.html#variables>

use std::borrow::Cow;

use crate::compile::{Compiled, Compiler, literal};
use crate::error::Error;
use crate::plan::Plan;
use crate::types::{Shape, SystemType};
use crate::value::Value;

const URLS: [(&str, &str); 3] =
    [("sct", "http://snomed.info/sct"), ("loinc", "http://loinc.org"), ("ucum", "http://unitsofmeasure.org")];

/// `` %`vs-…` `` and `` %`ext-…` `` stand for canonicals of HL7.
const PREFIXES: [(&str, &str); 2] =
    [("vs-", "http://hl7.org/fhir/ValueSet/"), ("ext-", "http://hl7.org/fhir/StructureDefinition/")];

impl Compiler<'_> {
    pub(crate) fn constant(&self, name: &str, at: usize) -> Compiled {
        if let Some((_, value)) = self.scope.constants.iter().find(|(known, _)| known == name) {
            return Ok(literal(value.clone()));
        }
        let variables = &self.scope.variables;
        if let Some(place) = variables.iter().position(|(known, _)| known == name) {
            let shape = variables.get(place).map(|(_, shape)| shape.clone());
            return Ok((Plan::Variable(place), shape.unwrap_or_else(Shape::any)));
        }
        let text = |text: String| Ok(literal(Value::String(Cow::Owned(text))));
        if let Some((_, url)) = URLS.iter().find(|(known, _)| *known == name) {
            return text((*url).to_owned());
        }
        for (prefix, base) in PREFIXES {
            if let Some(rest) = name.strip_prefix(prefix) {
                return text(format!("{base}{rest}"));
            }
        }
        match name {
            "context" => {
                let shape = self.scope.outer.as_ref().unwrap_or(&self.scope.context);
                Ok((Plan::Context, shape.clone()))
            }
            "resource" => Ok((Plan::Resource, self.scope.resource.clone())),
            "rootResource" => Ok((Plan::Root, self.scope.resource.clone())),
            "rowIndex" if self.scope.allow_row_index => {
                Ok((Plan::RowIndex, Shape::system(SystemType::Integer)))
            }
            _ => Err(self.unknown_constant(name, at)),
        }
    }

    fn unknown_constant(&self, name: &str, at: usize) -> Error {
        let error = Error::semantic(at, format!("unknown variable `%{name}`"));
        let own = self.scope.constants.iter().map(|(known, _)| known.as_str());
        let own = own.chain(self.scope.variables.iter().map(|(known, _)| known.as_str()));
        let known = own.chain(["context", "resource", "rootResource", "rowIndex", "sct", "loinc", "ucum"]);
        match nearest(name, known) {
            Some(near) => error.with_hint(format!("did you mean `%{near}`?")),
            None => error,
        }
    }
}

/// The name that was probably meant, where one is close enough.
pub(crate) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (wrong.chars().count() / 3).max(1);
    names
        .map(|name| (strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
