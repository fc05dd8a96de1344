//! A server with an export of some files, and what is needed to fetch it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fhirkit_fetch::Result;
use fhirkit_fetch::bulk::{Exported, Level, Progress, Request, export};
use fhirkit_fetch::http::TokenSource;

use crate::record::client;
use crate::server::{Asked, Reply, Server};

/// Three patients a file.
pub(crate) fn patients(file: usize) -> String {
    let line = |at: usize| format!("{{\"resourceType\":\"Patient\",\"id\":\"p{file}-{at}\",\"x\":[1.10]}}\n");
    (1..=3).map(line).collect()
}

/// A manifest of `count` files.
pub(crate) fn manifest(count: usize) -> String {
    let file = |at: usize| format!(r#"{{"type":"Patient","url":"/files/{at}","count":3}}"#);
    let files: Vec<String> = (1..=count).map(file).collect();
    format!(
        r#"{{"transactionTime":"2026-01-01T00:00:00Z","request":"x","requiresAccessToken":true,"output":[{}],"error":[]}}"#,
        files.join(",")
    )
}

/// File `number`, as it should be.
pub(crate) fn file_of(number: usize, _asked: &Asked) -> Reply {
    Reply::new(200, patients(number)).with("Content-Type", "application/fhir+ndjson").gzipped()
}

/// What a status answers.
type Status = Arc<dyn Fn(usize) -> Option<Reply> + Send + Sync>;

/// What a file of this number answers.
type File = Arc<dyn Fn(usize, &Asked) -> Reply + Send + Sync>;

/// What an export does.
pub(crate) struct Export {
    pub(crate) manifest: String,
    /// What the status answers after so many polls; the manifest when `None`.
    pub(crate) status: Status,
    pub(crate) file: File,
}

impl Default for Export {
    fn default() -> Self {
        let waiting = || Reply::new(202, "").with("X-Progress", "1 of 2 steps").with("Retry-After", "3");
        Export {
            manifest: manifest(3),
            status: Arc::new(move |polls| (polls == 0).then(waiting)),
            file: Arc::new(file_of),
        }
    }
}

impl Export {
    pub(crate) async fn start(self) -> Server {
        let polls = AtomicUsize::new(0);
        Server::start(move |asked| {
            let path = asked.target.split('?').next().unwrap();
            match (asked.method.as_str(), path.strip_prefix("/files/")) {
                ("DELETE", _) => Reply::new(202, ""),
                (_, Some(number)) => (self.file)(number.parse().unwrap(), asked),
                _ if path == "/status" => (self.status)(polls.fetch_add(1, Ordering::SeqCst))
                    .unwrap_or_else(|| Reply::new(200, self.manifest.clone())),
                _ => Reply::new(202, "").with("Content-Location", "/status"),
            }
        })
        .await
    }
}

/// A folder, and what is exported into it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) request: Request,
}

impl Place {
    pub(crate) fn new(server: &Server) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let request = Request::new("payer", server.at("/fhir"), Level::System, folder.path().join("out"));
        Place { folder, request }
    }

    /// `out`, `out.part`, …
    pub(crate) fn path(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("out{end}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.text_in("", name)
    }

    pub(crate) fn text_in(&self, end: &str, name: &str) -> String {
        fs::read_to_string(self.path(end).join(name)).unwrap()
    }

    pub(crate) fn names(&self, end: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(end)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn receipt(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path(".receipt.json")).unwrap()).unwrap()
    }

    pub(crate) async fn export(&self) -> Result<Exported> {
        self.export_with(None, |_| {}, &mut |_| {}).await
    }

    pub(crate) async fn export_with(
        &self,
        tokens: Option<Arc<dyn TokenSource>>,
        change: impl FnOnce(&mut Request),
        progress: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<Exported> {
        let mut request = self.request.clone();
        change(&mut request);
        export(&client(), tokens, &request, progress).await
    }
}
