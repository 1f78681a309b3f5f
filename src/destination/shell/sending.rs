//! One post, taken apart as far as TikTok's answers ask for it.
//!
//! "Partially successful" names nobody who can be trusted, so nothing of such an answer counts: every item ends in a
//! call that was accepted whole, alone in one that was refused, or with its target: an audience that was deleted must
//! not look like a thousand bad rows. An audience is asked whether it takes anything, by a request that changes nothing.
//! An event source cannot be asked: it is to blame when none of its rows that are shown alone, far from each other, is
//! accepted; too few of them say nothing yet, and stay undecided until it takes any event of the run, refuses more, or is
//! sent no more. What is sent here may be sent twice.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::bisect::{Reading, cut, spread};
use super::mask::Mask;
use super::outcome::{Outcome, Undecided};
use super::posts::{Items, Posts};
use super::send::Post;
use super::targets::{Part, Standing};
use super::trial::Trial;
use crate::error::{Error, Kind, Result};
use crate::tiktok::envelope::Accepted;
use crate::tiktok::{Body, Call};

/// Times that an item standing alone is sent while TikTok says "partially successful" of it.
const PARTIAL_ALONE_MAX: u32 = 3;

/// What to do where not even a row alone is small enough.
const TOO_LARGE_ALONE: &str =
    "No row passes even alone: look whether a proxy or gateway on the way to TikTok bounds what it lets through.";

/// Sends a batch; what became of each of its records.
pub(crate) async fn send(post: &Post, batch: &dyn Posts) -> Outcome {
    let mut outcome = Outcome::default();
    for items in batch.posts() {
        outcome.join(Sending::new(post, batch, &*items).run().await);
    }
    outcome.follow(batch.followers().into_iter());
    outcome
}

/// A post on its way.
struct Sending<'a> {
    post: &'a Post,
    batch: &'a dyn Posts,
    items: &'a dyn Items,
    outcome: Outcome,
    whole: Arc<Standing>,
    parts: BTreeMap<Part, Trial>,
    /// What is not settled yet; the next one stands last.
    waiting: Vec<Range<usize>>,
    reading: Reading,
    /// What is refused if the last place that TikTok named was read rightly.
    named: Option<Range<usize>>,
}

impl<'a> Sending<'a> {
    fn new(post: &'a Post, batch: &'a dyn Posts, items: &'a dyn Items) -> Self {
        let whole = items.whole();
        let mut sending = Self {
            whole: post.targets.of(&whole, None),
            post,
            batch,
            items,
            outcome: Outcome::default(),
            parts: BTreeMap::new(),
            waiting: vec![0..items.count()],
            reading: Reading::default(),
            named: None,
        };
        for run in sending.runs(&(0..items.count())) {
            let part = items.part(run.start);
            let standing = post.targets.of(&whole, Some(part));
            sending.parts.insert(part, Trial::new(standing, items.probe(part).is_some()));
        }
        sending
    }

    async fn run(mut self) -> Outcome {
        while let Some(range) = self.waiting.pop() {
            let Some(range) = self.without_failed(range) else { continue };
            self.send(range).await;
            let due = self.parts.iter().find(|(_, trial)| trial.is_due()).map(|(part, _)| *part);
            if let Some(part) = due {
                self.judge(part).await;
            }
        }
        self.close().await
    }

    async fn send(&mut self, range: Range<usize>) {
        let answer = call(self.post, self.items, &range).await;
        let was_named = self.named.take_if(|named| *named == range).is_some();
        match answer {
            Ok(()) => {
                if was_named {
                    self.reading = self.reading.next();
                }
                self.accept(&range);
            }
            Err(error) if self.batch.is_to_blame(&error) => {
                let message = self.masked(&error, &range).message().to_owned();
                range.for_each(|item| self.refuse(item, message.clone()));
            }
            Err(error) if !may_be_an_item(&error) => self.fail(None, &error, &range),
            Err(error) => self.refused(range, error),
        }
    }

    fn accept(&mut self, range: &Range<usize>) {
        for run in self.runs(range) {
            self.accept_part(self.items.part(run.start));
        }
    }

    fn accept_part(&mut self, part: Part) {
        if let Some(trial) = self.parts.get_mut(&part) {
            trial.accepted = true;
            trial.standing.accept();
        }
    }

    /// Items that may be to blame themselves.
    fn refused(&mut self, range: Range<usize>, error: Error) {
        let part = self.items.part(range.start);
        let of_one = part == self.items.part(range.end - 1);
        let Some(trial) = self.parts.get_mut(&part).filter(|_| of_one) else { return self.cut(&range, &error) };
        let names_target = self.items.is_about_target(part, error.message());
        if names_target && !trial.is_askable && !trial.believed() {
            return self.fail(Some(part), &error, &range);
        }
        // What is too large, or was taken in part, says nothing against its target; nor does the first refusal of one
        // that took rows before.
        let unproven = error.kind() == Kind::Request && !trial.accepted && !trial.standing.has_accepted();
        trial.doubted |= names_target || (unproven && range.len() > 1);
        if range.len() == 1 {
            trial.alone.push((range.start, error));
        } else {
            self.cut(&range, &error);
        }
    }

