//! A fetch that was killed goes on, and ends as if nothing had happened.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fhirkit_fetch::ErrorKind;
use fhirkit_fetch::everything::{Format, Progress};
use tokio::sync::Notify;

use crate::record::{Place, page, page_asked, server_of};
use crate::server::{Reply, Server};

/// Fetches until `pages` pages are written, and drops the fetch in the middle of what it does then.
async fn kill_after(place: &Place, server: &Server, pages: u64) {
    let kill = Arc::new(Notify::new());
    let trigger = Arc::clone(&kill);
    let mut progress = move |event: Progress<'_>| {
        if matches!(event, Progress::Page { number, .. } if number >= pages) {
            trigger.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = kill.notified() => {}
        _ = place.fetch_with(server, None, |_| {}, &mut progress) => {}
    }
    // The dropped download lets the journal go as soon as the runtime comes to it.
    while is_locked(place) {
        tokio::task::yield_now().await;
    }
}

fn is_locked(place: &Place) -> bool {
    let lock = fs::File::open(place.path(".journal").join("lock"));
    lock.is_ok_and(|lock| lock.try_lock().is_err())
}

#[tokio::test]
async fn killed_anywhere_the_result_is_byte_for_byte_the_same() {
    let server = server_of(20).await;
    for format in [Format::Ndjson, Format::Bundle, Format::Pages] {
        let whole = Place::new(format);
        whole.fetch(&server).await.unwrap();
        for pages in [1, 2, 7, 19] {
            let place = Place::new(format);
            kill_after(&place, &server, pages).await;
            assert!(!place.path("").exists(), "{format:?} {pages}");
            kill_after(&place, &server, pages + 1).await;
            let before = server.asked().len();
            if !place.path("").exists() {
                assert!(place.fetch(&server).await.unwrap().problem.is_none());
                assert!(server.asked().len() - before < 20);
            }
            assert_eq!(place.text(""), whole.text(""), "{format:?} {pages}");
            assert!(!place.path(".part").exists() && !place.path(".journal").exists());
        }
    }
}

#[tokio::test]
async fn a_journal_cut_anywhere_leads_to_the_same_result() {
    let server = server_of(4).await;
    let whole = Place::new(Format::Ndjson);
    whole.fetch(&server).await.unwrap();
    for length in (0..3000).step_by(211) {
        let place = Place::new(Format::Ndjson);
        kill_after(&place, &server, 3).await;
        let index = place.path(".journal").join("index");
        let text = fs::read(&index).unwrap();
        fs::write(&index, &text[..length.min(text.len())]).unwrap();
        place.fetch(&server).await.unwrap();
        assert_eq!(place.text(""), whole.text(""), "{length}");
    }
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_link_is_asked_from_the_first_page() {
    let forgets = Arc::new(AtomicBool::new(true));
    let state = Arc::clone(&forgets);
    let server = Server::start(move |asked| match page_asked(asked) {
        3 if state.load(Ordering::SeqCst) => Reply::new(410, ""),
        number => Reply::fhir(page(number, 4, None)),
    })
    .await;
    let place = Place::new(Format::Ndjson);
    let problem = place.fetch(&server).await.unwrap().problem.unwrap();
    assert_eq!(problem.kind(), ErrorKind::Incomplete);
    let state = Arc::clone(&forgets);
    let mut restarted = false;
    let mut progress = |event: Progress<'_>| {
        if event == Progress::Restarted {
            restarted = true;
            state.store(false, Ordering::SeqCst);
        }
    };
    let fetched = place.fetch_with(&server, None, |_| {}, &mut progress).await.unwrap();
    assert!(fetched.problem.is_none() && restarted);
    assert_eq!(place.text("").lines().count(), 12);
}

#[tokio::test]
async fn a_journal_of_another_request_is_refused() {
    let server = server_of(9).await;
    let place = Place::new(Format::Ndjson);
    kill_after(&place, &server, 2).await;
    let change = |request: &mut fhirkit_fetch::everything::Request| request.patient = "9999".to_owned();
    let error = place.fetch_with(&server, None, change, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.help(), Some("remove that folder, or write to another file"));
    assert!(place.fetch(&server).await.unwrap().problem.is_none());
}

#[tokio::test]
async fn a_journal_that_has_everything_needs_no_server() {
    let server = server_of(3).await;
    let place = Place::new(Format::Ndjson);
    let twin = Place::new(Format::Ndjson);
    place.fetch(&server).await.unwrap();
    // As if killed after the last page and before the rename.
    kill_after(&twin, &server, 3).await;
    if !twin.path("").exists() {
        let before = server.asked().len();
        twin.fetch(&server).await.unwrap();
        assert_eq!(server.asked().len(), before);
    }
    assert_eq!(twin.text(""), place.text(""));
}

#[tokio::test]
async fn a_run_that_gets_nothing_leaves_what_an_earlier_one_got() {
    let server = Server::start(|asked| match page_asked(asked) {
        3 => Reply::new(403, ""),
        number => Reply::fhir(page(number, 4, None)),
    })
    .await;
    let place = Place::new(Format::Ndjson);
    for run in 0..3 {
        let problem = place.fetch(&server).await.unwrap().problem.unwrap();
        assert_eq!(problem.kind(), ErrorKind::Denied);
        assert_eq!(place.text(".part").lines().count(), 6);
        assert_eq!(server.asked().len(), 3 + run);
    }
}
