//! Whole lists out of numbered pages, although the list may change while it is read.
//!
//! Pages are numbers, not cursors (tiktok-api.md 3.0, 9.1): an object created meanwhile pushes one row onto
//! the next page, which then comes twice; a deleted one pulls a row onto a page that was read already, and
//! that row would be lost without a sign. So a total that changes or a key seen twice means *drift*: the list
//! is read again from its first page, and only rows not seen before are passed on.

use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;

use super::client::{Call, Client};
use super::endpoint::Paging;
use super::envelope::Decode;
use crate::error::{Error, Kind, Result};

/// Passes over one list until it holds still.
pub const PASSES_MAX: u8 = 5;
/// Pages of one list; more would be a server that never ends.
pub const PAGES_MAX: u32 = 100_000;
/// Keys that room is made for on the server's word.
const ROOM_MAX: usize = 1 << 19;
/// Wait before reading again, times the number of the pass.
const PASS_WAIT: Duration = Duration::from_secs(1);

/// Tells rows apart: the record's primary key, or a hash of it wide enough never to meet another.
pub type Key = u128;

/// `data.page_info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PageInfo {
    pub total_number: u64,
    pub total_page: u32,
}

/// A decoded page.
pub trait Page: Send {
    /// Absent where an endpoint does not page: then this page is all.
    fn info(&self) -> Option<PageInfo>;
    fn keys(&self) -> &[Key];
}

/// A page of what lists mostly hold: rows with a key each.
#[derive(Debug)]
pub struct Keyed<T> {
    pub rows: Vec<T>,
    pub keys: Vec<Key>,
    pub info: Option<PageInfo>,
}

impl<T> Keyed<T> {
    /// Rows with the key that each has.
    #[must_use]
    pub fn new(rows: Vec<T>, info: Option<PageInfo>, key: impl FnMut(&T) -> Key) -> Self {
        Self { keys: rows.iter().map(key).collect(), rows, info }
    }

    /// The rows that are `fresh`.
    pub fn fresh(self, fresh: Vec<bool>) -> impl Iterator<Item = T> {
        self.rows.into_iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(row, _)| row)
    }
}

impl<T: Send> Page for Keyed<T> {
    fn info(&self) -> Option<PageInfo> {
        self.info
    }

    fn keys(&self) -> &[Key] {
        &self.keys
    }
}

/// What to do after a page.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Page(u32),
    Again,
    Done,
}

/// What is known of a list while it is read. Pure.
#[derive(Default)]
struct Listing {
    /// Every key seen; of a long report this is most of the memory it takes.
    seen: HashSet<Key>,
    /// Those of this pass, where it is not the first.
    again: HashSet<Key>,
    pass: u8,
    page: u32,
    total: Option<u64>,
}

impl Listing {
    /// Takes in the next page: which of its rows are new, and what comes next.
    fn take(&mut self, keys: &[Key], info: Option<PageInfo>) -> (Vec<bool>, Next) {
        self.page += 1;
        let mut drifted = false;
        let mut fresh = Vec::with_capacity(keys.len());
        for key in keys {
            let new = self.seen.insert(*key);
            let twice = if self.pass == 0 { !new } else { !self.again.insert(*key) };
            drifted |= twice;
            fresh.push(new);
        }
        let Some(info) = info else { return (fresh, Next::Done) };
        drifted |= self.total.replace(info.total_number).is_some_and(|total| total != info.total_number);
        drifted |= keys.is_empty() && self.page <= info.total_page && info.total_number > 0;
        let next = match self.page < info.total_page {
            _ if drifted => self.again(),
            true => Next::Page(self.page + 1),
            false => Next::Done,
        };
        (fresh, next)
    }

    fn again(&mut self) -> Next {
        self.again.clear();
        (self.pass, self.page, self.total) = (self.pass + 1, 0, None);
        Next::Again
    }
}

/// A list being read. `page_size` and `page` are added to the call's query, unless it comes whole.
pub struct Pages<'a, D> {
    client: &'a Client,
    call: Call<'a>,
    page_size: u32,
    decode: &'a D,
    listing: Listing,
    /// The page to ask for next; none = all is read.
    page: Option<u32>,
}

impl<'a, D: Decode<Out: Page>> Pages<'a, D> {
    #[must_use]
    pub fn new(client: &'a Client, call: Call<'a>, page_size: u32, decode: &'a D) -> Self {
        Self { client, call, page_size, decode, listing: Listing::default(), page: Some(1) }
    }