    fn cut(&mut self, range: &Range<usize>, error: &Error) {
        let items = self.items;
        let cut = cut(range, error.message(), self.reading, |item| items.part(item));
        self.named = cut.named;
        self.waiting.extend(cut.pieces.into_iter().rev());
    }

    /// Finds out whether a target takes anything: it is asked, or shown single rows where it cannot be.
    async fn judge(&mut self, part: Part) {
        let Some(trial) = self.parts.get_mut(&part) else { return };
        let standing = trial.standing.clone();
        let _judging = standing.judge().await;
        if standing.failure().is_some() {
            return;
        }
        match self.items.probe(part) {
            Some(body) => self.ask(part, &body).await,
            None => self.show(part, &standing).await,
        }
    }

    /// Asks a target. If it takes nothing, no row is to blame.
    async fn ask(&mut self, part: Part, body: &[u8]) {
        let answer = post(self.post, self.items, body).await;
        match answer {
            Ok(()) => self.accept_part(part),
            Err(error) if may_be_an_item(&error) => {
                let Some(trial) = self.parts.get(&part) else { return };
                let count = trial.alone.len().max(1);
                let told = trial.alone.last().map(|(item, error)| self.shown(part, count, *item, error));
                trial.standing.fail(told.unwrap_or_else(|| self.items.blame(Some(part), error)));
            }
            Err(error) => self.fail(None, &error, &(0..0)),
        }
    }

    /// Shows single rows of a target, far from each other, until one is accepted.
    async fn show(&mut self, part: Part, standing: &Arc<Standing>) {
        let Some(trial) = self.parts.get_mut(&part) else { return };
        let believed = trial.was_believed;
        if !believed && standing.has_accepted() {
            // Another batch showed meanwhile that it takes rows.
            trial.doubted = false;
            trial.was_believed = true;
            return;
        }
        trial.judged = true;
        let mut rows: Vec<usize> = self.waiting.iter().cloned().flatten().collect();
        rows.retain(|item| self.items.part(*item) == part);
        rows.sort_unstable();
        for item in spread(rows.len()).into_iter().filter_map(|place| rows.get(place).copied()) {
            self.take_out(&(item..item + 1));
            self.send(item..item + 1).await;
            let settled = self.parts.get(&part).is_none_or(|trial| trial.accepted);
            // What another batch showed meanwhile counts, too.
            if settled || standing.failure().is_some() || (!believed && standing.has_accepted()) {
                return;
            }
        }
        if !self.runs_waiting(part).is_empty() {
            self.fail_shown(part);
        }
    }

    /// What waits of a part.
    fn runs_waiting(&self, part: Part) -> Vec<Range<usize>> {
        let runs = self.waiting.iter().flat_map(|range| self.runs(range));
        runs.filter(|run| self.items.part(run.start) == part).collect()
    }

    /// Takes items that stand together out of what waits.
    fn take_out(&mut self, items: &Range<usize>) {
        let Some(at) = self.waiting.iter().position(|range| range.contains(&items.start)) else { return };
        let range = self.waiting.remove(at);
        for piece in [items.end..range.end, range.start..items.start].into_iter().filter(|piece| !piece.is_empty()) {
            self.waiting.insert(at, piece);
        }
    }

    /// What waits of a target that failed fails with it, without a call.
    fn without_failed(&mut self, range: Range<usize>) -> Option<Range<usize>> {
        let dead = self.runs(&range).into_iter().find_map(|run| {
            let error = self.failure(self.items.part(run.start))?;
            Some((run, error))
        });
        let Some((run, error)) = dead else { return Some(range) };
        run.clone().for_each(|item| self.fail_item(item, &error));
        let rest = [run.end..range.end, range.start..run.start];
        self.waiting.extend(rest.into_iter().filter(|piece| !piece.is_empty()));
        None
    }

    fn failure(&self, part: Part) -> Option<Arc<Error>> {
        self.whole.failure().or_else(|| self.parts.get(&part)?.standing.failure())
    }

    /// The target takes nothing: for the reason that its last row was refused for.
    fn fail_shown(&mut self, part: Part) {
        let Some(trial) = self.parts.get(&part) else { return };
        if let Some((item, error)) = trial.alone.last() {
            trial.standing.fail(self.shown(part, trial.alone.len(), *item, error));
        }
    }

