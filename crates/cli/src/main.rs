//! The `fhirkit` command: arguments → library calls → exit code.
//!
//! Data goes to stdout, everything else to stderr. What a library user would miss lives in the rooms, not here.

mod args;
mod commands;
mod config;
mod definitions;
mod exit;
mod interrupt;
mod near;
mod network;
mod output;
mod paging;
mod progress;
mod settings;
mod size;

use std::process::ExitCode;

use crate::args::{ColorChoice, Command};
use crate::exit::{Exit, Failure};
use crate::output::Stderr;
use crate::settings::Settings;

// Workers allocate and free on different threads, where the system's allocator waits for locks and gives memory
// back late; both would show in `--memory`. Its settings stand in .cargo/config.toml.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    interrupt::outlive_full_files();
    let exit = match settings::read(std::env::args_os()) {
        Ok((settings, command)) => end(&settings.stderr, run(&settings, command)),
        Err(failure) => end(&Stderr::new(ColorChoice::Auto, false), Err(failure)),
    };
    exit.into()
}

fn run(settings: &Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Export(arguments) => commands::export::run(settings, *arguments),
        Command::Validate(arguments) => commands::validate::run(settings, *arguments),
        Command::Rule(arguments) => commands::rule::run(&arguments),
        Command::Packages(arguments) => commands::packages::run(settings, &arguments),
        Command::Init(arguments) => commands::init::run(settings, &arguments.command),
        Command::Summary(arguments) => commands::summary::run(settings, arguments),
        Command::Views(arguments) => commands::views::run(arguments.command),
        Command::Demo(arguments) => commands::demo::run(settings, &arguments),
        Command::Login(arguments) => commands::login::run(settings, &arguments),
        Command::Logout(arguments) => commands::login::logout(settings, &arguments),
        Command::Whoami(arguments) => commands::login::whoami(settings, &arguments),
        Command::Token(arguments) => commands::token::run(settings, &arguments),
        Command::Userinfo(arguments) => commands::token::userinfo(settings, &arguments),
        Command::Fetch(arguments) => commands::fetch::run(settings, &arguments),
        Command::Pull(arguments) => commands::pull::run(settings, &arguments),
        Command::Sandbox(arguments) => commands::sandbox::run(settings, *arguments),
        Command::Doctor(arguments) => commands::doctor::run(settings, &arguments),
        Command::Config(arguments) => commands::config::run(settings, &arguments.command),
        Command::Completions(arguments) => commands::completions::run(arguments.shell),
        Command::Man(arguments) => commands::man::run(&arguments),
    }
}

fn end(stderr: &Stderr, result: Result<Exit, Failure>) -> Exit {
    match result {
        Ok(exit) => exit,
        Err(failure) => {
            if let Some(issue) = &failure.issue {
                stderr.issue(issue);
            }
            failure.exit
        }
    }
}
