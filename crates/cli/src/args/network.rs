//! The commands that reach a server, as clap reads them.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::export::{Format, OnInvalid};
use super::{OutputFormat, TEMPLATE};
use crate::size;

/// How connections are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct HttpArgs {
    /// Trust the certificate authorities in this PEM file as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca_cert: Vec<PathBuf>,
    /// Show this certificate of your own (PEM)
    #[arg(long, value_name = "FILE", requires = "client_key", value_hint = ValueHint::FilePath)]
    pub(crate) client_cert: Option<PathBuf>,
    /// The private key of --client-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "client_cert", value_hint = ValueHint::FilePath)]
    pub(crate) client_key: Option<PathBuf>,
    /// How long a server may be silent, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
    /// How many times a request is tried
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) tries: u32,
    /// Largest answer, after decompression; up to three are in memory
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size::parse)]
    pub(crate) max_page: u64,
}

/// Which server, and how it is reached.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The provider: built in, or [provider.NAME] of fhirkit.toml
    #[arg(value_name = "PROVIDER", help_heading = "Arguments")]
    pub(crate) provider: String,
    /// How connections are made.
    #[command(flatten)]
    pub(crate) http: HttpArgs,
}

/// `fhirkit login`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit login sandbox                               against `fhirkit sandbox` on this machine
  BCBSNC_CLIENT_SECRET=… fhirkit login bcbsnc-sandbox its redirect URI shows the code: paste it
  fhirkit login mine --no-browser                     print the address instead of opening a browser")]
pub(crate) struct LoginArgs {
    /// Print the address only
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Paste the code, or the address that the browser lands on, instead of listening for it
    #[arg(long)]
    pub(crate) paste: bool,
    /// Read the client's secret from stdin first and keep it in the keyring, for client_secret = "keyring"
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// How long you may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) wait: u64,
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `fhirkit logout`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit logout sandbox                              forget the token, and hand it back where the server takes it")]
pub(crate) struct LogoutArgs {
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `fhirkit whoami`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit whoami                                      every sign-in: patient, scopes, how long it is good
  fhirkit whoami sandbox --output-format json")]
pub(crate) struct WhoamiArgs {
    /// The provider [default: all]
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// How to print: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(crate) output_format: OutputFormat,
}

/// `fhirkit token`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  curl -H \"Authorization: Bearer $(fhirkit token sandbox --show)\" 'http://127.0.0.1:8788/v1/connect/userinfo'")]
pub(crate) struct TokenArgs {
    /// Print the token itself, which whoever reads it may use
    #[arg(long, required = true)]
    pub(crate) show: bool,
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `fhirkit userinfo`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit userinfo sandbox | jq .patient              who has signed in, as the server says")]
pub(crate) struct UserinfoArgs {
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `fhirkit doctor`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit doctor                                      versions, packages, caches, sign-ins; no secrets, no network")]
pub(crate) struct DoctorArgs {
    /// How to print: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(crate) output_format: OutputFormat,
}

/// Which part of whose record.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is asked for")]
pub(crate) struct RecordArgs {
    /// The patient's id there [default: who signed in]
    #[arg(long, value_name = "ID")]
    pub(crate) patient: Option<String>,
    /// Only resources of these types
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    pub(crate) types: Vec<String>,
    /// Only what has changed since: a date, or an instant
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<String>,
    /// How many resources a page should have
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
    /// Where the server has no $everything: search type by type
    #[arg(long, value_name = "HOW", hide_possible_values = true)]
    pub(crate) everything_fallback: Option<Fallback>,
    /// Most pages to take
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) max_pages: u64,
    /// Most bytes to take, all pages together
    #[arg(long, value_name = "SIZE", default_value = "64GiB", value_parser = size::parse)]
    pub(crate) max_bytes: u64,
}

/// Reads a date or an instant, as `_since` takes them.
fn time(text: &str) -> Result<String, String> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { 'N' } else { c }).collect();
    let is_date = ["NNNN", "NNNN-NN", "NNNN-NN-NN"].contains(&shape.as_str());
    let has_zone = ["Z", "+NN:NN", "-NN:NN"].iter().any(|zone| shape.ends_with(zone));
    if is_date || (shape.starts_with("NNNN-NN-NNTNN:NN:NN") && has_zone) {
        return Ok(text.to_owned());
    }
    Err("a date (2024-01-01) or an instant (2024-01-01T00:00:00Z) was expected".to_owned())
}

/// What is done where there is no `$everything`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fallback {
    /// Each type of the patient compartment is searched.
    Search,
}

