//! `$export` to its end, and every way in which it does not get there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fhirkit_fetch::ErrorKind;
use fhirkit_fetch::bulk::{Level, Limits, Progress, cancel};
use fhirkit_fetch::http::{BearerToken, TokenSource};

use crate::bulk_server::{Export, Place, file_of, manifest, patients};
use crate::record::{Tokens, client};
use crate::server::{Asked, Reply, Server};

#[tokio::test]
async fn every_file_arrives_under_a_name_of_our_own() {
    let server = Export::default().start().await;
    let place = Place::new(&server);
    let mut said = Vec::new();
    let mut progress = |event: Progress<'_>| {
        if let Progress::Waiting { said: Some(words), .. } = event {
            said.push(words.to_owned());
        }
    };
    let tokens = Tokens::of(&server);
    let exported = place.export_with(Some(tokens), |_| {}, &mut progress).await.unwrap();
    assert!(exported.problem.is_none());
    assert_eq!((exported.path, said), (place.path(""), vec!["1 of 2 steps".to_owned()]));
    assert_eq!(place.names(""), ["Patient-001.ndjson", "Patient-002.ndjson", "Patient-003.ndjson"]);
    assert_eq!(place.text("Patient-002.ndjson"), patients(2));
    assert!(!place.path(".part").exists());
    let receipt = place.receipt();
    assert_eq!((&receipt["entries"]["Patient"], &receipt["complete"]), (&9.into(), &true.into()));
    assert_eq!(receipt["files"][1]["sha256"].as_str().unwrap().len(), 64);
    let asked = server.asked();
    let first = &asked[0];
    assert_eq!(first.target, "/fhir/$export");
    assert_eq!(
        (first.headers["prefer"].as_str(), first.headers["accept"].as_str()),
        ("respond-async", "application/fhir+json")
    );
    let files: Vec<&Asked> = asked.iter().filter(|asked| asked.target.starts_with("/files/")).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        assert_eq!(file.headers["accept"], "application/fhir+ndjson");
        assert_eq!(file.headers["authorization"], "Bearer token-0");
    }
    let last = asked.last().unwrap();
    assert_eq!((last.method.as_str(), last.target.as_str()), ("DELETE", "/status"));
}

#[tokio::test]
async fn a_group_has_its_own_url_and_its_id_stays_out_of_the_receipt() {
    let server = Export::default().start().await;
    let place = Place::new(&server);
    let change = |request: &mut fhirkit_fetch::bulk::Request| {
        request.level = Level::Group("members-77".to_owned());
        request.types = vec!["Patient".to_owned()];
    };
    place.export_with(None, change, &mut |_| {}).await.unwrap();
    assert_eq!(server.asked()[0].target, "/fhir/Group/members-77/$export?_type=Patient");
    assert!(!place.receipt().to_string().contains("members-77"));
}

