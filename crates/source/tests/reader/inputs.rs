//! Files, damaged archives and streams as a user meets them.

use std::io::Write;

use fhirkit_source::{Event, Input, Options, Reader, discover};

use crate::common::{drain, read};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p"}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_input_gives_the_same_resources() {
    let text = format!("{PATIENT}\n").repeat(50_000);
    let members = [gzip(&text.as_bytes()[..1000]), gzip(&text.as_bytes()[1000..])].concat();
    let frames = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let plain = read(text.as_bytes());
    assert_eq!(plain.documents.len(), 50_000);
    for packed in [members, frames] {
        let outcome = read(&packed);
        assert_eq!(outcome.documents, plain.documents);
        assert_eq!(outcome.chunks, plain.chunks);
    }
}

#[test]
fn a_damaged_archive_keeps_what_came_before_and_is_incomplete() {
    let numbered: String =
        (0..50_000).map(|id| format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\"}}\n")).collect();
    let mut packed = gzip(numbered.as_bytes());
    packed.truncate(packed.len() / 2);
    let outcome = read(&packed);
    assert!(outcome.documents.len() > 1000);
    assert_eq!(outcome.rejects.len(), 1);
    assert!(outcome.rejects[0].incomplete);
    assert!(outcome.events.iter().any(|event| matches!(event, Event::InputEnd { incomplete: true, .. })));
}

#[test]
fn one_bad_line_among_many_is_one_reject() {
    let mut text = format!("{PATIENT}\n").repeat(200_000);
    let middle = 100_000 * (PATIENT.len() + 1);
    text.insert_str(middle, "{\"resourceType\":\"Patient\",\"id\":\n");
    let outcome = read(text.as_bytes());
    assert_eq!(outcome.documents.len(), 200_000);
    assert_eq!((outcome.rejects.len(), outcome.rejects[0].line), (1, Some(100_001)));
}

#[test]
fn a_file_that_vanished_is_a_reject_and_the_next_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.json", "b.json"] {
        std::fs::write(folder.path().join(name), PATIENT).unwrap();
    }
    let inputs = discover(&[folder.path().to_str().unwrap()]).unwrap();
    std::fs::remove_file(folder.path().join("a.json")).unwrap();
    let outcome = drain(Reader::open(inputs, Options::default()));
    assert_eq!((outcome.documents.len(), outcome.rules()), (1, vec!["io/unreadable"]));
}

#[test]
fn a_spooled_stream_can_be_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let input = Input::spool(PATIENT.as_bytes(), "-", Some(folder.path())).unwrap();
    for _ in 0..2 {
        let outcome = drain(Reader::open(vec![input.clone()], Options::default()));
        assert_eq!(outcome.texts(), [PATIENT]);
    }
    // The file has no name: it goes with the process, however that ends.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
