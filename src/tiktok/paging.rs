//! Reads whole lists from numbered pages, although a list may change in the meantime.
//!
//! Pages are numbers, not cursors (docs/tiktok-api.md 3.0, 9.1). A new object pushes one row onto the next page, where
//! it comes twice. A deleted object pulls a row onto a page that was read already, and that row would be lost without a
//! trace. So a changed total, a repeated key, or a row count that differs from the total means *drift*: the list is
//! read again from its first page, and only new rows are passed on. If the second pass brings the same result, the list
//! really is like that: it is complete, and its oddities are reported.

use std::collections::HashSet;
use std::time::Duration;

use super::call::Call;
use super::client::Client;
use super::endpoint::Paging;
use super::envelope::Decode;
use super::page::{Doubt, Page, PageInfo, RowKey};
use crate::error::{Error, Kind, Result};
use crate::waits::{self, State};

/// The most passes over one list.
pub(crate) const PASSES_MAX: u8 = 5;
/// The most pages of one list, as a bound for a server that never ends.
pub(crate) const PAGES_MAX: u32 = 100_000;
/// After this many empty pages in a row the list is over, whatever its total says.
const EMPTY_PAGES_MAX: u8 = 2;
/// The most keys to reserve memory for because the server announced them.
const ROOM_MAX: usize = 1 << 19;
/// The wait before another pass, times the number of the pass.
const PASS_WAIT: Duration = Duration::from_secs(1);
/// The most rows that a [`Doubt`] names.
const NAMED_MAX: usize = 3;

/// What to do after a page.
#[derive(Debug, PartialEq, Eq)]
enum NextStep {
    Page(u32),
    Again,
    Done,
}

/// The summary of one pass. Equal summaries mean the same list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pass {
    total: Option<u64>,
    came: u64,
    /// The sum of all keys, in any order.
    sum: u128,
    /// Whether the total changed.
    moved: bool,
    /// Whether a key came twice.
    twice: bool,
}

impl Pass {
    fn is_whole(&self) -> bool {
        !self.moved && !self.twice && self.total == Some(self.came)
    }
}

/// The state of a list while it is read. Pure.
#[derive(Default)]
struct ListState {
    /// Every key seen so far. For a long report this takes most of the memory.
    seen: HashSet<RowKey>,
    /// The keys of this pass, if it is not the first.
    again: HashSet<RowKey>,
    /// The keys that came twice in this pass; below, in an earlier pass.
    twice: HashSet<RowKey>,
    ever_twice: HashSet<RowKey>,
    /// Rows of [`ListState::ever_twice`] that were passed on although a row with their key had been.
    others: HashSet<u128>,
    pass: u8,
    page: u32,
    empty: u8,
    this: Pass,
    before: Option<Pass>,
}

impl ListState {
    /// Adds the next page's rows. `count` includes rows without a key. Returns which rows are new, and which came in
    /// this pass already.
    fn take(&mut self, keys: &[RowKey], count: usize) -> (Vec<bool>, Vec<usize>) {
        self.page += 1;
        self.this.came += count as u64;
        self.empty = if count == 0 { self.empty + 1 } else { 0 };
        let (mut fresh, mut twice) = (Vec::with_capacity(keys.len()), Vec::new());
        for (at, key) in keys.iter().enumerate() {
            self.this.sum = self.this.sum.wrapping_add(key.name());
            let new = self.seen.insert(*key);
            if if self.pass == 0 { !new } else { !self.again.insert(*key) } {
                self.this.twice = true;
                self.twice.insert(*key);
                twice.push(at);
            }
            fresh.push(new || self.is_another(key));
        }
        (fresh, twice)
    }

    /// Whether a row with a known key differs from the row that was passed on, in a list where this is not a sign of
    /// drift.
    fn is_another(&mut self, key: &RowKey) -> bool {
        self.ever_twice.contains(key)
            && self.seen.get(key).is_some_and(|known| !known.says_the_same(key))
            && self.others.insert(key.all())
    }

