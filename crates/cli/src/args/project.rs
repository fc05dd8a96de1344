//! `fhirkit rule`, `fhirkit packages` and `fhirkit init` as clap reads them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::network::HttpArgs;
use super::{OutputFormat, TEMPLATE};

/// `fhirkit rule`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit rule primitive/date                         what it checks, why, failing and repaired JSON
  fhirkit rule --list                                 every rule, its severity, what is wrong")]
pub(crate) struct RuleArgs {
    /// The rule, as issues name it: group/name
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// List every rule
    #[arg(long, conflicts_with = "id")]
    pub(crate) list: bool,
}

/// `fhirkit packages`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit packages list                               those built in, and those that were added
  fhirkit packages show c4bb                          its profiles and dependencies
  fhirkit packages add my.guide-1.0.0.tgz             for --ig my.guide@1.0.0
  fhirkit packages install my.guide@1.0.0 --registry https://registry.example
Nothing is downloaded but by install. In fhirkit.toml: [packages] registry = \"https://…\"")]
pub(crate) struct PackagesArgs {
    /// The address of an npm-style FHIR package registry, for install
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) registry: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: PackagesCommand,
}

/// What `fhirkit packages` does.
#[derive(Debug, Subcommand)]
pub(crate) enum PackagesCommand {
    /// List the packages at hand
    List {
        /// How to print: human or json
        #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
        output_format: OutputFormat,
    },
    /// Show a package: dependencies, profiles, value sets
    Show {
        /// Its name: us-core, c4bb@2.0.0, hl7.fhir.us.core#6.1.0
        #[arg(value_name = "NAME@VERSION")]
        package: String,
    },
    /// Add a package from a file or folder to your own
    Add {
        /// A .tgz, or the folder of an unpacked package
        #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
        paths: Vec<PathBuf>,
    },
    /// Download a package and what it needs from a registry, verified
    Install {
        /// Its name: my.guide, my.guide@1.0.0, my.guide@1.0.x, my.guide@latest
        #[arg(required = true, value_name = "NAME@VERSION")]
        packages: Vec<String>,
        /// How connections are made.
        #[command(flatten)]
        http: Box<HttpArgs>,
    },
}

/// `fhirkit init`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit init ci                                     GitHub workflow, GitLab job, pre-commit entry
  fhirkit init ci data/fhir --force                   check this folder; replace what is there
  fhirkit init provider mine                          asks where a payer is, adds it to fhirkit.toml")]
pub(crate) struct InitArgs {
    /// What to write.
    #[command(subcommand)]
    pub(crate) command: InitCommand,
}

/// What `fhirkit init` writes.
#[derive(Debug, Subcommand)]
pub(crate) enum InitCommand {
    /// Write a GitHub workflow, a GitLab job and a pre-commit entry that validate
    Ci {
        /// The folder of FHIR files, as the project names it
        #[arg(value_name = "DIR", default_value = "fhir", value_hint = ValueHint::DirPath)]
        data: String,
        /// Replace files that stand there
        #[arg(long)]
        force: bool,
    },
    /// Add a provider to fhirkit.toml; what is not given is asked for
    Provider(ProviderArgs),
}

/// `fhirkit init provider`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit init provider mine                          asks, and adds [provider.mine] to fhirkit.toml
  fhirkit init provider mine --fhir-base https://payer.example/fhir --client-id abc --secret-env MINE_SECRET")]
pub(crate) struct ProviderArgs {
    /// Its name: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The base of its FHIR R4 API
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) fhir_base: Option<String>,
    /// As which client you are registered there
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The environment variable that holds the client's secret; a public client has none
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) secret_env: Option<String>,
    /// The file that holds the client's secret
    #[arg(long, value_name = "FILE", conflicts_with = "secret_env", value_hint = ValueHint::FilePath)]
    pub(crate) secret_file: Option<PathBuf>,
    /// The redirect URI that is registered: on this machine, fhirkit listens there
    #[arg(long, value_name = "URL")]
    pub(crate) redirect_uri: Option<String>,
    /// What to ask for
    #[arg(long, value_name = "SCOPE", value_delimiter = ' ')]
    pub(crate) scope: Vec<String>,
}
