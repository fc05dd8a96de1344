//! FHIR packages to facts: what `cargo xtask schemas` writes under `schemas/`, and what is added at run time.

mod archive;
mod embed;
mod manifest;
mod source;

pub use embed::{SOURCES, VALUE_SETS, for_embedding, value_sets_manifest};
pub use manifest::{Dependency, Manifest};

use crate::differential::Differential;
use crate::error::Error;
use crate::structure::StructureDefinition;
use crate::terminology::Terminology;
use crate::terminology::source::{SourceCodeSystem, SourceValueSet};
use manifest::{SourceGuide, SourceManifest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use source::{Compiled, SourceStructure};

/// The facts of a package.
#[derive(Debug, Clone)]
pub struct Package {
    /// Name, version, dependencies.
    pub manifest: Manifest,
    /// Its structure definitions, sorted by id.
    pub structures: Vec<StructureDefinition>,
    /// Its value sets and code systems, sorted by URL.
    pub terminology: Vec<Terminology>,
    /// Ids of the logical models, which are left out.
    pub logical: Vec<String>,
    /// The structure definitions of which the package gives no snapshot, sorted by id.
    pub differentials: Vec<Differential>,
}

impl Package {
    /// Reads a package from the bytes of its `.tgz`.
    ///
    /// # Errors
    /// When the bytes are not a gzipped tar, or a definition in it cannot be understood.
    pub fn from_tgz(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::default();
        archive::for_each_file(bytes, |name, text| reader.file(name, text))?;
        reader.finish()
    }

    /// Reads a package from the files of its folder: name and bytes of each `.json`. `otherwise` says what the
    /// package is where no file does.
    ///
    /// # Errors
    /// When a definition cannot be understood, or nothing gives the package's name.
    pub fn from_files<'a>(
        otherwise: Option<Manifest>,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, Error> {
        let mut reader = Reader { guide: otherwise, ..Reader::default() };
        files.into_iter().try_for_each(|(name, text)| reader.file(name, text))?;
        reader.finish()
    }

    /// Name and version, as the folder under `schemas/` is called: `hl7.fhir.r4.core#4.0.1`.
    #[must_use]
    pub fn label(&self) -> String {
        self.manifest.label()
    }

    /// The text of `terminology.ndjson`: one value set or code system a line.
    ///
    /// # Errors
    /// When a line cannot be written.
    pub fn terminology_text(&self) -> Result<String, Error> {
        let mut text = String::new();
        for one in &self.terminology {
            let line = serde_json::to_string(one).map_err(|cause| {
                Error::package(format!("`{}` cannot be written", one.url())).because(cause)
            })?;
            text.push_str(&line);
            text.push('\n');
        }
        Ok(text)
    }

    /// Every file of the package's folder under `schemas/`: path inside it, and text.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn files(&self) -> Result<Vec<(String, String)>, Error> {
        let mut files = vec![("package.json".to_owned(), self.manifest.to_text()?)];
        for structure in &self.structures {
            files.push((format!("structures/{}.json", structure.id), structure.to_text()?));
        }
        if !self.terminology.is_empty() {
            files.push(("terminology.ndjson".to_owned(), self.terminology_text()?));
        }
        Ok(files)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnlyType {
    resource_type: Option<String>,
}

/// Takes a package's files in any order.
#[derive(Default)]
struct Reader {
    manifest: Option<Manifest>,
    guide: Option<Manifest>,
    structures: Vec<StructureDefinition>,
    terminology: Vec<Terminology>,
    logical: Vec<String>,
    differentials: Vec<Differential>,
}

impl Reader {
    fn file(&mut self, name: &str, text: &[u8]) -> Result<(), Error> {
        let kind = match name {
            "package.json" => {
                self.manifest = Some(read::<SourceManifest>(name, text)?.compile());
                return Ok(());
            }
            _ if name.starts_with('.') || !name.ends_with(".json") => return Ok(()),
            _ => match name.split_once('-') {
                Some((kind @ ("StructureDefinition" | "ValueSet" | "CodeSystem"), _)) => kind.to_owned(),
                // Elsewhere the name is free; a file that is not JSON is then no definition.
                _ => match serde_json::from_slice::<OnlyType>(text) {
                    Ok(OnlyType { resource_type: Some(kind) }) => kind,
                    _ => return Ok(()),
                },
            },
        };
        match kind.as_str() {
            "StructureDefinition" => self.structure(name, text)?,
            "ValueSet" => {
                let set = read::<SourceValueSet>(name, text)?.compile();
                self.terminology.push(Terminology::ValueSet(set));
            }
            "CodeSystem" => {
                let system = read::<SourceCodeSystem>(name, text)?.compile();
                self.terminology.push(Terminology::CodeSystem(system));
            }
            "ImplementationGuide" => {
                self.guide = read::<SourceGuide>(name, text)?.compile().or_else(|| self.guide.take());
            }
            _ => {}
        }
        Ok(())
    }

    fn structure(&mut self, name: &str, text: &[u8]) -> Result<(), Error> {
        let source = read::<SourceStructure>(name, text)?;
        match source.compile().map_err(|error| Error::package(format!("`{name}`: {error}")))? {
            Compiled::Structure(structure) => self.structures.push(*structure),
            Compiled::Logical(id) => self.logical.push(id),
            Compiled::Differential(one) => self.differentials.push(*one),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Package, Error> {
        self.structures.sort_by(|a, b| a.id.cmp(&b.id));
        self.terminology.sort_by(|a, b| a.url().cmp(b.url()));
        self.logical.sort();
        self.differentials.sort_by(|a, b| a.header.id.cmp(&b.header.id));
        let manifest = self.manifest.or(self.guide).ok_or_else(|| {
            Error::package("the package has neither a `package.json` nor an ImplementationGuide")
        })?;
        Ok(Package {
            manifest,
            structures: self.structures,
            terminology: self.terminology,
            logical: self.logical,
            differentials: self.differentials,
        })
    }
}

fn read<T: DeserializeOwned>(name: &str, text: &[u8]) -> Result<T, Error> {
    // A byte order mark is no part of JSON, yet some packages begin with one.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    serde_json::from_slice(text)
        .map_err(|cause| Error::package(format!("`{name}` cannot be read: {cause}")).because(cause))
}
