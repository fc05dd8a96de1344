//! The reader as its users see it: bytes in, resources, rejects and events out.

#[expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
mod common;
#[expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
mod data;
mod framing;
#[expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
mod inputs;
#[expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
mod properties;
