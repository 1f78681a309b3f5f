//! Numbers that mostly follow one another, as the first and the last of each range. Pure.

/// Numbers in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    pub(crate) fn add(&mut self, number: u64) {
        match self.0.last_mut() {
            Some((_, last)) if number == *last + 1 => *last = number,
            _ => self.0.push((number, number)),
        }
    }

    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many ranges there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes them out: first and last numbers, in order, each number once.
    #[must_use]
    pub(crate) fn take(&mut self) -> Vec<(u64, u64)> {
        let mut all = std::mem::take(&mut self.0);
        all.sort_unstable();
        all.dedup_by(|next, before| {
            let joins = next.0 <= before.1 + 1;
            if joins {
                before.1 = before.1.max(next.1);
            }
            joins
        });
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back_in_order_and_once(numbers in prop::collection::vec(0..40_u64, 0..60)) {
            let mut ranges = Ranges::default();
            numbers.iter().for_each(|number| ranges.add(*number));
            let taken = ranges.take();
            prop_assert!(ranges.is_empty() && taken.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
            let back: Vec<u64> = taken.into_iter().flat_map(|(first, last)| first..=last).collect();
            let once: std::collections::BTreeSet<u64> = numbers.into_iter().collect();
            prop_assert_eq!(back, Vec::from_iter(once));
        }
    }
}
