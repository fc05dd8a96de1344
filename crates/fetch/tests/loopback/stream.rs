//! `$everything` handed on line by line while it comes.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fhirkit_fetch::everything::{Format, Streamed, stream};
use fhirkit_fetch::{ErrorKind, Result};

use crate::record::{Place, client, page, page_asked, request, server_of};
use crate::server::{Reply, Server};

async fn streamed(server: &Server, journal: &Path) -> (Result<Streamed>, Vec<Vec<u8>>) {
    let mut pages = Vec::new();
    let mut lines = |bytes: &[u8]| {
        pages.push(bytes.to_vec());
        Ok(())
    };
    let end = stream(&client(), None, &request(server), journal, &mut lines, &mut |_| {}).await;
    (end, pages)
}

#[tokio::test]
async fn the_lines_are_those_of_the_file() {
    let server = server_of(5).await;
    let place = Place::new(Format::Ndjson);
    let fetched = place.fetch(&server).await.unwrap();
    let journal = place.path(".other");
    let (end, pages) = streamed(&server, &journal).await;
    let end = end.unwrap();
    assert_eq!((pages.len(), pages.concat()), (5, place.text("").into_bytes()));
    assert!(end.problem.is_none());
    assert_eq!(end.receipt.sha256, fetched.receipt.sha256);
    let receipt = place.path(".mine");
    end.receipt.write_to(&receipt).unwrap();
    assert!(receipt.exists() && journal.exists());
    end.finish().await.unwrap();
    assert!(!journal.exists());
}

#[tokio::test]
async fn until_it_is_finished_the_journal_gives_the_same_lines_again() {
    let server = server_of(4).await;
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let (end, first) = streamed(&server, &journal).await;
    drop(end);
    let asked = server.asked().len();
    // The dropped journal is let go as soon as the runtime comes to it.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let (end, again) = streamed(&server, &journal).await;
    let end = end.unwrap();
    assert_eq!((again, server.asked().len()), (first, asked));
    assert_eq!(end.receipt.resumed_pages, 4);
    end.finish().await.unwrap();
    assert!(!journal.exists());
}

#[tokio::test]
async fn a_record_that_breaks_off_keeps_its_journal_even_when_finished() {
    let server = Server::start(|asked| match page_asked(asked) {
        3 => Reply::new(403, ""),
        number => Reply::fhir(page(number, 4, None)),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let (end, pages) = streamed(&server, &journal).await;
    let end = end.unwrap();
    assert_eq!((end.problem.as_ref().unwrap().kind(), pages.len()), (ErrorKind::Denied, 2));
    assert!(!end.receipt.complete);
    end.finish().await.unwrap();
    assert!(journal.exists());
}

#[tokio::test]
async fn who_does_not_take_the_lines_ends_it() {
    let server = server_of(3).await;
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut lines = |_: &[u8]| Err(io::Error::from(io::ErrorKind::StorageFull));
    let end = stream(&client(), None, &request(&server), &journal, &mut lines, &mut |_| {}).await;
    let error = end.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(std::error::Error::source(&error).unwrap().is::<io::Error>());
    assert!(journal.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_next_page_downloads_while_the_lines_block() {
    let server = Arc::new(server_of(3).await);
    let folder = tempfile::tempdir().unwrap();
    let (seen, at) = (Arc::new(AtomicUsize::new(0)), folder.path().join("journal"));
    let (most, there) = (Arc::clone(&seen), Arc::clone(&server));
    // On the only worker: were it blocked, nobody would download.
    let task = tokio::spawn(async move {
        let mut lines = |_: &[u8]| {
            let began = Instant::now();
            while there.asked().len() < 2 && began.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(1));
            }
            most.fetch_max(there.asked().len(), Ordering::SeqCst);
            Ok(())
        };
        stream(&client(), None, &request(&there), &at, &mut lines, &mut |_| {}).await
    });
    let end = task.await.unwrap().unwrap();
    assert!(seen.load(Ordering::SeqCst) >= 2);
    end.finish().await.unwrap();
}
