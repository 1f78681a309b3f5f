//! Kinds of identifiers: a person has an e-mail address, a phone number, a device of Apple's or of Google's. Pure.

use super::entry::Id;

/// How many kinds there are.
pub(crate) const KINDS: usize = 4;
/// What a guard calls them.
const CALLED: [&str; KINDS] = ["e-mail address", "phone number", "IDFA", "AAID"];

/// Some of the kinds, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);

    /// The kind of a column of `/segment/mapping/`.
    #[must_use]
    pub(crate) fn of_slot(slot: u8) -> Self {
        Self::at(match slot {
            0 | 1 => usize::from(slot),
            2 | 3 => 2,
            _ => 3,
        })
    }

    #[must_use]
    pub(crate) fn of(ids: &[Id]) -> Self {
        ids.iter().fold(Self::NONE, |all, id| all.and(Self::of_slot(id.slot)))
    }

    /// The kind at a place.
    #[must_use]
    pub(crate) fn at(place: usize) -> Self {
        Self(1 << place)
    }

    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub(crate) fn in_both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub(crate) fn holds(self, id: &Id) -> bool {
        !self.in_both(Self::of_slot(id.slot)).is_none()
    }

    #[must_use]
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    #[must_use]
    pub(crate) fn of_bits(bits: u8) -> Self {
        Self(bits & ((1 << KINDS) - 1))
    }
}

/// How many members had an identifier of each kind, and how many of them a row named without one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    pub had: [u64; KINDS],
    pub lost: [u64; KINDS],
}

impl Losses {
    /// Counts a member.
    pub(crate) fn count(&mut self, had: Kinds, lost: Kinds) {
        let add = |counts: &mut [u64; KINDS], kinds: Kinds| {
            for (place, count) in counts.iter_mut().enumerate() {
                *count += u64::from(!kinds.in_both(Kinds::at(place)).is_none());
            }
        };
        add(&mut self.had, had);
        add(&mut self.lost, lost.in_both(had));
    }

    /// The kinds that more than a share of those who had them lost.
    #[must_use]
    pub(crate) fn above(&self, percent: u64) -> Kinds {
        let is_above = |place: &usize| self.of(*place).is_some_and(|(lost, had)| lost * 100 > percent * had);
        (0..KINDS).filter(is_above).fold(Kinds::NONE, |all, place| all.and(Kinds::at(place)))
    }

    fn of(&self, place: usize) -> Option<(u64, u64)> {
        Some((*self.lost.get(place)?, *self.had.get(place)?))
    }

    /// What was lost of some kinds, with both numbers.
    #[must_use]
    pub(crate) fn told(&self, kinds: Kinds) -> String {
        let told = |(place, called): (usize, &&str)| {
            let (lost, had) = self.of(place).filter(|_| !kinds.in_both(Kinds::at(place)).is_none())?;
            Some(format!("the {called} from {lost} of the {had} members that have one"))
        };
        CALLED.iter().enumerate().filter_map(told).collect::<Vec<_>>().join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::id;
    use super::*;

    #[test]
    fn both_hashes_of_a_device_are_one_kind() {
        for (one, other, same) in [(0, 1, false), (2, 3, true), (4, 5, true), (3, 4, false)] {
            assert_eq!(Kinds::of_slot(one) == Kinds::of_slot(other), same, "{one} {other}");
        }
        let kinds = Kinds::of(&[id(1, 1), id(5, 1)]);
        assert!(kinds.holds(&id(4, 9)) && !kinds.holds(&id(0, 1)));
        assert_eq!(Kinds::of_bits(kinds.bits()), kinds);
    }

    #[test]
    fn a_kind_that_most_lost_is_told_with_both_numbers() {
        let (email, phone) = (Kinds::of_slot(0), Kinds::of_slot(1));
        let mut losses = Losses::default();
        for lost in [phone, phone, Kinds::NONE] {
            losses.count(email.and(phone), lost);
        }
        losses.count(email, phone);
        assert_eq!(losses.above(66), phone);
        assert_eq!(losses.above(67), Kinds::NONE);
        assert_eq!(losses.told(phone), "the phone number from 2 of the 3 members that have one");
    }
}
