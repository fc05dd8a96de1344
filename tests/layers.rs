//! The rooms may use each other only as the table in `docs/architecture.md` says.
//!
//! The table is read from the page itself, so that the page stays true: a new arrow needs a new word there.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/architecture.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Which rooms each room may use.
fn allowed() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let table = rooms(&page);
    assert!(table.len() >= 10, "the table of rooms in {PAGE} was not found");
    table
}

/// Reads the rows of `| room | does | may use |`.
fn rooms(page: &str) -> BTreeMap<String, Vec<String>> {
    let mut rooms: Vec<(String, String)> = Vec::new();
    let mut in_table = false;
    for line in page.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let is_row = line.trim_start().starts_with('|') && cells.len() == 3;
        if is_row && cells[0].starts_with("room") && cells[2].starts_with("may use") {
            in_table = true;
        } else if !is_row {
            in_table = false;
        } else if in_table && !cells[0].starts_with('-') {
            rooms.push((cells[0].trim_matches('`').to_owned(), cells[2].replace('`', "")));
        }
    }
    let names: Vec<String> = rooms.iter().map(|(room, _)| room.clone()).collect();
    let uses = |(at, (room, cell)): (usize, &(String, String))| {
        let may_use = match cell.as_str() {
            "all" => names.clone(),
            "all above" => names[..at].to_vec(),
            "–" | "—" | "-" => Vec::new(),
            list => list.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        (room.clone(), may_use)
    };
    rooms.iter().enumerate().map(uses).collect()
}

struct Manifest {
    room: String,
    table: toml::Table,
}

/// Every `crates/*/Cargo.toml`, and the root's, which is the command's.
fn manifests() -> Vec<Manifest> {
    let read = |path: &Path| fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
    let mut manifests = vec![Manifest { room: "cli".to_owned(), table: read(&root().join("Cargo.toml")) }];
    for folder in fs::read_dir(root().join("crates")).unwrap() {
        let folder = folder.unwrap().path();
        let path = folder.join("Cargo.toml");
        if path.is_file() {
            let room = folder.file_name().unwrap().to_string_lossy().into_owned();
            manifests.push(Manifest { room, table: read(&path) });
        }
    }
    assert!(manifests.len() >= 10);
    manifests
}

/// The rooms that a manifest names in any of its dependency tables.
fn used_rooms(manifest: &toml::Table) -> Vec<String> {
    let mut used = Vec::new();
    let mut tables = vec![manifest];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(targets.iter().flat_map(|targets| targets.values()).filter_map(toml::Value::as_table));
    for table in tables {
        for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (name, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(name);
                used.extend(package.strip_prefix("fhirkit-").map(str::to_owned));
            }
        }
    }
    used
}

#[test]
fn no_room_uses_one_that_its_row_does_not_name() {
    let allowed = allowed();
    let mut faults = Vec::new();
    for manifest in manifests() {
        let Some(may_use) = allowed.get(&manifest.room) else {
            faults.push(format!("`{}` has no row in {PAGE}", manifest.room));
            continue;
        };
        for used in used_rooms(&manifest.table) {
            if used != manifest.room && !may_use.contains(&used) {
                faults.push(format!(
                    "`{}` uses `{used}`, which its row in {PAGE} does not name",
                    manifest.room
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_package_is_named_after_its_room_and_never_published() {
    for Manifest { room, table } in manifests() {
        let package = table["package"].as_table().unwrap();
        assert_eq!(package["name"].as_str(), Some(&*format!("fhirkit-{room}")));
        let inherited = package["publish"].get("workspace").and_then(toml::Value::as_bool);
        assert!(inherited == Some(true) || package["publish"].as_bool() == Some(false), "{room}");
    }
    let workspace: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(workspace["workspace"]["package"]["publish"].as_bool(), Some(false));
}

#[test]
fn unsafe_stands_in_the_tape_room_only() {
    let mut files = Vec::new();
    collect(&root().join("crates"), &mut files);
    assert!(files.len() > 20);
    for file in files {
        let inside = file.strip_prefix(root().join("crates")).unwrap();
        if inside.starts_with("tape") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            assert!(!has_unsafe(line), "{}:{}: {line}", inside.display(), number + 1);
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether the keyword stands in the line outside comments and string literals of one line.
fn has_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    // Every second piece between quotes is inside a literal.
    let outside: String = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    // A word with a hyphen stands in a literal of several lines, of a policy of HTTP say.
    outside.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).any(|word| word == "unsafe")
}

#[test]
fn the_keyword_is_told_from_words_that_contain_it() {
    assert!(has_unsafe("    unsafe { read() }"));
    assert!(has_unsafe("pub unsafe fn read() {}"));
    assert!(!has_unsafe("#![deny(unsafe_code)]"));
    assert!(!has_unsafe("read() // never unsafe here"));
    assert!(!has_unsafe("say(\"unsafe\")"));
    assert!(!has_unsafe("style-src 'unsafe-inline'"));
}

#[test]
fn the_table_is_read_with_its_short_forms() {
    let page = "| room (`crates/…`) | does | may use |\n| --- | --- | --- |\n| `a` | x | — |\n| `b` | y | a |\n\
                | `c` | z | all above |\n| `d` | z | all |\n\n| other | table | here |\n";
    let rooms = rooms(page);
    assert_eq!(rooms["a"], [""; 0]);
    assert_eq!(rooms["b"], ["a"]);
    assert_eq!(rooms["c"], ["a", "b"]);
    assert_eq!(rooms["d"], ["a", "b", "c", "d"]);
    assert_eq!(rooms.len(), 4);
}
