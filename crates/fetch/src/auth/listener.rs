//! The loopback listener that the browser lands at with the code (RFC 8252, section 7.3).
//!
//! It answers whoever comes, and takes the first answer to its own question; nobody else ends the waiting.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use url::{Host, Url};

use super::landing::{Expected, Landing, read as read_landing};
use super::page;
use super::secret::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::http::time;

/// How many may be connected at a time.
const GUESTS: usize = 64;

/// How long one of them has to say what it wants, and to take the page.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest head of a request.
const LONGEST_HEAD: usize = 16 << 10;

/// How many ports are tried where two addresses need the same.
const TRIES: usize = 8;

/// A listener at the redirect URI.
pub(crate) struct Listener {
    sockets: Vec<TcpListener>,
    redirect: Url,
}

impl Listener {
    /// Listens where `redirect` says; at any free port when it names none.
    pub(crate) async fn bind(redirect: &Url) -> Result<Listener> {
        let port = redirect.port().unwrap_or(0);
        let addresses: Vec<IpAddr> = match redirect.host() {
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            _ => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        };
        let mut failure = None;
        for _ in 0..TRIES {
            match bind_all(&addresses, port).await {
                Ok((sockets, port)) => {
                    let mut redirect = redirect.clone();
                    // Fails for schemes without ports alone; http has one.
                    _ = redirect.set_port(Some(port));
                    return Ok(Listener { sockets, redirect });
                }
                Err(error) => failure = Some(error),
            }
            if port != 0 {
                break;
            }
        }
        let place = redirect.host_str().unwrap_or_default();
        let error = Error::new(ErrorKind::Configuration, format!("cannot listen at `{place}`, port {port}"))
            .with_help(
                "another program may listen there; change the port of `redirect_uri`, or paste the code",
            );
        Err(match failure {
            Some(failure) => error.with_source(failure),
            None => error,
        })
    }

    /// The redirect URI with its real port.
    pub(crate) fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Waits for the code.
    pub(crate) async fn wait(self, expected: Expected, timeout: Duration) -> Result<Secret> {
        let (sender, receiver) = oneshot::channel();
        let path = self.redirect.path().to_owned();
        let desk = Arc::new(Desk { path, expected, answer: Mutex::new(Some(sender)) });
        let late = || {
            let message = format!("nobody came back from the browser within {}", time(timeout));
            Error::new(ErrorKind::Timeout, message).with_help(
                "sign in again; where the browser runs on another machine, paste the URL it lands on instead of \
                 waiting for it",
            )
        };
        tokio::select! {
            answer = receiver => answer.unwrap_or_else(|_| Err(late())),
            () = self.serve(desk) => Err(late()),
            () = tokio::time::sleep(timeout) => Err(late()),
        }
    }

    /// Receives guests, each in a task of its own, until it is dropped.
    async fn serve(&self, desk: Arc<Desk>) {
        let mut guests = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.accept() => match accepted {
                    Ok(stream) if guests.len() < GUESTS => {
                        let desk = Arc::clone(&desk);
                        guests.spawn(tokio::time::timeout(PATIENCE, async move { desk.receive(stream).await }));
                    }
                    Ok(_) => {}
                    // Out of file handles, most likely: some will be free soon.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                _ = guests.join_next(), if !guests.is_empty() => {}
            }
        }
    }

    async fn accept(&self) -> std::io::Result<TcpStream> {
        let accepted = match self.sockets.as_slice() {
            [one, two, ..] => tokio::select! {
                accepted = one.accept() => accepted,
                accepted = two.accept() => accepted,
            },
            [one] => one.accept().await,
            [] => std::future::pending().await,
        };
        accepted.map(|(stream, _)| stream)
    }
}