    /// What is said of a target that took none of so many rows, the last of which was refused so.
    fn shown(&self, part: Part, rows: usize, item: usize, error: &Error) -> Error {
        let shown = format!("TikTok refused every row it was shown ({rows})");
        let told = self.items.blame(Some(part), self.masked(error, &(item..item + 1)).about(shown));
        if error.kind() == Kind::TooLarge { told.advise(TOO_LARGE_ALONE) } else { told }
    }

    /// A target, or with it all of its account, takes nothing of this run any more.
    fn fail(&mut self, part: Option<Part>, error: &Error, range: &Range<usize>) {
        let standing = match part {
            None => Some(self.whole.clone()),
            Some(part) => self.parts.get(&part).map(|trial| trial.standing.clone()),
        };
        let Some(standing) = standing else { return };
        standing.fail(self.items.blame(part, self.masked(error, range)));
        if let Some(error) = standing.failure() {
            range.clone().for_each(|item| self.fail_item(item, &error));
        }
    }

    fn fail_item(&mut self, item: usize, error: &Arc<Error>) {
        self.outcome.failed.entry(self.items.record(item)).or_insert_with(|| error.clone());
    }

    fn refuse(&mut self, item: usize, message: String) {
        self.outcome.refused.insert(self.items.record(item), message);
    }

    /// Rows that were refused alone are rejected where their target took others, fail with it where it failed, and are
    /// undecided while nobody knows.
    async fn close(mut self) -> Outcome {
        let parts: Vec<Part> = self.parts.keys().copied().collect();
        for part in parts {
            if self.parts.get(&part).is_some_and(|trial| trial.is_askable && !trial.accepted && !trial.alone.is_empty())
            {
                self.judge(part).await;
            }
            self.doubt(part);
            let whole = self.whole.failure();
            let Some(trial) = self.parts.get_mut(&part) else { continue };
            let (standing, believed) = (trial.standing.clone(), trial.believed());
            let failure = standing.failure().or_else(|| whole.filter(|_| !believed));
            for (item, error) in std::mem::take(&mut trial.alone) {
                match &failure {
                    Some(failure) => self.fail_item(item, failure),
                    None => {
                        let message = self.masked(&error, &(item..item + 1)).message().to_owned();
                        self.refuse_or_wait(item, message, (!believed).then_some(&standing));
                    }
                }
            }
        }
        self.outcome
    }

    /// Rows that were refused while their target took nothing speak against it.
    fn doubt(&self, part: Part) {
        let Some(trial) = self.parts.get(&part).filter(|trial| !trial.believed()) else { return };
        let Some((item, error)) = trial.alone.last().filter(|_| trial.standing.failure().is_none()) else { return };
        trial.standing.doubt(trial.alone.len(), |rows| self.shown(part, rows, *item, error));
    }

    fn refuse_or_wait(&mut self, item: usize, message: String, doubted: Option<&Arc<Standing>>) {
        match doubted {
            None => self.refuse(item, message),
            Some(standing) => {
                let undecided = Undecided { standing: standing.clone(), message };
                self.outcome.undecided.insert(self.items.record(item), undecided);
            }
        }
    }

    /// TikTok's words about some items, without what they quote of them.
    fn masked(&self, error: &Error, range: &Range<usize>) -> Error {
        let body = self.items.body(range.clone());
        let mut known = self.items.known();
        known.extend(error.context("request_id"));
        let mask = Mask::of(&body, &known);
        error.reworded(|text| mask.hide(text))
    }

    /// A range by target.
    fn runs(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for item in range.clone() {
            match runs.last_mut() {
                Some(run) if self.items.part(run.start) == self.items.part(item) => run.end = item + 1,
                _ => runs.push(item..item + 1),
            }
        }
        runs
    }
}

/// Sends some items in one call.
async fn call(to: &Post, items: &dyn Items, range: &Range<usize>) -> Result<()> {
    let body = items.body(range.clone());
    let times = if range.len() == 1 { PARTIAL_ALONE_MAX } else { 1 };
    for _ in 1..times {
        match post(to, items, &body).await {
            Err(error) if error.kind() == Kind::Partial => {}
            other => return other,
        }
    }
    post(to, items, &body).await
}

async fn post(to: &Post, items: &dyn Items, body: &[u8]) -> Result<()> {
    if to.dry_run {
        return Ok(());
    }
    let (endpoint, body) = (items.endpoint(), Body::Json(body));
    let call = Call { endpoint, advertiser: None, query: &[], body, watch: &to.traffic };
    let client = to.client.for_target(items.target());
    client.call(&call, &Accepted).await.map_err(|error| items.tell_where(error))
}

/// Whether an item may be to blame, rather than the token, the network or TikTok.
fn may_be_an_item(error: &Error) -> bool {
    matches!(error.kind(), Kind::Request | Kind::TooLarge | Kind::Partial)
}
