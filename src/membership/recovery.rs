//! What a run that was killed left.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Word};
use super::files::{self, Cursor};
use super::known::Known;
use super::manifest::Manifest;
use super::merge::{Said, Sources};
use super::names::{PART, read_name, read_seen};
use super::place::Place;
use super::ranges::Ranges;
use super::settlement::{self, Judged, Remove, Wish};
use crate::error::Result;
use crate::store::Store;

/// What a number of a note is: a change that TikTok took, one that is void, a member that the generation named.
const TAKEN: u64 = 0;
const VOID: u64 = 1 << 62;
const NAMED: u64 = 2 << 62;
const KINDS: u64 = 3 << 62;

/// The body of a note: runs of numbers, each with its length behind it.
pub(super) fn note(taken: &mut Ranges, void: &mut Ranges, named: Vec<(u64, u64)>) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, ranges) in [(TAKEN, taken.take()), (VOID, void.take()), (NAMED, named)] {
        for (first, last) in ranges {
            body.extend_from_slice(&(kind | first).to_le_bytes());
            body.extend_from_slice(&last.to_le_bytes());
        }
    }
    body
}

/// What notes say.
#[derive(Default)]
struct Noted {
    taken: Vec<(u64, u64)>,
    void: Vec<(u64, u64)>,
    named: Vec<(u64, u64)>,
}

impl Noted {
    async fn read(store: &Store, names: &[String]) -> Result<Self> {
        let mut noted = Self::default();
        for name in names {
            let numbers: Vec<u64> = files::all(store, name, PART).await?;
            for pair in numbers.as_chunks::<2>().0 {
                let [first, last] = *pair;
                let range = (first & !KINDS, last);
                match first & KINDS {
                    TAKEN => noted.taken.push(range),
                    VOID => noted.void.push(range),
                    _ => noted.named.push(range),
                }
            }
        }
        noted.taken.sort_unstable();
        noted.void.sort_unstable();
        Ok(noted)
    }
}

/// Ledgers of some of an advertiser's audiences in which a killed run left something undone. What cannot be read is told
/// where it is written to; of what is done no file is read.
pub(crate) async fn undone(place: &Place, advertiser: &str, concerns: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Manifest> {
    let mut undone = Vec::new();
    for audience in place.audiences_of(advertiser).await.unwrap_or_default() {
        if concerns(&audience)
            && let Ok(store) = place.store(advertiser, &audience)
            && let Ok(epochs) = unsettled(&store).await
            && !epochs.is_empty()
            && let Ok(Some(manifest)) = place.manifest(advertiser, &audience).await
            && epochs.contains(&manifest.epoch)
        {
            undone.push(manifest);
        }
    }
    undone
}

/// The epochs of changes that stand in no segment.
async fn unsettled(store: &Store) -> Result<BTreeSet<u64>> {
    let of = |name: &String| match read_name(name)? {
        ("log" | "run", epoch) => Some(epoch),
        _ => None,
    };
    Ok(store.list().await?.iter().filter_map(of).collect())
}

/// Removes at TikTok whom a killed run would have removed for changed identifiers, and writes new segments. Of kinds
/// that more than `lose` per cent of their members lost nothing leaves.
pub(super) async fn recover(store: &Store, manifest: &mut Manifest, lose: u64, remove: Remove<'_>) -> Result<()> {
    let mut left: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut old = Vec::new();
    for name in store.list().await? {
        match read_name(&name) {
            Some((kind @ ("log" | "run" | "note" | "leaving"), epoch)) if epoch == manifest.epoch => {
                left.entry(kind.to_owned()).or_default().push(name);
            }
            Some(("segment", _)) if manifest.segments.contains(&name) => {}
            Some(("seen", epoch)) if epoch == manifest.epoch => {}
            Some(("log" | "run" | "note" | "leaving" | "segment" | "seen", _)) => old.push(name),
            _ => {}
        }
    }
    // A run that was killed while it wrote left files that nothing names.
    for name in old {
        store.remove(name).await?;
    }
    if left.is_empty() {
        return Ok(());
    }
    let names = |kind: &str| left.get(kind).map(Vec::as_slice).unwrap_or_default();
    let noted = Noted::read(store, names("note")).await?;
    let fresh = logged(store, names("log"), &noted).await?;
    let mut seen = read_seen(store, manifest).await?;
    name_members(&mut seen, manifest.members, &noted.named);
    // A rejected row names its member, too.
    let rejected = fresh.iter().filter(|change| change.only_names()).count() as u64;
    let rows =
        [&noted.taken, &noted.void, &noted.named].into_iter().flatten().map(|(first, last)| last - first + 1).sum();
    if let Some(open) = &mut manifest.open {
        open.count(rows, rejected);
    }
    let mut named = [noted.taken, noted.void].concat();
    named.sort_unstable();
    let said = Said::Ranges(named);
    let segments = manifest.segments.clone();
    let epoch = manifest.epoch;
    let sources = Sources { epoch, segments: &segments, seen: &seen, runs: names("run"), fresh: &fresh, said: &said };
    let wish = Wish { judge: &|survey| Judged::of_losses(survey, lose), ..Wish::KEEP };
    let mut settled = settlement::settle(store, sources, manifest.members, &wish, remove).await?;
    settled.doubts_unnamed = left.contains_key("leaving");
    settlement::write(store, sources, &settled, manifest).await?;
    for name in left.into_values().flatten() {
        store.remove(name).await?;
    }
    Ok(())
}

fn name_members(seen: &mut Vec<u64>, members: u64, named: &[(u64, u64)]) {
    seen.resize(usize::try_from(members.div_ceil(64)).unwrap_or_default(), 0);
    for at in named.iter().flat_map(|(first, last)| *first..=*last) {
        if let Some(word) = seen.get_mut(usize::try_from(at / 64).unwrap_or(usize::MAX)) {
            *word |= 1 << (at % 64);
        }
    }
}

/// What logs hold, with what became of it.
async fn logged(store: &Store, names: &[String], noted: &Noted) -> Result<Vec<Change>> {
    let (taken, void) = (Said::Ranges(noted.taken.clone()), Said::Ranges(noted.void.clone()));
    let mut changes = Vec::new();
    for name in names {
        let mut all: Vec<Change> = files::all(store, name, PART).await?;
        for change in all.iter_mut().filter(|change| change.word == Word::MayBe) {
            if void.holds(change.number) {
                change.reject();
            } else if taken.holds(change.number) && !change.only_names() {
                change.word = Word::Is;
            }
        }
        changes.append(&mut all);
    }
    changes.sort_by_key(Change::place);
    Ok(changes)
}

/// All members as digests.
pub(super) async fn load(store: &Store, manifest: &Manifest) -> Result<Known> {
    let mut known = Known::with_room(usize::try_from(manifest.members).unwrap_or_default());
    for name in &manifest.segments {
        let mut cursor = Cursor::new(name.clone(), PART);
        while let Some(digest) = cursor.next(store).await? {
            known.push(digest);
        }
    }
    Ok(known.with_seen(read_seen(store, manifest).await?))
}
