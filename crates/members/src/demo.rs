//! A folder of synthetic members: what `fhirkit demo` writes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::bundle::bundle;
use crate::member::{Member, ResourceType};
use crate::{Members, member::Resource};

/// What to write.
#[derive(Clone, Copy, Debug)]
pub struct DemoOptions {
    /// How many members.
    pub members: u64,
    /// Which ones.
    pub seed: u64,
    /// In which form.
    pub format: DemoFormat,
}

impl Default for DemoOptions {
    fn default() -> DemoOptions {
        DemoOptions { members: 10, seed: 1, format: DemoFormat::Bundle }
    }
}

/// The form of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoFormat {
    /// One searchset Bundle a member: `member-0001.json`, …
    Bundle,
    /// One file a resource type, one resource a line, as a bulk export: `Patient.ndjson`, … Organizations and
    /// practitioners, which members share, stand there once.
    Ndjson,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Members.
    pub members: u64,
    /// Resources: entries of the Bundles or lines of the NDJSON files.
    pub resources: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Files.
    pub files: u64,
}

/// Writes members into a folder, which is made if it is missing and must be empty otherwise.
///
/// # Errors
/// `AlreadyExists` when the folder holds something, `NotADirectory` when it is none; else what the system says, with
/// the path in front.
pub fn write_demo(dir: &Path, options: &DemoOptions) -> io::Result<Summary> {
    with_path(dir, prepare(dir))?;
    match options.format {
        DemoFormat::Bundle => write_bundles(dir, options),
        DemoFormat::Ndjson => write_ndjson(dir, options),
    }
}

fn prepare(dir: &Path) -> io::Result<()> {
    if dir.exists() && !dir.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "exists and is not a folder"));
    }
    fs::create_dir_all(dir)?;
    if fs::read_dir(dir)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty"));
    }
    Ok(())
}

/// Puts the path in front of an error's text and keeps its kind.
fn with_path<T>(path: &Path, result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn write_bundles(dir: &Path, options: &DemoOptions) -> io::Result<Summary> {
    let mut summary = Summary { members: options.members, files: options.members, ..Summary::default() };
    let members = Members::new(options.seed);
    let mut member = Member::default();
    let mut text = Vec::new();
    // Names sort as numbers do.
    let width = options.members.to_string().len().max(4);
    for number in 0..options.members {
        members.fill(number, &mut member);
        text.clear();
        bundle(&member, &mut text)?;
        let path = dir.join(format!("member-{:0width$}.json", number + 1));
        with_path(&path, fs::write(&path, &text))?;
        summary.resources += member.resource_count() as u64;
        summary.bytes += text.len() as u64;
    }
    Ok(summary)
}

fn write_ndjson(dir: &Path, options: &DemoOptions) -> io::Result<Summary> {
    let mut files: [Option<BufWriter<File>>; ResourceType::ALL.len()] = Default::default();
    let mut shared = std::collections::BTreeSet::new();
    let mut summary = Summary { members: options.members, ..Summary::default() };
    let members = Members::new(options.seed);
    let mut member = Member::default();
    for number in 0..options.members {
        members.fill(number, &mut member);
        for resource in member.resources() {
            if resource.is_shared && !shared.insert(resource.id.to_owned()) {
                continue;
            }
            let path = dir.join(format!("{}.ndjson", resource.resource_type.as_str()));
            let slot = &mut files[resource.resource_type as usize];
            with_path(&path, write_line(slot, &path, resource))?;
            summary.resources += 1;
            summary.bytes += resource.json.len() as u64 + 1;
        }
    }
    for file in files.iter_mut().flatten() {
        with_path(dir, file.flush())?;
        summary.files += 1;
    }
    Ok(summary)
}

fn write_line(slot: &mut Option<BufWriter<File>>, path: &Path, resource: Resource<'_>) -> io::Result<()> {
    let file = match slot {
        Some(file) => file,
        None => slot.insert(BufWriter::with_capacity(1 << 20, File::create(path)?)),
    };
    file.write_all(resource.json.as_bytes())?;
    file.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo(dir: &Path, members: u64, format: DemoFormat) -> io::Result<Summary> {
        write_demo(dir, &DemoOptions { members, seed: 1, format })
    }

    #[test]
    fn bundles_are_one_file_a_member_and_the_summary_counts_them() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("new/members");
        let summary = demo(&target, 3, DemoFormat::Bundle).unwrap();
        let mut names: Vec<_> = fs::read_dir(&target).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["member-0001.json", "member-0002.json", "member-0003.json"]);
        let bytes: u64 = fs::read_dir(&target).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
        assert_eq!((summary.members, summary.files, summary.bytes), (3, 3, bytes));
    }

    #[test]
    fn ndjson_is_one_file_a_type_and_holds_shared_resources_once() {
        let dir = tempfile::tempdir().unwrap();
        let summary = demo(dir.path(), 6, DemoFormat::Ndjson).unwrap();
        assert_eq!(summary.files, 12);
        let payers = fs::read_to_string(dir.path().join("Organization.ndjson")).unwrap();
        assert_eq!(payers.lines().filter(|line| line.contains("\"id\":\"payer\"")).count(), 1);
        let lines = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap().lines().count() as u64;
        let all: u64 = ResourceType::ALL.iter().map(|t| lines(&format!("{}.ndjson", t.as_str()))).sum();
        assert_eq!((summary.resources, lines("Patient.ndjson")), (all, 6));
    }

    #[test]
    fn a_folder_that_is_not_empty_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("notes.txt"), "mine").unwrap();
        let error = demo(dir.path(), 1, DemoFormat::Bundle).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(&dir.path().display().to_string()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(
            demo(&dir.path().join("notes.txt"), 1, DemoFormat::Bundle).unwrap_err().kind(),
            io::ErrorKind::NotADirectory
        );
    }
}
