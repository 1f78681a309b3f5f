//! The run's book of waits: who waits for what since when, and how the time was spent. It has the clock of the runtime,
//! which tests pause.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, interval, sleep};

use super::lane::{Lane, LaneId, Lanes, Until};
use super::line::{self, Entry};
use super::spent::State;
use super::timeline::{Account, Bucket, Timeline};
use crate::clock;
use crate::lock::lock;

/// The tracing target of what is said of waits, for subscribers that want nothing else.
pub(crate) const TELLS_OF_WAITS: &str = module_path!();

/// A wait that takes this long is told.
const TOLD_AFTER: Duration = Duration::from_secs(10);
/// The time between two lines, however much waits.
const TOLD_EVERY: Duration = Duration::from_secs(30);
/// How often the heartbeat looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A run that takes this long says how its time was spent.
const LAST_WORD_AFTER: Duration = Duration::from_secs(2);

/// Says how far the work is, while it goes on.
type Course = Box<dyn Fn() -> Option<String> + Send>;

/// What a run waits for and did. Like the clock and the log, a process has one.
pub(crate) struct Book {
    began: Instant,
    pages: Mutex<Pages>,
}

struct Pages {
    account: Account,
    open: BTreeMap<u64, Entry>,
    lanes: Lanes,
    refusals_by_app: u64,
    next: u64,
    /// When a request left or was answered last.
    moved: Instant,
    /// When a wait was told last.
    told: Option<Instant>,
    course: Option<Course>,
    /// When anything was told last, and how many requests had left then.
    heard: (Instant, u64),
}

#[cfg(not(test))]
static BOOK: std::sync::LazyLock<Arc<Book>> = std::sync::LazyLock::new(Arc::default);

// Tests of one process run side by side, each in a thread and at a time of its own.
#[cfg(test)]
thread_local! {
    static BOOK: std::cell::RefCell<Arc<Book>> = std::cell::RefCell::default();
}

/// Opens a new book for a test.
#[cfg(test)]
pub(crate) fn begin_anew() -> Arc<Book> {
    BOOK.with(|book| book.replace(Arc::default()));
    book()
}

/// The book of this process. Its time begins when it is first asked for.
#[must_use]
pub(crate) fn book() -> Arc<Book> {
    #[cfg(not(test))]
    let book = BOOK.clone();
    #[cfg(test)]
    let book = BOOK.with(|book| book.borrow().clone());
    book
}

impl Default for Book {
    fn default() -> Self {
        let began = Instant::now();
        let pages = Pages {
            account: Account::default(),
            open: BTreeMap::new(),
            lanes: Lanes::default(),
            refusals_by_app: 0,
            next: 0,
            moved: began,
            told: None,
            course: None,
            heard: (began, 0),
        };
        Self { began, pages: Mutex::new(pages) }
    }
}