    /// What to do after the latest page. Pages have `size` rows.
    fn next(&mut self, info: Option<PageInfo>, size: u32) -> NextStep {
        let Some(info) = info else { return NextStep::Done };
        let total = info.total_number;
        self.this.moved |= self.this.total.replace(total).is_some_and(|before| before != total);
        let pages = u32::try_from(total.div_ceil(u64::from(size.max(1)))).unwrap_or(u32::MAX).max(info.total_page);
        match self.page < pages && self.empty < EMPTY_PAGES_MAX {
            _ if self.this.moved => self.again(),
            true => NextStep::Page(self.page + 1),
            false if self.this.is_whole() || self.holds_still() => NextStep::Done,
            false => self.again(),
        }
    }

    /// Whether another pass would bring nothing new: the last two were equal, or after the last allowed pass only the
    /// count differs from the total.
    fn holds_still(&self) -> bool {
        self.before == Some(self.this) || (self.pass + 1 >= PASSES_MAX && !self.this.twice)
    }

    fn again(&mut self) -> NextStep {
        self.again.clear();
        self.ever_twice.extend(self.twice.drain());
        self.before = Some(std::mem::take(&mut self.this)).filter(|pass| !pass.moved);
        (self.pass, self.page, self.empty) = (self.pass + 1, 0, 0);
        NextStep::Again
    }

    /// The oddities that the last pass found.
    fn doubts(&self, named: &[String]) -> Vec<Doubt> {
        let Pass { total, came, .. } = self.this;
        let count = total.filter(|total| *total != came).map(|told| Doubt::Count { told, came });
        let twice = self.twice.len();
        let rows = (twice > 0).then(|| Doubt::Twice { rows: twice, named: named.to_vec() });
        count.into_iter().chain(rows).collect()
    }
}

/// A list that is being read. It adds `page_size` and `page` to the call's query, unless the list comes in one
/// response.
pub(crate) struct Pages<'a, D> {
    client: &'a Client,
    call: Call<'a>,
    page_size: u32,
    decode: &'a D,
    listing: ListState,
    /// The next page. `None`: the list is complete.
    page: Option<u32>,
    /// The names of rows that came twice in this pass.
    named: Vec<String>,
}

impl<'a, D: Decode<Out: Page>> Pages<'a, D> {
    #[must_use]
    pub(crate) fn new(client: &'a Client, call: Call<'a>, page_size: u32, decode: &'a D) -> Self {
        Self { client, call, page_size, decode, listing: ListState::default(), page: Some(1), named: Vec::new() }
    }

    /// The next page, and for each of its rows whether it is new.
    pub(crate) async fn next(&mut self) -> Result<Option<(D::Out, Vec<bool>)>> {
        let Some(page) = self.page else { return Ok(None) };
        self.wait_between_passes(page).await;
        let paging = self.call.endpoint.paging;
        let mut query = self.call.query.to_vec();
        if paging != Paging::Whole {
            query.push(("page", page.to_string()));
            query.push(("page_size", self.page_size.to_string()));
        }
        let out = self.client.call(&Call { query: &query, ..self.call }, self.decode).await?;
        let (fresh, twice) = self.listing.take(out.keys(), out.count());
        self.name(&out, &twice);
        let next = match paging {
            // A server that ignores `page` would return the same rows for ever.
            Paging::UntilShort(_) if fresh.len() >= self.page_size as usize && fresh.contains(&true) => {
                NextStep::Page(page + 1)
            }
            Paging::UntilShort(_) => NextStep::Done,
            _ => self.listing.next(out.info(), self.page_size),
        };
        self.page = match next {
            NextStep::Done => None,
            NextStep::Page(page) if page <= PAGES_MAX => Some(page),
            NextStep::Again if self.listing.pass < PASSES_MAX => Some(1),
            NextStep::Page(_) | NextStep::Again => return Err(drift_error(&self.call)),
        };
        Ok(Some((out, fresh)))
    }

    /// Reserves memory for the keys of `total` rows: a set that grows by doubling fragments memory.
    pub(crate) fn expect(&mut self, total: u64) {
        let more = usize::try_from(total).unwrap_or_default().saturating_sub(self.listing.seen.len());
        self.listing.seen.reserve(more.min(ROOM_MAX));
    }

    /// Adds the keys of all rows so far to `keys`.
    pub(crate) fn passed_on(self, keys: &mut HashSet<RowKey>) {
        keys.extend(self.listing.seen);
    }

    /// The oddities of a list that was read to its end.
    #[must_use]
    pub(crate) fn doubts(&self) -> Vec<Doubt> {
        match self.call.endpoint.paging {
            Paging::UntilShort(_) => Vec::new(),
            _ => self.listing.doubts(&self.named),
        }
    }

