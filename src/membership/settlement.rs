//! The end of a generation, or of a run: who leaves, and the new segments.
//!
//! The first pass counts and changes nothing, so that guards can refuse before the first delete. Identifiers that leave
//! are gathered, those that another remaining member still has are taken out, and the rest is removed at TikTok; where
//! there are many, in several passes, each over a part of them. New segments follow, and the manifest last.

use std::collections::{HashMap, HashSet};

use futures::future::BoxFuture;

use super::change::Folded;
use super::entry::Id;
use super::files::framed;
use super::kinds::{Kinds, Losses};
use super::manifest::{Manifest, Told};
use super::merge::{Merge, Sources};
use super::names::{leaving_name, seen_name, segment_name, write_seen};
use super::place::MANIFEST;
use crate::error::{Error, Result};
use crate::store::Store;

/// Identifiers of a pass.
const LEAVING_MAX: u64 = 400_000;
/// Rows that may delete by identifiers which no member has alone.
const BANS_MAX: usize = 400_000;
/// Bytes of a segment.
const SEGMENT_BYTES: usize = 8 << 20;

/// Identifiers, each once.
type Ids = HashSet<Id, foldhash::fast::RandomState>;

/// Removes identifiers at TikTok.
pub(crate) type Remove<'a> = &'a (dyn Fn(Vec<Id>) -> BoxFuture<'a, Result<()>> + Send + Sync);

/// What is to be done.
pub(crate) struct Wish<'a> {
    /// Whether members that the generation did not name leave.
    pub whole: bool,
    /// Rows of the run.
    pub rows: u64,
    /// Those of them that were rejected.
    pub rejected: u64,
    /// What TikTok said of the audience.
    pub told: Option<Told>,
    /// What a guard says to it.
    pub judge: &'a (dyn Fn(&Survey) -> Judged + Send + Sync),
    /// Whether the confirmation that was used may be given anew: the config names it no more.
    pub unconfirms: bool,
}

impl Wish<'_> {
    /// Nobody leaves but whom rows deleted or changed.
    pub(crate) const KEEP: Self =
        Self { whole: false, rows: 0, rejected: 0, told: None, judge: &|_| Judged::GOES, unconfirms: false };
}

/// What a guard says.
#[derive(Debug)]
pub(crate) struct Judged {
    /// Why nobody leaves for not being in the generation.
    pub refused: Option<Error>,
    /// Kinds of which members keep what they had, though rows name them without.
    pub keeps: Kinds,
    /// The generation whose shrinking was let through because the user confirmed it.
    pub confirmed: Option<u64>,
}

impl Judged {
    pub(crate) const GOES: Self = Self { refused: None, keeps: Kinds::NONE, confirmed: None };

    /// Only the kinds are guarded that more than a share lost.
    #[must_use]
    pub(crate) fn of_losses(survey: &Survey, percent: u64) -> Self {
        Self { keeps: survey.losses.above(percent), ..Self::GOES }
    }
}

/// What the first pass found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Members before the run.
    pub before: u64,
    /// Members that the generation did not name.
    pub unnamed: u64,
    /// Members that the generation named.
    pub named: u64,
    /// Identifiers that may leave because rows say so.
    pub changed_ids: u64,
    /// Identifiers of members that the generation did not name.
    pub unnamed_ids: u64,
    /// Kinds of identifiers that rows took away by naming their members without.
    pub losses: Losses,
}

/// What was settled.
pub(crate) struct Settled {
    pub whole: bool,
    /// Whether members that the generation did not name may lack identifiers at TikTok.
    pub doubts_unnamed: bool,
    banned: HashMap<Id, u64>,
    keeps: Kinds,
    pub confirmed: Option<u64>,
    pub survey: Survey,
    /// Why those whom the generation did not name stay all the same.
    pub refused: Option<Error>,
    /// Identifiers that were removed at TikTok.
    pub removed: u64,
}

