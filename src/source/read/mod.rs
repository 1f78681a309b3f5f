//! The shell of `read`: slices → pages → records, states, statuses.
//!
//! Streams run side by side and fail alone; within a stream so do advertisers. Everything shares one client,
//! whose limits and permits decide what really happens at once.

mod accounts;
mod business;
mod causes;
mod change_log;
mod conduct;
mod emitter;
mod filed;
mod foresee;
mod gmv_max;
mod ids;
mod learn;
mod lost;
mod metric_join;
mod notice;
mod outcome;
mod parents;
mod probe;
mod question;
mod reader;
mod run;
mod split_report;
mod stream_progress;
mod sums;
mod team;

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use self::accounts::Advertisers;
pub(crate) use self::business::advertisers as advertisers_of;
use self::causes::Causes;
use self::conduct::conduct;
use self::emitter::Emitter;
pub(crate) use self::foresee::foresee;
use self::outcome::crashed;
use self::probe::Probe;
use self::reader::Reader;
pub(crate) use self::run::Run;
use self::sums::DailySums;
use crate::clock;
use crate::config::SourceConfig;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::protocol::Message;
use crate::protocol::message::descriptor;
use crate::protocol::state::{self, States};
use crate::report::Notes;
use crate::source::plan::account::{Account, NAMED_MAX};
use crate::source::plan::activity::ReportLoad;
use crate::source::plan::cursors::Cursors;
use crate::source::plan::verdict::{self, Failed};
use crate::source::plan::{self, Scope};
use crate::streams::{Read, StreamDef};
use crate::tiktok::Client;
use crate::words;

/// What became of a run: `Err` names what failed, which was told on stdout already.
pub(crate) type Outcome = std::result::Result<(), Vec<Error>>;

/// Reads the streams to their end. `Err` of the outer result is for what failed before any began.
pub(crate) async fn read(
    mut run: Run,
    streams: Vec<Arc<StreamDef>>,
    states: &States,
    terminal: bool,
) -> Result<Outcome> {
    let Parted { filed, streams } = parted(streams, &run.config, states)?;
    let mut planned = Vec::with_capacity(streams.len());
    for stream in streams {
        let cursors = cursors(&stream, states)?;
        planned.push((stream, cursors));
    }
    tell_of_no_cursor(&planned, &filed, states);
    // Without another stream TikTok need not be asked.
    let Advertisers { accounts, elsewhere, listed } = match planned.as_slice() {
        [] => Advertisers::default(),
        _ if let Some(accounts) = run.known.take() => Advertisers { accounts, ..Advertisers::default() },
        _ => accounts::load(&run.client, &run.config, &run.causes).await?,
    };
    tell_of_others(&planned, accounts.iter().map(|account| &*account.id).chain(elsewhere.iter().map(|id| &**id)));
    planned.iter_mut().filter_map(|(_, cursors)| cursors.as_mut()).for_each(|cursors| cursors.leave(&elsewhere));
    let scope = Scope::new(&run.config, clock::now());
    if !planned.is_empty() && plan::starts_later(&scope, &accounts) {
        tracing::warn!(
            "`start_date` ({}) is yet to come, so reports have no day to read, and of lists nothing comes but what tells no \
             time of change",
            scope.start_date
        );
    }
    let names = planned.iter().map(|(stream, _)| stream.name.clone());
    let progress = Progress::new(names.chain(filed.iter().map(|(stream, _)| stream.name.clone())), terminal);
    note(&run.notes, &progress, &accounts);
    let load = load(planned.iter().map(|(stream, _)| &**stream));
    run.listed = listed;
    run.probe = Probe::of(&run.client, &scope, &accounts);
    run.sums = DailySums::of(&scope, planned.iter().map(|(stream, _)| &**stream));
    let (run, accounts) = (Arc::new(run), Arc::<[_]>::from(accounts));
    let mut reading = JoinSet::new();
    for (at, (stream, open)) in filed.into_iter().enumerate() {
        if let Some(gauge) = progress.gauge(planned.len() + at) {
            let emitter = Emitter::start(stream.name.clone(), run.output.clone(), gauge);
            reading.spawn(open(emitter, run.output.clone()));
        }
    }
    for (at, (stream, cursors)) in planned.into_iter().enumerate() {
        if let Some(gauge) = progress.gauge(at) {
            let emitter = Emitter::start(stream.name.clone(), run.output.clone(), gauge);
            let reader = Reader::new(run.clone(), stream, scope.clone(), load, emitter);
            reading.spawn(conduct(reader, accounts.clone(), cursors));
        }
    }
    let failed = tokio::select! {
        failed = all(reading) => failed,
        () = progress.draw() => Vec::new(),
    };
    progress.close();
    Ok(tell(&run, failed))
}

