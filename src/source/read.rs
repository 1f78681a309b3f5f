//! The shell of `read`: slices → pages → records, states, statuses.
//!
//! Streams run side by side and fail alone; within a stream so do advertisers. Everything shares one client,
//! whose limits and permits decide what really happens at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::accounts;
use super::activity::Asking;
use super::cursors::Cursors;
use super::emitter::Emitter;
use super::plan::{self, Scope};
use super::probe::Probe;
use super::reader::{Reader, crashed};
use super::sizes::Sizes;
use super::verdict::{self, Failed};
use super::whole::Campaigns;
use crate::config::SourceConfig;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::protocol::state::States;
use crate::protocol::{Message, Output};
use crate::streams::{Read, StreamDef};
use crate::tiktok::Client;

/// Rows of slices that are read at once, beyond their first pages. What is remembered of each row until its slice
/// ends is all that grows with a report, so this bounds memory.
pub(super) const ROWS_AT_ONCE_MAX: u32 = 300_000;

/// Everything a run shares.
pub struct Run {
    pub client: Client,
    pub config: SourceConfig,
    pub output: Output,
    pub(super) rows: Semaphore,
    pub(super) probe: Probe,
    pub(super) sizes: Sizes,
    campaigns: Mutex<HashMap<Arc<str>, Campaigns>>,
}

impl Run {
    #[must_use]
    pub fn new(client: Client, config: SourceConfig, output: Output) -> Self {
        let rows = Semaphore::new(ROWS_AT_ONCE_MAX as usize);
        Self {
            client,
            config,
            output,
            rows,
            probe: Probe::default(),
            sizes: Sizes::default(),
            campaigns: Mutex::default(),
        }
    }
}

impl Run {
    /// Where an advertiser's campaigns are kept once they are known.
    pub(super) fn campaigns_of(&self, advertiser: &Arc<str>) -> Campaigns {
        let mut campaigns = self.campaigns.lock().unwrap_or_else(PoisonError::into_inner);
        campaigns.entry(advertiser.clone()).or_default().clone()
    }
}

/// What became of a run: `Err` names what failed, which was told on stdout already.
pub type Outcome = std::result::Result<(), Vec<Error>>;

/// Reads the streams to their end. `Err` of the outer result is for what failed before any began.
pub async fn read(run: Run, streams: Vec<Arc<StreamDef>>, states: &States, terminal: bool) -> Result<Outcome> {
    let mut planned = Vec::with_capacity(streams.len());
    for stream in streams {
        let cursors = cursors(&stream, states)?;
        planned.push((stream, cursors));
    }
    let accounts = accounts::load(&run.client, &run.config).await?;
    let scope = Scope::new(&run.config, Utc::now());
    let progress = Progress::new(planned.iter().map(|(stream, _)| stream.name.clone()), terminal);
    let asking = planned.iter().fold(Asking::default(), |asking, (stream, _)| match &stream.read {
        Read::Report(report) => asking.with(report),
        _ => asking,
    });
    let run = Arc::new(run);
    let mut reading = JoinSet::new();
    for (at, (stream, cursors)) in planned.into_iter().enumerate() {
        if let Some(gauge) = progress.gauge(at) {
            let emitter = Emitter::start(stream.name.clone(), run.output.clone(), gauge);
            let reader = Reader::new(run.clone(), stream, scope.clone(), asking, emitter);
            reading.spawn(reader.run(accounts.clone(), cursors));
        }
    }
    let failed = tokio::select! {
        failed = all(reading) => failed,
        () = progress.draw() => Vec::new(),
    };
    progress.close();
    Ok(tell(&run.output, failed))
}

fn cursors(stream: &StreamDef, states: &States) -> Result<Option<Cursors>> {
    let read = |field| Cursors::read(&stream.name, field, plan::notation(stream), states.get(&*stream.name));
    stream.cursor.map(read).transpose()
}

async fn all(mut reading: JoinSet<Option<Failed>>) -> Vec<Failed> {
    let mut failed = Vec::new();
    while let Some(done) = reading.join_next().await {
        match done {
            Ok(one) => failed.extend(one),
            Err(panic) => failed.push(Failed { stream: "?".into(), errors: vec![crashed(panic)], partitions: 1 }),
        }
    }
    failed
}

/// Tells what failed; only now, so that what may pass stands first (airbyte.md 3.4).
fn tell(output: &Output, failed: Vec<Failed>) -> Outcome {
    let errors = verdict::sorted(failed);
    for (stream, error) in &errors {
        output.message(&Message::error(error, Some(stream)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into_iter().map(|(_, error)| error).collect()) }
}
