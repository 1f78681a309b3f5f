//! What rows say of a member, in their order, and what it makes of the member. Pure.

use super::entry::{Entry, Id, Key};
use super::kinds::Kinds;

/// What a row says of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// It is a member, by these identifiers.
    Is,
    /// The same, and nobody heard whether TikTok took them. Without identifiers the row was rejected: it names the member,
    /// who stays as it was.
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
/// The bits of the word; behind them stand those of the kinds that it says nothing of.
const WORD: u8 = 0x03;
const KEEPS_AT: u32 = 2;

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
    /// Kinds of which the row held something that is no identifier: what the member had of them stays.
    pub keeps: Kinds,
}

impl Change {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.word.code() | self.keeps.bits() << KEEPS_AT | if self.seen { SEEN } else { 0 });
        out.extend_from_slice(&self.number.to_le_bytes());
        super::entry::write(&self.key, &self.ids, false, out);
    }

    /// Reads one from the front of some bytes, and gives how many it took.
    #[must_use]
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (head, rest) = bytes.split_first()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let word = *Word::ALL.get(usize::from(head & WORD))?;
        let keeps = Kinds::of_bits(head >> KEEPS_AT);
        let (Entry { key, ids, .. }, taken) = Entry::read(rest)?;
        let seen = head & SEEN != 0;
        Some((Self { number: u64::from_le_bytes(*number), word, seen, key, ids, keeps }, taken + 9))
    }

    /// Whether the row was rejected: it names its member and says nothing else of it.
    #[must_use]
    pub(crate) fn only_names(&self) -> bool {
        self.word == Word::MayBe && self.ids.is_empty()
    }

    /// What is left of it once its row was rejected.
    pub(crate) fn reject(&mut self) {
        (self.word, self.keeps) = (Word::MayBe, Kinds::NONE);
        self.ids.clear();
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
    /// The same of kinds that it has nothing of any more, though no row deleted it: rows named it without them.
    pub lost: Vec<Id>,
    /// Kinds that it had before the rows.
    pub had: Kinds,
    /// Identifiers that were deleted whosoever they are, with the number of the row that said so.
    pub banned: Vec<(Id, u64)>,
    /// The number of the last row that named it.
    pub number: u64,
}

/// Says all changes of a member, which are in order, to what the ledger has of it.
#[must_use]
pub(crate) fn fold(before: Option<Entry>, seen: bool, changes: &[Change]) -> Folded {
    let had = before.as_ref().map(|entry| Kinds::of(&entry.ids)).unwrap_or_default();
    let mut folded = Folded { now: before, seen, had, ..Folded::default() };
    if changes.is_empty() {
        return folded;
    }
    for change in changes {
        folded.say(change);
    }
    folded.part();
    folded
}

impl Folded {
    fn say(&mut self, change: &Change) {
        let Change { number, word, seen, key, ids, keeps } = change;
        self.number = *number;
        self.seen |= *seen && matches!(word, Word::Is | Word::MayBe);
        if change.only_names() {
            return;
        }
        let before = self.now.take();
        let known = before.is_some();
        let was_doubtful = before.as_ref().is_some_and(|entry| entry.doubtful);
        let old = before.map(|entry| entry.ids).unwrap_or_default();
        match word {
            Word::Is => {
                let (kept, gone): (Vec<Id>, Vec<Id>) = old.into_iter().partition(|id| keeps.holds(id));
                self.lost.extend(gone);
                let doubtful = was_doubtful && !kept.is_empty();
                let mut all = [ids.as_slice(), &kept].concat();
                super::entry::order(&mut all);
                self.now = Some(Entry { key: *key, ids: all, doubtful });
            }
            Word::MayBe => {
                let mut all = old;
                all.extend(ids);
                super::entry::order(&mut all);
                self.now = Some(Entry { key: *key, ids: all, doubtful: true });
            }
            Word::IsNot | Word::IsNotByIds => {
                self.left.append(&mut self.lost);
                self.left.extend(old);
                self.left.extend(ids);
                if *word == Word::IsNotByIds && !known {
                    self.banned.extend(ids.iter().map(|id| (*id, *number)));
                }
            }
        }
    }

    /// Tells what left a kind that the member has from what left one that it has nothing of any more.
    fn part(&mut self) {
        let now = self.now.as_ref().map(|entry| entry.ids.as_slice()).unwrap_or_default();
        let kinds = Kinds::of(now);
        let is_lost = |id: &Id| !now.is_empty() && !kinds.holds(id) && self.had.holds(id);
        let (mut lost, gone): (Vec<Id>, Vec<Id>) = std::mem::take(&mut self.lost).into_iter().partition(is_lost);
        self.left.extend(gone);
        self.left.retain(|id| !now.contains(id));
        for ids in [&mut self.left, &mut lost] {
            ids.sort_unstable();
            ids.dedup();
        }
        self.lost = lost;
    }

