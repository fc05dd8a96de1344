//! The command line as clap reads it: the one definition behind help, man pages, completions and configuration.
//!
//! Here options only have a type. What they mean for a run is settled in [`crate::settings`] and in the commands.

pub(crate) mod export;
pub(crate) mod network;
pub(crate) mod project;
pub(crate) mod validate;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::size;

const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Examples first: most readers copy one and are done.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "fhirkit",
    version,
    about = "FHIR R4 from bytes to verdicts and tables",
    styles = STYLES,
    help_template = TEMPLATE,
    max_term_width = 110,
    infer_subcommands = false,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    before_help = "\
Examples:
  fhirkit demo members                                a few synthetic members to play with
  fhirkit summary members                             what is in there
  fhirkit validate members                            what is wrong, and what was checked
  fhirkit export members --format parquet -o out/     tables, one folder each",
    after_help = "Every command shows its own examples with --help. Settings: fhirkit config show."
)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct GlobalArgs {
    /// Print issues only: no progress, no closing lines
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// export and pull: -v shows every issue, not the first ten; -vv every table
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub(crate) color: ColorChoice,
    /// Worker threads [default: one a core]
    #[arg(short = 'j', long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Memory that the process may reach
    #[arg(long, global = true, value_name = "SIZE", default_value = "256MiB", value_parser = size::parse)]
    pub(crate) memory: u64,
    /// Largest entry to read; a larger one is rejected
    #[arg(long, global = true, value_name = "SIZE", default_value = "128MiB", value_parser = size::parse)]
    pub(crate) max_entry: u64,
    /// Folder for temporary files, which --strict with -o - needs [default: the system's]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) tmp_dir: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write FHIR resources as tables: Parquet, CSV or NDJSON
    Export(Box<export::ExportArgs>),
    /// Check FHIR resources against R4 and their profiles
    Validate(Box<validate::ValidateArgs>),
    /// Print the page of a rule: what it checks, why, an example
    Rule(project::RuleArgs),
    /// List, show and add the packages that validation knows
    Packages(project::PackagesArgs),
    /// Write files that a project needs
    Init(project::InitArgs),
    /// Say what is in FHIR files: types, profiles, references, claims
    Summary(SummaryArgs),
    /// List and show the built-in tables
    Views(ViewsArgs),
    /// Write a few synthetic members, Bundles as a payer sends them
    Demo(DemoArgs),
    /// Sign in at a payer, in a browser
    Login(network::LoginArgs),
    /// Forget a sign-in
    Logout(network::LogoutArgs),
    /// Say who is signed in where, and how long
    Whoami(network::WhoamiArgs),
    /// Print the token of a sign-in, for other programs
    Token(network::TokenArgs),
    /// Ask a payer who has signed in
    Userinfo(network::UserinfoArgs),
    /// Fetch a member's record from a payer
    Fetch(Box<network::FetchArgs>),
    /// Fetch a member's record and write it as tables
    Pull(Box<network::PullArgs>),
    /// Run a payer on this machine to try all this against
    Sandbox(Box<network::SandboxArgs>),
    /// Say what this fhirkit has and finds: versions, packages, sign-ins
    Doctor(network::DoctorArgs),
    /// Show settings and where each comes from
    Config(ConfigArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print man pages
    Man(ManArgs),
}

/// `fhirkit summary`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit summary members                             a folder
  fhirkit summary 'data/*.ndjson.gz'                  a glob
  curl -s URL | fhirkit summary -                     a stream
  fhirkit summary members --output-format json | jq .resources")]
pub(crate) struct SummaryArgs {
    /// Files, folders, globs, or - for stdin
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) inputs: Vec<String>,
    /// How to print: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(crate) output_format: OutputFormat,
}

/// How a command prints its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// `fhirkit views`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit views list                                  the tables, by pack
  fhirkit views columns claim_line                    what each column means
  fhirkit views show claim_line > mine.json           to start from; as yours it has no lineage
  fhirkit export members --view mine.json -o out/")]
pub(crate) struct ViewsArgs {
    /// What to print.
    #[command(subcommand)]
    pub(crate) command: ViewsCommand,
}

