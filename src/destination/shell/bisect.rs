//! How rows that TikTok refused together are taken apart. Pure.
//!
//! TikTok refuses a batch whole. Rows of different targets part first. Where a message names the place of a row, that
//! row is sent alone, before the rest: whether places count from 0 or 1 is not documented, and they may be wrong, so a
//! named row is refused only by its own call, and a name that proves wrong is read otherwise from then on. Where none
//! is named, rows are halved until the bad ones stand alone.

use std::ops::Range;

/// Rows of one target that are shown alone, at places far apart, before the target is to blame and not its rows.
pub(crate) const SHOWN_ALONE_MAX: usize = 8;

/// How the place that a message names is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reading {
    #[default]
    FromZero,
    FromOne,
    Never,
}

impl Reading {
    /// What to try once a place was read wrongly.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        match self {
            Self::FromZero => Self::FromOne,
            Self::FromOne | Self::Never => Self::Never,
        }
    }

    /// The place in the refused rows, counted from 0.
    fn place(self, message: &str) -> Option<usize> {
        let named = named(message)?.0;
        match self {
            Self::FromZero => Some(named),
            Self::FromOne => named.checked_sub(1),
            Self::Never => None,
        }
    }
}

/// What becomes of rows that were refused together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// To be sent apart from each other, in this order.
    pub pieces: Vec<Range<usize>>,
    /// The piece that is refused again if the place was read rightly.
    pub named: Option<Range<usize>>,
}

/// Cuts `rows`, more than one. `target` tells to which target a row goes; rows of one target stand together.
#[must_use]
pub(crate) fn cut(rows: &Range<usize>, message: &str, reading: Reading, target: impl Fn(usize) -> u32) -> Cut {
    let several = target(rows.start) != target(rows.end - 1);
    match reading.place(message).filter(|at| *at < rows.len()).map(|at| rows.start + at) {
        Some(at) => {
            let named = if several { run(rows, at, &target) } else { at..at + 1 };
            let pieces = [named.clone(), rows.start..named.start, named.end..rows.end];
            Cut { pieces: pieces.into_iter().filter(|piece| !piece.is_empty()).collect(), named: Some(named) }
        }
        None => {
            let middle = rows.start + rows.len() / 2;
            let at = if several { boundary(rows, middle, &target) } else { middle };
            Cut { pieces: vec![rows.start..at, at..rows.end], named: None }
        }
    }
}

/// The rows around `at` that go to its target.
fn run(rows: &Range<usize>, at: usize, target: impl Fn(usize) -> u32) -> Range<usize> {
    let own = target(at);
    let start = (rows.start..at).rev().take_while(|row| target(*row) == own).last().unwrap_or(at);
    let end = (at..rows.end).take_while(|row| target(*row) == own).last().unwrap_or(at);
    start..end + 1
}

/// Where one target ends and the next begins, nearest to `middle`.
fn boundary(rows: &Range<usize>, middle: usize, target: impl Fn(usize) -> u32) -> usize {
    let run = run(rows, middle, target);
    let inside = |at: &usize| *at > rows.start && *at < rows.end;
    [run.start, run.end].into_iter().filter(inside).min_by_key(|at| at.abs_diff(middle)).unwrap_or(middle)
}

