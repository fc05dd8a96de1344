//! Where a record goes on: the parameters of `$everything`, and the one opaque parameter of its `next` links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::parameters::Parameters;
use crate::record::Filter;

/// The parameter of a `next` link.
const NAME: &str = "_continue";

/// Which part of which choice is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) filter: Filter,
    pub(crate) offset: usize,
    pub(crate) count: usize,
}

impl Wanted {
    /// Reads the parameters of a request; the error is words for the client.
    pub(crate) fn parse(query: &Parameters, page_size: usize) -> Result<Wanted, String> {
        if let Some(text) = query.get(NAME) {
            return Wanted::from_text(text, page_size)
                .ok_or_else(|| format!("`{NAME}` is not from a `next` link of this server"));
        }
        let count = match query.get("_count").map(str::parse::<usize>) {
            None => page_size,
            Some(Ok(count)) if count > 0 => count.min(page_size),
            Some(_) => return Err("`_count` wants a whole number from 1".to_owned()),
        };
        Ok(Wanted { filter: filter(query)?, offset: 0, count })
    }

    /// Which page it is, from 1.
    pub(crate) fn page(&self) -> u32 {
        u32::try_from(self.offset / self.count.max(1)).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(crate) fn at(&self, offset: usize) -> Wanted {
        Wanted { offset, ..self.clone() }
    }

    /// The query of the link that leads here.
    pub(crate) fn to_query(&self) -> String {
        let since = self.filter.since.map(|since| since.to_string()).unwrap_or_default();
        let text = format!("{}|{}|{since}|{}", self.offset, self.count, self.filter.types.join(","));
        format!("{NAME}={}", URL_SAFE_NO_PAD.encode(text))
    }

    fn from_text(text: &str, page_size: usize) -> Option<Wanted> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('|');
        let offset = parts.next()?.parse().ok()?;
        let count = parts.next()?.parse().ok().filter(|&count| count > 0)?;
        let since = match parts.next()? {
            "" => None,
            since => Some(since.parse().ok()?),
        };
        let types = parts.next()?.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Some(Wanted { filter: Filter { types, since }, offset, count: page_size.min(count) })
    }
}

/// `_type` and `_since`, which `$everything` and `$export` have in common.
pub(crate) fn filter(query: &Parameters) -> Result<Filter, String> {
    let mut types = Vec::new();
    for name in query.all("_type").flat_map(|names| names.split(',')).map(str::trim) {
        let is_name = name.starts_with(|first: char| first.is_ascii_uppercase());
        if !is_name || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err("`_type` wants names of resource types, with commas between them".to_owned());
        }
        types.push(name.to_owned());
    }
    let since = match query.get("_since") {
        None => None,
        Some(text) => Some(instant(text).ok_or("`_since` wants a time such as 2026-01-31T00:00:00Z")?),
    };
    Ok(Filter { types, since })
}

/// An instant, or a date or time without offset, which is read as UTC. A `+` that was not escaped came as a blank.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.replace(' ', "+");
    let date_time = || text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(DateTime::from)).ok();
    text.parse().ok().or_else(|| TimeZone::UTC.to_timestamp(date_time()?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str) -> Result<Wanted, String> {
        Wanted::parse(&Parameters::parse(query.as_bytes()), 1_000)
    }

    #[test]
    fn a_next_link_brings_everything_back() {
        let first = wanted("_count=10&_type=Claim,Coverage&_since=2024-01-01T00:00:00-05:00").unwrap();
        let third = first.at(20);
        assert_eq!(wanted(&third.to_query()).unwrap(), third);
        assert_eq!((first.page(), third.page()), (1, 3));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for query in [
            "_count=0",
            "_count=x",
            "_since=never",
            "_type=a%20b",
            "_type=,",
            "_continue=AAAA",
            "_continue=!",
        ] {
            assert!(wanted(query).is_err(), "{query}");
        }
        assert_eq!(wanted("_count=5000").unwrap().count, 1_000);
        assert!(wanted("_since=2024-01-01").is_ok() && wanted("_since=2024-01-01T00:00:00+01:00").is_ok());
    }
}
