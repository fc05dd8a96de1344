//! The certificate of a sandbox that serves https: made at the start, for localhost and the loopback addresses.
//!
//! It signs itself (RFC 5280), so that who trusts it trusts nothing else. Written here, since a crate that writes
//! certificates brings a second version of others.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{Error, ErrorKind};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]` and `[3]` of a certificate: version and extensions.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// `[2]` and `[7]` of a GeneralName.
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

/// Some systems refuse certificates of more than 825 days.
const DAYS: i64 = 800;

/// A certificate that signs itself, with its key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(crate) fn new() -> Result<Identity, Error> {
        make().map_err(|error| {
            Error::new(ErrorKind::Tls, "the certificate of the sandbox could not be made").with_source(error)
        })
    }

    /// The certificate for those who shall trust it.
    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }
}

fn make() -> Result<Identity, Unspecified> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
    let algorithm = der(SEQUENCE, &[&der(OBJECT_IDENTIFIER, &[ECDSA_WITH_SHA256])]);
    let common_name =
        [der(OBJECT_IDENTIFIER, &[COMMON_NAME]), der(UTF8_STRING, &[b"fhirkit sandbox"])].concat();
    let name = der(SEQUENCE, &[&der(SET, &[&der(SEQUENCE, &[&common_name])])]);
    let names = [
        der(DNS_NAME, &[b"localhost"]),
        der(IP_ADDRESS, &[&[127, 0, 0, 1]]),
        der(IP_ADDRESS, &[&std::net::Ipv6Addr::LOCALHOST.octets()]),
    ];
    let names = extension(SUBJECT_ALT_NAME, &der(SEQUENCE, &[&names.concat()]));
    let usage = extension(EXTENDED_KEY_USAGE, &der(SEQUENCE, &[&der(OBJECT_IDENTIFIER, &[SERVER_AUTH])]));
    let content = der(
        SEQUENCE,
        &[
            &der(VERSION, &[&der(INTEGER, &[&[2]])]),
            &der(INTEGER, &[&serial_number()?]),
            &algorithm,
            &name,
            &validity(),
            &name,
            pair.public_key().as_der()?.as_ref(),
            &der(EXTENSIONS, &[&der(SEQUENCE, &[&names, &usage])]),
        ],
    );
    let signature = pair.sign(&SystemRandom::new(), &content)?;
    let certificate = der(SEQUENCE, &[&content, &algorithm, &der(BIT_STRING, &[&[0], signature.as_ref()])]);
    let key = PrivatePkcs8KeyDer::from(pair.to_pkcs8v1()?.as_ref().to_vec());
    Ok(Identity { certificate: CertificateDer::from(certificate), key: PrivateKeyDer::Pkcs8(key) })
}

/// A tag, a length, and parts one after the other (X.690).
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let digits = length.iter().position(|&byte| byte != 0).map_or(&[0][..], |first| &length[first..]);
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        // So many bytes of length; there are at most eight.
        out.push(0x80 | digits.len() as u8);
    }
    out.extend_from_slice(digits);
    out.extend_from_slice(&content);
    out
}

fn extension(id: &[u8], value: &[u8]) -> Vec<u8> {
    der(SEQUENCE, &[&der(OBJECT_IDENTIFIER, &[id]), &der(OCTET_STRING, &[value])])
}

/// A positive number of 16 bytes, so that no two certificates of sandboxes are taken for one.
fn serial_number() -> Result<[u8; 16], Unspecified> {
    let mut number = [0; 16];
    aws_lc_rs::rand::fill(&mut number)?;
    number[0] = number[0] & 0x7f | 0x40;
    Ok(number)
}

/// From yesterday, for clocks that differ.
fn validity() -> Vec<u8> {
    let now = TimeZone::UTC.to_datetime(Timestamp::now());
    let time = |days: i64| {
        let date = now.checked_add(days.days()).unwrap_or(now).date();
        let text = format!("{:02}{:02}{:02}000000Z", date.year() % 100, date.month(), date.day());
        der(UTC_TIME, &[text.as_bytes()])
    };
    der(SEQUENCE, &[&time(-1), &time(DAYS)])
}

/// The text form of RFC 7468: lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_takes_as_many_bytes_as_it_needs() {
        assert_eq!(der(OCTET_STRING, &[b"a", b"b"]), [4, 2, b'a', b'b']);
        assert_eq!(der(OCTET_STRING, &[]), [4, 0]);
        assert_eq!(der(OCTET_STRING, &[&[7; 0x80]])[..3], [4, 0x81, 0x80]);
        assert_eq!(der(OCTET_STRING, &[&[7; 0x1234]])[..4], [4, 0x82, 0x12, 0x34]);
    }
}
