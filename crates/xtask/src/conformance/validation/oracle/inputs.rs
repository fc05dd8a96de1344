//! The files that the reference judged: below `../shared`, or a member of a package there.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::super::{Failure, shared};

/// Packages once opened, by name, with their members.
#[derive(Default)]
pub(crate) struct Inputs {
    packages: HashMap<String, HashMap<String, Vec<u8>>>,
}

impl Inputs {
    /// The bytes of `data/…/x.json` or `packages/x.tgz!package/y.json`.
    pub(crate) fn read(&mut self, name: &str) -> Result<Vec<u8>, Failure> {
        let Some((package, member)) = name.split_once('!') else {
            return Ok(std::fs::read(shared(name)?)?);
        };
        if !self.packages.contains_key(package) {
            let members = members(&shared(package)?)?;
            self.packages.insert(package.to_owned(), members);
        }
        let found = self.packages.get_mut(package).and_then(|members| members.remove(member));
        found.ok_or_else(|| format!("{name} is absent").into())
    }
}

fn members(package: &Path) -> Result<HashMap<String, Vec<u8>>, Failure> {
    let file = std::fs::File::open(package)?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut members = HashMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        members.insert(name, bytes);
    }
    Ok(members)
}