#[tokio::test]
async fn the_token_goes_neither_elsewhere_nor_where_it_is_not_asked_for() {
    let thief = Server::start(|_| Reply::new(200, patients(1))).await;
    let there = thief.at("/take/1").to_string();
    for (needs_token, is_refused) in [(true, true), (false, false)] {
        let body = format!(
            r#"{{"requiresAccessToken":{needs_token},"output":[{{"type":"Patient","url":"{there}"}}]}}"#
        );
        let server = Export { manifest: body, ..Export::default() }.start().await;
        let place = Place::new(&server);
        let exported = place.export_with(Some(Tokens::of(&server)), |_| {}, &mut |_| {}).await;
        match exported {
            Ok(exported) => assert!(exported.problem.is_none() && !is_refused),
            Err(error) => {
                assert_eq!((error.kind(), is_refused), (ErrorKind::Redirect, true), "{error}");
                assert!(!error.to_string().contains("take"));
                assert!(thief.asked().is_empty() && !place.path(".part").exists());
            }
        }
    }
    assert!(!thief.asked()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_status_elsewhere_is_never_asked() {
    let thief = Server::start(|_| Reply::new(200, manifest(1))).await;
    let there = thief.at("/status").to_string();
    let server = Server::start(move |_| Reply::new(202, "").with("Content-Location", &there)).await;
    let error = Place::new(&server).export().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(thief.asked().is_empty());
}

#[tokio::test]
async fn types_that_are_paths_and_manifests_that_are_none_end_it() {
    for (body, kind) in [
        (r#"{"output":[{"type":"../../evil","url":"/files/1"}]}"#.to_owned(), ErrorKind::NotFhir),
        ("<html>please sign in</html>".to_owned(), ErrorKind::NotFhir),
        (r#"{"output":[{"type":"Patient","url":"file:///etc/passwd"}]}"#.to_owned(), ErrorKind::Redirect),
        (manifest(8), ErrorKind::TooLarge),
    ] {
        let server = Export { manifest: body, ..Export::default() }.start().await;
        let place = Place::new(&server);
        let change = |request: &mut fhirkit_fetch::bulk::Request| request.limits.files = 5;
        let error = place.export_with(None, change, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!place.path("").exists() && !place.path(".part").exists());
        assert_eq!(server.asked().last().unwrap().method, "DELETE");
    }
}

/// What is said, of which answer, at which limits.
type LimitCase = (&'static str, fn() -> Reply, fn(Limits) -> Limits);

#[tokio::test]
async fn a_file_above_a_limit_ends_it() {
    let bomb = || Reply::new(200, vec![b' '; 4 << 20]).gzipped();
    let huge = || Reply::new(200, "x").announcing(10_000_000_000_000).hanging();
    let small = |limits: Limits| Limits { file_bytes: 1 << 20, ..limits };
    let few = |limits: Limits| Limits { bytes: 300, ..limits };
    let lines = |limits: Limits| Limits { line_bytes: 1 << 20, ..limits };
    let cases: [LimitCase; 5] = [
        ("`Patient-001.ndjson`: line 1 is longer than the limit of 1.0 MB", bomb, lines),
        ("the limit is 1.0 MB", bomb, small),
        ("announces 10.0 TB", huge, |limits| limits),
        ("announces", bomb, few),
        ("larger than the limit of 300 bytes", || Reply::new(200, patients(1)), few),
    ];
    for (words, reply, limit) in cases {
        let server = Export { file: Arc::new(move |_, _| reply()), ..Export::default() }.start().await;
        let place = Place::new(&server);
        let change = |request: &mut fhirkit_fetch::bulk::Request| {
            request.limits = limit(request.limits);
            request.parallel = 1;
        };
        let error = match place.export_with(None, change, &mut |_| {}).await {
            Ok(exported) => exported.problem.unwrap(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains(words) || words == "announces", "{error}");
        assert!(!place.path("").exists());
    }
}

#[tokio::test]
async fn a_file_with_other_counts_or_broken_lines_is_kept_and_told() {
    let patient = r#"{"resourceType":"Patient"}"#;
    for (text, words) in [
        (format!("{patient}\n"), "`Patient-001.ndjson` has 1 resources, the manifest says 3"),
        (format!("{patient}\n{{\"id\":\"Jane\"\n{patient}\n"), "`Patient-001.ndjson`: line 2 is no JSON"),
        (
            format!("{patient}\n{}\nx\n", r#"{"resourceType":"Group"}"#),
            "`Patient-001.ndjson`: line 2 is a resource of another type, and another line is broken",
        ),
        (
            r#"{"resourceType":"Binary","contentType":"application/fhir+ndjson","data":"e30="}"#.to_owned(),
            "`Patient-001.ndjson`: line 1 is a Binary resource that wraps the file",
        ),
    ] {
        let body = text.clone();
        let file = Arc::new(move |number, asked: &Asked| match number {
            1 => Reply::new(200, body.clone()),
            _ => file_of(number, asked),
        });
        let server = Export { file, ..Export::default() }.start().await;
        let place = Place::new(&server);
        let exported = place.export().await.unwrap();
        let problem = exported.problem.unwrap();
        assert_eq!((problem.kind(), problem.to_string()), (ErrorKind::Incomplete, words.to_owned()));
        assert_eq!(problem.help().is_some(), text.contains("Binary"));
        assert_eq!(exported.path, place.path(".part"));
        assert_eq!(place.text_in(".part", "Patient-001.ndjson"), text);
        assert!(!place.path("").exists());
        let receipt = place.receipt();
        assert_eq!(receipt["incomplete_because"], words);
        assert!(!receipt.to_string().contains("Jane"));
        // The server has no more: another run begins a new export, and replaces what there is.
        assert_eq!(server.asked().last().unwrap().method, "DELETE");
        place.export().await.unwrap();
        assert_eq!(server.asked().iter().filter(|asked| asked.target.ends_with("$export")).count(), 2);
    }
}

#[tokio::test]
async fn errors_and_deletions_of_the_server_are_kept_and_counted() {
    let body = r#"{"requiresAccessToken":false,"output":[{"type":"Patient","url":"/files/1","count":3}],
        "error":[{"type":"OperationOutcome","url":"/files/8"},{"url":"/files/8?more"}],"deleted":[{"type":"Bundle","url":"/files/9","count":1}]}"#;
    for (severity, is_complete) in [("warning", true), ("error", false)] {
        let file = Arc::new(move |number, asked: &Asked| match number {
            8 => Reply::new(
                200,
                format!(
                    r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}","code":"exception","diagnostics":"Jane"}}]}}"#
                ),
            ),
            9 => Reply::new(
                200,
                r#"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/member-77"}}]}"#,
            ),
            _ => file_of(number, asked),
        });
        let server = Export { manifest: body.to_owned(), file, ..Export::default() }.start().await;
        let place = Place::new(&server);
        let exported = place.export().await.unwrap();
        assert_eq!(exported.problem.is_none(), is_complete);
        let end = if is_complete { "" } else { ".part" };
        assert_eq!(
            place.names(end),
            ["Patient-001.ndjson", "deleted.ndjson", "errors-001.ndjson", "errors-002.ndjson"]
        );
        let receipt = place.receipt();
        assert_eq!((&receipt["deleted"], &receipt["outcomes"][0]["count"]), (&1.into(), &2.into()));
        assert_eq!(receipt["resources"], 3);
        assert!(!receipt.to_string().contains("Jane") && !receipt.to_string().contains("member-77"));
    }
}

#[tokio::test]
async fn a_busy_server_is_waited_for() {
    let server = Export {
        status: Arc::new(|polls| match polls {
            0..5 => Some(Reply::new(429, "").with("Retry-After", "7200")),
            5..9 => Some(Reply::new(503, "")),
            9 => Some(Reply::new(202, "").with("X-Progress", "of Jane Doe, 2657")),
            _ => None,
        }),
        ..Export::default()
    }
    .start()
    .await;
    let mut waits = Vec::new();
    let mut progress = |event: Progress<'_>| {
        if let Progress::Waiting { said, span, is_busy } = event {
            assert_eq!(said, None);
            waits.push((span.as_secs(), is_busy));
        }
    };
    let exported = Place::new(&server).export_with(None, |_| {}, &mut progress).await.unwrap();
    assert!(exported.problem.is_none());
    assert_eq!((waits.len(), waits[0], waits[9].1), (10, (3600, true), false));
}

#[tokio::test]
async fn patience_ends_and_the_export_goes_on_in_another_run() {
    let server = Export {
        status: Arc::new(|_| Some(Reply::new(202, "").with("Retry-After", "60"))),
        ..Export::default()
    }
    .start()
    .await;
    let place = Place::new(&server);
    let impatient = |request: &mut fhirkit_fetch::bulk::Request| {
        request.limits.patience = std::time::Duration::from_secs(600);
    };
    for run in 1..=2 {
        let error = place.export_with(None, impatient, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(server.asked().len(), 1 + 11 * run);
    }
}

#[tokio::test]
async fn a_failed_export_is_told_and_forgotten() {
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception","diagnostics":"Jane"}]}"#;
    let server = Export { status: Arc::new(move |_| Some(Reply::new(500, outcome))), ..Export::default() }
        .start()
        .await;
    let place = Place::new(&server);
    let error = place.export().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert!(error.to_string().ends_with("answers 500 (exception)"), "{error}");
    assert!(!place.path(".part").exists());
}

#[tokio::test]
async fn a_fresh_token_is_asked_for_once_by_all_downloads() {
    let server = Export {
        file: Arc::new(|number, asked: &Asked| match asked.headers["authorization"].as_str() {
            "Bearer token-1" => file_of(number, asked),
            _ => Reply::new(401, ""),
        }),
        ..Export::default()
    }
    .start()
    .await;
    let tokens = Tokens::of(&server);
    let given: Arc<dyn TokenSource> = tokens.clone();
    let exported = Place::new(&server).export_with(Some(given), |_| {}, &mut |_| {}).await.unwrap();
    assert!(exported.problem.is_none());
    assert_eq!(tokens.refreshed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_leaves_the_export_to_go_on_with() {
    let server =
        Export { status: Arc::new(|_| Some(Reply::new(401, ""))), ..Export::default() }.start().await;
    let place = Place::new(&server);
    let token: Arc<dyn TokenSource> = Arc::new(BearerToken::new("x", &server.url).unwrap());
    let error = place.export_with(Some(token), |_| {}, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert!(place.path(".part").exists());
    // Given up, the server is told, and nothing is left.
    assert!(cancel(&client(), None, &place.request).await.unwrap());
    assert_eq!(server.asked().last().unwrap().method, "DELETE");
    assert!(!place.path(".part").exists());
    assert!(!cancel(&client(), None, &place.request).await.unwrap());
}

#[tokio::test]
async fn a_server_that_offers_no_export_leaves_nothing() {
    let server = Server::start(|_| Reply::new(404, "")).await;
    let place = Place::new(&server);
    let error = place.export().await.unwrap_err();
    assert_eq!(error.help(), Some("the server may offer `$export` at another level, or not at all"));
    assert!(!place.path(".part").exists() && !place.path(".receipt.json").exists());
}

#[tokio::test]
async fn an_existing_folder_is_replaced_only_when_asked_to() {
    let server = Export::default().start().await;
    let place = Place::new(&server);
    place.export().await.unwrap();
    let asked = server.asked().len();
    assert_eq!(place.export().await.unwrap_err().kind(), ErrorKind::Exists);
    assert_eq!(server.asked().len(), asked);
    let exported = place.export_with(None, |request| request.overwrite = true, &mut |_| {}).await.unwrap();
    assert!(exported.problem.is_none());
}
