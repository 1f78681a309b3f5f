//! What is finished of a stream, and so what its state may say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::cursors::Cursors;
use super::emitter::Emitter;
use super::frontier::Frontier;
use super::plan::{Ask, Partition};
use super::reader::{Done, crashed};
use super::stamp::Stamp;
use super::verdict::Failed;
use crate::error::Error;
use crate::streams::{Read, StreamDef};

/// How far TikTok's clock may be behind or ahead of ours.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);

/// The partitions of a stream while they are read.
pub(super) struct Book {
    stream: Arc<StreamDef>,
    emitter: Arc<Emitter>,
    began: DateTime<Utc>,
    pub(super) partitions: Arc<Vec<Partition>>,
    frontiers: Vec<Frontier>,
    /// The latest change among a partition's rows so far.
    latest: Vec<Option<Stamp>>,
    failures: HashMap<usize, Error>,
    /// Why some partitions could not even be planned.
    refused: Vec<Error>,
    cursors: Option<Cursors>,
}

impl Book {
    /// `began` is the moment the run began.
    pub(super) fn new(
        stream: Arc<StreamDef>,
        emitter: Arc<Emitter>,
        began: DateTime<Utc>,
        partitions: Vec<Partition>,
        cursors: Option<Cursors>,
    ) -> Self {
        Self {
            frontiers: partitions.iter().map(|partition| Frontier::new(partition.slices.len())).collect(),
            latest: vec![None; partitions.len()],
            failures: HashMap::new(),
            refused: Vec::new(),
            partitions: Arc::new(partitions),
            stream,
            emitter,
            began,
            cursors,
        }
    }

    /// Every slice; the first of each partition first, so that all partitions move on together.
    pub(super) fn slices(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut all: Vec<_> = self
            .partitions
            .iter()
            .enumerate()
            .flat_map(|(at, partition)| (0..partition.slices.len()).map(move |slice| (at, slice)))
            .collect();
        all.sort_by_key(|(partition, slice)| (*slice, *partition));
        all.into_iter()
    }

    pub(super) fn has_failed(&self, partition: usize) -> bool {
        self.failures.contains_key(&partition)
    }

    /// Goes on without a partition that could not be planned.
    pub(super) fn refuse(&mut self, error: Error) {
        self.warn(true, &error);
        self.refused.push(error);
    }

    fn warn(&self, is_advertisers: bool, error: &Error) {
        let what = if is_advertisers { "an advertiser that failed" } else { "what failed" };
        tracing::warn!("Stream `{}` goes on without {what}. {error}", self.stream.name);
    }

    /// Takes a slice's end in and tells the state if it moved.
    pub(super) fn enter(&mut self, done: Done) {
        match done.result {
            Err(error) => {
                self.warn(self.partitions.get(done.partition).is_some_and(|one| one.account.is_some()), &error);
                self.failures.entry(done.partition).or_insert(error);
            }
            Ok(latest) => {
                if let Some(slot) = self.latest.get_mut(done.partition) {
                    *slot = latest.max(*slot);
                }
                if self.advance(done.partition, done.slice) {
                    self.emitter.checkpoint(&self.state());
                }
            }
        }
    }

    pub(super) fn crash(&mut self, panic: tokio::task::JoinError) {
        self.failures.entry(usize::MAX).or_insert_with(|| crashed(panic));
    }

    /// Moves the cursor over what is finished without a gap; whether it moved.
    fn advance(&mut self, partition: usize, slice: usize) -> bool {
        let Some(reached) = self.frontiers.get_mut(partition).and_then(|frontier| frontier.finish(slice)) else {
            return false;
        };
        let whole = self.frontiers.get(partition).is_some_and(Frontier::is_complete);
        let Some(plan) = self.partitions.get(partition) else { return false };
        let to = match plan.slices.get(reached).map(|slice| slice.ask) {
            Some(Ask::Window(window) | Ask::Skip(window)) => Some(Stamp::from(window.end)),
            Some(Ask::Listing(_)) if whole => {
                self.latest.get(partition).copied().flatten().map(|latest| latest.min(self.seen_until()))
            }
            _ => None,
        };
        let (Some(cursors), Some(place), Some(to)) = (&mut self.cursors, &plan.place, to) else { return false };
        cursors.advance(place, to);
        true
    }

    /// What changed later may have changed behind our back, on a page that was read already.
    fn seen_until(&self) -> Stamp {
        Stamp::utc(self.began - CLOCK_SKEW_MAX)
    }

    fn state(&self) -> Value {
        match &self.cursors {
            Some(cursors) => cursors.to_json(),
            None => json!({"__ab_no_cursor_state_message": true}),
        }
    }

    pub(super) fn close(self) -> Option<Failed> {
        let stream = self.stream.clone();
        let planned = self.partitions.len() + self.refused.len();
        let state = self.state();
        let errors: Vec<Error> = self.refused.into_iter().chain(self.failures.into_values()).collect();
        self.emitter.finish(&state, errors.is_empty());
        // Accounts are read by the hundred, so there a failure's share of them says nothing.
        let partitions = if matches!(stream.read, Read::Advertisers) { 1 } else { planned };
        (!errors.is_empty()).then(|| Failed { stream: stream.name.clone(), errors, partitions })
    }
}
