//! The shell of the command line: it opens stdout, runs a verb, and turns its result into a TRACE and an exit code.

pub(crate) mod args;
mod audit_args;
mod auth;
mod connect;
mod console;
mod destination;
mod manual;
mod outputs;
mod roles;
mod source;
mod state_keeper;
mod state_place;
mod telling;
mod text_file;
mod webhook;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use args::{Parsed, Role};
use clap::error::ErrorKind;
use secrecy::SecretString;
use state_keeper::Keeping;
use telling::Telling;
use text_file::text;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Kind, Result};
use crate::protocol::message::CheckStatus;
use crate::protocol::output::OutputWriter;
use crate::protocol::redaction::Redaction;
use crate::protocol::{Message, Output, log, output};
use crate::report::Ended;
use crate::waits;

/// The variable with the lowest level of LOG messages.
const LOG_LEVEL: &str = "LOG_LEVEL";

/// The exit code of a command line that is wrong.
const MISUSED: u8 = 2;

/// How a command ended.
enum End {
    Done,
    /// It failed, and stdout has the error already.
    Told,
    /// Nobody reads stdout any more.
    Closed,
    /// A signal asked to stop: 128 + its number, as shells count.
    Stopped(u8),
}

/// Runs the command line of this process.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let parsed = match args::parse(args.iter().cloned()) {
        Ok(parsed) => parsed,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            // A person asked for help: the only text on stdout that is no message.
            return help(&error);
        }
        Err(error) if roles::is_for_people(&args) => return misused_by_people(&error, &args),
        Err(error) => return misused(&error),
    };
    if let Err(error) = output::check_stdout() {
        return complain(&error);
    }
    let Parsed { cli, ignored } = parsed;
    let role = match cli.role {
        Role::Webhook { command } => {
            connect::set_clock();
            return webhook::run(command);
        }
        Role::Completions(args) => return manual::completions(args.shell),
        Role::Man(args) => return manual::man(&args.folder),
        role => role,
    };
    let role = match people(role) {
        Ok(command) => {
            connect::set_clock();
            return auth::run(command);
        }
        Err(role) => *role,
    };
    match Output::stdout() {
        Ok((output, writer)) => run(Parsed { cli: args::Cli { role }, ignored }, &output, writer),
        Err(error) => complain(&error),
    }
}

/// A command for people, or what platforms call.
fn people(role: Role) -> std::result::Result<auth::People, Box<Role>> {
    match role {
        Role::Auth { command } => Ok(auth::People::Auth(command)),
        Role::Ledger { command } => Ok(auth::People::Ledger(command)),
        Role::Destination { verb: args::DestinationVerb::Audit(args) } => Ok(auth::People::Audit(args)),
        Role::Source { verb: args::SourceVerb::Plan(args) } => Ok(auth::People::Plan(args)),
        Role::Source { verb: args::SourceVerb::Audit(args) } => Ok(auth::People::AuditReports(args)),
        role => Err(Box::new(role)),
    }
}

fn run(parsed: Parsed, output: &Output, writer: OutputWriter) -> ExitCode {
    log::install(output.clone(), log::level(std::env::var(LOG_LEVEL).ok().as_deref()));
    connect::set_clock();
    for flag in &parsed.ignored {
        tracing::warn!("Ignored on the command line: {flag}");
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.message(&Message::error(&error, None));
            return writer.join().map_or_else(|error| complain(&error), |()| ExitCode::FAILURE);
        }
    };
    let (end, written) = runtime.block_on(async {
        let mut signals = Signals::catch();
        let around = Around::default();
        let end = waits::told(Box::pin(async {
            let end = Box::pin(until_stopped(parsed, output, &mut signals, &around)).await;
            keep_state(end, &around.keeping, output, &mut signals).await
        }))
        .await;
        waits::book().say_last_word();
        let ended = match &end {
            Ok(End::Done) => Ended::Whole,
            Ok(End::Stopped(_) | End::Closed) => Ended::Stopped,
            Ok(End::Told) | Err(_) => Ended::Broken,
        };
        around.telling.end(ended, end.as_ref().err(), output).await;
        if let Err(error) = &end {
            output.message(&Message::error(error, None));
        }
        finish_output(end, writer, &mut signals).await
    });
    runtime.shutdown_background();
    if let Err(error) = written {
        return complain(&error);
    }
    match end {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Stopped(code)) => ExitCode::from(code),
        Ok(End::Told | End::Closed) | Err(_) => ExitCode::FAILURE,
    }
}

