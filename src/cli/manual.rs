//! Man pages and the completions of shells, out of the definition of the command line.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::console::Console;
use crate::error::{Error, Kind};

const NAME: &str = "tiktok-ads";

pub(super) fn completions(shell: Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut text);
    let console = Console::default();
    console.line(String::from_utf8_lossy(&text).trim_end());
    match console.written() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Writes a page a command: `tiktok-ads.1`, `tiktok-ads-source-read.1`, …
pub(super) fn man(folder: &Path) -> ExitCode {
    let Err(fault) = clap_mangen::generate_to(Cli::command(), folder) else { return ExitCode::SUCCESS };
    let error = Error::new(Kind::Local, format!("Cannot write man pages into {}", folder.display())).because(fault);
    Console::default().error(&error.advise("Name a folder that is there and that you may write to."));
    ExitCode::FAILURE
}
