//! Which members the ledger holds, in memory: six bytes each. Pure.
//!
//! Members stand in the ledger's order, which is that of the keys. The first 16 bits of a key lead to the members that share
//! them, through a table that stays in a core's cache. A member's mark has the next 8 bits, which tell about where among
//! them it stands, and 40 bits of the whole entry. So a row costs one look into memory, or two. One that is new and looks
//! known has a chance of one in 10¹².

use std::hash::BuildHasher;

use super::ranges::Ranges;

/// Values of the first bits of a key, which the table of places has a row each of.
const FRONTS: usize = 1 << 16;

/// What tells apart members whose keys begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// The next byte of the key.
    next: u8,
    /// Of the whole entry.
    hash: [u8; 5],
}

/// Named members that are told one by one; beyond that all of them are told.
const NAMED_MAX: usize = 1 << 16;

/// What an entry is known by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest {
    front: usize,
    mark: Mark,
}

impl Digest {
    /// Of an entry's bytes, which begin with its key.
    #[must_use]
    pub(crate) fn of(entry: &[u8]) -> Self {
        let [first, second, next] = entry.first_chunk().copied().unwrap_or_default();
        let [hash @ .., _, _, _] = foldhash::quality::FixedState::with_seed(0).hash_one(entry).to_le_bytes();
        Self { front: usize::from(u16::from_be_bytes([first, second])), mark: Mark { next, hash } }
    }
}

/// All members of an audience, and which of them the open generation named.
#[derive(Debug, Default)]
pub(crate) struct Known {
    marks: Vec<Mark>,
    /// Where members of the same front begin; fronts behind the last member's have no place.
    table: Vec<u32>,
    seen: Vec<u64>,
    /// Whom this run named, before it knew of a generation.
    before: Vec<u64>,
    /// Places that the open generation named since they were taken last.
    named: Ranges,
    touched: Touched,
}

/// Whom the open generation named since that was asked last.
#[derive(Debug)]
pub(crate) enum Named {
    /// First and last places.
    Few(Vec<(u64, u64)>),
    /// A bit for each member that it named at all.
    Many(Vec<u64>),
}

impl Known {
    /// Room for so many members, which [`Known::push`] adds.
    #[must_use]
    pub(crate) fn with_room(members: usize) -> Self {
        Self { marks: Vec::with_capacity(members), ..Self::default() }
    }

    /// Adds the next entry in the ledger's order.
    pub(crate) fn push(&mut self, Digest { front, mark }: Digest) {
        if self.table.len() <= front {
            self.table.reserve_exact(FRONTS - self.table.len());
            self.table.resize(front + 1, u32::try_from(self.marks.len()).unwrap_or(u32::MAX));
        }
        self.marks.push(mark);
    }

    /// Says whom the open generation named, a bit for each member, once all are there.
    #[must_use]
    pub(crate) fn with_seen(mut self, mut seen: Vec<u64>) -> Self {
        seen.resize(self.marks.len().div_ceil(64), 0);
        self.seen = seen;
        self
    }

    #[cfg(test)]
    fn members(&self) -> u64 {
        self.marks.len() as u64
    }

    /// Where an entry stands, if the ledger holds exactly it.
    #[must_use]
    pub(crate) fn find(&self, Digest { front, mark }: Digest) -> Option<usize> {
        let from = *self.table.get(front)? as usize;
        let to = self.table.get(front + 1).map_or(self.marks.len(), |at| *at as usize);
        Some(from + find(self.marks.get(from..to)?, mark)?)
    }

    /// A row names a member.
    pub(crate) fn see(&mut self, at: usize) {
        if set(&mut self.seen, at) && self.named.len() <= NAMED_MAX {
            self.named.add(at as u64);
        }
    }

    /// A row names a member before a generation is open, which it may belong to.
    pub(crate) fn see_early(&mut self, at: usize) {
        self.before.resize(self.seen.len(), 0);
        set(&mut self.before, at);
        set(&mut self.seen, at);
    }

    /// Another generation begins, with whom this run has named already.
    pub(crate) fn forget_seen(&mut self) {
        self.seen.fill(0);
        self.named = Ranges::default();
        let before = std::mem::take(&mut self.before);
        places(&before).for_each(|place| self.see(place));
    }

    /// Whom the open generation named since this was asked last.
    #[must_use]
    pub(crate) fn take_named(&mut self) -> Named {
        let is_few = self.named.len() <= NAMED_MAX;
        let named = self.named.take();
        if is_few { Named::Few(named) } else { Named::Many(self.seen.clone()) }
    }

    /// Gives away whom the generation named; the rest is not needed any more.
    #[must_use]
    pub(crate) fn into_seen(self) -> Vec<u64> {
        self.seen
    }

