//! `webhook`: commands for people and services that receive what TikTok tells by itself. They print plain text, and
//! never a secret.

mod serve;
mod subscriptions;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use chrono::TimeDelta;

use super::args::WebhookCommand;
use super::console::Console;
use crate::clock;
use crate::config::WebhookConfig;
use crate::error::{Error, Result};
use crate::webhook::spool::Spool;
use crate::words::counted;

/// Runs a command to its end, or until a signal comes.
pub(super) fn run(command: WebhookCommand) -> ExitCode {
    let console = Console::default();
    console.print_log();
    let end = super::runtime().map(|runtime| {
        let end = runtime.block_on(async {
            let mut signals = super::Signals::catch();
            if let WebhookCommand::Serve(args) = &command {
                return serve::serve(args, &console, &mut signals).await.map(|()| ExitCode::SUCCESS);
            }
            tokio::select! {
                end = self::command(&command, &console) => end,
                code = signals.next() => Ok(ExitCode::from(code)),
            }
        });
        runtime.shutdown_background();
        end
    });
    end.and_then(|end| end).and_then(|code| console.written().map(|()| code)).unwrap_or_else(|error| {
        console.error(&error);
        ExitCode::FAILURE
    })
}

async fn command(command: &WebhookCommand, console: &Console) -> Result<ExitCode> {
    match command {
        WebhookCommand::Serve(_) => Ok(ExitCode::SUCCESS),
        WebhookCommand::Verify(args) => verify::verify(args, console),
        WebhookCommand::Subscribe(args) => subscriptions::subscribe(args, console).await,
        WebhookCommand::List(path) => subscriptions::list(&path.config, console).await,
        WebhookCommand::Unsubscribe(args) => subscriptions::unsubscribe(args, console).await,
        WebhookCommand::Prune(path) => prune(&path.config, console).await,
    }
}

/// The web hooks of a config; its secrets are printed nowhere from now on.
fn open(path: &Path, console: &Console) -> Result<WebhookConfig> {
    let config = WebhookConfig::parse(&super::text(path, "--config")?)?;
    console.redaction.add(config.webhooks.secrets());
    Ok(config)
}

/// Takes away what is old and was read.
async fn prune(path: &Path, console: &Console) -> Result<ExitCode> {
    let config = open(path, console)?.webhooks;
    let before = clock::now() - TimeDelta::days(config.keep_days.into());
    let Some(spool) = Spool::there(&config)? else {
        return Err(Error::config("The folder of `webhooks.spool` is not there, so there is nothing to take away")
            .advise("Name the folder that `tiktok-ads webhook serve` keeps call-backs in."));
    };
    let pruned = spool.prune(before.timestamp_millis()).await?;
    console.line(format!(
        "Removed {} of the spool; {} stay.",
        counted(pruned.removed, "file"),
        pruned.kept + pruned.unread
    ));
    if pruned.unread > 0 {
        console.line(format!(
            "{} older than {} days, but no sync has read all of it: read the stream webhook_events, or leads, first.",
            if pruned.unread == 1 { "One file is".to_owned() } else { format!("{} files are", pruned.unread) },
            config.keep_days
        ));
    }
    Ok(ExitCode::SUCCESS)
}
