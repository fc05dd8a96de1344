//! Where grants are kept between commands: one file a provider, which nobody else may read.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::grant::Grant;
use super::keyring;
use crate::error::{Error, ErrorKind, Result};

/// A folder of grants. It is 0700, its files are 0600; what others could read is refused.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    /// Whether grants go to the keyring where there is one; their files say so then.
    uses_keyring: bool,
}

/// A provider's grant, held against other processes until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What stands in the file of a grant that is in the keyring.
const IN_KEYRING: &[u8] = b"in the keyring\n";

/// No grant is larger.
const LARGEST: u64 = 1 << 20;

/// How long one waits for another process, which may itself wait for the server.
const PATIENCE: Duration = Duration::from_secs(60);

impl Store {
    /// The user's own, in the keyring if the build has that feature and the machine a keyring: `$XDG_STATE_HOME/fhirkit/tokens`, else `~/.local/state/fhirkit/tokens`; on Windows in
    /// `%LOCALAPPDATA%`.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when there is neither.
    pub fn of_user() -> Result<Store> {
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME").map(|home| home.join(".local").join("state"));
        let local = || absolute("LOCALAPPDATA").filter(|_| cfg!(windows));
        let state = absolute("XDG_STATE_HOME").or_else(local).or_else(home).ok_or_else(|| {
            Error::new(
                ErrorKind::Store,
                "there is no folder to keep tokens in: neither XDG_STATE_HOME nor HOME is set",
            )
            .with_help("set HOME, or XDG_STATE_HOME to an absolute path")
        })?;
        Ok(Store { uses_keyring: true, ..Store::at(state.join("fhirkit").join("tokens")) })
    }

    /// The store in `folder`, which is made when a grant is kept. Its grants stay in files.
    pub fn at(folder: impl Into<PathBuf>) -> Store {
        Store { folder: folder.into(), uses_keyring: false }
    }

    /// The grant of `provider`, if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when others may read or change it, or it cannot be read.
    pub fn load(&self, provider: &str) -> Result<Option<Grant>> {
        let path = self.path(provider, "json")?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path, error)),
        };
        let failed = |error| failed("read", &path, error);
        check_private(&file.metadata().map_err(failed)?, &path)?;
        check_private(&self.folder.metadata().map_err(failed)?, &self.folder)?;
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text).map_err(failed)?;
        if text == IN_KEYRING {
            text = keyring::get(provider).map(String::into_bytes).ok_or_else(|| {
                Error::new(ErrorKind::Store, format!("the keyring does not give the sign-in of `{provider}`"))
                    .with_help(format!("unlock it, or sign in again: fhirkit login {provider}"))
            })?;
        }
        // The parser's words could hold what it read: they are dropped.
        let grant: Option<Grant> = serde_json::from_slice(&text).ok();
        grant.filter(|grant| grant.provider() == provider).map(Some).ok_or_else(|| {
            Error::new(ErrorKind::Store, format!("`{}` holds no sign-in of `{provider}`", path.display()))
                .with_help(format!("sign in again: fhirkit login {provider}"))
        })
    }

    /// Keeps `grant` in place of the one before. The file is there whole, or not at all.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when it cannot be written.
    pub fn save(&self, grant: &Grant) -> Result<()> {
        let path = self.path(grant.provider(), "json")?;
        self.make_folder()?;
        let failed = |error: std::io::Error| failed("write", &path, error);
        let text = serde_json::to_string_pretty(grant).map_err(|error| failed(error.into()))?;
        let is_there = self.uses_keyring && keyring::set(grant.provider(), &text);
        let text = if is_there { IN_KEYRING } else { text.as_bytes() };
        // 0600 from its first moment on.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Takes the grant of `provider` away. Gives whether there was one.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when it cannot be removed.
    pub fn remove(&self, provider: &str) -> Result<bool> {
        let path = self.path(provider, "json")?;
        if self.uses_keyring {
            keyring::remove(provider);
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("remove", &path, error)),
        }
    }

    /// The names of the providers that have a grant here, sorted.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when the folder cannot be read.
    pub fn providers(&self) -> Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &self.folder, error)),
        };
        let name = |entry: fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned());
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok().and_then(name)).collect();
        names.sort();
        Ok(names)
    }

    /// Waits until no other process renews or replaces the grant of `provider`, and holds it.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when another process holds it for more than a minute, or nothing can be locked.
    pub async fn lock(&self, provider: &str) -> Result<Lock> {
        let path = self.path(provider, "lock")?;
        self.make_folder()?;
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| failed("write", &path, error))?;
        let began = Instant::now();
        // Asked for again and again, so that no thread of the runtime stands still.
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let message =
                        format!("another fhirkit holds the sign-in of `{provider}` for more than a minute");
                    return Err(Error::new(ErrorKind::Store, message));
                }
                Err(TryLockError::Error(error)) => return Err(failed("lock", &path, error)),
            }
        }
    }

    fn path(&self, provider: &str, ending: &str) -> Result<PathBuf> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if provider.is_empty() || !provider.chars().all(is_plain) {
            let message = "a provider's name is made of lower-case letters, digits and hyphens";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(self.folder.join(format!("{provider}.{ending}")))
    }

    fn make_folder(&self) -> Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let failed = |error| failed("write", &self.folder, error);
        builder.create(&self.folder).map_err(failed)?;
        check_private(&self.folder.metadata().map_err(failed)?, &self.folder)
    }
}