    /// Gives a member back what it lost of some kinds; the rest leaves.
    #[must_use]
    pub(crate) fn keeping(mut self, kinds: Kinds) -> Self {
        let (kept, gone): (Vec<Id>, Vec<Id>) =
            std::mem::take(&mut self.lost).into_iter().partition(|id| kinds.holds(id));
        self.left.extend(gone);
        if let Some(entry) = self.now.as_mut().filter(|_| !kept.is_empty()) {
            entry.ids.extend(&kept);
            super::entry::order(&mut entry.ids);
            self.left.retain(|id| !kept.contains(id));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::id;
    use super::*;

    fn change(number: u64, word: Word, ids: &[u8]) -> Change {
        let ids = ids.iter().map(|byte| id(0, *byte)).collect();
        Change { number, word, seen: true, key: [9; 12], ids, keeps: Kinds::NONE }
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
            (before(), vec![change(1, Word::MayBe, &[])], Some((vec![1], false)), vec![]),
            (None, vec![change(1, Word::MayBe, &[])], None, vec![]),
            (before(), vec![change(1, Word::IsNot, &[])], None, vec![1]),
            (None, vec![change(1, Word::IsNot, &[4])], None, vec![4]),
            (None, vec![change(1, Word::IsNot, &[4]), change(2, Word::Is, &[4])], Some((vec![4], false)), vec![]),
        ] {
            let folded = fold(before, false, &changes);
            let got = folded.now.map(|entry| (entry.ids, entry.doubtful));
            assert_eq!(got, now.map(|(bytes, doubtful): (Vec<u8>, bool)| (ids(&bytes), doubtful)), "{changes:?}");
            let gone = folded.left.iter().chain(&folded.lost).copied().collect::<Vec<_>>();
            assert_eq!(gone, ids(&left), "{changes:?}");
        }
    }

    #[test]
    fn what_a_row_says_nothing_of_stays_and_what_it_names_nothing_of_may_be_kept() {
        let (email, phone) = (id(0, 1), id(1, 1));
        let before = || Some(Entry { key: [9; 12], ids: vec![email, phone], doubtful: false });
        let of = |keeps, ids: &[Id]| Change { keeps, ids: ids.to_vec(), ..change(1, Word::Is, &[]) };
        let now = |folded: &Folded| folded.now.clone().unwrap().ids;
        // The phone column held something that is no phone number.
        let odd = fold(before(), false, &[of(Kinds::of_slot(1), &[id(0, 2)])]);
        assert_eq!((now(&odd), odd.left.clone(), odd.lost.clone()), (vec![id(0, 2), phone], vec![email], vec![]));
        // It held nothing: the guard decides.
        let lost = || fold(before(), false, &[of(Kinds::NONE, &[email])]);
        assert_eq!((now(&lost()), lost().left, lost().lost), (vec![email], vec![], vec![phone]));
        let (kept, gone) = (lost().keeping(Kinds::of_slot(1)), lost().keeping(Kinds::NONE));
        assert_eq!((now(&kept), kept.left), (vec![email, phone], vec![]));
        assert_eq!((now(&gone), gone.left), (vec![email], vec![phone]));
        // Who was deleted in between has lost nothing.
        let anew =
            fold(before(), false, &[change(1, Word::IsNot, &[]), Change { number: 2, ..of(Kinds::NONE, &[email]) }]);
        assert_eq!((anew.left, anew.lost), (vec![phone], vec![]));
        let mut bytes = Vec::new();
        let written = of(Kinds::of_slot(1).and(Kinds::of_slot(5)), &[email]);
        written.write(&mut bytes);
        assert_eq!(Change::read(&bytes), Some((written, bytes.len())));
    }

    #[test]
    fn who_deletes_by_identifiers_alone_bans_them_unless_a_member_is_just_that() {
        let before = Some(Entry { key: [9; 12], ids: vec![id(0, 1)], doubtful: false });
        assert!(fold(before, false, &[change(1, Word::IsNotByIds, &[1])]).banned.is_empty());
        assert_eq!(fold(None, false, &[change(1, Word::IsNotByIds, &[1])]).banned, [(id(0, 1), 1)]);
    }
}
