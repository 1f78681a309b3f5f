//! What was stored lately, as far as memory is bounded.

use std::collections::{HashSet, VecDeque};

use sha2::{Digest, Sha256};

/// Names that are remembered: 4 MiB or so. A repeat of one that was forgotten is stored again, and dropped by who reads.
const SEEN_MAX: usize = 100_000;

/// Prints of the names of call-backs, the oldest forgotten first.
#[derive(Default)]
pub(super) struct Seen {
    known: HashSet<u128>,
    order: VecDeque<u128>,
}

impl Seen {
    #[must_use]
    pub(super) fn has(&self, id: &str) -> bool {
        self.known.contains(&print(id))
    }

    pub(super) fn add(&mut self, id: &str) {
        let print = print(id);
        if !self.known.insert(print) {
            return;
        }
        self.order.push_back(print);
        if self.order.len() > SEEN_MAX {
            let oldest = self.order.pop_front();
            oldest.map(|oldest| self.known.remove(&oldest));
        }
    }
}

/// 128 bits of a hash that nobody can aim at.
#[must_use]
pub(crate) fn print(id: &str) -> u128 {
    let hash = Sha256::digest(id.as_bytes());
    hash.iter().take(16).fold(0, |print, byte| print << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut seen = Seen::default();
        (0..=SEEN_MAX).for_each(|id| seen.add(&id.to_string()));
        seen.add("5");
        assert!(!seen.has("0") && seen.has("1") && seen.has(&SEEN_MAX.to_string()));
        assert_eq!(seen.order.len(), SEEN_MAX);
    }
}
