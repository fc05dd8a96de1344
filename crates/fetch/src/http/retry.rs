//! When to try again, and how long to wait before.

use std::time::{Duration, SystemTime};

/// The wait before the second try; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(2);

/// The longest wait that is not the server's own wish.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait after `failed` tries. `random` in 0..=255 spreads clients that failed together over ±25 %.
pub(crate) fn backoff(failed: u32, random: u8) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1)));
    doubled.min(LONGEST).mul_f64(0.75 + 0.5 * f64::from(random) / 255.0)
}

/// One random byte; without randomness from the system there is no spreading, which is no reason to stop.
pub(crate) fn random() -> u8 {
    let mut byte = [128];
    let _ = getrandom::fill(&mut byte);
    byte[0]
}

/// Whether a status may pass by itself.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// `Retry-After` (RFC 9110 10.2.3) in seconds or as a date; nothing when it is neither.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_below_a_limit() {
        assert_eq!(backoff(1, 0), Duration::from_millis(1500));
        assert_eq!(backoff(1, 255), Duration::from_millis(2500));
        assert_eq!(backoff(2, 0), Duration::from_millis(3000));
        assert_eq!(backoff(u32::MAX, 255), Duration::from_secs(75));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999999999999999", now), Some(Duration::from_secs(u64::MAX)));
        for nothing in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(nothing, now), None, "{nothing:?}");
        }
    }
}