/// What `fhirkit views` prints.
#[derive(Debug, Subcommand)]
pub(crate) enum ViewsCommand {
    /// List the built-in tables by pack
    List {
        /// How to print: human or json
        #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
        output_format: OutputFormat,
    },
    /// Print a table's ViewDefinition (JSON)
    Show {
        /// The table, as `fhirkit views list` names it
        #[arg(value_name = "TABLE")]
        table: String,
    },
    /// Print a table's columns: name, type, FHIRPath, meaning
    Columns {
        /// The table, as `fhirkit views list` names it
        #[arg(value_name = "TABLE")]
        table: String,
        /// How to print: human or json
        #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
        output_format: OutputFormat,
    },
}

/// `fhirkit demo`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit demo members                                one Bundle a member
  fhirkit demo bulk --members 1000 --format ndjson    one file a resource type, as a bulk export has them
  fhirkit demo members --seed 7                       other people; the same seed gives the same bytes")]
pub(crate) struct DemoArgs {
    /// The folder to write
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
    /// How many members
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) members: u64,
    /// Which members: the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How to write: bundle or ndjson
    #[arg(long, value_name = "FORMAT", default_value = "bundle", hide_possible_values = true)]
    pub(crate) format: DemoFormat,
}

/// How `fhirkit demo` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoFormat {
    /// One Bundle a member.
    Bundle,
    /// One file a resource type.
    Ndjson,
}

/// `fhirkit config`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit config show                                 the settings, and where each comes from
  FHIRKIT_MEMORY=1g fhirkit config show
  printf '[export]\\nformat = \"csv\"\\n' > fhirkit.toml")]
pub(crate) struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What `fhirkit config` does.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show the settings and where each comes from
    Show,
}

/// `fhirkit completions`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit completions bash > ~/.local/share/bash-completion/completions/fhirkit
  fhirkit completions zsh > ~/.zfunc/_fhirkit
  fhirkit completions fish > ~/.config/fish/completions/fhirkit.fish
  fhirkit completions powershell >> $PROFILE")]
pub(crate) struct CompletionsArgs {
    /// The shell: bash, zsh, fish or powershell
    #[arg(value_name = "SHELL", value_parser = clap::builder::EnumValueParser::<CompletionShell>::new(), hide_possible_values = true)]
    pub(crate) shell: CompletionShell,
}

/// The shells with completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletionShell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
}

impl From<CompletionShell> for Shell {
    fn from(shell: CompletionShell) -> Shell {
        match shell {
            CompletionShell::Bash => Shell::Bash,
            CompletionShell::Zsh => Shell::Zsh,
            CompletionShell::Fish => Shell::Fish,
            CompletionShell::PowerShell => Shell::PowerShell,
        }
    }
}

/// `fhirkit man`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit man | man -l -                              read the page of fhirkit
  fhirkit man export | man -l -                       read the page of a command
  fhirkit man -o ~/.local/share/man/man1              install all pages")]
pub(crate) struct ManArgs {
    /// The command whose page is wanted, e.g. `export` or `views list` [default: fhirkit itself]
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    pub(crate) command: Vec<String>,
    /// Write all pages into this folder
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Cli;

    fn all(command: &Command) -> Vec<Command> {
        let mut commands = vec![command.clone()];
        commands.extend(command.get_subcommands().flat_map(all));
        commands
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_a_help_line_and_a_heading() {
        let mut root = Cli::command();
        root.build();
        for command in all(&root) {
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(
                    !help.is_empty() && help.lines().count() == 1,
                    "{} {}",
                    command.get_name(),
                    arg.get_id()
                );
                assert!(!help.ends_with('.'), "{} {}: {help}", command.get_name(), arg.get_id());
            }
        }
    }

    #[test]
    fn every_help_is_one_screen() {
        let mut root = Cli::command();
        root.build();
        for command in all(&root) {
            let help = command.clone().term_width(110).render_help().to_string();
            assert!(help.lines().count() <= 64, "{}: {}", command.get_name(), help.lines().count());
        }
    }
}
