//! What is said of waits. Pure: the time is given.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::lane::{LaneId, Lanes, Until};
use super::spent::State;
use super::timeline::Bucket;
use crate::words::{counted, lasting};

/// A piece of work in the book.
pub(super) struct Entry {
    about: String,
    state: Option<State>,
    /// The lane that it stands in, which says what it waits for.
    lane: Option<LaneId>,
    entered: Option<Instant>,
    until: Option<Until>,
    /// From when on its waits are told, if they are.
    told_from: Option<Instant>,
    attempts: u32,
    pub(super) ends: Option<Instant>,
    pub(super) why: String,
    pub(super) is_urgent: bool,
}

impl Entry {
    pub(super) fn new(about: String) -> Self {
        Self {
            about,
            state: None,
            lane: None,
            entered: None,
            until: None,
            told_from: None,
            attempts: 0,
            ends: None,
            why: String::new(),
            is_urgent: false,
        }
    }

    pub(super) fn state(&self, lanes: &Lanes) -> Option<State> {
        match self.lane {
            Some(lane) => lanes.get(lane)?.state(),
            None => self.state,
        }
    }

    pub(super) fn lane(&self) -> Option<LaneId> {
        self.lane
    }

    pub(super) fn enter(&mut self, state: Option<State>, until: Option<Until>, now: Instant) {
        (self.state, self.lane, self.until, self.entered) = (state, None, until, Some(now));
    }

    pub(super) fn stand(&mut self, lane: LaneId, now: Instant) {
        (self.state, self.lane, self.until, self.entered) = (None, Some(lane), None, Some(now));
    }

    /// Its waits are told from now on, if they were not before.
    pub(super) fn tell_from(&mut self, now: Instant) {
        self.told_from.get_or_insert(now);
    }

    pub(super) fn attempt(&mut self) {
        self.attempts += 1;
    }

    /// What it waits for, if it has waited for so long. Who stands in a queue is told only if the queue stands still.
    pub(super) fn waits<'e>(
        &'e self,
        lanes: &'e Lanes,
        now: Instant,
        long: Duration,
        stands_still: bool,
    ) -> Option<Waits<'e>> {
        let state = self.state(lanes);
        if state.is_none() && self.lane.is_none() {
            return None;
        }
        let since = self.told_from.or(self.entered.filter(|_| stands_still))?;
        let time = now.saturating_duration_since(since);
        let lane = self.lane.and_then(|lane| lanes.get(lane));
        let until = self.until.or_else(|| lane?.until);
        let why = lane.map(|lane| &lane.why).filter(|why| !why.is_empty()).unwrap_or(&self.why);
        (time >= long || self.is_urgent).then_some(Waits { entry: self, state, time, until, why })
    }
}

/// A piece of work that waits.
pub(super) struct Waits<'e> {
    entry: &'e Entry,
    /// None of one that stands in a lane which waits for answers to others.
    state: Option<State>,
    time: Duration,
    until: Option<Until>,
    why: &'e str,
}

/// One line about all that waits: the one that has waited longest, and how many others wait for what. Who stands behind
/// others of our own knows least, and comes last.
pub(super) fn line(waiting: &[Waits<'_>], now: Instant, utc: DateTime<Utc>) -> Option<String> {
    let (at, longest) =
        waiting.iter().enumerate().max_by_key(|(at, one)| (one.state.is_some(), one.time, usize::MAX - at))?;
    let Waits { entry, state, time, why, .. } = longest;
    let what = match state {
        None => "for its turn behind other requests",
        Some(State::Asking) => "for TikTok's answer",
        Some(State::Quota) => "for TikTok's quota",
        Some(State::TikTok) => "for TikTok's work",
        Some(State::Retrying) => "to try again",
        Some(State::Storing) => "for a place of files",
    };
    let until = until(longest, now, utc).unwrap_or_default();
    let attempts = match (state, entry.attempts) {
        (_, 0) | (Some(State::Asking), 1) => String::new(),
        (Some(State::Asking), attempts) => format!(", attempt {attempts}"),
        (_, attempts) => format!(" after {}", counted(attempts, "attempt")),
    };
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    let others = waiting.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, one)| one.state);
    let others = others_wait(&others.collect::<Vec<_>>());
    let (about, time) = (&entry.about, lasting(*time));
    Some(format!("Waiting {what}: {about}, {time} so far{attempts}{until}{why}{others}"))
}