    /// The next page, and which of its rows were not passed on before, in the order they came.
    pub async fn next(&mut self) -> Result<Option<(D::Out, Vec<bool>)>> {
        let Some(page) = self.page else { return Ok(None) };
        self.wait_between_passes(page).await;
        let paging = self.call.endpoint.paging;
        let mut query = self.call.query.to_vec();
        if paging != Paging::Whole {
            query.push(("page", page.to_string()));
            query.push(("page_size", self.page_size.to_string()));
        }
        let out = self.client.call(&Call { query: &query, ..self.call }, self.decode).await?;
        let (fresh, next) = self.listing.take(out.keys(), out.info());
        let next = match paging {
            // A server that does not turn the page would bring the same rows for ever.
            Paging::UntilShort(_) if fresh.len() >= self.page_size as usize && fresh.contains(&true) => {
                Next::Page(page + 1)
            }
            Paging::UntilShort(_) => Next::Done,
            _ => next,
        };
        self.page = match next {
            Next::Done => None,
            Next::Page(page) if page <= PAGES_MAX => Some(page),
            Next::Again if self.listing.pass < PASSES_MAX => Some(1),
            Next::Page(_) | Next::Again => return Err(restless(&self.call)),
        };
        Ok(Some((out, fresh)))
    }

    /// Makes room for the keys of so many rows at once: a set that grows by doubling leaves holes in memory.
    pub fn expect(&mut self, total: u64) {
        let more = usize::try_from(total).unwrap_or_default().saturating_sub(self.listing.seen.len());
        self.listing.seen.reserve(more.min(ROOM_MAX));
    }

    /// Adds the keys of all rows that came so far.
    pub fn passed_on(self, keys: &mut HashSet<Key>) {
        keys.extend(self.listing.seen);
    }

    async fn wait_between_passes(&self, page: u32) {
        if page == 1 && self.listing.pass > 0 {
            tracing::info!(
                path = self.call.endpoint.path,
                pass = self.listing.pass + 1,
                "The list changed while it was read; reading it again"
            );
            tokio::time::sleep(PASS_WAIT * u32::from(self.listing.pass)).await;
        }
    }
}

fn restless(call: &Call<'_>) -> Error {
    Error::new(Kind::Drift, format!("The list changed each of the {PASSES_MAX} times it was read"))
        .with("path", call.endpoint.path)
        .with("advertiser_id", call.advertiser.unwrap_or("-"))
        .advise("Try again when fewer changes are made; a sync goes on from its last state.")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;
    use serde::Deserializer;

    use super::*;
    use crate::tiktok::endpoint::{ADS, APPS, Endpoint, IDENTITIES};
    use crate::tiktok::scripted::Scripted;

    #[derive(Deserialize)]
    struct Plain {
        list: Vec<Key>,
        page_info: Option<PageInfo>,
    }

    impl Page for Plain {
        fn info(&self) -> Option<PageInfo> {
            self.page_info
        }
        fn keys(&self) -> &[Key] {
            &self.list
        }
    }

    struct Keys;

    impl Decode for Keys {
        type Out = Plain;
        fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Plain, D::Error> {
            Plain::deserialize(data)
        }
    }

    /// Serves each page of the script; gives the rows that were passed on.
    async fn read(pages: &[(&[u32], u64, u32)]) -> (Result<()>, Vec<Key>, Scripted) {
        read_of(&ADS, pages).await
    }

    async fn read_of(endpoint: &'static Endpoint, pages: &[(&[u32], u64, u32)]) -> (Result<()>, Vec<Key>, Scripted) {
        let script = Scripted::default();
        for (list, total, pages) in pages {
            script.answer(200, &format!(r#"{{"code":0,"data":{{"list":{list:?},"page_info":{{"total_number":{total},"total_page":{pages}}}}}}}"#));
        }
        let ten = NonZeroU32::new(10).unwrap();
        let client = Client::new(Box::new(script.clone()), ten, ten);
        let call = Call { endpoint, advertiser: Some("1"), query: &[], body: &[], watch: &() };
        let mut rows = Vec::new();
        let mut list = Pages::new(&client, call, 2, &Keys);
        let done = loop {
            match list.next().await {
                Ok(Some((page, fresh))) => {
                    rows.extend(page.list.iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(key, _)| *key))
                }
                Ok(None) => break Ok(()),
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
    async fn a_list_that_never_holds_still_is_an_error() {
        let pages: Vec<(&[u32], u64, u32)> = (0..40).map(|at| (&[1_u32, 2] as &[u32], 4 + at, 2)).collect();
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
            let mut listing = Listing::default();
            let (mut got, mut page) = (Vec::new(), 1_u32);
            loop {
                let rows: Vec<Key> = world.iter().rev().skip((page as usize - 1) * size).take(size).map(|row| Key::from(*row)).collect();
                let info = PageInfo { total_number: world.len() as u64, total_page: world.len().div_ceil(size) as u32 };
                let (fresh, next) = listing.take(&rows, Some(info));
                got.extend(rows.iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(row, _)| *row));
                match next {
                    Next::Done => break,
                    Next::Again => page = 1,
                    Next::Page(next) => page = next,
                }
                match changes.next() {
                    Some(Some(row)) => drop((world.remove(&row), stayed.remove(&row))),
                    Some(None) => drop(world.insert(world.last().map_or(60, |last| last + 1))),
                    None => {}
                }
            }
            let unique: std::collections::BTreeSet<_> = got.iter().copied().collect();
            prop_assert_eq!(unique.len(), got.len());
            prop_assert!(stayed.iter().all(|row| unique.contains(&Key::from(*row))));
        }
    }
}
