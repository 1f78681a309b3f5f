//! A ledger against a model of the audience: whatever rows come, wherever runs are cut, TikTok ends with exactly those
//! who are to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures::future::{FutureExt, ready};
use proptest::prelude::*;

use super::entry::{Id, id, key_of};
use super::kinds::Kinds;
use super::settlement::Wish;
use super::{Audience, Fate, Ledger, Said};
use crate::error::Result;
use crate::lock::lock;
use crate::store::Store;

const AUDIENCE: Audience<'_> = Audience { advertiser: "7", id: "9", name: "VIP", dry_run: false, lose: 100 };

/// A row: whom it names, and by which addresses; none deletes.
type Person = (u8, Vec<u8>);

/// One run: its rows in batches, and how it ends.
#[derive(Debug, Clone)]
struct RunOf {
    rows: Vec<Person>,
    end: EndOf,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum EndOf {
    Whole,
    Cut,
    /// It is killed after some of its rows were sent, before anything of them was noted.
    Killed,
}

/// TikTok's side.
#[derive(Default)]
struct Tiktok(Mutex<BTreeSet<Id>>);

async fn run(store: &Store, tiktok: &Tiktok, generation: u64, of: &RunOf) -> Result<()> {
    let remove = |ids: Vec<Id>| {
        let mut there = lock(&tiktok.0);
        there.retain(|id| !ids.contains(id));
        ready(Ok(())).boxed()
    };
    let ledger = Ledger::open_in(store.again(), None, &AUDIENCE, &remove).await?;
    ledger.begin(generation).await?;
    for batch in of.rows.chunks(3) {
        let said = batch.iter().filter_map(|(person, emails)| {
            let key = key_of(ledger.salt(), &[id(3, *person)]);
            let ids: Vec<Id> = emails.iter().map(|email| id(0, *email)).collect();
            if ids.is_empty() {
                return Some(ledger.is_none(Some(key), key, ids));
            }
            match ledger.is_member(key, ids, Kinds::NONE) {
                Said::Known => None,
                Said::New(change) => Some(change),
            }
        });
        let changes: Vec<_> = said.collect();
        let log = ledger.log(changes.iter()).await?;
        let adds = changes.iter().filter(|change| change.word == super::Word::MayBe).flat_map(|change| &change.ids);
        lock(&tiktok.0).extend(adds);
        if of.end == EndOf::Killed && batch.len() < 3 {
            break;
        }
        ledger.settled(log, changes.into_iter().map(|change| (change, Fate::Taken)).collect()).await?;
    }
    if of.end == EndOf::Killed {
        // The operating system lets go of what it held.
        return ledger.close().await;
    }
    let wish = Wish { whole: of.end == EndOf::Whole, ..Wish::KEEP };
    ledger.settle(&wish, &remove).await?;
    ledger.close().await
}

fn runs() -> impl Strategy<Value = Vec<RunOf>> {
    let person = (0..6_u8, prop::collection::vec(0..8_u8, 0..3));
    let end = prop_oneof![Just(EndOf::Whole), Just(EndOf::Cut), Just(EndOf::Killed)];
    let one = (prop::collection::vec(person, 0..12), end).prop_map(|(rows, end)| RunOf { rows, end });
    prop::collection::vec(one, 1..6)
}

proptest! {
    #[test]
    fn an_audience_is_its_last_whole_generation(runs in runs(), last in prop::collection::vec((0..6_u8, prop::collection::vec(0..8_u8, 0..3)), 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let tiktok = Tiktok::default();
        runtime.block_on(async {
            let store = Store::in_memory();
            for (generation, of) in (1..).zip(&runs) {
                run(&store, &tiktok, generation, of).await.unwrap();
            }
            run(&store, &tiktok, 100, &RunOf { rows: last.clone(), end: EndOf::Whole }).await.unwrap();
        });
        let mut model: BTreeMap<u8, BTreeSet<Id>> = BTreeMap::new();
        for (person, emails) in &last {
            model.insert(*person, emails.iter().map(|email| id(0, *email)).collect());
        }
        let expected: BTreeSet<Id> = model.into_values().flatten().collect();
        prop_assert_eq!(&*lock(&tiktok.0), &expected);
    }
}
