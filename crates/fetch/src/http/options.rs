//! How connections are made.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Identity, redirect};

use crate::error::{Error, ErrorKind, Result};

/// Certificates, times and limits. TLS is always verified.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Further certificate authorities that are trusted: PEM files.
    pub ca_certificates: Vec<PathBuf>,
    /// The client's own certificate and its key: PEM files.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub read_timeout: Duration,
    /// How many times a request is tried, the first one included.
    pub tries: u32,
    /// The longest `Retry-After` that is waited for.
    pub longest_wait: Duration,
    /// The largest body, in bytes after decompression.
    pub body_limit: u64,
    /// How the client names itself.
    pub user_agent: String,
}

impl Default for HttpOptions {
    fn default() -> Self {
        HttpOptions {
            ca_certificates: Vec::new(),
            identity: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            tries: 3,
            longest_wait: Duration::from_secs(5 * 60),
            // Bodies are held in memory.
            body_limit: 256 << 20,
            user_agent: concat!("fhirkit/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl HttpOptions {
    /// The client of `reqwest`, without its redirects and retries.
    pub(super) fn build(&self, through_proxy: bool) -> Result<reqwest::Client> {
        let mut builder: ClientBuilder = reqwest::Client::builder()
            .tls_backend_rustls()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            .user_agent(&self.user_agent);
        if !through_proxy {
            builder = builder.no_proxy();
        }
        for file in &self.ca_certificates {
            builder = builder.tls_certs_merge(certificates(file)?);
        }
        if let Some((certificate, key)) = &self.identity {
            builder = builder.identity(identity(certificate, key)?);
        }
        builder.build().map_err(|error| {
            Error::new(ErrorKind::Configuration, "the certificates cannot be used for TLS").with_source(error)
        })
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| {
        let message = format!("`{}` cannot be read", file.display());
        Error::new(ErrorKind::Configuration, message).with_source(error)
    })
}

fn certificates(file: &Path) -> Result<Vec<Certificate>> {
    let found = Certificate::from_pem_bundle(&read(file)?).unwrap_or_default();
    if found.is_empty() {
        let message = format!("`{}` holds no certificate in PEM", file.display());
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    Ok(found)
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity> {
    let mut pem = read(certificate)?;
    pem.push(b'\n');
    pem.extend(read(key)?);
    // Its cause may quote the file, and with it the key.
    Identity::from_pem(&pem).map_err(|_| {
        let message =
            format!("`{}` and `{}` are no certificate and key in PEM", certificate.display(), key.display());
        Error::new(ErrorKind::Configuration, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        fs::write(&file, "nothing").unwrap();
        let options = HttpOptions { ca_certificates: vec![file], ..HttpOptions::default() };
        let error = options.build(false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("ca.pem` holds no certificate"), "{error}");
    }
}