impl Book {
    pub(super) fn piece(self: &Arc<Self>, about: String) -> Piece {
        let mut pages = lock(&self.pages);
        let number = pages.next;
        pages.next += 1;
        pages.open.insert(number, Entry::new(about));
        Piece { book: self.clone(), number }
    }

    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.began)
    }

    /// The run so far: its requests, its refusals, and how its time was spent.
    #[must_use]
    pub(crate) fn whole(&self) -> Bucket {
        lock(&self.pages).account.whole(self.now())
    }

    /// The course of the run so far.
    #[must_use]
    pub(crate) fn timeline(&self) -> Timeline {
        lock(&self.pages).account.timeline(self.now())
    }

    /// TikTok refused a request because too many came: by the app's own quota, or by another limit.
    pub(crate) fn refusal(&self, by_app: bool) {
        let time = self.now();
        let pages = &mut *lock(&self.pages);
        pages.account.refusal(time);
        pages.refusals_by_app += u64::from(by_app);
    }

    /// Refusals by the app's own quota.
    #[must_use]
    pub(crate) fn refusals_by_app(&self) -> u64 {
        lock(&self.pages).refusals_by_app
    }

    /// Says how far the work is, whenever this is asked; nothing once it is done.
    pub(crate) fn course(&self, course: impl Fn() -> Option<String> + Send + 'static) {
        lock(&self.pages).course = Some(Box::new(course));
    }

    /// TikTok refused what stands in a lane, in these words.
    pub(crate) fn lane_rests(&self, lane: LaneId, why: &str) {
        lock(&self.pages).lanes.change(lane, |lane| why.clone_into(&mut lane.why));
    }

    /// Says what waits, whenever something has waited for long: at most one line in [`TOLD_EVERY`]. Where nothing was
    /// said for so long, it says that the work goes on. It never ends.
    pub(crate) async fn heartbeat(&self) -> Infallible {
        let mut looks = interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            if let Some(line) = self.due_line() {
                tracing::info!("{line}");
            }
        }
    }

    fn due_line(&self) -> Option<String> {
        let (now, time) = (Instant::now(), self.now());
        let pages = &mut *lock(&self.pages);
        let line = pages.waiting(now).or_else(|| pages.going_on(now, time))?;
        pages.heard = (now, pages.account.whole(time).requests);
        Some(line)
    }

    /// How the time of the run was spent, if it was a long one.
    pub(crate) fn say_last_word(&self) {
        if self.now() >= LAST_WORD_AFTER {
            tracing::info!("{}", line::last_word(&self.whole()));
        }
    }
}

/// Whether it is time for the next line. Looks are not quite evenly spaced.
fn is_due(told: Instant, now: Instant) -> bool {
    now.saturating_duration_since(told) >= TOLD_EVERY - LOOK_EVERY / 2
}

impl Pages {
    fn waiting(&mut self, now: Instant) -> Option<String> {
        if self.told.is_some_and(|told| !is_due(told, now)) {
            return None;
        }
        let stands_still = now.saturating_duration_since(self.moved) >= TOLD_AFTER;
        let waits = |entry| Entry::waits(entry, &self.lanes, now, TOLD_AFTER, stands_still);
        let long: Vec<_> = self.open.values().filter_map(waits).collect();
        let line = line::line(&long, now, clock::now())?;
        self.told = Some(now);
        Some(line)
    }

    fn going_on(&mut self, now: Instant, time: Duration) -> Option<String> {
        let (heard, requests) = self.heard;
        if !is_due(heard, now) {
            return None;
        }
        let whole = self.account.whole(time);
        let course = self.course.as_ref().and_then(|course| course());
        let works = || self.open.values().any(|entry| entry.state(&self.lanes).is_some());
        (course.is_some() || whole.requests > requests || works()).then(|| line::goes_on(&whole, course.as_deref()))
    }

    /// A piece of work does something else from now on.
    fn change(&mut self, number: u64, time: Duration, to: impl FnOnce(&mut Entry)) {
        let Self { account, open, lanes, .. } = self;
        let Some(entry) = open.get_mut(&number) else { return };
        let (from, left) = (entry.state(lanes), entry.lane());
        to(entry);
        if let Some(left) = left {
            lanes.change(left, |lane| lane.standing = lane.standing.saturating_sub(1));
        }
        if let Some(lane) = entry.lane() {
            lanes.change(lane, |lane| lane.standing += 1);
        }
        account.change(time, from, entry.state(lanes));
    }

    /// All who stand in a lane wait for something else from now on.
    fn change_lane(&mut self, lane: LaneId, time: Duration, to: impl FnOnce(&mut Lane)) {
        let change = self.lanes.change(lane, to).map(|lane| (lane.state(), lane.standing));
        self.account.change_all(time, change);
    }
}

/// A piece of work that may wait. It counts for nothing until it says what it does, and leaves the book when dropped.
pub(crate) struct Piece {
    book: Arc<Book>,
    number: u64,
}

impl Piece {
    fn note(&self, note: impl FnOnce(&mut Entry)) {
        if let Some(entry) = lock(&self.book.pages).open.get_mut(&self.number) {
            note(entry);
        }
    }