/// `fhirkit fetch`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit fetch sandbox -o me.ndjson                  who signed in: one resource a line, and a receipt
  fhirkit fetch sandbox --format bundle -o me.json    one Bundle
  fhirkit fetch mine --patient 2657 --type Coverage,ExplanationOfBenefit
  fhirkit fetch mine --bulk --group all -o bulk       Bulk Data $export, by Backend Services
The same command goes on where a stopped one left off.")]
pub(crate) struct FetchArgs {
    /// Where to write: a file, or a folder of pages [default: PROVIDER.ndjson, .json or -pages]
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) output: Option<PathBuf>,
    /// How to write: ndjson, bundle or pages (as they came)
    #[arg(long, value_name = "FORMAT", default_value = "ndjson", hide_possible_values = true)]
    pub(crate) format: FetchFormat,
    /// Replace what stands at the output's place
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Which part of whose record.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// A bulk export instead.
    #[command(flatten)]
    pub(crate) bulk: BulkArgs,
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `fhirkit fetch --bulk`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Bulk export")]
pub(crate) struct BulkArgs {
    /// Export the records of all patients into a folder (Bulk Data $export)
    #[arg(long, conflicts_with_all = ["patient", "count", "everything_fallback", "format"])]
    pub(crate) bulk: bool,
    /// Those of the members of this group instead
    #[arg(long, value_name = "ID", requires = "bulk")]
    pub(crate) group: Option<String>,
    /// All that the server has instead
    #[arg(long, requires = "bulk", conflicts_with = "group")]
    pub(crate) system: bool,
    /// Narrow a type down: Observation?category=laboratory
    #[arg(long, value_name = "SEARCH", requires = "bulk")]
    pub(crate) type_filter: Vec<String>,
    /// Files that are downloaded at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) parallel: u8,
    /// Give up the export that was begun, and tell the server
    #[arg(long, requires = "bulk")]
    pub(crate) cancel: bool,
}

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FetchFormat {
    /// One resource a line.
    Ndjson,
    /// One collection Bundle.
    Bundle,
    /// A folder with the pages as they came.
    Pages,
}

/// `fhirkit sandbox`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit sandbox                                     a payer on this machine; fhirkit login sandbox
  fhirkit sandbox --data records/ --port 0            your own records, any free port
  fhirkit sandbox --fault 429:2 --fault lost-page-410 what a client must survive")]
pub(crate) struct SandboxArgs {
    /// The port on 127.0.0.1; 0 takes any free one
    #[arg(long, value_name = "N", default_value_t = 8788)]
    pub(crate) port: u16,
    /// How many synthetic members there are
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) members: u64,
    /// Which members: the same seed gives the same
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Serve these records instead: files, folders, globs
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) data: Vec<String>,
    /// Every record has this many resources: repeated or cut
    #[arg(long, value_name = "N")]
    pub(crate) resources: Option<usize>,
    /// Most resources on a page
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) page_size: u32,
    /// Read the confidential client's secret from this file [default: a built-in one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// The public key of the Backend Services client: PEM, JWK or JWKS
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) backend_key: Vec<PathBuf>,
    /// Give refresh tokens, which rotate; the payer gives none
    #[arg(long)]
    pub(crate) refresh_tokens: bool,
    /// How long a token is good, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_399)]
    pub(crate) token_lifetime: u64,
    /// Name the issuer in redirects (RFC 9207); the payer does not
    #[arg(long)]
    pub(crate) send_issuer: bool,
    /// Serve https with a certificate made at the start, whose PEM goes to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// What goes wrong on purpose.
    #[arg(
        long,
        value_name = "FAULT",
        help = "Let something go wrong: NAME[:TIMES][@PAGE][=VALUE]; --fault list names all"
    )]
    pub(crate) fault: Vec<String>,
    /// Print what clients need as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `fhirkit pull`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit pull sandbox --to parquet -o record/        who signed in, as tables
  fhirkit pull sandbox -o record/ --validate          what is invalid goes to the rejects
The same command goes on where a stopped one left off.")]
pub(crate) struct PullArgs {
    /// The folder for the tables
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output: PathBuf,
    /// The format of the tables: parquet, csv or ndjson
    #[arg(long, value_name = "FORMAT", default_value = "parquet", hide_possible_values = true)]
    pub(crate) to: Format,
    /// Validate on the way
    #[arg(long)]
    pub(crate) validate: bool,
    /// What becomes of an invalid resource: keep, quarantine, drop or fail
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "quarantine",
        requires = "validate",
        hide_possible_values = true
    )]
    pub(crate) on_invalid: OnInvalid,
    /// Replace an earlier export at the same place
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Which part of whose record.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
