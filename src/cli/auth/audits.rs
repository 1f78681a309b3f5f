//! `source audit`, for people and schedulers: whether reports add up.

use std::sync::{Arc, Mutex};

use super::CommandEnd;
use super::file::{ConfigFile, FileStore};
use crate::cli::audit_args::AuditArgs;
use crate::cli::connect;
use crate::cli::console::Console;
use crate::clock;
use crate::config::SourceConfig;
use crate::config::shard::INDEX_VARIABLE;
use crate::error::{Error, Kind, Result};
use crate::source::audit::{Audit, Auditor, Verdict, days};
use crate::tiktok::token::TokenStore;
use crate::waits;
use crate::words::counted;

/// Prints what does not add up.
pub(super) async fn audit(args: &AuditArgs, console: &Console) -> Result<CommandEnd> {
    let days = match days::window(args.start_date, args.end_date, clock::now()) {
        Ok(days) => days,
        Err(error) => return Ok(CommandEnd::Misused(error)),
    };
    let file = ConfigFile::existing(&args.config)?;
    let mut config = SourceConfig::parse(&file.text())?;
    config.settle_shard(std::env::var(INDEX_VARIABLE).ok().as_deref())?;
    console.redaction.add(config.credentials.secrets());
    console.redaction.add(config.secrets());
    let store: Arc<dyn TokenStore> = Arc::new(FileStore(Mutex::new(file)));
    let client = connect::client(&connect::Terms::from(&config), &store)?;
    let auditor = Auditor::new(&client, &config, days).await?;
    let all = auditor.advertisers();
    let a_second = u64::from(config.quota.requests_per_second.get());
    console.warn(format!(
        "Asking at least {} of {}, {} s at {a_second} a second; four more of each whose sums differ.",
        counted(auditor.requests(), "request"),
        counted(all, "advertiser"),
        auditor.requests().div_ceil(a_second),
    ));
    let tell = |done: usize| {
        if done < all {
            console.warn(format!("{done} of {} are done", counted(all, "advertiser")));
        }
    };
    let audit = Box::pin(auditor.audit(tell)).await?;
    let requests = waits::book().whole().requests;
    console.line(if args.json { audit.json(requests) } else { audit.text(requests).trim_end().to_owned() });
    match audit.verdict() {
        Verdict::Equal => Ok(CommandEnd::Done),
        Verdict::Differs => Ok(CommandEnd::Differs),
        Verdict::Unknown => Err(not_whole(&audit)),
    }
}

/// What could not be told is a failure, whatever the rest is.
fn not_whole(audit: &Audit) -> Error {
    for failure in audit.failures.iter().skip(1) {
        tracing::warn!("{failure}");
    }
    let first = audit.failures.first().cloned().or_else(|| audit.first_unknown());
    let first = first.map(|first| format!(": {}", first.trim_end_matches('.'))).unwrap_or_default();
    Error::new(Kind::Local, format!("Not every advertiser could be audited{first}"))
        .advise("What could be told stands above; mend this, and audit again.")
}
