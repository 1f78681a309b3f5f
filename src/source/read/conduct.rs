//! One stream from its first plan to its last state: advertisers → partitions → slices.
//!
//! An advertiser is planned just before its slices are read: a run that first learnt what it must know of thousands of
//! them would be silent for hours.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::outcome::{Broken, Done};
use super::reader::Reader;
use super::stream_progress::{StreamProgress, whose};
use crate::config::shard::Shard;
use crate::error::Result;
use crate::progress::Count;
use crate::source::plan::account::Account;
use crate::source::plan::ahead;
use crate::source::plan::cursors::Cursors;
use crate::source::plan::queue::{Job, Next, Queue};
use crate::source::plan::verdict::Failed;
use crate::source::plan::{self, Learnt};
use crate::source::record::timestamp::Timestamp;
use crate::streams::{self, Read, StreamDef};
use crate::tiktok::advertisers::INFO_IDS_MAX;
use crate::tiktok::endpoint::Endpoint;

/// What came to its end.
enum Ended {
    Learnt(usize, Result<Learnt>),
    Slice(Job, Result<Option<Timestamp>, Broken>),
}

/// A stream being read.
struct Conductor {
    reader: Arc<Reader>,
    accounts: Arc<[Account]>,
    /// Which accounts each unit is about.
    units: Vec<Range<usize>>,
    /// The paths that one advertiser's units ask.
    paths: Vec<&'static Endpoint>,
    queue: Queue,
    progress: StreamProgress,
    reading: JoinSet<Ended>,
}

/// Reads all of a stream; what failed, if anything did.
pub(super) async fn conduct(reader: Reader, accounts: Arc<[Account]>, mut cursors: Option<Cursors>) -> Option<Failed> {
    if let Some(cursors) = &mut cursors {
        rewind_future(&reader, &accounts, cursors);
    }
    let units = units(&reader.stream, reader.run.config.shard(), accounts.len());
    reader.emitter.gauge.add(Count::Units, units.len() as u64);
    let parents = reader.stream.parent().map_or(&[] as &[_], |parent| parent.streams);
    let parents = parents.iter().filter_map(|name| Some(streams::find(name)?.endpoint));
    let conductor = Conductor {
        queue: Queue::new(units.len(), reader.run.config.quota.at_once()),
        progress: StreamProgress::new(
            reader.stream.clone(),
            reader.emitter.clone(),
            reader.scope.now,
            cursors,
            reader.run.causes.clone(),
        ),
        paths: std::iter::once(reader.stream.endpoint).chain(parents).collect(),
        reading: JoinSet::new(),
        reader: Arc::new(reader),
        accounts,
        units,
    };
    conductor.run().await
}

/// What is planned and read on its own: an advertiser, some that TikTok tells of at once, or all that the token has.
///
/// What the token has is read by one shard, also where no advertiser falls to it.
pub(super) fn units(stream: &StreamDef, shard: Shard, accounts: usize) -> Vec<Range<usize>> {
    if stream.belongs_to_no_advertiser() {
        return shard.reads_the_tokens().then_some(0..accounts).into_iter().collect();
    }
    let length = if matches!(stream.read, Read::Advertisers) { INFO_IDS_MAX } else { 1 };
    (0..accounts).step_by(length).map(|first| first..accounts.min(first + length)).collect()
}

/// Sees to cursors that are ahead of the clock.
fn rewind_future(reader: &Reader, accounts: &[Account], cursors: &mut Cursors) {
    let now = |account: &Account| plan::clock(&reader.stream, account, reader.scope.now);
    let clocks: HashMap<&str, Timestamp> = accounts.iter().map(|account| (&*account.id, now(account))).collect();
    let of = |id: &str| clocks.get(id).copied();
    let first = clocks.values().min().copied();
    let far = first.map(|first| cursors.rewind_future(of, first)).unwrap_or_default();
    for sentence in ahead::told(&reader.stream, &reader.scope, accounts, &far) {
        tracing::warn!("{sentence}");
    }
}

impl Conductor {
    async fn run(mut self) -> Option<Failed> {
        let mut pauses = self.reader.run.client.pauses();
        loop {
            self.begin();
            let due = self.progress.due();
            tokio::select! {
                ended = self.reading.join_next() => match ended {
                    None => return self.progress.close(),
                    Some(Ok(ended)) => self.end(ended),
                    Some(Err(panic)) => self.progress.crash(panic),
                },
                () = paused(&mut pauses) => {}
                () = until(due) => self.progress.tell(),
            }
        }
    }

    /// Begins whatever has a place.
    fn begin(&mut self) {
        loop {
            let (client, paths) = (&self.reader.run.client, &self.paths);
            let (accounts, units) = (&self.accounts, &self.units);
            let held = |unit: usize| {
                let accounts = units.get(unit).and_then(|unit| accounts.get(unit.clone())).unwrap_or_default();
                let [account] = accounts else { return false };
                paths.iter().any(|path| client.is_held_back(path, &account.id))
            };
            match self.queue.next(held) {
                None => return,
                Some(Next::Plan(unit)) => self.learn(unit),
                Some(Next::Slice(job)) => self.read(job),
            }
        }
    }

    fn accounts_of(&self, unit: usize) -> &[Account] {
        self.units.get(unit).and_then(|unit| self.accounts.get(unit.clone())).unwrap_or_default()
    }

    fn learn(&mut self, unit: usize) {
        let accounts = self.accounts_of(unit).to_vec();
        let cursors = self.progress.cursors();
        let learner = self.reader.learner();
        let looks: Vec<_> = accounts.iter().map(|account| learner.look(account, cursors)).collect();
        let reader = self.reader.clone();
        self.reading.spawn(async move { Ended::Learnt(unit, reader.learner().learn(&accounts, looks).await) });
    }

    fn read(&mut self, job: Job) {
        let (reader, partition) = (self.reader.clone(), self.progress.partition(job.partition));
        self.reading.spawn(async move {
            let result = match partition {
                Some(partition) => reader.slice(&partition, job.slice).await,
                None => Ok(None),
            };
            Ended::Slice(job, result)
        });
    }

    fn end(&mut self, ended: Ended) {
        if matches!(ended, Ended::Learnt(..)) {
            self.reader.emitter.gauge.add(Count::UnitsPlanned, 1);
        }
        match ended {
            Ended::Learnt(unit, Ok(known)) => {
                let accounts = self.accounts_of(unit);
                let Reader { stream, scope, .. } = &*self.reader;
                let partitions = plan::partitions(stream, scope, accounts, &known, self.progress.cursors());
                let partitions = self.progress.plan(partitions);
                self.queue.planned(unit, &partitions);
            }
            Ended::Learnt(unit, Err(error)) => {
                let is_theirs = !self.reader.stream.belongs_to_no_advertiser();
                let error = match self.accounts_of(unit) {
                    [account] if is_theirs => whose(error, &account.id),
                    _ => error,
                };
                self.progress.refuse(error);
                self.queue.ended(unit);
            }
            Ended::Slice(Job { unit, partition, slice }, result) => {
                if !self.progress.enter(Done { partition, slice, result }) {
                    self.queue.give_up(partition);
                }
                self.queue.ended(unit);
            }
        }
    }
}

/// Returns when an advertiser begins to wait for a limit of its own.
async fn paused(pauses: &mut watch::Receiver<()>) {
    if pauses.changed().await.is_err() {
        // Nobody is left who could wait.
        std::future::pending::<()>().await;
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
