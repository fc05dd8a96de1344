//! A bulk export: what was asked for, and how many resources of each type there are.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use crate::people::People;
use crate::record::{Chosen, Filter};

/// So many members go into one file.
const MEMBERS_PER_FILE: u64 = 100;

/// An export.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) client_id: String,
    /// The URL of the kick-off.
    pub(crate) request: String,
    pub(crate) begun: jiff::Timestamp,
    pub(crate) filter: Filter,
    /// How often it has been asked for its state.
    pub(crate) polls: u32,
    /// What there is, once it is known.
    pub(crate) files: Option<Vec<File>>,
}

/// A file of an export.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct File {
    pub(crate) resource_type: String,
    /// Which members are in it.
    pub(crate) members: std::ops::Range<u64>,
    pub(crate) count: u64,
    /// Whether these are the resources that records share.
    is_shared: bool,
}

impl File {
    pub(crate) fn name(&self) -> String {
        let shared = if self.is_shared { "shared" } else { "own" };
        format!("{}-{shared}-{}.ndjson", self.resource_type, self.members.start / MEMBERS_PER_FILE + 1)
    }
}

/// The files of an export: those of each hundred members, and one for what records share.
pub(crate) fn files(people: &People, filter: &Filter) -> Vec<File> {
    let mut counts: BTreeMap<(String, bool, u64), u64> = BTreeMap::new();
    let mut seen = HashSet::new();
    let all = 0..people.count();
    let _ = each(people, all.clone(), filter, |number, chosen| {
        let resource_type = chosen.item.resource_type.to_string();
        let is_shared = chosen.item.is_shared;
        if !is_shared || seen.insert(format!("{resource_type}/{}", chosen.bare_id())) {
            let begin = if is_shared { 0 } else { number / MEMBERS_PER_FILE * MEMBERS_PER_FILE };
            *counts.entry((resource_type, is_shared, begin)).or_default() += 1;
        }
        Ok(())
    });
    let file = |((resource_type, is_shared, begin), count)| {
        let end = if is_shared { all.end } else { all.end.min(begin + MEMBERS_PER_FILE) };
        File { resource_type, members: begin..end, count, is_shared }
    };
    counts.into_iter().map(file).collect()
}

/// Writes a file: one resource a line.
pub(crate) fn write(people: &People, filter: &Filter, file: &File, out: &mut impl Write) -> io::Result<()> {
    let filter = Filter { types: vec![file.resource_type.clone()], since: filter.since };
    let mut seen = HashSet::new();
    let mut line = Vec::new();
    each(people, file.members.clone(), &filter, |_, chosen| {
        if chosen.item.is_shared != file.is_shared {
            return Ok(());
        }
        if file.is_shared && !seen.insert(chosen.bare_id().to_owned()) {
            return Ok(());
        }
        line.clear();
        chosen.write(&mut line);
        // A resource that was given on several lines becomes one.
        line.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        line.push(b'\n');
        out.write_all(&line)
    })
}

fn each(
    people: &People,
    members: std::ops::Range<u64>,
    filter: &Filter,
    mut on: impl FnMut(u64, &Chosen<'_>) -> io::Result<()>,
) -> io::Result<()> {
    for number in members {
        let Some(record) = people.patient_id(number).and_then(|id| people.read(&id)) else { continue };
        let choice = record.choose(filter);
        for chosen in (0..choice.count).map_while(|number| choice.get(number)) {
            // What is shared is not repeated either.
            if !chosen.item.is_shared || chosen.is_first() {
                on(number, &chosen)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn the_files_hold_as_many_lines_as_they_say_and_no_resource_twice() {
        let people = People::new(&Options { members: 120, ..Options::default() }).unwrap();
        let types = ["Patient", "Coverage", "Organization"].map(str::to_owned).to_vec();
        let filter = Filter { types, since: None };
        let files = files(&people, &filter);
        let mut seen = HashSet::new();
        for file in &files {
            let mut lines = Vec::new();
            write(&people, &filter, file, &mut lines).unwrap();
            let lines = String::from_utf8(lines).unwrap();
            assert_eq!(lines.lines().count() as u64, file.count);
            for line in lines.lines() {
                let json: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(seen.insert((json["resourceType"].clone(), json["id"].clone())));
            }
        }
        let names: Vec<String> = files.iter().map(File::name).collect();
        let expected =
            ["Coverage-own-1", "Coverage-own-2", "Organization-shared-1", "Patient-own-1", "Patient-own-2"];
        assert_eq!(names, expected.map(|name| format!("{name}.ndjson")));
    }
}
