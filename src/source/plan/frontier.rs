//! Slices finish in any order; a state may only speak of those before the first unfinished one. Pure.

/// How far a sequence of slices is done without a gap.
#[derive(Debug)]
pub(crate) struct Frontier {
    finished: Vec<bool>,
    contiguous: usize,
}

impl Frontier {
    #[must_use]
    pub(crate) fn new(slices: usize) -> Self {
        Self { finished: vec![false; slices], contiguous: 0 }
    }

    /// Takes note that a slice is done; gives the last slice of the gapless run if the run grew.
    pub(crate) fn finish(&mut self, slice: usize) -> Option<usize> {
        if let Some(finished) = self.finished.get_mut(slice) {
            *finished = true;
        }
        let before = self.contiguous;
        while self.finished.get(self.contiguous) == Some(&true) {
            self.contiguous += 1;
        }
        (self.contiguous > before).then(|| self.contiguous - 1)
    }

    /// The first slice that is not done.
    #[must_use]
    pub(crate) fn next(&self) -> usize {
        self.contiguous
    }

    /// Whether every slice is done.
    #[must_use]
    pub(crate) fn is_complete(&self) -> bool {
        self.contiguous == self.finished.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_passes_an_unfinished_slice(order in Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle(), stop in 0_usize..20) {
            let mut frontier = Frontier::new(order.len());
            let mut reached = None;
            for slice in &order[..stop] {
                reached = frontier.finish(*slice).or(reached);
                let gapless = (0..order.len()).take_while(|slice| order[..stop].contains(slice)).count();
                prop_assert!(reached.is_none_or(|reached| reached < gapless));
            }
            let gapless = (0..order.len()).take_while(|slice| order[..stop].contains(slice)).count();
            prop_assert_eq!(reached, gapless.checked_sub(1));
            prop_assert_eq!(frontier.is_complete(), stop == order.len());
        }
    }
}
