//! How much of a report TikTok gives an advertiser at once, as this run has learnt it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::plan::{Ask, Slice};

/// Parts into which a list of metrics is cut at most.
const PARTS_MAX: usize = 16;

/// What was too much once is not asked for again.
#[derive(Default)]
pub struct Sizes {
    learnt: Mutex<Learnt>,
}

#[derive(Default)]
struct Learnt {
    /// Days of a window, per advertiser.
    days: HashMap<Arc<str>, u64>,
    /// Parts of the metrics, per advertiser and stream.
    parts: HashMap<(Arc<str>, Arc<str>), usize>,
}

impl Sizes {
    /// A slice in pieces that are not too much, as far as is known; the first one last.
    #[must_use]
    pub fn pieces(&self, advertiser: &str, slice: &Slice) -> Vec<Slice> {
        let days = self.lock().days.get(advertiser).copied();
        match (slice.ask, days) {
            (Ask::Window(window), Some(days)) if window.days() > days => {
                let pieces = window.pieces(days).into_iter().rev();
                pieces.map(|window| Slice { ask: Ask::Window(window), ..slice.clone() }).collect()
            }
            _ => vec![slice.clone()],
        }
    }

    /// Halves of a slice that was too much, the first one last; none when it is one day.
    pub fn halve(&self, advertiser: &Arc<str>, slice: &Slice) -> Option<Vec<Slice>> {
        let Ask::Window(window) = slice.ask else { return None };
        let half = window.days() / 2;
        if half == 0 {
            return None;
        }
        let half = half + window.days() % 2;
        let mut learnt = self.lock();
        let days = learnt.days.entry(advertiser.clone()).or_insert(half);
        *days = half.min(*days);
        drop(learnt);
        Some(self.pieces(advertiser, slice))
    }

    /// How many parts the metrics are asked for in.
    #[must_use]
    pub fn parts(&self, advertiser: &Arc<str>, stream: &Arc<str>) -> usize {
        self.lock().parts.get(&(advertiser.clone(), stream.clone())).copied().unwrap_or(1)
    }

    /// Asks for fewer metrics at once; whether that is possible.
    pub fn part(&self, advertiser: &Arc<str>, stream: &Arc<str>) -> bool {
        let mut learnt = self.lock();
        let parts = learnt.parts.entry((advertiser.clone(), stream.clone())).or_insert(1);
        *parts *= 2;
        *parts <= PARTS_MAX
    }

    fn lock(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::window::Window;

    fn slice(start: &str, end: &str) -> Slice {
        Ask::Window(Window { start: start.parse().unwrap(), end: end.parse().unwrap() }).into()
    }

    fn told(slices: &[Slice]) -> Vec<String> {
        let window = |slice: &Slice| match slice.ask {
            Ask::Window(window) => format!("{}..{}", window.start, window.end),
            _ => String::new(),
        };
        slices.iter().rev().map(window).collect()
    }

    #[test]
    fn what_was_too_much_is_halved_and_remembered() {
        let sizes = Sizes::default();
        let (one, two) = (Arc::from("1"), Arc::from("2"));
        let week = slice("2026-01-01", "2026-01-07");
        assert_eq!(told(&sizes.halve(&one, &week).unwrap()), ["2026-01-01..2026-01-04", "2026-01-05..2026-01-07"]);
        assert_eq!(told(&sizes.pieces(&one, &week)).len(), 2);
        assert_eq!(told(&sizes.pieces(&two, &week)).len(), 1);
        assert!(sizes.halve(&one, &slice("2026-01-01", "2026-01-01")).is_none());
        let stream = Arc::from("ads");
        assert_eq!(sizes.parts(&one, &stream), 1);
        assert!(sizes.part(&one, &stream) && sizes.part(&one, &stream));
        assert_eq!((sizes.parts(&one, &stream), sizes.parts(&two, &stream)), (4, 1));
        assert!((0..9).any(|_| !sizes.part(&one, &stream)));
    }
}
