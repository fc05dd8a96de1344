//! Words for what went wrong on the network; never with a whole URL.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use url::Url;

use crate::error::{Error, ErrorKind};

/// The server of `url` as it stands in messages: `payer.example`, `127.0.0.1:9`.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// A count of bytes: `12 bytes`, `10.0 GB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut scaled = bytes as f64 / 1000.0;
    let mut unit = 0;
    while scaled >= 999.95 && unit + 1 < units.len() {
        (scaled, unit) = (scaled / 1000.0, unit + 1);
    }
    format!("{scaled:.1} {}", units.get(unit).copied().unwrap_or_default())
}

/// A time as a person says it: `7 s`, `5 min`, `2 h`.
pub(crate) fn time(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// What became of a request that got no answer, or a broken one.
pub(super) fn failed(error: reqwest::Error, url: &Url) -> Error {
    let place = place(url);
    // Its words would hold the URL, and with it a patient's id.
    let error = error.without_url();
    let io = io_cause(&error);
    let (kind, message, help) = if let Some(why) = tls_cause(&error) {
        let help = "add the authority that signed it: --ca-cert FILE";
        (ErrorKind::Tls, format!("no TLS with `{place}`: {why}"), Some(help))
    } else if error.is_timeout() {
        (ErrorKind::Timeout, format!("{place} does not answer in time"), None)
    } else if error.is_dns() {
        (ErrorKind::Connect, format!("there is no host `{place}`"), None)
    } else if io == Some(io::ErrorKind::ConnectionRefused) {
        (ErrorKind::Connect, format!("{place} refused"), None)
    } else if error.is_connect() {
        (ErrorKind::Connect, format!("{place} cannot be reached"), None)
    } else {
        (ErrorKind::Connect, format!("{place} broke off its answer"), None)
    };
    let failed = Error::new(kind, message).with_source(error);
    match help {
        Some(help) => failed.with_help(help),
        None => failed,
    }
}

fn io_cause(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(one) = cause {
        if let Some(found) = one.downcast_ref::<io::Error>() {
            return Some(found.kind());
        }
        cause = one.source();
    }
    None
}

/// What TLS says. Its error type is not ours to name; its words are stable enough, and begin with these.
fn tls_cause(error: &reqwest::Error) -> Option<String> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(one) = cause {
        let words = match one.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => inner.to_string(),
            None => one.to_string(),
        };
        let begins = [
            "invalid peer certificate",
            "received fatal alert",
            "received corrupt message",
            "peer is incompatible",
        ];
        if begins.iter().any(|begin| words.starts_with(begin)) {
            return Some(words);
        }
        cause = one.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_read_well() {
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(10_000_000_000), "10.0 GB");
        assert_eq!(size(u64::MAX), "18.4 EB");
        assert_eq!(time(Duration::from_secs(7)), "7 s");
        assert_eq!(time(Duration::from_secs(300)), "5 min");
        assert_eq!(time(Duration::from_secs(7200)), "2 h");
    }
}
