//! What became of records: settled, rejected, failed, or not known yet.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::{Sent, Writer};
use crate::destination::record::fault::Fault;
use crate::destination::record::key::Key;
use crate::destination::shell::lane::{Now, RecordRef, Verdict};
use crate::destination::shell::lanes::RouteName;
use crate::destination::shell::ledger::{Fate, StreamAt, Ticket};
use crate::destination::shell::outcome::Undecided;
use crate::destination::shell::rejects::Rejected;
use crate::destination::shell::tolerance::Moment;
use crate::destination::shell::verdict::is_everybodys;
use crate::error::{Error, Kind, Result};

impl Writer {
    /// Takes in what became of records that needed no batch.
    pub(super) fn verdicts(&mut self) -> Result<()> {
        let verdicts: Vec<_> = self.lanes.all.iter_mut().flat_map(|lane| lane.verdicts()).collect();
        let mut ended = Ok(());
        for (RecordRef { ticket, key }, verdict) in verdicts {
            match verdict {
                Verdict::Accepted => self.ledger.settle(ticket, Fate::Accepted),
                Verdict::Rejected(fault) => self.reject(ticket, key, fault, None),
                Verdict::Failed(error) => self.fail(ticket, error),
                Verdict::Ends(error) => ended = ended.and(Err(error)),
            }
        }
        ended
    }

    pub(super) fn reject(&mut self, ticket: Ticket, key: Option<Key>, fault: Fault, data: Option<&RawValue>) {
        let fate = if fault.is_wish() { Fate::PassedOver } else { Fate::Rejected };
        let Fault { field, reason, message } = fault;
        let Some(RouteName { stream, part: object }) = self.lanes.name(ticket.route).cloned() else { return };
        let (row, key) = (ticket.row, key.map(|key| key.shown()));
        let meaning = match message {
            Cow::Borrowed(message) => Some(message),
            Cow::Owned(_) => None,
        };
        let (reason, message) = (reason.to_owned(), message.into_owned());
        self.rejects.add(Rejected { stream, object, row, key, field, reason, message, meaning }, data);
        self.rejected.push((ticket, fate));
    }

    /// What nobody can say anything of; its stream is told nothing of from here on.
    pub(super) fn fail(&mut self, ticket: Ticket, error: Arc<Error>) {
        self.hopeless |= is_everybodys(error.kind()) && !self.post.targets.any_stands();
        if let Some(name) = self.lanes.name(ticket.route) {
            self.failed.add(ticket.stream, &name.stream, error);
        }
        self.ledger.settle(ticket, Fate::Failed);
    }

    /// Ends the run for streams of which too much was rejected.
    pub(super) fn judge_rejects(&mut self, moment: Moment) {
        for stream in 0..self.ledger.totals().len() {
            self.judge_rejects_of(stream, moment);
        }
    }

    pub(super) fn judge_rejects_of(&mut self, stream: StreamAt, moment: Moment) {
        let so_far = self.ledger.stream(stream);
        let taker = self.lanes.takers(stream).first();
        let Some(name) = taker.and_then(|taker| self.lanes.name(taker.route)) else { return };
        if self.intolerable.contains(&stream) {
            return;
        }
        if let Some(error) = self.rejects.too_many(&name.stream, so_far, moment) {
            self.failed.add(stream, &name.stream, Arc::new(error));
            self.intolerable.insert(stream);
            self.hopeless = true;
            // A mirror removes nobody, though all rows may have come.
            self.tell_takers(stream, |lane| lane.stream_cut(stream));
        }
    }

    /// Rejects what can never leave.
    pub(super) fn give_up(&mut self) {
        let given: Vec<(RecordRef, Fault)> = self.lanes.all.iter_mut().flat_map(|lane| lane.give_up()).collect();
        for (RecordRef { ticket, key }, fault) in given {
            self.reject(ticket, key, fault, None);
        }
    }

    /// Takes in what became of a batch.
    pub(super) fn settle(&mut self, sent: std::result::Result<Sent, tokio::task::JoinError>) -> Result<()> {
        let sent =
            sent.map_err(|panic| Error::new(Kind::Unexpected, "A part of the connector stopped").because(panic))?;
        self.now = Now::read();
        let mut outcome = sent.outcome;
        let lane = self.lanes.all.get_mut(sent.lane);
        let Some(batch) = lane.and_then(|lane| lane.settled(sent.batch, &outcome)) else { return Ok(()) };
        for (at, sender) in batch.records().iter().enumerate() {
            if let Some(fault) = outcome.rejected.remove(&at) {
                self.reject(sender.ticket, sender.key.clone(), fault, None);
                continue;
            }
            match (outcome.failed.remove(&at), outcome.undecided.remove(&at), outcome.refused.remove(&at)) {
                (Some(error), ..) => self.fail(sender.ticket, error),
                (None, Some(undecided), _) => {
                    if self.undecided.is_empty() {
                        tracing::warn!(
                            "TikTok refused the only rows that it was shown of a target: whether they or it are to blame \
                             shows once it takes others, and states wait until then"
                        );
                    }
                    self.undecided.push((sender.clone(), undecided));
                }
                (None, None, Some(message)) => {
                    self.reject(sender.ticket, sender.key.clone(), Fault::refused(message), None);
                }
                (None, None, None) => self.ledger.settle(sender.ticket, Fate::Accepted),
            }
        }
        self.decide();
        self.verdicts()
    }

    /// Settles what was undecided and is not any more.
    pub(super) fn decide(&mut self) {
        let decided = self.undecided.extract_if(.., |(_, undecided)| undecided.is_decided());
        for (sender, Undecided { standing, message }) in decided.collect::<Vec<_>>() {
            match standing.failure() {
                Some(error) => self.fail(sender.ticket, error),
                None => self.reject(sender.ticket, sender.key, Fault::refused(message), None),
            }
        }
    }
}
