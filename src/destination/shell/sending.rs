//! One post, taken apart as far as TikTok's answers ask for it.
//!
//! "Partially successful" names nobody who can be trusted, so nothing of such an answer counts: every item ends in a
//! call that was accepted whole, alone in one that was refused, or with its target. A target is to blame when its rows
//! are refused and none of those that are shown alone, far from each other, is accepted: an audience that was deleted
//! must not look like a thousand bad rows. Too few refused rows say nothing yet: they stay undecided until their target
//! takes any row of the run, refuses more, or is sent no more. What is sent here may be sent twice.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::bisect::{Reading, SHOWN_ALONE_MAX, cut, spread};
use super::mask::Mask;
use super::outcome::{Outcome, Undecided};
use super::posts::{Items, Made, Posts};
use super::send::Post;
use super::targets::{Part, Standing};
use crate::error::{Error, Kind, Result};
use crate::tiktok::envelope::{Accepted, Typed};
use crate::tiktok::requester::may_be_done;
use crate::tiktok::{Body, Call, Client};
use serde_json::Value;

/// Times that an item standing alone is sent while TikTok says "partially successful" of it.
const PARTIAL_ALONE_MAX: u32 = 3;

/// What to do where not even a row alone is small enough.
const TOO_LARGE_ALONE: &str =
    "No row passes even alone: look whether a proxy or gateway on the way to TikTok bounds what it lets through.";