/// Until when in UTC, if that is known and to come.
fn until(waits: &Waits<'_>, now: Instant, utc: DateTime<Utc>) -> Option<String> {
    let (moment, how) = match (waits.entry.ends, waits.until) {
        (Some(ends), _) => (ends, "until at most"),
        (None, Some(Until::At(moment))) => (moment, "until"),
        (None, Some(Until::AtMost(moment))) => (moment, "until at most"),
        (None, None) => return None,
    };
    let left = moment.checked_duration_since(now).filter(|left| !left.is_zero())?;
    let moment = utc + TimeDelta::from_std(left).ok()?;
    Some(format!(", {how} {} UTC", moment.format("%H:%M:%S")))
}

fn others_wait(states: &[Option<State>]) -> String {
    let told: Vec<String> = State::ALL
        .into_iter()
        .map(Some)
        .chain([None])
        .filter_map(|state| {
            let count = states.iter().filter(|one| **one == state).count();
            (count > 0).then(|| format!("{count} {}", for_what(state)))
        })
        .collect();
    match states.len() {
        0 => String::new(),
        1 => format!("; 1 other waits {}", told.concat().trim_start_matches("1 ")),
        count => format!("; {count} others wait: {}", told.join(", ")),
    }
}

fn for_what(state: Option<State>) -> &'static str {
    match state {
        None => "for their turn behind these",
        Some(State::Asking) => "for an answer",
        Some(State::Quota) => "for the quota",
        Some(State::TikTok) => "for TikTok's work",
        Some(State::Retrying) => "to try again",
        Some(State::Storing) => "for a place of files",
    }
}

/// One line about a run in which nothing waits for long.
pub(super) fn goes_on(whole: &Bucket, course: Option<&str>) -> String {
    let (requests, refusals) = (counted(whole.requests, "request"), whole.refusals);
    let course = course.map(|course| format!("; {course}")).unwrap_or_default();
    format!(
        "Going on: {} so far, {requests}, {refusals} of them refused as too many{course}",
        time(whole.spent.whole())
    )
}

/// How a run spent its time.
pub(super) fn last_word(whole: &Bucket) -> String {
    let spent = &whole.spent;
    let parts = [
        (spent.asking, "asking TikTok"),
        (spent.quota, "waiting for TikTok's quota"),
        (spent.tiktok, "waiting for TikTok's work"),
        (spent.retrying, "waiting to try again"),
        (spent.own, "on own work, input and output"),
    ];
    let told = parts.into_iter().filter(|(ms, _)| *ms >= 1_000).map(|(ms, what)| format!("{} {what}", time(ms)));
    let told: Vec<String> = told.collect();
    let (requests, refusals) = (counted(whole.requests, "request"), whole.refusals);
    let told = if told.is_empty() { "moments only".to_owned() } else { told.join(", ") };
    format!(
        "How the time was spent: of {}, {told}; {requests}, {refusals} of them refused as too many",
        time(spent.whole())
    )
}

fn time(ms: u64) -> String {
    lasting(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::super::spent::Spent;
    use super::*;

    #[test]
    fn the_last_word_leaves_out_what_took_no_time() {
        let spent = Spent { asking: 540_900, quota: 240_000, tiktok: 999, retrying: 40_000, own: 22_101 };
        let whole = Bucket { requests: 5_012, refusals: 41, spent };
        assert_eq!(
            last_word(&whole),
            "How the time was spent: of 14 min 4 s, 9 min 0 s asking TikTok, 4 min 0 s waiting for TikTok's quota, 40 s \
             waiting to try again, 22 s on own work, input and output; 5012 requests, 41 of them refused as too many"
        );
    }
}