/// Listens at all `addresses`, at one port. A machine without IPv6 does without; a port that another program has at
/// one of them is not taken at the other, or that program might get the code.
async fn bind_all(addresses: &[IpAddr], port: u16) -> std::io::Result<(Vec<TcpListener>, u16)> {
    let mut sockets = Vec::new();
    let mut port = port;
    for address in addresses {
        match TcpListener::bind(SocketAddr::new(*address, port)).await {
            Ok(socket) => {
                port = socket.local_addr()?.port();
                sockets.push(socket);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse || sockets.is_empty() => {
                return Err(error);
            }
            Err(_) => {}
        }
    }
    Ok((sockets, port))
}

/// What all guests share.
struct Desk {
    path: String,
    expected: Expected,
    /// Taken by the first answer.
    answer: Mutex<Option<oneshot::Sender<Result<Secret>>>>,
}

/// What a guest is told.
struct Reply {
    status: &'static str,
    title: &'static str,
    text: String,
    has_body: bool,
}

impl Reply {
    fn new(status: &'static str, title: &'static str, text: impl Into<String>) -> Reply {
        Reply { status, title, text: text.into(), has_body: true }
    }
}

impl Desk {
    async fn receive(&self, mut stream: TcpStream) {
        let head = read_head(&mut stream).await;
        let mut outcome = None;
        let reply = match head.as_deref().and_then(request_line) {
            None => {
                Reply::new("400 Bad Request", "Not understood", "This is no request that a browser makes.")
            }
            Some((method, target)) => self.reply(method, target, &mut outcome),
        };
        let bytes = page::answer(reply.status, reply.title, &reply.text, reply.has_body);
        _ = tokio::time::timeout(PATIENCE / 2, async {
            _ = stream.write_all(&bytes).await;
            _ = stream.shutdown().await;
        })
        .await;
        // Only now: the end of the waiting drops all guests, this one included.
        if let Some((sender, answer)) = outcome {
            _ = sender.send(answer);
        }
    }

    fn reply(&self, method: &str, target: &str, outcome: &mut Option<Outcome>) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return Reply::new(
                "404 Not Found",
                "Nothing here",
                "fhirkit waits for a sign-in at another path.",
            );
        }
        match method {
            "GET" => {}
            // What looks before it leaps must not use up the code.
            "HEAD" => return Reply { has_body: false, ..Reply::new("200 OK", "fhirkit", "") },
            _ => {
                return Reply::new(
                    "405 Method Not Allowed",
                    "Not understood",
                    "Only GET is understood here.",
                );
            }
        }
        let answer = match read_landing(query, &self.expected) {
            Landing::Stranger(why) => {
                let text =
                    format!("fhirkit did not take this answer: {why}. It goes on waiting for the right one.");
                return Reply::new("400 Bad Request", "Another sign-in", text);
            }
            Landing::Answer(answer) => answer,
        };
        let Some(sender) = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Reply::new("409 Conflict", "Already taken", "fhirkit has this answer already.");
        };
        let reply = match &answer {
            Ok(_) => Reply::new(
                "200 OK",
                "That was it",
                "fhirkit has its answer and goes on in the terminal. You can close this window.",
            ),
            Err(error) => Reply::new(
                "200 OK",
                "Not signed in",
                format!("{error}. You can close this window; the terminal says more."),
            ),
        };
        *outcome = Some((sender, answer));
        reply
    }
}

type Outcome = (oneshot::Sender<Result<Secret>>, Result<Secret>);

/// The head of a request, up to its empty line; `None` when it does not end in time or is too long.
async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while head.len() < LONGEST_HEAD {
        let length = stream.read(&mut part).await.ok().filter(|length| *length > 0)?;
        // The end may lie across two parts.
        let from = head.len().saturating_sub(3);
        head.extend_from_slice(part.get(..length)?);
        if head.get(from..)?.windows(4).any(|window| window == b"\r\n\r\n") {
            return Some(head);
        }
    }
    None
}

/// Method and target of an HTTP/1 request.
fn request_line(head: &[u8]) -> Option<(&str, &str)> {
    let end = head.iter().position(|byte| *byte == b'\r')?;
    let line = std::str::from_utf8(head.get(..end)?).ok()?;
    let mut words = line.split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(method), Some(target), Some(version), None) if version.starts_with("HTTP/1.") => {
            Some((method, target))
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