    /// Members that the open generation named.
    #[cfg(test)]
    fn seen_count(&self) -> u64 {
        self.seen.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// A row said something new of a key or an identifier: what the ledger holds of it may be old.
    pub(crate) fn touch(&mut self, bytes: &[u8]) {
        if !self.marks.is_empty() {
            self.touched.add(bytes);
        }
    }

    #[must_use]
    pub(crate) fn is_touched(&self, bytes: &[u8]) -> bool {
        self.touched.may_hold(bytes)
    }
}

/// Finds a mark among those of one front, which stand in the order of their next bytes; these are spread evenly.
fn find(marks: &[Mark], mark: Mark) -> Option<usize> {
    let guess = marks.len() * usize::from(mark.next) / 256;
    let (before, behind) = marks.split_at_checked(guess)?;
    let first = before.iter().rposition(|other| other.next < mark.next).map_or(0, |at| at + 1);
    let from = before.get(first..)?.iter().chain(behind);
    let mut like = (first..).zip(from).take_while(|(_, other)| other.next <= mark.next);
    like.find(|(_, other)| **other == mark).map(|(at, _)| at)
}

/// Sets a bit; whether it was not set before.
fn set(words: &mut [u64], at: usize) -> bool {
    let Some(word) = words.get_mut(at / 64) else { return false };
    let bit = 1 << (at % 64);
    let before = *word;
    *word |= bit;
    *word != before
}

/// The places of bits that are set.
fn places(words: &[u64]) -> impl Iterator<Item = usize> {
    let of = |(at, word): (usize, &u64)| {
        let word = *word;
        (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
    };
    (0..).zip(words).flat_map(of)
}

/// A Bloom filter: what it does not hold was not added. With 100,000 of ten million members changed, one row in 10¹¹ is
/// sent though it need not be; with all of them, every other.
#[derive(Debug, Default)]
struct Touched(Vec<u64>);

impl Touched {
    /// Words of the filter: 4 MiB.
    const WORDS: u64 = 1 << 19;
    const PROBES: u64 = 7;

    fn places(bytes: &[u8]) -> impl Iterator<Item = (usize, u64)> {
        let hash = foldhash::quality::FixedState::with_seed(1).hash_one(bytes);
        let (first, step) = (hash & 0xFFFF_FFFF, (hash >> 32) | 1);
        (0..Self::PROBES).map(move |probe| {
            let bit = first.wrapping_add(probe.wrapping_mul(step)) % (Self::WORDS * 64);
            (usize::try_from(bit / 64).unwrap_or_default(), 1 << (bit % 64))
        })
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.0.is_empty() {
            self.0 = vec![0; usize::try_from(Self::WORDS).unwrap_or_default()];
        }
        for (word, bit) in Self::places(bytes) {
            if let Some(word) = self.0.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn may_hold(&self, bytes: &[u8]) -> bool {
        !self.0.is_empty()
            && Self::places(bytes).all(|(word, bit)| self.0.get(word).is_some_and(|have| have & bit != 0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_what_is_there_is_found(mut keys in prop::collection::btree_set(any::<[u8; 12]>(), 0..200), other: [u8; 12]) {
            keys.remove(&other);
            let mut known = Known::with_room(keys.len());
            keys.iter().for_each(|key| known.push(Digest::of(key)));
            let mut known = known.with_seen(Vec::new());
            for (at, key) in keys.iter().enumerate() {
                prop_assert_eq!(known.find(Digest::of(key)), Some(at));
                known.see(at);
                known.see(at);
                prop_assert!(!known.is_touched(key));
            }
            prop_assert_eq!(known.find(Digest::of(&other)), None);
            prop_assert_eq!(known.seen_count(), known.members());
            let all = (!keys.is_empty()).then(|| (0, known.members() - 1));
            prop_assert!(matches!(known.take_named(), Named::Few(named) if named == Vec::from_iter(all)));
            prop_assert!(matches!(known.take_named(), Named::Few(named) if named.is_empty()));
            known.touch(&other);
            prop_assert_eq!(known.is_touched(&other), !keys.is_empty());
        }
    }

    #[test]
    fn many_who_were_named_are_told_at_once() {
        let mut known = Known::with_room(4 * NAMED_MAX);
        let keys = (0..).map(|number: u32| (number << 4).to_be_bytes());
        keys.take(4 * NAMED_MAX).for_each(|key| known.push(Digest::of(&key)));
        let mut known = known.with_seen(Vec::new());
        (0..4 * NAMED_MAX).step_by(2).for_each(|at| known.see(at));
        let every_other = 0x5555_5555_5555_5555;
        assert!(matches!(known.take_named(), Named::Many(seen) if seen.iter().all(|word| *word == every_other)));
        known.see(1);
        assert!(matches!(known.take_named(), Named::Few(named) if named == [(1, 1)]));
    }
}
