//! The text of a file under `schemas/`: JSON, one fact a line, so that two versions compare well.

use crate::error::Error;
use crate::structure::StructureDefinition;
use serde_json::Value;

impl StructureDefinition {
    /// The definition as its file under `schemas/` has it.
    ///
    /// # Errors
    /// When a fixed value is not JSON; one that came from a file always is.
    pub fn to_text(&self) -> Result<String, Error> {
        let failed = |cause: serde_json::Error| {
            Error::package(format!("`{}` cannot be written", self.id)).because(cause)
        };
        // The header goes through a Value for its keys; elements do not, so that numbers keep their digits.
        let header = Self { constraints: Vec::new(), elements: Vec::new(), ..self.clone() };
        let Value::Object(header) = serde_json::to_value(&header).map_err(failed)? else {
            return Err(Error::package(format!("`{}` is not an object", self.id)));
        };
        let mut out = String::from("{\n");
        for (key, value) in header.iter().filter(|(key, _)| key.as_str() != "elements") {
            out.push_str(&format!("{}:{value},\n", Value::from(key.as_str())));
        }
        let constraints = self.constraints.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
        list(&mut out, "constraints", &constraints.map_err(failed)?);
        out.push_str(",\n");
        let elements = self.elements.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
        list(&mut out, "elements", &elements.map_err(failed)?);
        out.push_str("\n}\n");
        Ok(out)
    }
}

fn list(out: &mut String, name: &str, items: &[String]) {
    out.push_str(&format!("\"{name}\":["));
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(item);
    }
    out.push_str("\n]");
}
