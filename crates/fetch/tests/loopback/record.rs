//! A server with one member's record in pages, and what is needed to fetch it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fhirkit_fetch::Result;
use fhirkit_fetch::everything::{Fetched, Format, Output, Progress, Request, fetch};
use fhirkit_fetch::http::{BearerToken, Client, HttpOptions, TokenSource};
use futures_util::future::BoxFuture;
use url::Url;

use crate::server::{Asked, Reply, Server};

/// The number of the page that is asked for, from 1.
pub(crate) fn page_asked(asked: &Asked) -> usize {
    asked.target.split("page=").nth(1).map_or(1, |number| number.parse().unwrap())
}

/// Page `number` of `count`, with three entries and a link to the next, which is `next` or the usual one.
pub(crate) fn page(number: usize, count: usize, next: Option<&str>) -> String {
    let usual = format!("?page={}", number + 1);
    let link = match next.or((number < count).then_some(usual.as_str())) {
        Some(next) => format!(
            r#","link":[{{"relation":"self","url":"https://inside.example/x"}},{{"relation":"next","url":"{next}"}}]"#
        ),
        None => String::new(),
    };
    let entry = |at: usize| {
        format!(
            r#"{{"fullUrl": "urn:x:{number}-{at}",
  "resource": {{"resourceType": "Observation", "id": "o{number}-{at}", "valueQuantity": {{"value": 1.{at}0}}, "note": [{{"text": "Jane  Doe \" x"}}]}}, "search":{{"mode":"match"}}}}"#
        )
    };
    let entries: Vec<String> = (1..=3).map(entry).collect();
    format!(r#"{{"resourceType":"Bundle","type":"searchset"{link},"entry":[{}]}}"#, entries.join(","))
}

/// A server of `count` pages.
pub(crate) async fn server_of(count: usize) -> Server {
    Server::start(move |asked| Reply::fhir(page(page_asked(asked), count, None))).await
}

/// A folder, and what is fetched into it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) format: Format,
}

impl Place {
    pub(crate) fn new(format: Format) -> Place {
        Place { folder: tempfile::tempdir().unwrap(), format }
    }

    pub(crate) fn output(&self) -> Output {
        Output { path: self.path(""), format: self.format, overwrite: false }
    }

    /// `record`, `record.part`, …
    pub(crate) fn path(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("record{end}"))
    }

    /// What is written so far, or in the end.
    pub(crate) fn text(&self, end: &str) -> String {
        read(&self.path(end))
    }

    pub(crate) fn receipt(&self) -> serde_json::Value {
        serde_json::from_str(&self.text(".receipt.json")).unwrap()
    }

    pub(crate) async fn fetch(&self, server: &Server) -> Result<Fetched> {
        self.fetch_with(server, None, |_| {}, &mut |_| {}).await
    }

    pub(crate) async fn fetch_with(
        &self,
        server: &Server,
        tokens: Option<Arc<dyn TokenSource>>,
        change: impl FnOnce(&mut Request),
        progress: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<Fetched> {
        let mut request = request(server);
        change(&mut request);
        fetch(&client(), tokens, &request, &self.output(), progress).await
    }
}

/// A file; of a folder, all its files in their order.
fn read(path: &Path) -> String {
    if !path.is_dir() {
        return fs::read_to_string(path).unwrap();
    }
    let mut files: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

pub(crate) fn request(server: &Server) -> Request {
    Request::new("payer", server.at("/fhir"), "2657")
}

/// A client that does not wait.
pub(crate) fn client() -> Client {
    let client = Client::new(HttpOptions::default()).unwrap();
    client.with_sleep(Arc::new(|_| Box::pin(std::future::ready(()))))
}

/// Tokens that are refreshed, and how often.
pub(crate) struct Tokens {
    url: Url,
    pub(crate) refreshed: AtomicUsize,
}

impl Tokens {
    pub(crate) fn of(server: &Server) -> Arc<Tokens> {
        Arc::new(Tokens { url: server.url.clone(), refreshed: AtomicUsize::new(0) })
    }
}

impl TokenSource for Tokens {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken>> {
        Box::pin(async { BearerToken::new("token-0", &self.url) })
    }

    fn refresh<'a>(&'a self, _stale: &'a BearerToken) -> BoxFuture<'a, Result<Option<BearerToken>>> {
        Box::pin(async {
            let number = self.refreshed.fetch_add(1, Ordering::SeqCst) + 1;
            BearerToken::new(format!("token-{number}"), &self.url).map(Some)
        })
    }
}
