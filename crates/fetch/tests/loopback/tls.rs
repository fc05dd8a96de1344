//! Certificates: an authority of one's own, a client's certificate, and what is said without them. The server is
//! `openssl s_server`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fhirkit_fetch::http::{Answer, Client, HttpOptions, Request};
use fhirkit_fetch::{ErrorKind, Result};
use url::Url;

struct Server {
    child: Child,
    url: Url,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn openssl(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments.split_whitespace());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Server {
    /// A server whose certificate an authority has signed that nobody knows. Nothing where there is no `openssl`.
    fn start(more: &str) -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
        let request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        let authority =
            openssl(folder.path(), &format!("{request} -keyout ca.key -out ca.pem -subj /CN=authority"))
                .status();
        if authority.is_err() {
            eprintln!("skipped: there is no `openssl` to serve TLS with");
            return None;
        }
        let leaf = "-keyout leaf.key -out leaf.pem -subj /CN=leaf -CA ca.pem -CAkey ca.key \
                    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1 \
                    -addext extendedKeyUsage=serverAuth,clientAuth";
        assert!(openssl(folder.path(), &format!("{request} {leaf}")).status().unwrap().success());
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let serve = format!("s_server -quiet -accept {address} -cert leaf.pem -key leaf.key -www {more}");
        let child = openssl(folder.path(), &serve).spawn().unwrap();
        let url = Url::parse(&format!("https://{address}/")).unwrap();
        for _ in 0..100 {
            if std::net::TcpStream::connect(address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Server { child, url, folder })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn ask(&self, options: HttpOptions) -> Result<Answer> {
        let client =
            Client::new(options)?.with_sleep(std::sync::Arc::new(|_| Box::pin(std::future::ready(()))));
        client.send(Request::get(self.url.clone())).await
    }
}

#[tokio::test]
async fn an_authority_is_trusted_only_when_it_is_given() {
    let Some(server) = Server::start("") else { return };
    let error = server.ask(HttpOptions::default()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.help()),
        (ErrorKind::Tls, Some("add the authority that signed it: --ca-cert FILE"))
    );
    assert!(!error.to_string().contains("tries"), "{error}");
    let options = HttpOptions { ca_certificates: vec![server.file("ca.pem")], ..HttpOptions::default() };
    assert_eq!(server.ask(options).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let Some(server) = Server::start("-Verify 2 -CAfile ca.pem -verify_return_error") else { return };
    let options = HttpOptions { ca_certificates: vec![server.file("ca.pem")], ..HttpOptions::default() };
    server.ask(options.clone()).await.unwrap_err();
    let identity = Some((server.file("leaf.pem"), server.file("leaf.key")));
    assert_eq!(server.ask(HttpOptions { identity, ..options }).await.unwrap().status, 200);
}
