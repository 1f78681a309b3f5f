//! Which members the ledger holds, in memory: eight bytes each. Pure.
//!
//! A digest is the first 24 bits of the key and 40 bits of the whole entry. Digests stand in the ledger's order, which is
//! that of the keys, so a row is looked for among the few of its 24 bits. A row that is new and looks known has a chance
//! of one in 10¹² for a changed member.

use std::hash::BuildHasher;

/// Bits of a digest that the key gives.
const KEY_BITS: u32 = 24;
/// Bits that the table of places looks at.
const TABLE_BITS: u32 = 16;

/// The digest of an entry by its bytes.
#[must_use]
pub(crate) fn digest(entry: &[u8]) -> u64 {
    let front = entry.iter().take(3).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let whole = foldhash::quality::FixedState::with_seed(0).hash_one(entry);
    (front << (64 - KEY_BITS)) | (whole >> KEY_BITS)
}

/// All members of an audience, and which of them the open generation named.
#[derive(Debug, Default)]
pub(crate) struct Known {
    digests: Vec<u64>,
    /// Where digests of the same first bits begin.
    table: Vec<u32>,
    seen: Vec<u64>,
    /// Whom this run named, before it knew of a generation.
    before: Vec<u64>,
    touched: Touched,
}

impl Known {
    /// Of the digests of all entries in their order.
    #[must_use]
    pub(crate) fn new(digests: Vec<u64>, mut seen: Vec<u64>) -> Self {
        let mut table = Vec::with_capacity((1 << TABLE_BITS) + 1);
        for bits in 0..=(1_u64 << TABLE_BITS) {
            let at = digests.partition_point(|digest| (digest >> (64 - TABLE_BITS)) < bits);
            table.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        seen.resize(digests.len().div_ceil(64), 0);
        Self { digests, table, seen, before: Vec::new(), touched: Touched::default() }
    }

    #[cfg(test)]
    fn members(&self) -> u64 {
        self.digests.len() as u64
    }

    /// Where an entry stands, if the ledger holds exactly it.
    #[must_use]
    pub(crate) fn find(&self, digest: u64) -> Option<usize> {
        let bits = usize::try_from(digest >> (64 - TABLE_BITS)).ok()?;
        let (from, to) = (*self.table.get(bits)? as usize, *self.table.get(bits + 1)? as usize);
        let same = self.digests.get(from..to)?;
        let front = digest >> (64 - KEY_BITS);
        let first = same.partition_point(|other| (other >> (64 - KEY_BITS)) < front);
        let like = same.get(first..)?.iter().take_while(|other| (**other >> (64 - KEY_BITS)) == front);
        like.zip(from + first..).find(|(other, _)| **other == digest).map(|(_, at)| at)
    }

    /// The open generation names a member; whether it did so before.
    pub(crate) fn see(&mut self, at: usize) -> bool {
        let Some(word) = self.seen.get_mut(at / 64) else { return true };
        let bit = 1 << (at % 64);
        let before = *word & bit != 0;
        *word |= bit;
        before
    }

    /// A row names a member before a generation is open, which it may belong to.
    pub(crate) fn see_early(&mut self, at: usize) {
        self.before.resize(self.seen.len(), 0);
        if let Some(word) = self.before.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Another generation begins, with whom this run has named already; gives their places.
    pub(crate) fn forget_seen(&mut self) -> Vec<u64> {
        let before = std::mem::take(&mut self.before);
        let places = places(&before);
        self.seen.fill(0);
        for (word, early) in self.seen.iter_mut().zip(before) {
            *word |= early;
        }
        places
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
        if !self.digests.is_empty() {
            self.touched.add(bytes);
        }
    }

    #[must_use]
    pub(crate) fn is_touched(&self, bytes: &[u8]) -> bool {
        self.touched.may_hold(bytes)
    }
}

/// The places of bits that are set.
fn places(words: &[u64]) -> Vec<u64> {
    let of = |(at, word): (u64, &u64)| {
        let word = *word;
        (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
    };
    (0..).zip(words).flat_map(of).collect()
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
            let mut known = Known::new(keys.iter().map(|key| digest(key)).collect(), Vec::new());
            for (at, key) in keys.iter().enumerate() {
                prop_assert_eq!(known.find(digest(key)), Some(at));
                prop_assert!(!known.see(at));
                prop_assert!(known.see(at));
                prop_assert!(!known.is_touched(key));
            }
            prop_assert_eq!(known.find(digest(&other)), None);
            prop_assert_eq!(known.seen_count(), known.members());
            known.touch(&other);
            prop_assert_eq!(known.is_touched(&other), !keys.is_empty());
        }
    }
}