/// Sends a batch; what became of each of its records.
pub(crate) async fn send(post: &Post, batch: &dyn Posts) -> Outcome {
    let posts = batch.posts();
    let mut sendings: Vec<Sending<'_>> = posts.iter().map(|items| Sending::new(post, batch, &**items)).collect();
    for at in 0..sendings.len() {
        let (sendings, later) = sendings.split_at_mut(at + 1);
        let later = later.iter().flat_map(|sending| sending.parts.values().map(|trial| trial.standing.clone()));
        if let Some(sending) = sendings.last_mut() {
            sending.later = later.collect();
            sending.run().await;
        }
    }
    let mut outcome = Outcome::default();
    for mut sending in sendings {
        sending.resume().await;
        outcome.join(sending.close());
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
    /// Targets of which a later post of the batch holds rows, too.
    later: Vec<Arc<Standing>>,
    /// What waits to see whether its target takes those.
    adjourned: Vec<Range<usize>>,
    reading: Reading,
    /// What is refused if the last place that TikTok named was read rightly.
    named: Option<Range<usize>>,
}

/// What came of a target in this post.
struct Trial {
    standing: Arc<Standing>,
    accepted: bool,
    /// Whether the target may be to blame.
    doubted: bool,
    judged: bool,
    /// Items that were refused while nothing of the target was accepted.
    alone: Vec<(usize, Error)>,
}

impl Trial {
    /// Whether single rows must be shown before anything else is sent there.
    fn is_due(&self) -> bool {
        let doubted = self.doubted || self.alone.len() >= SHOWN_ALONE_MAX;
        doubted && !self.accepted && !self.judged && self.standing.failure().is_none()
    }

    fn believed(&self) -> bool {
        self.accepted || self.standing.has_accepted()
    }
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
            later: Vec::new(),
            adjourned: Vec::new(),
            reading: Reading::default(),
            named: None,
        };
        for run in sending.runs(&(0..items.count())) {
            let part = items.part(run.start);
            let standing = post.targets.of(&whole, Some(part));
            sending
                .parts
                .insert(part, Trial { standing, accepted: false, doubted: false, judged: false, alone: Vec::new() });
        }
        sending
    }

    async fn run(&mut self) {
        while let Some(range) = self.waiting.pop() {
            let Some(range) = self.without_failed(range) else { continue };
            self.send(range).await;
            let due = self.parts.iter().find(|(_, trial)| trial.is_due()).map(|(part, _)| *part);
            if let Some(part) = due {
                self.judge(part).await;
            }
        }
    }

    /// Goes on with what was adjourned: where later posts were accepted, its rows are to blame and not their target.
    async fn resume(&mut self) {
        self.later.clear();
        self.waiting = std::mem::take(&mut self.adjourned);
        for range in self.waiting.clone() {
            let part = self.items.part(range.start);
            let Some(trial) = self.parts.get_mut(&part) else { continue };
            trial.accepted |= trial.standing.has_accepted();
            if !trial.accepted {
                self.fail_shown(part);
            }
        }
        self.run().await;
    }

    async fn send(&mut self, range: Range<usize>) {
        let answer = self.answer(&range).await;
        let was_named = self.named.take_if(|named| *named == range).is_some();
        match answer {
            Ok(made) => {
                for (item, value) in made {
                    self.outcome.made.insert(self.items.record(item), value);
                }
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

    /// What TikTok made of some items. Where the answer is lost, a look may tell.
    async fn answer(&self, range: &Range<usize>) -> Result<Made> {
        let answer = call(self.post, self.items, range).await;
        let looked = answer.as_ref().err().filter(|error| may_be_done(error));
        match looked.and_then(|_| self.items.settle_unknown(&self.post.client, range.clone())) {
            Some(look) => look.await,
            None => answer.map(|data| self.items.made().map_or_else(Vec::new, |made| made.read(range.clone(), &data))),
        }
    }

    fn accept(&mut self, range: &Range<usize>) {
        for run in self.runs(range) {
            if let Some(trial) = self.parts.get_mut(&self.items.part(run.start)) {
                trial.accepted = true;
                trial.standing.accept();
            }
        }
    }

    /// Items that may be to blame themselves.
    fn refused(&mut self, range: Range<usize>, error: Error) {
        let part = self.items.part(range.start);
        let of_one = part == self.items.part(range.end - 1);
        let Some(trial) = self.parts.get_mut(&part).filter(|_| of_one) else { return self.cut(&range, &error) };
        let names_target = self.items.is_about_target(part, error.message());
        if names_target && !trial.believed() {
            return self.fail(Some(part), &error, &range);
        }
        // What is too large, or was taken in part, says nothing against its target.
        let unproven = error.kind() == Kind::Request && !trial.believed();
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

    /// Shows single rows of a target, far from each other, until one is accepted.
    async fn judge(&mut self, part: Part) {
        let Some(trial) = self.parts.get_mut(&part) else { return };
        let (standing, believed) = (trial.standing.clone(), trial.standing.has_accepted());
        let _judging = standing.judge().await;
        if standing.failure().is_some() {
            return;
        }
        if !believed && standing.has_accepted() {
            // Another batch showed meanwhile that it takes rows.
            trial.doubted = false;
            return;
        }
        trial.judged = true;
        let mut rows: Vec<usize> = self.waiting.iter().cloned().flatten().collect();
        rows.retain(|item| self.items.part(*item) == part);
        rows.sort_unstable();
        for item in spread(rows.len()).into_iter().filter_map(|place| rows.get(place).copied()) {
            self.take_out(&(item..item + 1));
            self.send(item..item + 1).await;
            if standing.failure().is_some() || self.parts.get(&part).is_none_or(|trial| trial.accepted) {
                return;
            }
        }
        let left = self.runs_waiting(part);
        if !believed && self.later.iter().any(|later| Arc::ptr_eq(later, &standing)) {
            self.adjourn(left);
        } else if !left.is_empty() {
            self.fail_shown(part);
        }
    }

    /// What waits of a part.
    fn runs_waiting(&self, part: Part) -> Vec<Range<usize>> {
        let runs = self.waiting.iter().flat_map(|range| self.runs(range));
        runs.filter(|run| self.items.part(run.start) == part).collect()
    }

    /// Lets what waits of a part wait for the later posts of the batch.
    fn adjourn(&mut self, runs: Vec<Range<usize>>) {
        for run in runs {
            self.take_out(&run);
            self.adjourned.push(run);
        }
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
    fn close(mut self) -> Outcome {
        let parts: Vec<Part> = self.parts.keys().copied().collect();
        for part in parts {
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

/// Sends some items in one call; gives the `data` of the answer where the items read it.
async fn call(post: &Post, items: &dyn Items, range: &Range<usize>) -> Result<Value> {
    if post.dry_run {
        return Ok(Value::Null);
    }
    let body = items.body(range.clone());
    let call = Call {
        endpoint: items.endpoint(),
        advertiser: None,
        query: &[],
        body: Body::Json(&body),
        watch: &post.traffic,
    };
    let client = post.client.for_target(items.target());
    let times = if range.len() == 1 { PARTIAL_ALONE_MAX } else { 1 };
    let reads = items.made().is_some();
    for _ in 1..times {
        match answer(&client, &call, reads).await {
            Err(error) if error.kind() == Kind::Partial => {}
            other => return other.map_err(|error| items.tell_where(error)),
        }
    }
    answer(&client, &call, reads).await.map_err(|error| items.tell_where(error))
}

async fn answer(client: &Client, call: &Call<'_>, reads: bool) -> Result<Value> {
    if reads {
        client.call(call, &Typed::<Value>::default()).await
    } else {
        client.call(call, &Accepted).await.map(|()| Value::Null)
    }
}

/// Whether an item may be to blame, rather than the token, the network or TikTok.
fn may_be_an_item(error: &Error) -> bool {
    matches!(error.kind(), Kind::Request | Kind::TooLarge | Kind::Partial)
}
