//! What is finished of a stream, and so what its state may say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::accounts::none_left;
use super::causes::Causes;
use super::emitter::Emitter;
use super::outcome::{Broken, Done, crashed};
use crate::error::{Error, Kind};
use crate::progress::Count;
use crate::source::plan::cursors::Cursors;
use crate::source::plan::frontier::Frontier;
use crate::source::plan::keep;
use crate::source::plan::verdict::Failed;
use crate::source::plan::{Partition, ReportSlice, Slice};
use crate::source::record::timestamp::Timestamp;
use crate::streams::{Read, StreamDef};

/// How far TikTok's clock may be behind or ahead of ours.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);

/// What is finished of a stream while it is read.
pub(super) struct StreamProgress {
    stream: Arc<StreamDef>,
    emitter: Arc<Emitter>,
    began: DateTime<Utc>,
    /// The partitions that are neither at their end nor failed, by number.
    open: HashMap<usize, Open>,
    planned: usize,
    /// Why a partition is not whole, by its number.
    failures: Vec<(usize, Error)>,
    /// Why some partitions could not even be planned.
    refused: Vec<Error>,
    cursors: Option<Cursors>,
    /// Whether cursors moved since the last STATE.
    untold: bool,
    /// Whether advertisers were left out because they are gone, and whether any other was read.
    left_out: bool,
    alive: bool,
    causes: Arc<Causes>,
}

/// A partition while it is read.
struct Open {
    partition: Arc<Partition>,
    frontier: Frontier,
    /// The latest change among its rows so far.
    latest: Option<Timestamp>,
    /// Slices that are whole up to a day.
    halted: HashMap<usize, NaiveDate>,
}

impl StreamProgress {
    /// `began` is the moment the run began.
    pub(super) fn new(
        stream: Arc<StreamDef>,
        emitter: Arc<Emitter>,
        began: DateTime<Utc>,
        cursors: Option<Cursors>,
        causes: Arc<Causes>,
    ) -> Self {
        emitter.goes_on_from(cursors.as_ref().map_or(0, |cursors| cursors.to_json().to_string().len()));
        Self {
            open: HashMap::new(),
            planned: 0,
            failures: Vec::new(),
            refused: Vec::new(),
            stream,
            emitter,
            began,
            cursors,
            untold: false,
            left_out: false,
            alive: false,
            causes,
        }
    }

    /// Takes in partitions that were planned; their numbers, and how many slices each has.
    pub(super) fn plan(&mut self, partitions: Vec<Partition>) -> Vec<(usize, usize)> {
        if let Some(cursors) = &mut self.cursors {
            cursors.settle(partitions.iter().filter_map(|partition| partition.place.as_ref()));
            partitions.iter().for_each(|partition| keep::begin(cursors, partition));
        }
        let mut numbers = Vec::with_capacity(partitions.len());
        for partition in partitions {
            let slices = partition.slices.len();
            numbers.push((self.planned, slices));
            self.alive |= slices == 0;
            self.count(Count::Partitions, 1);
            self.count(Count::PartitionsWhole, u64::from(slices == 0));
            if slices > 0 {
                let open = Open {
                    partition: Arc::new(partition),
                    frontier: Frontier::new(slices),
                    latest: None,
                    halted: HashMap::new(),
                };
                self.open.insert(self.planned, open);
            }
            self.planned += 1;
        }
        numbers
    }

    pub(super) fn cursors(&self) -> Option<&Cursors> {
        self.cursors.as_ref()
    }

    /// A partition that is read.
    pub(super) fn partition(&self, number: usize) -> Option<Arc<Partition>> {
        self.open.get(&number).map(|open| open.partition.clone())
    }

    /// Goes on without a partition that could not be planned.
    pub(super) fn refuse(&mut self, error: Error) {
        self.causes.tell(&self.stream.name, true, &error);
        match self.causes.forgives(&error) {
            true => self.left_out = true,
            false => self.refused.push(error),
        }
    }

    /// Takes a slice's end in and tells the state if it moved; whether its partition goes on.
    pub(super) fn enter(&mut self, done: Done) -> bool {
        let number = done.partition;
        match done.result {
            Err(broken) => self.halt(number, done.slice, broken),
            Ok(latest) => {
                self.alive = true;
                let moved = self.advance(number, done.slice, latest);
                self.moved(moved);
                true
            }
        }
    }

    /// Takes in that a slice is not whole; whether its partition goes on.
    fn halt(&mut self, number: usize, slice: usize, Broken { error, whole_until, goes_on }: Broken) -> bool {
        let account = self.open.get(&number).and_then(|open| open.partition.account.as_ref());
        let error = match account {
            Some(account) => whose(error, &account.id),
            None => error,
        };
        if goes_on {
            let whose = error.context("advertiser_id").map(|id| format!(" for advertiser {id}")).unwrap_or_default();
            tracing::warn!("Stream `{}` is read on{whose}. {error}", self.stream.name);
        } else {
            let is_advertisers = self.open.get(&number).is_none_or(|one| one.partition.account.is_some());
            self.causes.tell(&self.stream.name, is_advertisers, &error);
        }
        let forgiven = !goes_on && self.causes.forgives(&error);
        self.left_out |= forgiven;
        if !forgiven && (goes_on || !self.failures.iter().any(|(failed, _)| *failed == number)) {
            self.failures.push((number, error));
        }
        let moved = whole_until.is_some_and(|day| {
            let Some(open) = self.open.get_mut(&number) else { return false };
            open.halted.insert(slice, day);
            open.frontier.next() == slice && self.move_cursor(number, Timestamp::from(day))
        });
        self.moved(moved);
        goes_on
    }

