//! Whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use fhirkit_sink::{
    Fate, FileEntry, Format, Kind, MANIFEST, Manifest, Options, OutputTree, Sink, Table, Target, TreeOptions,
};

use crate::support::schema;

fn begin(out: &Path, overwrite: bool) -> Result<OutputTree, fhirkit_sink::Error> {
    OutputTree::create(Target::Folder(out.to_owned()), TreeOptions { overwrite, sync: true })
}

fn manifest() -> Manifest {
    let sink = Sink::new(Format::Ndjson, vec![Table::new("claim", schema())], Options::default()).unwrap();
    Manifest::new(&sink, Vec::new()).unwrap()
}

fn add(tree: &OutputTree, name: &str, text: &str) -> FileEntry {
    let mut file = tree.file(name).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let written = file.close().unwrap();
    assert_eq!(written.bytes, text.len() as u64);
    FileEntry::of(written, None, None)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_committed_tree_stands_alone_with_its_manifest() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("deep/er/out");
    let tree = begin(&out, false).unwrap();
    let entry = add(&tree, "_rejects.ndjson", "abc");
    assert!(!out.exists(), "nothing under the final name yet");
    assert_eq!(entry.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let mut manifest = manifest();
    manifest.add_file(entry);
    manifest.section("ledger", serde_json::json!({"resources": 3}));
    tree.commit(&manifest).unwrap();
    assert_eq!(names(&out), [MANIFEST, "_rejects.ndjson"]);
    assert_eq!(names(out.parent().unwrap()), ["out"]);
    let written: serde_json::Value = serde_json::from_slice(&fs::read(out.join(MANIFEST)).unwrap()).unwrap();
    assert_eq!(written["files"][0]["bytes"], 3);
    assert_eq!(written["ledger"]["resources"], 3);
    assert_eq!(written["tables"][0]["schema"][1]["type"], "decimal(38,18)");
}

#[test]
fn a_dropped_tree_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    for target in [Target::Folder(place.path().join("out")), Target::File(place.path().join("out.csv"))] {
        let tree = OutputTree::create(target, TreeOptions::default()).unwrap();
        add(&tree, "_rejects.ndjson", "abc");
        drop(tree);
        assert_eq!(names(place.path()), [""; 0]);
    }
}

#[test]
fn an_output_that_exists_is_replaced_only_when_asked_and_ours() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    fs::create_dir(&out).unwrap();
    let first = begin(&out, false).unwrap();
    add(&first, "first", "");
    first.commit(&manifest()).unwrap();
    let error = begin(&out, false).unwrap_err();
    assert_eq!((error.kind(), error.hint().is_some()), (Kind::Exists, true));

    let second = begin(&out, true).unwrap();
    add(&second, "second", "");
    assert_eq!(names(&out), [MANIFEST, "first"], "the old one stands until the new one is whole");
    second.commit(&manifest()).unwrap();
    assert_eq!(names(&out), [MANIFEST, "second"]);
    assert_eq!(names(place.path()), ["out"]);

    fs::remove_file(out.join(MANIFEST)).unwrap();
    assert_eq!(begin(&out, true).unwrap_err().kind(), Kind::NotOurs);
    fs::write(out.join(MANIFEST), "{}").unwrap();
    assert_eq!(begin(&out, true).unwrap_err().kind(), Kind::NotOurs);
    fs::write(place.path().join("file"), "").unwrap();
    assert_eq!(begin(&place.path().join("file"), true).unwrap_err().kind(), Kind::Exists);
}

/// What a run that was killed leaves: its hidden folder, whose lock nobody holds.
fn killed(place: &Path, parts: &[&str]) -> PathBuf {
    let hidden = place.join(".out.fhirkit-killed");
    fs::create_dir_all(hidden.join("tree")).unwrap();
    fs::write(hidden.join("lock"), "").unwrap();
    for part in parts {
        fs::create_dir_all(hidden.join(part).parent().unwrap()).unwrap();
        fs::write(hidden.join(part), part).unwrap();
    }
    hidden
}

#[test]
fn what_a_killed_run_left_is_named_and_removed() {
    let place = tempfile::tempdir().unwrap();
    let hidden = killed(place.path(), &["tree/claim/part-00000.csv", "tree/_manifest.json"]);
    let tree = begin(&place.path().join("out"), false).unwrap();
    assert_eq!(tree.leftovers().len(), 1);
    assert_eq!(
        (tree.leftovers()[0].path.as_path(), tree.leftovers()[0].fate),
        (hidden.as_path(), Fate::Removed)
    );
    assert!(tree.leftovers()[0].to_string().contains(".out.fhirkit-killed"));
    assert!(!hidden.exists() && !place.path().join("out").exists());
}

#[test]
fn a_run_killed_between_two_renames_is_finished_by_the_next() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    killed(place.path(), &["tree/_manifest.json", "tree/new", "old/_manifest.json", "old/first"]);
    let error = begin(&out, false).unwrap_err();
    assert_eq!(error.kind(), Kind::Exists, "the new tree stands there now");
    assert_eq!(names(&out), [MANIFEST, "new"]);
    assert_eq!(names(place.path()), ["out"]);
}

#[test]
fn two_runs_to_one_place_do_not_meet() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let tree = begin(&out, false).unwrap();
    assert_eq!(begin(&out, false).unwrap_err().kind(), Kind::Busy);
    drop(tree);
    assert!(begin(&out, false).unwrap().leftovers().is_empty());
}

#[test]
fn one_file_appears_with_its_companions_at_the_end() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("out.csv");
    let one =
        |overwrite| OutputTree::create(Target::File(path.clone()), TreeOptions { overwrite, sync: true });
    let tree = one(false).unwrap();
    add(&tree, "_rejects.ndjson", "abc");
    let mut elsewhere = tree.outside(place.path().join("other/rejects")).unwrap();
    elsewhere.write_all(b"x").unwrap();
    elsewhere.close().unwrap();
    assert!(!place.path().join("out.csv.rejects.ndjson").exists());
    tree.commit(&manifest()).unwrap();
    assert_eq!(names(place.path()), ["other", "out.csv.rejects.ndjson"]);
    assert_eq!(names(&place.path().join("other")), ["rejects"]);

    fs::write(&path, "old").unwrap();
    assert_eq!(one(false).unwrap_err().kind(), Kind::Exists);
    assert!(one(true).is_ok());
    fs::write(place.path().join(".out.csv.fhirkit-dead"), "").unwrap();
    let tree = one(true).unwrap();
    assert_eq!((tree.leftovers().len(), tree.leftovers()[0].fate), (1, Fate::Removed));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

#[test]
fn a_link_to_a_folder_stays_a_link() {
    let place = tempfile::tempdir().unwrap();
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let tree = begin(&link, false).unwrap();
    tree.commit(&manifest()).unwrap();
    assert!(link.is_symlink());
    assert_eq!(names(&real), [MANIFEST]);
}