/// What is done for a run after it ended, however it did.
#[derive(Default)]
struct Around {
    keeping: Keeping,
    telling: Telling,
}

/// Runs the verb until it ends, stdout fails or a signal comes. Then it drops all work in progress.
async fn until_stopped(parsed: Parsed, output: &Output, signals: &mut Signals, around: &Around) -> Result<End> {
    tokio::select! {
        end = verb(parsed, output, around) => end,
        () = output.failed() => Ok(End::Closed),
        code = signals.next() => Ok(End::Stopped(code)),
    }
}

/// Keeps the last state, where one is to be kept. What was asked for is not done before.
async fn keep_state(end: Result<End>, keeping: &Keeping, output: &Output, signals: &mut Signals) -> Result<End> {
    let Some(keeper) = keeping.keeper() else { return end };
    let kept = match &end {
        Ok(End::Stopped(_)) => tokio::select! {
            kept = keeper.keep_soon() => kept,
            _ = signals.next() => Ok(()),
        },
        _ => tokio::select! {
            kept = keeper.keep() => kept.map(drop),
            code = signals.next() => return Ok(End::Stopped(code)),
        },
    };
    match (end, kept) {
        (Ok(End::Done), Err(error)) => Err(error),
        (end, Err(error)) => {
            output.message(&Message::error(&error, None));
            end
        }
        (end, Ok(())) => end,
    }
}

/// How long to wait for a reader that stands still after a signal.
const FINISH_WAIT_MAX: Duration = Duration::from_millis(500);

/// Waits until all output is written. After a signal it waits a short time only, because a reader that stands still
/// must not keep the process alive.
async fn finish_output(end: Result<End>, mut writer: OutputWriter, signals: &mut Signals) -> (Result<End>, Result<()>) {
    let mut written = pin!(writer.close());
    let stopped = match end {
        Ok(End::Stopped(code)) => code,
        end => tokio::select! {
            written = &mut written => return (end, written),
            code = signals.next() => code,
        },
    };
    let written = tokio::select! {
        written = written => written,
        () = tokio::time::sleep(FINISH_WAIT_MAX) => Ok(()),
        _ = signals.next() => Ok(()),
    };
    (Ok(End::Stopped(stopped)), written)
}

/// Worker threads. TikTok's quota does not keep even one busy, and each has its own heap.
const WORKERS: usize = 2;

fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    runtime.map_err(|error| Error::new(Kind::Local, "Cannot start").because(error))
}

/// SIGINT and SIGTERM.
struct Signals(Option<(Signal, Signal)>);

impl Signals {
    /// Catches signals from now on. Until the first wait, an uncaught signal would kill the process.
    fn catch() -> Self {
        let both = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        Self(if let (Ok(interrupt), Ok(terminate)) = both { Some((interrupt, terminate)) } else { None })
    }

    /// Waits for a signal and returns its exit code.
    async fn next(&mut self) -> u8 {
        let Some((interrupt, terminate)) = &mut self.0 else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
        }
    }
}

async fn verb(parsed: Parsed, output: &Output, around: &Around) -> Result<End> {
    match parsed.cli.role {
        Role::Source { verb } => Box::pin(source::run(verb, output, around)).await,
        Role::Destination { verb } => destination::run(verb, output, &around.telling).await,
        // `main` runs them elsewhere, because they print plain text.
        Role::Auth { .. } | Role::Webhook { .. } | Role::Ledger { .. } | Role::Completions(_) | Role::Man(_) => {
            Ok(End::Done)
        }
    }
}