/// Takes out of a member what the settlement takes out.
fn apply(folded: Folded, settled: &Settled) -> Folded {
    let banned = &settled.banned;
    let mut folded = folded.keeping(settled.keeps);
    if settled.whole
        && !folded.seen
        && let Some(entry) = folded.now.take()
    {
        folded.left.extend(entry.ids);
    }
    if !banned.is_empty()
        && let Some(entry) = &mut folded.now
    {
        let number = folded.number;
        entry.ids.retain(|id| banned.get(id).is_none_or(|ban| *ban < number));
        if entry.ids.is_empty() {
            folded.now = None;
        }
    }
    folded
}

/// Removes at TikTok whoever leaves.
pub(super) async fn settle(
    store: &Store,
    sources: Sources<'_>,
    before: u64,
    wish: &Wish<'_>,
    remove: Remove<'_>,
) -> Result<Settled> {
    let Surveyed { mut survey, banned, leaving: found } = survey(store, sources, before).await?;
    survey.before = before;
    let Judged { refused, keeps, confirmed } = (wish.judge)(&survey);
    let whole = wish.whole && refused.is_none();
    let leaving_ids = survey.changed_ids + if whole { survey.unnamed_ids } else { 0 };
    let passes = leaving_ids.div_ceil(LEAVING_MAX);
    let mut settled = Settled { whole, doubts_unnamed: false, banned, keeps, confirmed, survey, refused, removed: 0 };
    for pass in 0..passes {
        let of_pass = |id: &Id| passes == 1 || part(id) % passes == pass;
        let may_leave = match &found {
            Some(found) => found.of(whole, keeps),
            None => may_leave(store, sources, &settled, &of_pass).await?,
        };
        let leaving = leaving(store, sources, &settled, may_leave).await?;
        settled.removed += leaving.len() as u64;
        if !leaving.is_empty() {
            mark(store, sources, whole && survey.unnamed > 0).await?;
            remove(leaving.into_iter().collect()).await?;
        }
    }
    Ok(settled)
}

/// Notes that members may lack identifiers from now on; a run that ends before it wrote who is there leaves the note.
async fn mark(store: &Store, sources: Sources<'_>, whole: bool) -> Result<()> {
    if whole { store.put(leaving_name(sources.epoch), framed(&[])).await } else { Ok(()) }
}