/// All advertisers that a run of this config is about.
pub(crate) async fn accounts_of(client: &Client, config: &SourceConfig) -> Result<Vec<Account>> {
    let causes = Causes::new(config.named_advertisers().is_empty()).of_part(config.shard().is_part());
    accounts::load(client, config, &causes).await.map(|advertisers| advertisers.accounts)
}

fn note(notes: &Notes, progress: &Progress, accounts: &[Account]) {
    notes.streams(progress.gauges());
    notes.setting("Advertisers", accounts.len().to_string());
    notes.setting("Streams", progress.gauges().len().to_string());
}

/// The reports among some streams.
fn load<'s>(streams: impl Iterator<Item = &'s StreamDef>) -> ReportLoad {
    streams.fold(ReportLoad::default(), |load, stream| match &stream.read {
        Read::Report(report) => load.with(report),
        _ => load,
    })
}

/// The streams of a run by where their records come from.
struct Parted {
    /// Out of files, opened.
    filed: Vec<(Arc<StreamDef>, filed::Opening)>,
    /// From TikTok.
    streams: Vec<Arc<StreamDef>>,
}

fn parted(streams: Vec<Arc<StreamDef>>, config: &SourceConfig, states: &States) -> Result<Parted> {
    let kept = |stream: &StreamDef| match stream.read {
        Read::Files(kept) => Some(kept),
        _ => None,
    };
    let is_alone = streams.iter().all(|stream| kept(stream).is_some_and(|kept| !filed::is_set(kept, config)));
    let mut parted = Parted { filed: Vec::new(), streams: Vec::new() };
    for stream in streams {
        match kept(&stream) {
            Some(kept) => {
                let opening = match config.shard().reads_the_tokens() {
                    true => filed::open(&stream, kept, config, states, is_alone)?,
                    false => filed::elsewhere(&stream, states),
                };
                parted.filed.push((stream, opening));
            }
            None => parted.streams.push(stream),
        }
    }
    Ok(parted)
}

/// Who passes a state wants to go on from somewhere. What it says of streams that are read is no sign of another
/// connection: a first run that broke off leaves it, and so does a shard that began a little earlier.
fn tell_of_no_cursor(
    planned: &[(Arc<StreamDef>, Option<Cursors>)],
    filed: &[(Arc<StreamDef>, filed::Opening)],
    states: &States,
) {
    let cursors: Vec<_> = planned.iter().filter_map(|(_, cursors)| cursors.as_ref()).collect();
    let read = planned.iter().map(|(stream, _)| stream).chain(filed.iter().map(|(stream, _)| stream));
    let read: HashSet<&str> = read.map(|stream| &*stream.name).collect();
    let about = states.iter().filter(|(name, state)| !read.contains(name.as_str()) && state::says_something(state));
    let mut about: Vec<String> = about.map(|(name, _)| format!("`{name}`")).collect();
    if cursors.is_empty() || about.is_empty() || cursors.iter().any(|cursors| !cursors.is_empty()) {
        return;
    }
    about.sort_unstable();
    tracing::warn!(
        "The state has no cursor for any stream that is read, so all is read from `start_date` on; it is about {}",
        words::some(&about, NAMED_MAX)
    );
}

/// A state may be of another connection, or its ids were rounded on the way.
fn tell_of_others<'i>(planned: &[(Arc<StreamDef>, Option<Cursors>)], ids: impl Iterator<Item = &'i str>) {
    let ids: HashSet<&str> = ids.collect();
    let is_of_others = |cursors: &Option<Cursors>| cursors.as_ref().is_some_and(|cursors| cursors.is_of_others(&ids));
    let streams: Vec<String> = planned
        .iter()
        .filter(|(_, cursors)| is_of_others(cursors))
        .map(|(stream, _)| format!("`{}`", stream.name))
        .collect();
    if !streams.is_empty() {
        tracing::warn!(
            "The state of {} is about none of the advertisers that are read, so these are read from `start_date` on; \
             was it made by another connection, or did a tool round its ids?",
            words::some(&streams, NAMED_MAX)
        );
    }
}

fn cursors(stream: &StreamDef, states: &States) -> Result<Option<Cursors>> {
    let read = |form| Cursors::read(&form, states.get(&*stream.name));
    plan::form(stream).map(read).transpose()
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

/// Tells what failed; only now, so that what may pass stands first.
fn tell(run: &Run, failed: Vec<Failed>) -> Outcome {
    let Run { output, notes, .. } = run;
    let verdict = verdict::verdict(failed);
    for (stream, error) in &verdict.streams {
        notes.failed(Some(stream), error);
        output.message(&Message::error(error, Some(descriptor(stream))));
    }
    if let Some(all) = &verdict.all {
        output.message(&Message::error(all, None));
    }
    if verdict.streams.is_empty() {
        return Ok(());
    }
    Err(verdict.streams.into_iter().map(|(_, error)| error).collect())
}
