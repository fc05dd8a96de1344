//! Every provider that is known: the built-in ones, and those of `fhirkit.toml`.

mod built_in;
mod read;
mod write;

use crate::error::{Error, ErrorKind, Result};
use crate::provider::Provider;

pub use write::toml_of;

/// The providers by name. What is read later wins, key by key: a project's file may change one endpoint of a built-in
/// provider and keep the rest.
///
/// ```
/// let mut providers = fhirkit_fetch::Providers::built_in();
/// let text = "[provider.mine]\nfhir_base = 'https://payer.example/fhir'\nclient_id = 'me'\n";
/// providers.read(text, "fhirkit.toml")?;
/// assert_eq!(providers.get("mine")?.client_id.as_deref(), Some("me"));
/// assert!(providers.get("min").unwrap_err().help().unwrap().contains("`mine`"));
/// # Ok::<(), fhirkit_fetch::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Providers {
    all: Vec<Provider>,
}

impl Providers {
    /// `bcbsnc-sandbox` and `sandbox`.
    pub fn built_in() -> Providers {
        Providers { all: built_in::all() }
    }

    /// Takes in the `[provider.NAME]` tables of one file; its other tables are not looked at.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with file and line, for text that is no TOML, an unknown key, or a value that
    /// does not fit. Nothing of the file is taken then.
    pub fn read(&mut self, text: &str, file: &str) -> Result<()> {
        self.all = read::read(&self.all, text, file)?;
        Ok(())
    }

    /// The provider called `name`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when there is none, with the nearest name.
    pub fn get(&self, name: &str) -> Result<&Provider> {
        self.all.iter().find(|provider| provider.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            let help = did_you_mean(name, &names).unwrap_or_else(|| {
                format!("known are {}; `fhirkit init provider` adds one", names.join(", "))
            });
            let shown: String = name.escape_debug().take(60).collect();
            Error::new(ErrorKind::Configuration, format!("there is no provider `{shown}`")).with_help(help)
        })
    }

    /// The names, built-in ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|provider| provider.name.as_str())
    }
}

/// How alike two names must be before one is offered for the other.
const ALIKE: f64 = 0.8;

/// The help line that offers the nearest of `known`, if one is near.
fn did_you_mean(wrong: &str, known: &[&str]) -> Option<String> {
    let wrong: String = wrong.chars().take(60).collect();
    let scored = known.iter().map(|name| (strsim::jaro_winkler(&wrong, name), name));
    let best = scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, name)| format!("did you mean `{name}`?"))
}