fn part(id: &Id) -> u64 {
    id.hash.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// What the first pass brings.
struct Surveyed {
    survey: Survey,
    banned: HashMap<Id, u64>,
    /// Identifiers that may leave, while they are few.
    leaving: Option<Leaving>,
}

/// Identifiers that may leave: because rows say so, and because the generation did not name their members.
#[derive(Default)]
struct Leaving {
    changed: Ids,
    unnamed: Ids,
    lost: Ids,
}

impl Leaving {
    fn of(&self, whole: bool, keeps: Kinds) -> Ids {
        let unnamed = self.unnamed.iter().filter(|_| whole);
        let lost = self.lost.iter().filter(|id| !keeps.holds(id));
        self.changed.iter().chain(unnamed).chain(lost).copied().collect()
    }

    fn add(&mut self, folded: &Folded) {
        self.changed.extend(folded.left.iter().chain(folded.banned.iter().map(|(id, _)| id)));
        self.lost.extend(&folded.lost);
        if let Some(entry) = folded.now.as_ref().filter(|_| !folded.seen) {
            self.unnamed.extend(&entry.ids);
        }
    }
}

async fn survey(store: &Store, sources: Sources<'_>, before: u64) -> Result<Surveyed> {
    let (mut survey, mut banned) = (Survey::default(), HashMap::new());
    let mut leaving = Some(Leaving::default());
    if sources.is_unchanged(before) {
        survey.named = before;
        return Ok(Surveyed { survey, banned, leaving });
    }
    let mut merge = Merge::open(store, sources).await?;
    while let Some(folded) = merge.next().await? {
        survey.changed_ids += (folded.left.len() + folded.lost.len() + folded.banned.len()) as u64;
        survey.losses.count(folded.had, Kinds::of(&folded.lost));
        for (id, number) in &folded.banned {
            let last: &mut u64 = banned.entry(*id).or_default();
            *last = (*last).max(*number);
        }
        if banned.len() > BANS_MAX {
            return Err(Error::config(format!("More than {BANS_MAX} rows delete people by identifiers alone"))
                .advise("Give the rows an `external_id`, or delete fewer people in one run. Nobody was removed."));
        }
        if let Some(entry) = &folded.now {
            survey.named += u64::from(folded.seen);
            survey.unnamed += u64::from(!folded.seen);
            survey.unnamed_ids += if folded.seen { 0 } else { entry.ids.len() as u64 };
        }
        if survey.changed_ids + survey.unnamed_ids > LEAVING_MAX {
            leaving = None;
        } else if let Some(leaving) = &mut leaving {
            leaving.add(&folded);
        }
    }
    Ok(Surveyed { survey, banned, leaving })
}

/// The identifiers of one pass that leave, unless somebody who stays has them.
async fn may_leave(
    store: &Store,
    sources: Sources<'_>,
    settled: &Settled,
    of_pass: &(dyn Fn(&Id) -> bool + Send + Sync),
) -> Result<Ids> {
    let mut leaving = Ids::default();
    let mut merge = Merge::open(store, sources).await?;
    while let Some(folded) = merge.next().await? {
        let folded = apply(folded, settled);
        let banned = folded.banned.into_iter().map(|(id, _)| id);
        leaving.extend(folded.left.into_iter().chain(banned).filter(of_pass));
    }
    Ok(leaving)
}

/// Those that nobody who stays has.
async fn leaving(store: &Store, sources: Sources<'_>, settled: &Settled, mut leaving: Ids) -> Result<Ids> {
    let mut merge = Merge::open(store, sources).await?;
    while let Some(folded) = merge.next().await?.filter(|_| !leaving.is_empty()) {
        for id in apply(folded, settled).now.iter().flat_map(|entry| &entry.ids) {
            leaving.remove(id);
        }
    }
    Ok(leaving)
}

/// Writes new segments, and the manifest that names them.
pub(super) async fn write(
    store: &Store,
    sources: Sources<'_>,
    settled: &Settled,
    manifest: &mut Manifest,
) -> Result<()> {
    let mut next = Manifest { epoch: manifest.epoch + 1, segments: Vec::new(), members: 0, ..manifest.clone() };
    if settled.whole {
        next.open = None;
    }
    let mut merge = Merge::open(store, sources).await?;
    let (mut body, mut seen) = (Vec::with_capacity(SEGMENT_BYTES), Vec::new());
    while let Some(folded) = merge.next().await? {
        let Folded { now: Some(mut entry), seen: named, .. } = apply(folded, settled) else {
            continue;
        };
        entry.doubtful |= settled.doubts_unnamed && !named;
        if next.members.is_multiple_of(64) {
            seen.push(0_u64);
        }
        if let Some(word) = seen.last_mut().filter(|_| named) {
            *word |= 1 << (next.members % 64);
        }
        next.members += 1;
        entry.write(&mut body);
        if body.len() >= SEGMENT_BYTES {
            put_segment(store, &mut next, &mut body).await?;
        }
    }
    if !body.is_empty() {
        put_segment(store, &mut next, &mut body).await?;
    }
    if next.open.is_some() {
        write_seen(store, next.epoch, &seen).await?;
    }
    store.put(MANIFEST.to_owned(), next.bytes()).await?;
    let old = std::mem::replace(manifest, next);
    for name in old.segments {
        store.remove(name).await?;
    }
    store.remove(seen_name(old.epoch)).await
}

async fn put_segment(store: &Store, next: &mut Manifest, body: &mut Vec<u8>) -> Result<()> {
    let name = segment_name(next.epoch, next.segments.len());
    store.put(name.clone(), framed(body)).await?;
    next.segments.push(name);
    body.clear();
    Ok(())
}