    fn moved(&mut self, moved: bool) {
        if moved {
            self.untold = true;
            self.tell();
        }
    }

    /// When the state is to be told, though nothing more comes to its end; never, where all of it was told.
    pub(super) fn due(&self) -> Option<Instant> {
        self.untold.then(|| self.emitter.state_due())
    }

    /// Tells the state, if that is due.
    pub(super) fn tell(&mut self) {
        self.untold &= !self.emitter.checkpoint(|| state(self.cursors.as_ref()));
    }

    pub(super) fn crash(&mut self, panic: tokio::task::JoinError) {
        self.failures.push((usize::MAX, crashed(panic)));
    }

    /// Moves the cursor over what is finished without a gap; whether it moved.
    fn advance(&mut self, number: usize, slice: usize, latest: Option<Timestamp>) -> bool {
        let seen_until = self.seen_until();
        let Some(open) = self.open.get_mut(&number) else { return false };
        open.latest = latest.max(open.latest);
        match open.partition.slices.get(slice) {
            Some(Slice::Report(ReportSlice { window: Some(window), .. })) => {
                self.emitter.gauge.add(Count::Days, window.days())
            }
            Some(Slice::Empty(window) | Slice::Unmoved(window)) => {
                self.emitter.gauge.add(Count::DaysSkipped, window.days())
            }
            _ => {}
        }
        let before = open.frontier.next();
        let Some(reached) = open.frontier.finish(slice) else { return false };
        let partition = open.partition.clone();
        let whole = open.frontier.is_complete();
        let halted = open.halted.get(&open.frontier.next()).map(|day| Timestamp::from(*day));
        let to = match open.partition.slices.get(reached) {
            Some(Slice::List(_)) if whole => open.latest.map(|latest| latest.min(seen_until)),
            slice => slice.and_then(keep::days).map(|window| Timestamp::from(window.end)),
        };
        let moved = halted.or(to).is_some_and(|to| self.move_cursor(number, to));
        if let Some(cursors) = &mut self.cursors {
            keep::done(cursors, &partition, before..=reached, whole);
        }
        if whole {
            self.open.remove(&number);
            self.count(Count::PartitionsWhole, 1);
        }
        moved
    }

    fn move_cursor(&mut self, number: usize, to: Timestamp) -> bool {
        let place = self.open.get(&number).and_then(|open| open.partition.place.as_ref());
        let (Some(cursors), Some(place)) = (&mut self.cursors, place) else { return false };
        cursors.advance(place, to);
        true
    }

    fn count(&self, count: Count, number: u64) {
        self.emitter.gauge.add(count, number);
    }

    /// What changed later may have changed behind our back, on a page that was read already.
    fn seen_until(&self) -> Timestamp {
        Timestamp::utc(self.began - CLOCK_SKEW_MAX)
    }

    pub(super) fn close(mut self) -> Option<Failed> {
        let stream = self.stream.clone();
        let planned = self.planned + self.refused.len();
        if let Some(cursors) = self.cursors.as_mut().filter(|_| self.refused.is_empty()) {
            cursors.settled();
        }
        let state = state(self.cursors.as_ref());
        let mut errors: Vec<Error> =
            self.refused.into_iter().chain(self.failures.into_iter().map(|(_, error)| error)).collect();
        let nobody = errors.is_empty() && self.left_out && !self.alive && self.causes.misses_all();
        errors.extend(nobody.then(none_left));
        self.emitter.finish(&state, errors.is_empty());
        // Accounts are read by the hundred, so there a failure's share of them says nothing.
        let partitions = if nobody || matches!(stream.read, Read::Advertisers) { 1 } else { planned };
        (!errors.is_empty()).then(|| Failed { stream: stream.name.clone(), errors, partitions })
    }
}

/// An error that says of which advertiser it is. One that is gone says so itself, where the advertiser is what is gone.
pub(super) fn whose(error: Error, advertiser: &str) -> Error {
    match error.context("advertiser_id") {
        None if error.kind() != Kind::Gone => error.with("advertiser_id", advertiser),
        _ => error,
    }
}

fn state(cursors: Option<&Cursors>) -> Value {
    cursors.map_or_else(no_cursor, Cursors::to_json)
}

/// What a stream without cursors says in its STATE, as Airbyte's framework does.
pub(super) fn no_cursor() -> Value {
    json!({"__ab_no_cursor_state_message": true})
}
