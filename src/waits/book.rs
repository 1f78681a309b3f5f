//! The run's book of waits: who waits for what since when, and how the time was spent. It has the clock of the runtime,
//! which tests pause.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, interval, sleep};

use super::line::{self, Entry, Until};
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

/// What a run waits for and did. Like the clock and the log, a process has one.
pub(crate) struct Book {
    began: Instant,
    pages: Mutex<Pages>,
}

struct Pages {
    account: Account,
    open: BTreeMap<u64, Entry>,
    next: u64,
    /// When a request left or was answered last.
    moved: Instant,
    told: Option<Instant>,
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
        let pages = Pages { account: Account::default(), open: BTreeMap::new(), next: 0, moved: began, told: None };
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

    /// TikTok refused a request because too many came.
    pub(crate) fn refusal(&self) {
        lock(&self.pages).account.refusal(self.now());
    }

    /// Says what waits, whenever something has waited for long: at most one line in [`TOLD_EVERY`]. It never ends.
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
        let now = Instant::now();
        let mut pages = lock(&self.pages);
        // Looks are not quite evenly spaced.
        if pages.told.is_some_and(|told| now.saturating_duration_since(told) < TOLD_EVERY - LOOK_EVERY / 2) {
            return None;
        }
        let stands_still = now.saturating_duration_since(pages.moved) >= TOLD_AFTER;
        let long: Vec<_> = pages.open.values().filter_map(|entry| entry.waits(now, TOLD_AFTER, stands_still)).collect();
        let line = line::line(&long, now, clock::now())?;
        pages.told = Some(now);
        Some(line)
    }

    /// How the time of the run was spent, if it was a long one.
    pub(crate) fn say_last_word(&self) {
        if self.now() >= LAST_WORD_AFTER {
            tracing::info!("{}", line::last_word(&self.whole()));
        }
    }
}

/// A piece of work that may wait. It counts for nothing until it says what it does, and leaves the book when dropped.
pub(crate) struct Piece {
    book: Arc<Book>,
    number: u64,
}

impl Piece {
    fn change(&self, change: impl FnOnce(&mut Entry, &mut Account, Duration)) {
        let now = self.book.now();
        let Pages { account, open, .. } = &mut *lock(&self.book.pages);
        if let Some(entry) = open.get_mut(&self.number) {
            change(entry, account, now);
        }
    }

    fn enter(&self, state: Option<State>, until: Option<Until>) {
        self.change(|entry, account, now| {
            account.change(now, entry.state(), state);
            entry.enter(state, until, Instant::now());
        });
    }

    /// It waits its turn at the pace. Others go on meanwhile, so this is told only if none does.
    pub(crate) fn queues(&self) {
        self.enter(Some(State::Quota), None);
    }

    /// TikTok wants a rest of this length, which holds it back.
    pub(crate) fn rests(&self, wait: Duration) {
        let now = Instant::now();
        self.enter(Some(State::Quota), Some(Until::At(now + wait)));
        if wait >= TOLD_AFTER {
            self.change(|entry, _, _| entry.tell_from(now));
        }
    }

    /// Its request leaves, and is given up after `patience`.
    pub(crate) fn asks(&self, patience: Duration) {
        let now = Instant::now();
        self.enter(Some(State::Asking), Some(Until::AtMost(now + patience)));
        self.change(|entry, account, time| {
            account.request(time);
            entry.tell_from(now);
            entry.attempt();
        });
        lock(&self.book.pages).moved = now;
    }

    /// Its request is answered, or lost.
    pub(crate) fn answered(&self) {
        self.goes_on();
        lock(&self.book.pages).moved = Instant::now();
    }

    /// A folder or a bucket works for it.
    pub(crate) fn stores(&self) {
        self.enter(Some(State::Storing), None);
        self.change(|entry, _, _| entry.tell_from(Instant::now()));
    }

    /// It waits for nothing.
    pub(crate) fn goes_on(&self) {
        self.enter(None, None);
    }

    /// Why it waits, in words that follow in parentheses.
    pub(crate) fn because(&self, why: impl Into<String>) {
        self.change(|entry, _, _| entry.why = why.into());
    }

    /// It is told at the next look, however short it waited.
    pub(crate) fn hurry(&self) {
        self.change(|entry, _, _| entry.is_urgent = true);
    }

    /// Whatever it does, it ends by then.
    pub(super) fn ends_within(&self, at_most: Duration) {
        let now = Instant::now();
        self.change(|entry, _, _| {
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
        self.change(|entry, _, _| entry.tell_from(now));
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
        let now = self.book.now();
        let Pages { account, open, .. } = &mut *lock(&self.book.pages);
        if let Some(entry) = open.remove(&self.number) {
            account.change(now, entry.state(), None);
        }
    }
}

#[cfg(test)]
mod tests;