/// Places among `count` rows at which single rows are shown: the ends, then far from each other.
#[must_use]
pub(crate) fn spread(count: usize) -> Vec<usize> {
    // Steps of the golden ratio come near no place twice before they came near every place.
    let between = (1..SHOWN_ALONE_MAX * 4).map(|step| step * 618 % 1_000 * count / 1_000);
    let mut places: Vec<usize> = Vec::new();
    for place in count.checked_sub(1).into_iter().chain([0]).chain(between).chain(0..count.min(SHOWN_ALONE_MAX * 2)) {
        if places.len() < SHOWN_ALONE_MAX.min(count) && !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The place that a message names, and the path behind it: `batch_data.17.2.id: …`, `Batch.17.properties…`,
/// `data.17…`.
#[must_use]
pub(crate) fn named(message: &str) -> Option<(usize, &str)> {
    let lower = message.to_ascii_lowercase();
    ["batch_data.", "batch_data[", "batch.", "batch[", "data.", "data["].iter().find_map(|word| {
        let behind = message.get(lower.find(word)? + word.len()..)?;
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, path) = behind.split_at_checked(digits)?;
        Some((digits.parse().ok()?, path.split([':', ' ']).next().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of_one(rows: Range<usize>, message: &str) -> Cut {
        cut(&rows, message, Reading::FromZero, |_| 0)
    }

    #[test]
    fn a_named_row_is_sent_first_and_alone() {
        for message in
            ["Batch.2.properties.x: Not a valid string", "batch_data.2.0.id: bad", "TikTok: “data[2] is bad”"]
        {
            let expected = Cut { pieces: vec![12..13, 10..12, 13..15], named: Some(12..13) };
            assert_eq!(of_one(10..15, message), expected, "{message}");
        }
        assert_eq!(of_one(0..2, "Batch.0: bad").pieces, [0..1, 1..2]);
        assert_eq!(cut(&(0..4), "Batch.2: bad", Reading::FromOne, |_| 0).named, Some(1..2));
        assert_eq!(cut(&(0..4), "Batch.0: bad", Reading::FromOne, |_| 0).named, None);
    }

    #[test]
    fn without_a_name_a_batch_is_halved() {
        for message in ["bad", "Batch.99: out of range", "batch_data.x"] {
            assert_eq!(of_one(0..5, message).pieces, [0..2, 2..5], "{message}");
        }
        assert_eq!(cut(&(0..4), "Batch.1: bad", Reading::Never, |_| 0).pieces, [0..2, 2..4]);
    }

    #[test]
    fn targets_part_first() {
        let target = |row: usize| u32::from(row >= 2) + u32::from(row >= 9);
        let cut = |message| cut(&(0..10), message, Reading::FromZero, target);
        assert_eq!(cut("bad").pieces, [0..2, 2..10]);
        assert_eq!(cut("Batch.5: bad"), Cut { pieces: vec![2..9, 0..2, 9..10], named: Some(2..9) });
    }

    #[test]
    fn a_name_has_a_path_behind_it() {
        assert_eq!(named("batch_data.17.0.audience_ids.0: gone"), Some((17, ".0.audience_ids.0")));
        assert_eq!(named("says: “Batch.3.properties.value: no”"), Some((3, ".properties.value")));
        assert_eq!(named("invalid audience ID"), None);
    }

    #[test]
    fn rows_are_shown_far_apart() {
        for count in 0..200 {
            let places = spread(count);
            let distinct: BTreeSet<&usize> = places.iter().collect();
            assert_eq!((places.len(), distinct.len()), (count.min(SHOWN_ALONE_MAX), count.min(SHOWN_ALONE_MAX)));
            assert!(places.iter().all(|place| *place < count));
        }
        assert_eq!(spread(1_000), [999, 0, 618, 236, 854, 472, 90, 708]);
    }

    /// How a server names the row that it refuses.
    fn named_as(style: u8, row: usize) -> String {
        match style {
            0 => format!("Batch.{row}.x"),
            1 => format!("Batch.{}.x", row + 1),
            2 => "Batch.0.x".to_owned(),
            _ => "bad".to_owned(),
        }
    }

    proptest! {
        /// A server that refuses whatever holds a bad row, and names it rightly, wrongly or not at all.
        #[test]
        fn exactly_the_bad_rows_are_found(bad in prop::collection::btree_set(0_usize..200, 0..12), size in 1_usize..200, style in 0_u8..4) {
            let (mut waiting, mut rejected, mut accepted) = (vec![0..size], Vec::new(), 0);
            let (mut reading, mut named, mut requests) = (Reading::default(), None, 0);
            while let Some(rows) = waiting.pop() {
                requests += 1;
                let was_named = named.take_if(|named| *named == rows).is_some();
                match rows.clone().find(|row| bad.contains(row)) {
                    None => {
                        accepted += rows.len();
                        if was_named { reading = reading.next(); }
                    }
                    Some(row) if rows.len() == 1 => rejected.push(row),
                    Some(row) => {
                        let cut = cut(&rows, &named_as(style, row - rows.start), reading, |_| 0);
                        named = cut.named;
                        waiting.extend(cut.pieces.into_iter().rev());
                    }
                }
            }
            rejected.sort_unstable();
            let expected: Vec<usize> = bad.into_iter().filter(|row| *row < size).collect();
            prop_assert_eq!(accepted + expected.len(), size);
            prop_assert!(requests <= 5 + expected.len() * 17);
            prop_assert_eq!(rejected, expected);
        }
    }
}