    fn enter(&self, state: Option<State>, until: Option<Until>) {
        let (time, now) = (self.book.now(), Instant::now());
        lock(&self.book.pages).change(self.number, time, |entry| entry.enter(state, until, now));
    }

    /// It stands in a lane. Others go on meanwhile, so this is told only if none does.
    pub(crate) fn stands(&self, lane: LaneId) {
        let (time, now) = (self.book.now(), Instant::now());
        let pages = &mut *lock(&self.book.pages);
        if pages.open.get(&self.number).is_some_and(|entry| entry.lane() != Some(lane)) {
            pages.change(self.number, time, |entry| entry.stand(lane, now));
        }
    }

    /// It is at the head of a lane, and waits for the pace.
    pub(crate) fn paces(&self, lane: LaneId) {
        self.stands(lane);
        let time = self.book.now();
        lock(&self.book.pages).change_lane(lane, time, |lane| (lane.is_held, lane.until) = (true, None));
    }

    /// TikTok wants a rest of this length, which holds back all of a lane.
    pub(crate) fn rests(&self, lane: LaneId, wait: Duration) {
        self.stands(lane);
        let (time, now) = (self.book.now(), Instant::now());
        let until = Some(Until::At(now + wait));
        lock(&self.book.pages).change_lane(lane, time, |lane| (lane.is_held, lane.until) = (true, until));
        if wait >= TOLD_AFTER {
            self.note(|entry| entry.tell_from(now));
        }
    }

    /// It had its turn in a lane, and waits for nothing of TikTok's.
    pub(crate) fn passes(&self, lane: LaneId) {
        let (time, now) = (self.book.now(), Instant::now());
        let pages = &mut *lock(&self.book.pages);
        pages.change(self.number, time, |entry| entry.enter(None, None, now));
        pages.change_lane(lane, time, |lane| *lane = Lane { standing: lane.standing, ..Lane::default() });
    }

    /// Its request leaves, and is given up after `patience`.
    pub(crate) fn asks(&self, patience: Duration) {
        let now = Instant::now();
        self.enter(Some(State::Asking), Some(Until::AtMost(now + patience)));
        self.note(|entry| {
            entry.tell_from(now);
            entry.attempt();
        });
        let time = self.book.now();
        let pages = &mut *lock(&self.book.pages);
        pages.account.request(time);
        pages.moved = now;
    }

    /// Its request is answered, or lost.
    pub(crate) fn answered(&self) {
        self.goes_on();
        lock(&self.book.pages).moved = Instant::now();
    }

    /// A folder or a bucket works for it.
    pub(crate) fn stores(&self) {
        self.enter(Some(State::Storing), None);
        self.note(|entry| entry.tell_from(Instant::now()));
    }

    /// It waits for nothing.
    pub(crate) fn goes_on(&self) {
        self.enter(None, None);
    }

    /// Why it waits, in words that follow in parentheses.
    pub(crate) fn because(&self, why: impl Into<String>) {
        self.note(|entry| entry.why = why.into());
    }

    /// It is told at the next look, however short it waited.
    pub(crate) fn hurry(&self) {
        self.note(|entry| entry.is_urgent = true);
    }

    /// Whatever it does, it ends by then.
    pub(super) fn ends_within(&self, at_most: Duration) {
        let now = Instant::now();
        self.note(|entry| {
            entry.ends = Some(now + at_most);
            entry.tell_from(now);
        });
    }

    /// Sleeps, and waits in this state meanwhile.
    pub(crate) async fn sleep(&self, state: State, wait: Duration) {
        if wait.is_zero() {
            return;
        }
        let now = Instant::now();
        self.note(|entry| entry.tell_from(now));
        self.enter(Some(state), Some(Until::At(now + wait)));
        sleep(wait).await;
        self.goes_on();
    }

    /// The same until a moment.
    pub(crate) async fn sleep_until(&self, state: State, moment: Instant) {
        self.sleep(state, moment.saturating_duration_since(Instant::now())).await;
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.goes_on();
        lock(&self.book.pages).open.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
