//! The keyring of the operating system: Keychain, Credential Manager, or the Secret Service.
//!
//! Only in builds with the feature `keyring`: on Linux it brings 49 crates, most of them a D-Bus client. What goes
//! wrong there (no keyring, locked, too large for it) is as if there were none; the caller has another place.

/// Whether this build can open a keyring at all.
pub(crate) const IS_BUILT_IN: bool = cfg!(feature = "keyring");

#[cfg(feature = "keyring")]
mod native {
    use ::keyring::Entry;

    const SERVICE: &str = "fhirkit";

    /// What is kept under `name`.
    pub(crate) fn get(name: &str) -> Option<String> {
        Entry::new(SERVICE, name).ok()?.get_password().ok()
    }

    /// Keeps `text` under `name`; gives whether it is kept.
    pub(crate) fn set(name: &str, text: &str) -> bool {
        Entry::new(SERVICE, name).and_then(|entry| entry.set_password(text)).is_ok()
    }

    /// Forgets what is kept under `name`, if anything is.
    pub(crate) fn remove(name: &str) {
        _ = Entry::new(SERVICE, name).and_then(|entry| entry.delete_credential());
    }
}

#[cfg(not(feature = "keyring"))]
mod native {
    /// There is none.
    pub(crate) fn get(_name: &str) -> Option<String> {
        None
    }

    /// There is none.
    pub(crate) fn set(_name: &str, _text: &str) -> bool {
        false
    }

    /// There is none.
    pub(crate) fn remove(_name: &str) {}
}

pub(crate) use native::{get, remove, set};
