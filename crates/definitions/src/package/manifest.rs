//! Name, version and dependencies of a package.

use crate::error::Error;
use serde::{Deserialize, Serialize};

/// What a package says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Name: `hl7.fhir.us.core`.
    pub name: String,
    /// Version: `6.1.0`.
    pub version: String,
    /// Whether it was made from HL7's sources rather than by HL7's own build.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub built_from_source: bool,
    /// Packages that it uses, in the order it names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
}

/// A package that another uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// Name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Manifest {
    /// `hl7.fhir.us.core#6.1.0`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}#{}", self.name, self.version)
    }

    /// The text of `package.json` under `schemas/`.
    pub(super) fn to_text(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|cause| Error::package(format!("`{}` cannot be written", self.name)).because(cause))?;
        Ok(text + "\n")
    }
}

/// `package.json` of a FHIR package.
#[derive(Deserialize)]
pub(super) struct SourceManifest {
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Option<serde_json::Map<String, serde_json::Value>>,
}

impl SourceManifest {
    pub(super) fn compile(self) -> Manifest {
        let dependency = |(name, version): (String, serde_json::Value)| {
            Some(Dependency::named(name, version.as_str()?.to_owned()))
        };
        let dependencies = self.dependencies.unwrap_or_default().into_iter().filter_map(dependency);
        Manifest {
            name: self.name,
            version: self.version,
            built_from_source: false,
            dependencies: dependencies.collect(),
        }
    }
}

/// The ImplementationGuide of a package that has no `package.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceGuide {
    package_id: Option<String>,
    version: Option<String>,
    #[serde(default)]
    depends_on: Vec<SourceDependency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceDependency {
    package_id: Option<String>,
    version: Option<String>,
}

impl SourceGuide {
    pub(super) fn compile(self) -> Option<Manifest> {
        let dependency = |one: SourceDependency| Some(Dependency::named(one.package_id?, one.version?));
        Some(Manifest {
            name: self.package_id?,
            version: self.version?,
            built_from_source: false,
            dependencies: self.depends_on.into_iter().filter_map(dependency).collect(),
        })
    }
}

impl Dependency {
    /// A guide that needs several versions of a package names all but one of them by an alias that ends in the
    /// version: `hl7.fhir.us.core.3.1.1`, `hl7.fhir.us.core.v311`.
    fn named(name: String, version: String) -> Self {
        let digits: String = version.chars().filter(char::is_ascii_digit).collect();
        let aliases = [format!(".{version}"), format!(".v{digits}")];
        let plain = aliases.iter().find_map(|alias| name.strip_suffix(alias.as_str()));
        Self { name: plain.unwrap_or(&name).to_owned(), version }
    }
}

#[cfg(test)]
mod tests {
    use super::Dependency;

    #[test]
    fn aliases_of_several_versions_give_the_name_of_the_package() {
        for alias in ["hl7.fhir.us.core.3.1.1", "hl7.fhir.us.core.v311", "hl7.fhir.us.core"] {
            assert_eq!(Dependency::named(alias.to_owned(), "3.1.1".to_owned()).name, "hl7.fhir.us.core");
        }
        assert_eq!(
            Dependency::named("hl7.fhir.r4.core".to_owned(), "4.0.1".to_owned()).name,
            "hl7.fhir.r4.core"
        );
    }
}
