//! Which rows of a refused batch are to blame. Pure.
//!
//! TikTok refuses a batch whole. Where its message names the place of a row, that row is sent alone and the rest
//! apart from it: whether places count from 0 or 1 is not documented, so a named row is refused only by its own
//! call. Where none is named, the batch is halved until the bad rows stand alone.

use std::ops::Range;

/// Rows that may be refused one by one before anything of a batch was accepted. More of them is no bad row but a
/// bad request, such as an audience that takes no members.
pub const REFUSED_IN_A_ROW_MAX: usize = 16;

/// What to do with rows that were refused together.
#[derive(Debug, PartialEq, Eq)]
pub enum Narrowed {
    /// This one is bad; it stood alone.
    Reject(usize),
    /// Send these again, apart from each other.
    Again(Vec<Range<usize>>),
}

/// Narrows `rows` (places in the whole batch), which were refused with `message`.
#[must_use]
pub fn narrow(rows: &Range<usize>, message: &str) -> Vec<Narrowed> {
    if rows.len() <= 1 {
        return rows.clone().map(Narrowed::Reject).collect();
    }
    match named(message).filter(|at| *at < rows.len()) {
        Some(at) => {
            let named = rows.start + at;
            let parts = [rows.start..named, named..named + 1, named + 1..rows.end];
            vec![Narrowed::Again(parts.into_iter().filter(|range| !range.is_empty()).collect())]
        }
        None => {
            let middle = rows.start + rows.len() / 2;
            vec![Narrowed::Again(vec![rows.start..middle, middle..rows.end])]
        }
    }
}

/// The place that a message names: `batch_data.17.2.id: …`, `Batch.17.properties…`, `data.17…` (destinations.md 3).
fn named(message: &str) -> Option<usize> {
    let lower = message.to_ascii_lowercase();
    ["batch_data.", "batch_data[", "batch.", "batch[", "data.", "data["].iter().find_map(|word| {
        let (_, rest) = lower.split_once(word)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_named_row_is_set_apart() {
        for message in
            ["Batch.2.properties.x: Not a valid string", "batch_data.2.0.id: bad", "TikTok: “data[2] is bad”"]
        {
            assert_eq!(narrow(&(10..15), message), [Narrowed::Again(vec![10..12, 12..13, 13..15])], "{message}");
        }
        assert_eq!(narrow(&(0..2), "Batch.0: bad"), [Narrowed::Again(vec![0..1, 1..2])]);
    }

    #[test]
    fn without_a_name_a_batch_is_halved() {
        for message in ["bad", "Batch.99: out of range", "batch_data.x"] {
            assert_eq!(narrow(&(0..5), message), [Narrowed::Again(vec![0..2, 2..5])], "{message}");
        }
        assert_eq!(narrow(&(4..5), "bad"), [Narrowed::Reject(4)]);
    }

    proptest! {
        /// A server that refuses whatever holds a bad row, with or without naming it.
        #[test]
        fn exactly_the_bad_rows_are_found(bad in prop::collection::btree_set(0_usize..200, 0..12), size in 1_usize..200, names: bool) {
            let (mut waiting, mut rejected, mut accepted) = (vec![0..size], Vec::new(), 0);
            let mut requests = 0;
            while let Some(rows) = waiting.pop() {
                requests += 1;
                match rows.clone().find(|row| bad.contains(row)) {
                    None => accepted += rows.len(),
                    Some(row) => {
                        let message = if names { format!("Batch.{}.x", row - rows.start) } else { "bad".to_owned() };
                        for narrowed in narrow(&rows, &message) {
                            match narrowed {
                                Narrowed::Reject(row) => rejected.push(row),
                                Narrowed::Again(ranges) => waiting.extend(ranges),
                            }
                        }
                    }
                }
            }
            rejected.sort_unstable();
            let expected: Vec<usize> = bad.into_iter().filter(|row| *row < size).collect();
            prop_assert_eq!(accepted + expected.len(), size);
            prop_assert!(requests <= 1 + expected.len() * 17);
            prop_assert_eq!(rejected, expected);
        }
    }
}