    /// Remembers the names of rows that came twice.
    fn name(&mut self, page: &D::Out, twice: &[usize]) {
        if self.listing.page == 1 {
            self.named.clear();
        }
        for at in twice {
            if self.named.len() >= NAMED_MAX {
                return;
            }
            let name = page.called(*at);
            if !self.named.contains(&name) {
                self.named.push(name);
            }
        }
    }

    async fn wait_between_passes(&self, page: u32) {
        if page == 1 && self.listing.pass > 0 {
            tracing::info!(
                path = self.call.endpoint.path,
                pass = self.listing.pass + 1,
                "The list changed while it was read, or is not whole; reading it again"
            );
            let waiting = waits::piece(format!("{}, a list that changed", self.call.endpoint.path));
            waiting.sleep(State::Retrying, PASS_WAIT * u32::from(self.listing.pass)).await;
        }
    }
}

fn drift_error(call: &Call<'_>) -> Error {
    Error::new(Kind::Drift, format!("The list changed each of the {PASSES_MAX} times it was read"))
        .with("path", call.endpoint.path)
        .with("advertiser_id", call.advertiser.unwrap_or("-"))
        .advise("Try again when fewer changes are made; a sync goes on from its last state.")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;
    use serde::{Deserialize, Deserializer};

    use super::*;
    use crate::tiktok::Body;
    use crate::tiktok::endpoint::{ADS, APPS, Endpoint, IDENTITIES};
    use crate::tiktok::page::{Keyed, PageData};
    use crate::tiktok::scripted::Scripted;

    /// Rows, total and pages as a server tells them.
    type PageOf = (&'static [u32], u64, u32);

    /// Thousands are what a row says, the rest is what it is called.
    struct Keys;

    impl Decode for Keys {
        type Out = Keyed<u32>;
        fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Keyed<u32>, D::Error> {
            let wire = PageData::deserialize(data)?;
            Ok(Keyed::new(wire.list, wire.page_info, row))
        }
    }

    fn row(row: &u32) -> RowKey {
        RowKey::new(u128::from(row % 1000) << 64, &row.to_be_bytes())
    }

    /// Serves each page of the script; gives the rows that were passed on.
    async fn read(pages: &[PageOf]) -> (Result<Vec<Doubt>>, Vec<u32>, Scripted) {
        read_of(&ADS, pages).await
    }

    async fn read_of(endpoint: &'static Endpoint, pages: &[PageOf]) -> (Result<Vec<Doubt>>, Vec<u32>, Scripted) {
        let script = Scripted::default();
        for (list, total, pages) in pages {
            script.answer(200, &format!(r#"{{"code":0,"data":{{"list":{list:?},"page_info":{{"total_number":{total},"total_page":{pages}}}}}}}"#));
        }
        let ten = NonZeroU32::new(10).unwrap();
        let client = Client::new(Box::new(script.clone()), ten, ten);
        let call = Call { endpoint, advertiser: Some("1"), query: &[], body: Body::None, watch: &() };
        let mut rows = Vec::new();
        let mut list = Pages::new(&client, call, 2, &Keys);
        let done = loop {
            match list.next().await {
                Ok(Some((page, fresh))) => rows.extend(page.fresh(fresh)),
                Ok(None) => break Ok(list.doubts()),
                Err(error) => break Err(error),
            }
        };
        (done, rows, script)
    }

    #[tokio::test(start_paused = true)]
    async fn all_pages_are_read_once() {
        let (done, rows, script) = read(&[(&[5, 4], 5, 3), (&[3, 2], 5, 3), (&[1], 5, 3)]).await;
        done.unwrap();
        assert_eq!(rows, [5, 4, 3, 2, 1]);
        assert_eq!(script.asked("page"), ["1", "2", "3"]);
        assert_eq!(script.asked("page_size"), ["2", "2", "2"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_list_is_one_page() {
        let (done, rows, script) = read(&[(&[], 0, 0)]).await;
        done.unwrap();
        assert!(rows.is_empty());
        assert_eq!(script.sent(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_cannot_count_ends_with_the_first_page_that_is_not_full() {
        let (done, rows, script) = read_of(&IDENTITIES, &[(&[5, 4], 9, 1), (&[3, 2], 0, 0), (&[1], 9, 9)]).await;
        done.unwrap();
        assert_eq!(rows, [5, 4, 3, 2, 1]);
        assert_eq!(script.asked("page"), ["1", "2", "3"]);
        let (done, rows, _) = read_of(&IDENTITIES, &[(&[5, 4], 9, 1), (&[5, 4], 9, 1)]).await;
        done.unwrap();
        assert_eq!(rows, [5, 4], "a server that does not turn the page");
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_comes_whole_is_asked_for_without_a_page() {
        let (done, rows, script) = read_of(&APPS, &[(&[5, 4], 2, 1)]).await;
        done.unwrap();
        assert_eq!((rows, script.asked("page").len()), (vec![5, 4], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_row_pulled_onto_a_page_already_read_is_found_again() {
        // 4 is deleted after page 1: 3 moves up, page 2 would start with 2.
        let (done, rows, _) = read(&[(&[5, 4], 5, 3), (&[2, 1], 4, 2), (&[5, 3], 4, 2), (&[2, 1], 4, 2)]).await;
        done.unwrap();
        assert_eq!(rows, [5, 4, 2, 1, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_row_pushed_onto_the_next_page_comes_once() {
        // 6 is created after page 1, and another vanishes: the total stays, but 4 comes twice.
        let (done, rows, _) = read(&[(&[5, 4], 4, 2), (&[4, 3], 4, 2), (&[6, 5], 4, 2), (&[4, 3], 4, 2)]).await;
        done.unwrap();
        assert_eq!(rows, [5, 4, 3, 6]);
    }

    #[tokio::test(start_paused = true)]
    async fn fewer_rows_than_the_total_are_read_again() {
        let whole: [PageOf; 3] = [(&[5, 4], 5, 3), (&[3, 2], 5, 3), (&[1], 5, 3)];
        let short: [(&str, [PageOf; 3]); 3] = [
            ("a page in the middle", [(&[5, 4], 5, 3), (&[2], 5, 3), (&[1], 5, 3)]),
            ("an empty page", [(&[5, 4], 5, 3), (&[], 5, 3), (&[1], 5, 3)]),
            ("the last page", [(&[5, 4], 5, 3), (&[3, 2], 5, 3), (&[], 5, 3)]),
        ];
        for (name, short) in short {
            let (done, mut rows, script) = read(&[short, whole].concat()).await;
            rows.sort_unstable();
            assert_eq!((rows.as_slice(), script.sent()), ([1, 2, 3, 4, 5].as_slice(), 6), "{name}");
            assert_eq!(done.unwrap(), [], "{name}");
            let came: u64 = short.iter().map(|(rows, ..)| rows.len() as u64).sum();
            let (done, rows, script) = read(&[short, short, short].concat()).await;
            assert_eq!(done.unwrap(), [Doubt::Count { told: 5, came }], "{name}");
            assert_eq!((rows.len() as u64, script.sent()), (came, 6), "two passes that agree: {name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pages_follow_from_the_total_where_fewer_are_told() {
        for told in [0, 1, 2] {
            let (done, rows, script) = read(&[(&[5, 4], 5, told), (&[3, 2], 5, told), (&[1], 5, told)]).await;
            assert_eq!((done.unwrap(), rows.len(), script.sent()), (vec![], 5, 3));
        }
        // Nothing is behind the pages that were told.
        let list: [PageOf; 3] = [(&[5, 4], 7, 1), (&[], 7, 1), (&[], 7, 1)];
        let (done, rows, script) = read(&[list, list].concat()).await;
        assert_eq!(done.unwrap(), [Doubt::Count { told: 7, came: 2 }]);
        assert_eq!((rows, script.sent()), (vec![5, 4], 6));
    }

    #[tokio::test(start_paused = true)]
    async fn more_rows_than_the_total_are_told_too() {
        let list: [PageOf; 2] = [(&[5, 4], 0, 2), (&[3], 0, 2)];
        let (done, rows, _) = read(&[list, list].concat()).await;
        assert_eq!(done.unwrap(), [Doubt::Count { told: 0, came: 3 }]);
        assert_eq!(rows, [5, 4, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_short_in_another_way_each_time_ends() {
        let pages: Vec<PageOf> = (0..40).map(|at| (&[1_u32] as &[u32], 2 + at, 1)).collect();
        let (done, rows, script) = read(&pages).await;
        // From the second total on, a page more is asked for, whose total is another.
        assert_eq!(done.unwrap_err().kind(), Kind::Drift);
        assert_eq!(rows, [1]);
        assert!(script.sent() <= 2 * usize::from(PASSES_MAX), "{}", script.sent());
        let pages: [PageOf; 5] = [(&[1], 2, 1), (&[2], 2, 1), (&[1], 2, 1), (&[2], 2, 1), (&[1], 2, 1)];
        let (done, rows, script) = read(&pages).await;
        assert_eq!(done.unwrap(), [Doubt::Count { told: 2, came: 1 }]);
        assert_eq!((rows, script.sent()), (vec![1, 2], 5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_row_that_always_comes_twice_is_no_drift() {
        let twice = |rows| vec![Doubt::Twice { rows, named: vec!["a row".to_owned()] }];
        // The same to the byte.
        let equal: [PageOf; 2] = [(&[5, 4], 4, 2), (&[4, 3], 4, 2)];
        let (done, rows, script) = read(&[equal, equal, equal].concat()).await;
        assert_eq!((done.unwrap(), rows, script.sent()), (twice(1), vec![5, 4, 3], 4));
        // Saying something else, in whatever order.
        let others: [PageOf; 2] = [(&[1005, 4], 4, 2), (&[2005, 3], 4, 2)];
        let turned: [PageOf; 2] = [(&[2005, 4], 4, 2), (&[1005, 3], 4, 2)];
        for again in [others, turned] {
            let (done, mut rows, script) = read(&[others, again, others].concat()).await;
            rows.sort_unstable();
            assert_eq!((done.unwrap(), rows, script.sent()), (twice(1), vec![3, 4, 1005, 2005], 4));
        }
        // Four times, two of them equal.
        let three: [PageOf; 2] = [(&[1005, 2005], 4, 2), (&[1005, 3005], 4, 2)];
        let (done, rows, _) = read(&[three, three].concat()).await;
        assert_eq!((done.unwrap(), rows), (twice(1), vec![1005, 2005, 3005]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_never_holds_still_is_an_error() {
        let pages: Vec<PageOf> = (0..40).map(|at| (&[1_u32, 2] as &[u32], 4 + at, 2)).collect();
        let (done, rows, script) = read(&pages).await;
        assert_eq!(done.unwrap_err().kind(), Kind::Drift);
        assert_eq!(rows, [1, 2]);
        assert_eq!(script.sent(), 2 * usize::from(PASSES_MAX));
    }

    proptest! {
        /// Objects come (with a new, highest id) and go between any two requests: nothing that stayed is
        /// missing and nothing comes twice.
        #[test]
        fn what_stays_is_read_exactly_once(
            start in prop::collection::btree_set(0_u32..60, 0..30),
            changes in prop::collection::vec(prop::option::of(0_u32..60), 0..6),
            size in 1_usize..7,
        ) {
            let (mut world, mut changes) = (start.clone(), changes.into_iter());
            let mut stayed = start;
            let mut listing = ListState::default();
            let (mut got, mut page) = (Vec::new(), 1_u32);
            loop {
                let rows: Vec<u32> = world.iter().rev().skip((page as usize - 1) * size).take(size).copied().collect();
                let info = PageInfo { total_number: world.len() as u64, total_page: world.len().div_ceil(size) as u32 };
                let keys: Vec<RowKey> = rows.iter().map(row).collect();
                let (fresh, _) = listing.take(&keys, keys.len());
                got.extend(rows.iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(row, _)| *row));
                match listing.next(Some(info), size as u32) {
                    NextStep::Done => break,
                    NextStep::Again => page = 1,
                    NextStep::Page(next) => page = next,
                }
                match changes.next() {
                    Some(Some(row)) => drop((world.remove(&row), stayed.remove(&row))),
                    Some(None) => drop(world.insert(world.last().map_or(60, |last| last + 1))),
                    None => {}
                }
            }
            let unique: std::collections::BTreeSet<_> = got.iter().copied().collect();
            prop_assert_eq!(unique.len(), got.len());
            prop_assert!(stayed.iter().all(|row| unique.contains(row)));
        }
    }
}
