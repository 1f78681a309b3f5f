//! What rows say of a member, in their order, and what it makes of the member. Pure.

use super::entry::{Entry, Id, Key};

/// What a row says of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// It is a member, by these identifiers.
    Is,
    /// The same, and nobody heard whether TikTok took them.
    MayBe,
    /// It is none any more; nothing that was sent for it stays.
    IsNot,
    /// The same of whoever has these identifiers: the row names no member.
    IsNotByIds,
}

impl Word {
    const ALL: [Self; 4] = [Self::Is, Self::MayBe, Self::IsNot, Self::IsNotByIds];

    fn code(self) -> u8 {
        Self::ALL.iter().position(|word| *word == self).and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
    }
}

/// Set beside a word that the open generation said.
const SEEN: u8 = 0x80;

/// A row's word on a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Later rows have higher numbers.
    pub number: u64,
    pub word: Word,
    /// Whether it belongs to the open generation.
    pub seen: bool,
    pub key: Key,
    pub ids: Vec<Id>,
}

impl Change {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.word.code() | if self.seen { SEEN } else { 0 });
        out.extend_from_slice(&self.number.to_le_bytes());
        super::entry::write(&self.key, &self.ids, false, out);
    }

    /// Reads one from the front of some bytes, and gives how many it took.
    #[must_use]
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (head, rest) = bytes.split_first()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let word = *Word::ALL.get(usize::from(head & !SEEN))?;
        let (Entry { key, ids, .. }, taken) = Entry::read(rest)?;
        Some((Self { number: u64::from_le_bytes(*number), word, seen: head & SEEN != 0, key, ids }, taken + 9))
    }

    /// Where it stands among changes.
    #[must_use]
    pub(crate) fn place(&self) -> (Key, u64) {
        (self.key, self.number)
    }
}

/// What became of a member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    pub now: Option<Entry>,
    /// Whether the open generation named it.
    pub seen: bool,
    /// Identifiers that were sent for it, or may have been, and that it has no more.
    pub left: Vec<Id>,
    /// Identifiers that were deleted whosoever they are, with the number of the row that said so.
    pub banned: Vec<(Id, u64)>,
    /// The number of the last row that named it.
    pub number: u64,
}

/// Says all changes of a member, which are in order, to what the ledger has of it.
#[must_use]
pub(crate) fn fold(before: Option<Entry>, seen: bool, changes: &[Change]) -> Folded {
    let mut folded = Folded { now: before, seen, ..Folded::default() };
    for change in changes {
        folded.say(change);
    }
    let now = folded.now.as_ref().map(|entry| entry.ids.as_slice()).unwrap_or_default();
    folded.left.retain(|id| !now.contains(id));
    folded.left.sort_unstable();
    folded.left.dedup();
    folded
}

impl Folded {
    fn say(&mut self, change: &Change) {
        let Change { number, word, seen, key, ids } = change;
        self.number = *number;
        self.seen |= *seen && matches!(word, Word::Is | Word::MayBe);
        let before = self.now.take();
        let known = before.is_some();
        let old = before.map(|entry| entry.ids).unwrap_or_default();
        match word {
            Word::Is => {
                self.left.extend(old);
                self.now = Some(Entry { key: *key, ids: ids.clone(), doubtful: false });
            }
            Word::MayBe => {
                let mut all = old;
                all.extend(ids);
                super::entry::order(&mut all);
                self.now = Some(Entry { key: *key, ids: all, doubtful: true });
            }
            Word::IsNot | Word::IsNotByIds => {
                self.left.extend(old);
                self.left.extend(ids);
                if *word == Word::IsNotByIds && !known {
                    self.banned.extend(ids.iter().map(|id| (*id, *number)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::id;
    use super::*;

    fn change(number: u64, word: Word, ids: &[u8]) -> Change {
        let ids = ids.iter().map(|byte| id(0, *byte)).collect();
        Change { number, word, seen: true, key: [9; 12], ids }
    }

    #[test]
    fn the_last_word_counts_and_nothing_that_was_sent_is_forgotten() {
        let before = || Some(Entry { key: [9; 12], ids: vec![id(0, 1)], doubtful: false });
        let ids = |bytes: &[u8]| bytes.iter().map(|byte| id(0, *byte)).collect::<Vec<_>>();
        for (before, changes, now, left) in [
            (before(), vec![], Some((vec![1], false)), vec![]),
            (before(), vec![change(1, Word::Is, &[2])], Some((vec![2], false)), vec![1]),
            (before(), vec![change(1, Word::Is, &[2]), change(2, Word::Is, &[1])], Some((vec![1], false)), vec![2]),
            (before(), vec![change(1, Word::MayBe, &[2])], Some((vec![1, 2], true)), vec![]),
            (
                before(),
                vec![change(1, Word::MayBe, &[2]), change(2, Word::Is, &[3])],
                Some((vec![3], false)),
                vec![1, 2],
            ),
            (before(), vec![change(1, Word::IsNot, &[])], None, vec![1]),
            (None, vec![change(1, Word::IsNot, &[4])], None, vec![4]),
            (None, vec![change(1, Word::IsNot, &[4]), change(2, Word::Is, &[4])], Some((vec![4], false)), vec![]),
        ] {
            let folded = fold(before, false, &changes);
            let got = folded.now.map(|entry| (entry.ids, entry.doubtful));
            assert_eq!(got, now.map(|(bytes, doubtful): (Vec<u8>, bool)| (ids(&bytes), doubtful)), "{changes:?}");
            assert_eq!(folded.left, ids(&left), "{changes:?}");
        }
    }

    #[test]
    fn who_deletes_by_identifiers_alone_bans_them_unless_a_member_is_just_that() {
        let before = Some(Entry { key: [9; 12], ids: vec![id(0, 1)], doubtful: false });
        assert!(fold(before, false, &[change(1, Word::IsNotByIds, &[1])]).banned.is_empty());
        assert_eq!(fold(None, false, &[change(1, Word::IsNotByIds, &[1])]).banned, [(id(0, 1), 1)]);
    }
}
