//! Man pages and the completions of shells, out of the definition of the command line.

use std::path::Path;
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::console::Console;
use super::roles::BARE_VERBS;
use crate::error::{Error, Kind};

const NAME: &str = "tiktok-ads";

pub(super) fn completions(shell: Shell) -> ExitCode {
    let console = Console::default();
    console.line(script(shell).trim_end());
    match console.written() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error);
            ExitCode::FAILURE
        }
    }
}

fn script(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut with_bare_verbs(Cli::command()), NAME, &mut text);
    let text = String::from_utf8_lossy(&text);
    // clap_complete 4.6 spells a name with a hyphen in two ways in bash, so that no verb is completed (clap's issue 6421).
    let [twisted, plain] = ["__subcmd__", "__"].map(|between| NAME.replace('-', between));
    text.replace(&twisted, &plain)
}

/// What also works without the word for its role, as the docs write it.
fn with_bare_verbs(command: Command) -> Command {
    let bare = BARE_VERBS.into_iter().filter_map(|(role, verb)| command.find_subcommand(role)?.find_subcommand(verb));
    let bare: Vec<Command> = bare.cloned().collect();
    command.subcommands(bare)
}

/// Writes a page a command: `tiktok-ads.1`, `tiktok-ads-source-read.1`, …
pub(super) fn man(folder: &Path) -> ExitCode {
    let Err(fault) = clap_mangen::generate_to(Cli::command(), folder) else { return ExitCode::SUCCESS };
    let error = Error::new(Kind::Local, format!("Cannot write man pages into {}", folder.display())).because(fault);
    Console::default().error(&error.advise("Name a folder that is there and that you may write to."));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_finds_every_verb_that_it_looks_for() {
        let text = script(Shell::Bash);
        let set = text.lines().filter_map(|line| line.trim().strip_prefix("cmd=\"")?.strip_suffix('"'));
        let verbs: Vec<&str> = set.filter(|verb| !verb.is_empty()).collect();
        assert!(verbs.len() > 30, "{verbs:?}");
        for verb in verbs {
            assert!(text.contains(&format!("\n        {verb})\n")), "{verb} has no flags");
        }
    }

    #[test]
    fn bare_verbs_are_completed_with_their_flags() {
        let command = with_bare_verbs(Cli::command());
        for (role, verb) in BARE_VERBS {
            let flags = |command: &Command| -> Vec<String> {
                command.get_arguments().map(|argument| argument.get_id().to_string()).collect()
            };
            let bare = command.find_subcommand(verb).unwrap();
            let whole = command.find_subcommand(role).and_then(|role| role.find_subcommand(verb)).unwrap();
            assert_eq!(flags(bare), flags(whole), "{verb}");
        }
    }
}
