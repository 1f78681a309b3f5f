//! All members in the order of their keys: segments, with what rows said since.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::change::{Change, Folded, fold};
use super::entry::{Entry, Key};
use super::files::Cursor;
use super::names::PART;
use crate::error::Result;
use crate::store::Store;

/// Bytes of a run: hundreds of them are read side by side.
const RUN_PART: usize = 1 << 14;

/// What is merged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// That of the segments.
    pub epoch: u64,
    pub segments: &'a [String],
    /// A bit for each member of the segments: whether the open generation named it.
    pub seen: &'a [u64],
    /// Files of changes, each in order.
    pub runs: &'a [String],
    /// Changes in order that stand in no file.
    pub fresh: &'a [Change],
    /// Numbers of changes that the open generation said.
    pub said: &'a Said,
}

impl Sources<'_> {
    /// Whether rows said nothing new of `members`, and the open generation named them all.
    #[must_use]
    pub(crate) fn is_unchanged(&self, members: u64) -> bool {
        let named: u64 = self.seen.iter().map(|word| u64::from(word.count_ones())).sum();
        self.runs.is_empty() && self.fresh.is_empty() && named == members
    }
}

/// Which changes the open generation said.
#[derive(Debug)]
pub(crate) enum Said {
    None,
    All,
    /// First and last numbers, in order.
    Ranges(Vec<(u64, u64)>),
}

impl Said {
    #[must_use]
    pub(crate) fn holds(&self, number: u64) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Ranges(ranges) => {
                let at = ranges.partition_point(|(first, _)| *first <= number);
                at.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, last)| number <= *last)
            }
        }
    }
}

/// Reads members one after another.
pub(crate) struct Merge<'a> {
    store: &'a Store,
    sources: Sources<'a>,
    /// The segment that is read, and the next one's place.
    segment: Option<Cursor>,
    next_segment: usize,
    base: Option<Entry>,
    /// Members of the segments that were read.
    place: usize,
    runs: Vec<Cursor>,
    heads: BinaryHeap<Reverse<(Key, u64, usize)>>,
    /// What each run says next; the fresh ones stand behind them.
    says: Vec<Option<Change>>,
    next_fresh: usize,
}

impl<'a> Merge<'a> {
    pub(crate) async fn open(store: &'a Store, sources: Sources<'a>) -> Result<Self> {
        let runs: Vec<Cursor> = sources.runs.iter().map(|name| Cursor::new(name.clone(), RUN_PART)).collect();
        let mut merge = Self {
            store,
            sources,
            segment: None,
            next_segment: 0,
            base: None,
            place: 0,
            says: vec![None; runs.len() + 1],
            runs,
            heads: BinaryHeap::new(),
            next_fresh: 0,
        };
        merge.base = merge.read_base().await?;
        for run in 0..merge.says.len() {
            merge.read_change(run).await?;
        }
        Ok(merge)
    }

    /// The next member, with all that was said of it.
    pub(crate) async fn next(&mut self) -> Result<Option<Folded>> {
        let said = self.heads.peek().map(|Reverse((key, ..))| *key);
        let key = match (&self.base, said) {
            (None, None) => return Ok(None),
            (Some(base), Some(key)) => base.key.min(key),
            (Some(base), None) => base.key,
            (None, Some(key)) => key,
        };
        let (mut before, mut seen) = (None, false);
        if self.base.as_ref().is_some_and(|base| base.key == key) {
            let bit = self.sources.seen.get(self.place / 64).copied().unwrap_or_default() >> (self.place % 64);
            seen = bit & 1 == 1;
            self.place += 1;
            let next = self.read_base().await?;
            before = std::mem::replace(&mut self.base, next);
        }
        let mut changes = Vec::new();
        while let Some(Reverse((_, _, run))) = self.heads.peek().filter(|Reverse((head, ..))| *head == key).copied() {
            self.heads.pop();
            changes.extend(self.says.get_mut(run).and_then(Option::take));
            self.read_change(run).await?;
        }
        Ok(Some(fold(before, seen, &changes)))
    }

    async fn read_base(&mut self) -> Result<Option<Entry>> {
        loop {
            if let Some(segment) = &mut self.segment
                && let Some(entry) = segment.next(self.store).await?
            {
                return Ok(Some(entry));
            }
            let Some(name) = self.sources.segments.get(self.next_segment) else { return Ok(None) };
            self.next_segment += 1;
            self.segment = Some(Cursor::new(name.clone(), PART));
        }
    }

    async fn read_change(&mut self, run: usize) -> Result<()> {
        let change = match self.runs.get_mut(run) {
            Some(cursor) => cursor.next::<Change>(self.store).await?,
            None => {
                self.next_fresh += 1;
                self.sources.fresh.get(self.next_fresh - 1).cloned()
            }
        };
        let Some(mut change) = change else { return Ok(()) };
        change.seen = self.sources.said.holds(change.number);
        let (key, number) = change.place();
        self.heads.push(Reverse((key, number, run)));
        if let Some(says) = self.says.get_mut(run) {
            *says = Some(change);
        }
        Ok(())
    }
}
