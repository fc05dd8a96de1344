//! The inputs that are given beside the repository.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A path below `../shared`, or nothing, said aloud, where the folder is missing.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")).join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("SKIPPED: ../shared/{path} is missing");
    None
}

/// Reads files by the names of the expectation files: a path below `../shared`, or `package.tgz!member`.
#[derive(Default)]
pub(crate) struct Files {
    packages: HashMap<String, HashMap<String, Vec<u8>>>,
}

impl Files {
    pub(crate) fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        let Some((package, member)) = name.split_once('!') else {
            return std::fs::read(shared(name)?).ok();
        };
        if !self.packages.contains_key(package) {
            let members = members(&shared(package)?);
            self.packages.insert(package.to_owned(), members);
        }
        self.packages.get(package)?.get(member).cloned()
    }
}

fn members(package: &Path) -> HashMap<String, Vec<u8>> {
    let file = std::fs::File::open(package).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut members = HashMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        members.insert(name, bytes);
    }
    members
}
