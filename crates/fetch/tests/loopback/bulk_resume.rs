//! An export that was killed goes on, and ends as if nothing had happened.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fhirkit_fetch::ErrorKind;
use fhirkit_fetch::bulk::Progress;
use tokio::sync::Notify;

use crate::bulk_server::{Export, Place, file_of, manifest};
use crate::server::{Asked, Reply, Server};

/// Exports until `is_enough`, and drops the export in the middle of what it does then.
async fn kill_when(place: &Place, is_enough: impl Fn(&Progress<'_>) -> bool + Send) {
    let kill = Arc::new(Notify::new());
    let trigger = Arc::clone(&kill);
    let mut progress = move |event: Progress<'_>| {
        if is_enough(&event) {
            trigger.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = kill.notified() => {}
        _ = place.export_with(None, |request| request.parallel = 1, &mut progress) => {}
    }
}

fn count(server: &Server, target: &str) -> usize {
    server.asked().iter().filter(|asked| asked.target == target && asked.method == "GET").count()
}

#[tokio::test]
async fn killed_while_it_waits_it_goes_on_waiting() {
    let server =
        Export { status: Arc::new(|polls| (polls < 20).then(|| Reply::new(202, ""))), ..Export::default() }
            .start()
            .await;
    let place = Place::new(&server);
    for waits in [3, 5] {
        let seen = AtomicUsize::new(0);
        kill_when(&place, |event| {
            matches!(event, Progress::Waiting { .. }) && seen.fetch_add(1, Ordering::SeqCst) == waits
        })
        .await;
    }
    assert!(place.export().await.unwrap().problem.is_none());
    assert_eq!(count(&server, "/fhir/$export"), 1);
}

#[tokio::test]
async fn killed_between_files_none_comes_twice_and_a_damaged_one_comes_again() {
    let server = Export { manifest: manifest(6), ..Export::default() }.start().await;
    let whole = Place::new(&server);
    whole.export().await.unwrap();
    let place = Place::new(&server);
    let before: Vec<usize> = (1..=6).map(|file| count(&server, &format!("/files/{file}"))).collect();
    kill_when(&place, |event| matches!(event, Progress::File { finished: 2, .. })).await;
    assert!(place.path(".part").exists() && !place.path("").exists());
    fs::write(place.path(".part").join("Patient-001.ndjson"), "damaged").unwrap();
    let mut resumed = None;
    let mut progress = |event: Progress<'_>| {
        if let Progress::Resumed { finished } = event {
            resumed = Some(finished);
        }
    };
    let polls = count(&server, "/status");
    let exported = place.export_with(None, |_| {}, &mut progress).await.unwrap();
    assert_eq!((exported.problem.is_none(), resumed, exported.receipt.resumed_files), (true, Some(1), 1));
    assert_eq!(count(&server, "/status"), polls);
    let after: Vec<usize> = (1..=6).map(|file| count(&server, &format!("/files/{file}"))).collect();
    assert_eq!((after[0] - before[0], after[1] - before[1]), (2, 1));
    assert_eq!(place.names(""), whole.names(""));
    for name in whole.names("") {
        assert_eq!(place.text(&name), whole.text(&name));
    }
}

#[tokio::test]
async fn an_export_that_the_server_has_forgotten_begins_anew() {
    for what in ["status", "file"] {
        let forgets = Arc::new(AtomicBool::new(true));
        let (status, file) = (Arc::clone(&forgets), Arc::clone(&forgets));
        let server = Export {
            status: Arc::new(move |polls| match polls {
                0 => None,
                _ => (what == "status" && status.load(Ordering::SeqCst)).then(|| Reply::new(404, "")),
            }),
            file: Arc::new(move |number, asked: &Asked| match file.load(Ordering::SeqCst) && number == 2 {
                true => Reply::new(410, ""),
                false => file_of(number, asked),
            }),
            ..Export::default()
        }
        .start()
        .await;
        let place = Place::new(&server);
        let mut restarts = 0;
        let mut progress = |event: Progress<'_>| {
            restarts += usize::from(event == Progress::Restarted);
        };
        // It has forgotten the second one as well: that is told.
        let error = match place.export_with(None, |request| request.parallel = 1, &mut progress).await {
            Ok(exported) => exported.problem.unwrap(),
            Err(error) => error,
        };
        assert_eq!((error.kind(), restarts), (ErrorKind::Incomplete, 1), "{what}");
        forgets.store(false, Ordering::SeqCst);
        assert!(place.export().await.unwrap().problem.is_none());
        assert_eq!(count(&server, "/fhir/$export"), 3);
        assert_eq!(place.names("").len(), 3);
    }
}

#[tokio::test]
async fn an_export_of_something_else_is_refused() {
    let server = Export::default().start().await;
    let place = Place::new(&server);
    kill_when(&place, |event| matches!(event, Progress::File { .. })).await;
    let change = |request: &mut fhirkit_fetch::bulk::Request| request.types = vec!["Group".to_owned()];
    let error = place.export_with(None, change, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(place.export().await.unwrap().problem.is_none());
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_what_came() {
    let breaks = Arc::new(AtomicBool::new(true));
    let state = Arc::clone(&breaks);
    let file = Arc::new(move |number, asked: &Asked| match number == 3 && state.load(Ordering::SeqCst) {
        true => Reply::new(200, "{\"resourceType\":\"Pat").announcing(100),
        false => file_of(number, asked),
    });
    let server = Export { file, ..Export::default() }.start().await;
    let place = Place::new(&server);
    let exported = place.export_with(None, |request| request.parallel = 1, &mut |_| {}).await.unwrap();
    assert_eq!(exported.problem.unwrap().kind(), ErrorKind::Connect);
    assert_eq!((exported.receipt.files.len(), exported.receipt.complete), (2, false));
    breaks.store(false, Ordering::SeqCst);
    let exported = place.export().await.unwrap();
    assert_eq!((exported.problem.is_none(), exported.receipt.resumed_files), (true, 2));
    assert_eq!(count(&server, "/files/1"), 1);
}
