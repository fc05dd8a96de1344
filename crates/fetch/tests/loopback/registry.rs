//! Packages from a registry on loopback, honest and not.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use fhirkit_fetch::registry::{Checked, Installation, Registry, Wanted};
use fhirkit_fetch::{ErrorKind, Result};

use crate::record::client;
use crate::server::{Reply, Server};

/// The `.tgz` of a package with these dependencies, an object of JSON.
fn tgz(name: &str, version: &str, dependencies: &str) -> Vec<u8> {
    let manifest = format!(r#"{{"name":"{name}","version":"{version}","dependencies":{dependencies}}}"#);
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for (path, text) in [("package/other.json", "{}"), ("package/package.json", manifest.as_str())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn sha1(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A list of versions, each with its file and checksum.
fn listing(name: &str, files: &[(&str, Vec<u8>)]) -> String {
    let version = |(version, file): &(&str, Vec<u8>)| {
        format!(
            r#""{version}":{{"dist":{{"tarball":"/files/{name}-{version}.tgz","shasum":"{}"}}}}"#,
            sha1(file)
        )
    };
    let versions: Vec<String> = files.iter().map(version).collect();
    format!(r#"{{"versions":{{{}}}}}"#, versions.join(","))
}

/// A registry whose answers are given by path.
async fn serving(files: Vec<(&str, Vec<u8>)>) -> Server {
    let files: HashMap<String, Vec<u8>> =
        files.into_iter().map(|(path, body)| (path.to_owned(), body)).collect();
    Server::start(move |asked| match files.get(&asked.target) {
        Some(body) => Reply::new(200, body.clone()),
        None => Reply::new(404, ""),
    })
    .await
}

async fn install(server: &Server, wanted: &str, folder: &Path) -> Result<Installation> {
    let registry = Registry::new(&client(), &server.url)?;
    let is_held = |name: &str, _: &str| name == "hl7.fhir.r4.core";
    registry.install(&Wanted::parse(wanted)?, &is_held, folder).await
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[tokio::test]
async fn a_package_comes_with_what_it_needs() {
    let guide = tgz(
        "my.guide",
        "1.0.2",
        r#"{"hl7.fhir.r4.core":"4.0.1","my.base":"2.0.x","my.lost":"1.0.0","x@npm:my.guide":"1.0.2"}"#,
    );
    let base = tgz("my.base", "2.0.1", r#"{"my.guide":"1.0.x"}"#);
    let (guides, bases) = ([("1.0.2", guide.clone())], [("2.0.0", Vec::new()), ("2.0.1", base.clone())]);
    let server = serving(vec![
        ("/my.guide", listing("my.guide", &guides).into_bytes()),
        ("/my.base", listing("my.base", &bases).into_bytes()),
        ("/files/my.guide-1.0.2.tgz", guide.clone()),
        ("/files/my.base-2.0.1.tgz", base),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let done = install(&server, "my.guide@1.0.x", folder.path()).await.unwrap();
    let labels: Vec<_> =
        done.packages.iter().map(|one| (one.name.as_str(), one.version.as_str(), one.checked)).collect();
    assert_eq!(labels, [("my.guide", "1.0.2", Checked::Sha1), ("my.base", "2.0.1", Checked::Sha1)]);
    assert_eq!(fs::read(folder.path().join("my.guide#1.0.2.tgz")).unwrap(), guide);
    assert_eq!(done.warnings.len(), 1);
    assert!(done.warnings[0].contains("my.lost#1.0.0"), "{:?}", done.warnings);
    assert!(!server.asked().iter().any(|asked| asked.target.contains("r4.core")));
}

#[tokio::test]
async fn a_package_that_was_changed_on_its_way_is_not_kept() {
    let server = serving(vec![
        ("/my.guide", listing("my.guide", &[("1.0.0", tgz("my.guide", "1.0.0", "{}"))]).into_bytes()),
        ("/files/my.guide-1.0.0.tgz", tgz("my.guide", "1.0.0", r#"{"evil":"1.0.0"}"#)),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let error = install(&server, "my.guide@1.0.0", folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum);
    assert!(is_empty(folder.path()));
}

#[tokio::test]
async fn a_package_under_another_name_is_not_kept() {
    let other = tgz("my.other", "1.0.0", "{}");
    let server = serving(vec![
        ("/my.guide", listing("my.guide", &[("1.0.0", other.clone())]).into_bytes()),
        ("/files/my.guide-1.0.0.tgz", other),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let error = install(&server, "my.guide", folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum);
    assert!(is_empty(folder.path()));
}

#[tokio::test]
async fn a_registry_that_does_not_list_gives_versions_by_name() {
    let server = serving(vec![("/my.guide/1.0.0", tgz("my.guide", "1.0.0", "{}"))]).await;
    let folder = tempfile::tempdir().unwrap();
    let done = install(&server, "my.guide@1.0.0", folder.path()).await.unwrap();
    assert_eq!(done.packages[0].checked, Checked::Not);
    assert_eq!(done.warnings, ["the registry gives no checksum for `my.guide#1.0.0`: it was not verified"]);
    for wanted in ["my.guide@1.0.x", "my.guide", "my.guide@2.0.0"] {
        let error = install(&server, wanted, folder.path()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Status, "{wanted}");
    }
}

#[tokio::test]
async fn hostile_listings_and_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let with = |version: &str, tarball: &str| {
        format!(r#"{{"versions":{{"{version}":{{"dist":{{"tarball":"{tarball}"}}}}}}}}"#).into_bytes()
    };
    let bomb = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 1 << 20), &mut encoder).unwrap();
        encoder.finish().unwrap()
    };
    for (list, file, kind) in [
        (with("1.0.0", "file:///etc/passwd"), Vec::new(), ErrorKind::Redirect),
        (with("1.0.0", "http://far.example/x.tgz"), Vec::new(), ErrorKind::Redirect),
        (with("../../x", "/f"), Vec::new(), ErrorKind::Configuration),
        (with("1.0.0", "/f"), b"no gzip".to_vec(), ErrorKind::NotFhir),
        (with("1.0.0", "/f"), bomb, ErrorKind::NotFhir),
        (with("1.0.0", "/f"), Vec::new(), ErrorKind::NotFhir),
        (b"<html>".to_vec(), Vec::new(), ErrorKind::NotFhir),
    ] {
        let server = serving(vec![("/my.guide", list.clone()), ("/f", file)]).await;
        let error = install(&server, "my.guide", folder.path()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{} {error}", String::from_utf8_lossy(&list));
        assert!(is_empty(folder.path()));
    }
    let plain = url::Url::parse("http://registry.example/").unwrap();
    assert!(Registry::new(&client(), &plain).is_err());
}
