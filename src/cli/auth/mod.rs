//! `auth`: commands for people who want a token without copying and pasting.
//!
//! [`login`] uses the browser, [`exchange`] takes a copied code, and [`tokens`] renews, revokes and explains the tokens
//! of a config. They print plain text on stdout and one sentence on stderr after a failure, and never a secret: a token
//! goes into the config file and nowhere else.

mod app;
mod audits;
mod browser;
mod callback;
mod consent;
mod exchange;
mod file;
mod ledgers;
mod login;
mod page;
mod plans;
mod prompt;
mod tokens;

use std::process::ExitCode;

use super::args::{AuthCommand, ConfigArgs, LedgerCommand, PlanArgs};
use super::audit_args::AuditArgs;
use super::console::Console;
use crate::error::{Error, Result};
use crate::waits;

/// The exit code where what was compared is not equal; 1 is a failure, 2 a wrong command line.
const DIFFERS: u8 = 3;

/// A command for people.
pub(super) enum People {
    Auth(AuthCommand),
    Audit(ConfigArgs),
    AuditReports(AuditArgs),
    Ledger(LedgerCommand),
    Plan(PlanArgs),
}

/// How a command ended.
enum CommandEnd {
    Done,
    /// It is done, and what it compared is not equal.
    Differs,
    Failed(Error),
    /// The command line asks for what cannot be.
    Misused(Error),
    /// A signal asked to stop: 128 + its number, as shells count.
    Stopped(u8),
}

/// Runs a command to its end, or until a signal comes.
pub(super) fn run(command: People) -> ExitCode {
    let console = Console::default();
    match command {
        // It reads, so what a read warns of is worth a look.
        People::AuditReports(_) => console.print_log(),
        _ => console.print_waits(),
    }
    // The others wait for a person.
    let asks = matches!(command, People::Audit(_) | People::AuditReports(_) | People::Plan(_));
    let stopped = stopped(&command);
    let end = super::runtime().map(|runtime| {
        let end = runtime.block_on(async {
            let mut signals = super::Signals::catch();
            tokio::select! {
                end = waits::told(self::command(command, &console)) => end.unwrap_or_else(CommandEnd::Failed),
                code = signals.next() => CommandEnd::Stopped(code),
            }
        });
        runtime.shutdown_background();
        if asks {
            waits::book().say_last_word();
        }
        end
    });
    prompt::restore();
    let end = match (end.unwrap_or_else(CommandEnd::Failed), console.written()) {
        (CommandEnd::Done | CommandEnd::Differs, Err(error)) => CommandEnd::Failed(error),
        (end, _) => end,
    };
    match end {
        CommandEnd::Done => ExitCode::SUCCESS,
        CommandEnd::Differs => ExitCode::from(DIFFERS),
        CommandEnd::Failed(error) => {
            console.error(&error);
            ExitCode::FAILURE
        }
        CommandEnd::Misused(error) => {
            console.error(&error);
            ExitCode::from(super::MISUSED)
        }
        CommandEnd::Stopped(code) => {
            console.warn(stopped);
            ExitCode::from(code)
        }
    }
}

/// What is said after a signal. A log-in writes the config last; the others may have renewed its tokens by then.
fn stopped(command: &People) -> &'static str {
    match command {
        People::Auth(AuthCommand::Login(_) | AuthCommand::Exchange(_)) => {
            "Stopped before it was finished; the config file is as it was."
        }
        _ => "Stopped before it was finished.",
    }
}

async fn command(command: People, console: &Console) -> Result<CommandEnd> {
    match command {
        People::AuditReports(args) => audits::audit(&args, console).await,
        command => self::plain(command, console).await.map(|()| CommandEnd::Done),
    }
}

/// Commands that are done or fail.
async fn plain(command: People, console: &Console) -> Result<()> {
    let command = match command {
        People::Auth(command) => command,
        // `command` runs it.
        People::AuditReports(_) => return Ok(()),
        People::Audit(args) => return ledgers::audit(&args.config, console).await,
        People::Plan(args) => return plans::plan(&args, console).await,
        People::Ledger(LedgerCommand::Forget(args)) => return ledgers::forget(&args.config, console).await,
    };
    match command {
        AuthCommand::Login(args) => login::login(args, console).await,
        AuthCommand::Exchange(args) => exchange::exchange(args, console).await,
        AuthCommand::Refresh(args) => tokens::refresh(&args.config, console).await,
        AuthCommand::Revoke(args) => tokens::revoke(&args.config, console).await,
        AuthCommand::Whoami(args) => tokens::whoami(&args.config, console).await,
    }
}