fn print_spec(spec: &str, output: &Output) -> Result<End> {
    let spec: serde_json::Value = serde_json::from_str(spec)
        .map_err(|error| Error::new(Kind::Unexpected, "The built-in specification is broken").because(error))?;
    output.message(&Message::Spec { spec: &spec });
    Ok(End::Done)
}

/// The longest time of a check. Its calls to TikTok have an earlier deadline.
const CHECK_TIME_MAX: Duration = Duration::from_secs(55);

/// Ends a check in time, whatever it waits for.
async fn in_time(check: impl Future<Output = Result<()>>) -> Result<()> {
    let late = |_| {
        Err(Error::new(Kind::Timeout, format!("The check was not done within {} s", CHECK_TIME_MAX.as_secs()))
            .advise("The log shows what it was waiting for; look at the network, and at the place for rejected records if one is set."))
    };
    tokio::time::timeout(CHECK_TIME_MAX, check).await.unwrap_or_else(late)
}

/// Reports the result of a check. Bad settings and refused credentials are results, not failures of the command.
fn answer_check(checked: Result<()>, output: &Output) -> End {
    match checked {
        Ok(()) => output.message(&Message::connection_status(CheckStatus::Succeeded, None)),
        Err(error) => {
            if !error.details().is_empty() {
                tracing::info!("Details of the failed check: {}", error.details());
            }
            output.message(&Message::connection_status(CheckStatus::Failed, Some(&error.to_string())));
        }
    }
    End::Done
}

/// Prints clap's error about a command for people, with its usage. The arguments may be codes or secrets, so they are
/// masked.
fn misused_by_people(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let redaction = Redaction::default();
    let values = args.iter().skip(2).map(|arg| arg.to_string_lossy());
    let values = values.map(|arg| arg.split_once('=').map_or(arg.to_string(), |(_, value)| value.to_owned()));
    redaction.add(&values.filter(|value| !value.starts_with("--")).map(SecretString::from).collect::<Vec<_>>());
    let _ = std::io::stderr().write_all(redaction.mask(error.to_string()).as_bytes());
    ExitCode::from(MISUSED)
}

fn help(help: &clap::Error) -> ExitCode {
    match output::check_stdout() {
        Ok(()) if help.print().is_ok() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => complain(&error),
    }
}

/// Reports an invalid command line: a TRACE for the platform, clap's text for a person.
fn misused(error: &clap::Error) -> ExitCode {
    let usage = error.to_string();
    let fault = Error::config(format!("The command line is wrong: {}", what_is_wrong(error, &usage)))
        .advise("`tiktok-ads --help` shows the commands.");
    if std::io::stderr().is_terminal() {
        let _ = std::io::stderr().write_all(usage.as_bytes());
    }
    match output::check_stdout().and_then(|()| Output::stdout()) {
        Ok((output, writer)) => {
            output.message(&Message::error(&fault, None));
            let _ = writer.join();
        }
        // Who closed stdout still hears what is wrong.
        Err(_) => {
            let _ = writeln!(std::io::stderr(), "{fault}");
        }
    }
    ExitCode::from(MISUSED)
}

/// The first paragraph of clap's text, on one line.
fn what_is_wrong(error: &clap::Error, usage: &str) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "it names no command".to_owned();
    }
    let paragraph = usage.lines().map(str::trim).take_while(|line| !line.is_empty());
    paragraph.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

/// Prints an error to stderr because stdout has failed. A pipe that the reader closed needs no message.
fn complain(error: &Error) -> ExitCode {
    if error.io() != Some(std::io::ErrorKind::BrokenPipe) {
        let _ = writeln!(std::io::stderr(), "{error}");
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_check_ends_in_time_whatever_it_hangs_at() {
        let late = in_time(std::future::pending()).await.unwrap_err();
        assert_eq!(late.kind(), Kind::Timeout);
        assert!(late.to_string().starts_with("The check was not done within 55 s. "), "{late}");
        let told = in_time(async { Err(Error::config("told at once")) }).await.unwrap_err();
        assert_eq!(told.message(), "told at once");
    }
}
