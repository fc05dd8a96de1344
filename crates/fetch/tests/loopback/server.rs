//! A small HTTP/1.1 server on loopback that answers as a test says, and remembers what it was asked.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    /// How many requests came before.
    pub(crate) before: usize,
}

/// What it answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    announced: Option<u64>,
    hangs: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), announced: None, hangs: false }
    }

    pub(crate) fn fhir(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(200, body).with("Content-Type", "application/fhir+json;charset=UTF-8")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says that the body has `length` bytes, whatever it has, and closes the connection behind it.
    pub(crate) fn announcing(mut self, length: u64) -> Reply {
        self.announced = Some(length);
        self
    }

    /// Sends nothing more, and does not close.
    pub(crate) fn hanging(mut self) -> Reply {
        self.hangs = true;
        self
    }

    pub(crate) fn gzipped(mut self) -> Reply {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&self.body).unwrap();
        self.body = encoder.finish().unwrap();
        self.with("Content-Encoding", "gzip")
    }

    /// Cuts the end of the body off.
    pub(crate) fn cut(mut self, bytes: usize) -> Reply {
        self.body.truncate(self.body.len() - bytes);
        self
    }
}

/// A running server; it ends with the runtime of the test.
pub(crate) struct Server {
    /// Where it is.
    pub(crate) url: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move { serve(stream, answer.as_ref(), &log).await });
            }
        });
        Server { url, asked }
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&Asked) -> Reply + Send + Sync),
    log: &Mutex<Vec<Asked>>,
) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let head = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let text = String::from_utf8(buffer.drain(..head).collect()).unwrap();
        let mut lines = text.lines();
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: HashMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers.get("content-length").map_or(0, |value| value.parse().unwrap());
        while buffer.len() < length {
            stream.read_buf(&mut buffer).await.ok()?;
        }
        buffer.drain(..length);
        let asked = {
            let mut log = log.lock().unwrap();
            let before = log.len();
            log.push(Asked { method, target, headers, before });
            log.last()?.clone()
        };
        let reply = answer(&asked);
        let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
        let length = reply.announced.unwrap_or(reply.body.len() as u64);
        head.push_str(&format!("Content-Length: {length}\r\n"));
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(&reply.body).await.ok()?;
        if reply.hangs {
            std::future::pending::<()>().await;
        }
        if reply.announced.is_some() {
            return None;
        }
    }
}