/// Refuses a file or folder whose group or others may do anything with it.
#[cfg(unix)]
fn check_private(metadata: &Metadata, path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let wanted = if metadata.is_dir() { 700 } else { 600 };
    Err(Error::new(ErrorKind::Store, format!("`{}` is open to other users (mode {mode:o})", path.display()))
        .with_help(format!(
            "its token may be known to others: sign in again after `chmod {wanted} {}`",
            path.display()
        )))
}

/// Elsewhere the user's own folder is private by itself.
#[cfg(not(unix))]
fn check_private(_metadata: &Metadata, _path: &Path) -> Result<()> {
    Ok(())
}

fn failed(verb: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Store, format!("cannot {verb} `{}`", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::grant::tests::grant;
    use crate::provider::Provider;

    fn kept() -> (tempfile::TempDir, Store, Grant) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("state").join("tokens"));
        let provider = Provider::new("x", "https://f.example/fhir".parse().unwrap());
        let grant =
            grant(&provider, r#"{"access_token":"t","refresh_token":"r","patient":"1","expires_in":60}"#);
        store.save(&grant).unwrap();
        (folder, store, grant)
    }

    #[test]
    fn a_grant_is_kept_and_taken_away() {
        let (_folder, store, grant) = kept();
        assert_eq!(store.load("x").unwrap(), Some(grant));
        assert_eq!(store.providers().unwrap(), ["x"]);
        assert!(store.remove("x").unwrap() && !store.remove("x").unwrap());
        assert_eq!(store.load("x").unwrap(), None);
        for name in ["../x", "", "X", "a/b"] {
            assert!(store.load(name).is_err(), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_others_could_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, store, _) = kept();
        let file = store.folder.join("x.json");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&file), mode(&store.folder), mode(store.folder.parent().unwrap())),
            (0o600, 0o700, 0o700)
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let error = store.load("x").unwrap_err();
        assert!(error.to_string().contains("(mode 640)") && error.help().unwrap().contains("chmod 600"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&store.folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(store.load("x").unwrap_err().help().unwrap().contains("chmod 700"));
    }

    #[test]
    fn a_spoilt_file_is_not_repeated() {
        let (_folder, store, _) = kept();
        fs::write(store.folder.join("x.json"), "{\"access_token\": secret").unwrap();
        let error = store.load("x").unwrap_err();
        assert!(!format!("{error:?}").contains("secret"));
        assert_eq!(error.help(), Some("sign in again: fhirkit login x"));
    }

    #[test]
    fn a_grant_that_the_keyring_has_lost_is_no_grant() {
        let (_folder, store, _) = kept();
        fs::rename(store.folder.join("x.json"), store.folder.join("no-such-provider.json")).unwrap();
        fs::write(store.folder.join("no-such-provider.json"), IN_KEYRING).unwrap();
        let error = store.load("no-such-provider").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.to_string().contains("the keyring"));
    }

    #[tokio::test]
    async fn a_lock_is_held_by_one() {
        let (_folder, store, _) = kept();
        let lock = store.lock("x").await.unwrap();
        let other = store.clone();
        let waiting = tokio::spawn(async move { other.lock("x").await.map(drop) });
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert!(!waiting.is_finished());
        drop(lock);
        waiting.await.unwrap().unwrap();
    }
}
