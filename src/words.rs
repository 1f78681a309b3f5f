//! Words and lists of words, as people write and read them. Pure; knows nobody.

use std::fmt::Display;
use std::time::Duration;

/// Words that mean yes. Columns of users and TikTok's own fields are read alike.
const YES: [&str; 6] = ["true", "yes", "y", "t", "on", "1"];
/// Words that mean no.
const NO: [&str; 6] = ["false", "no", "n", "f", "off", "0"];
/// How alike two names must be for one to be offered for the other.
const LIKENESS_MIN: f64 = 0.8;

/// Yes or no, in any case, and as the numbers one and zero however they are written: pandas makes 1.0 of a column of
/// truths that has gaps.
#[must_use]
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    let text = text.trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(&YES) {
        return Some(true);
    }
    if is_one_of(&NO) {
        return Some(false);
    }
    let number: f64 = text.parse().ok()?;
    [(1.0, true), (0.0, false)].into_iter().find(|(known, _)| (number - known).abs() == 0.0).map(|(_, meant)| meant)
}

/// The most alike of some names, if one is alike at all.
#[must_use]
pub(crate) fn nearest<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    most_alike(name, all).filter(|(_, likeness)| *likeness >= LIKENESS_MIN).map(|(found, _)| found)
}

/// The most alike of some names and how alike it is, from 0 to 1. Letter case and signs between words make no difference.
#[must_use]
pub(crate) fn most_alike<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Option<(&'n str, f64)> {
    let name = folded(name);
    let likeness = |other: &str| {
        let other = folded(other);
        strsim::jaro_winkler(&name, &other).max(strsim::normalized_damerau_levenshtein(&name, &other))
    };
    all.map(|other| (other, likeness(other))).max_by(|(_, one), (_, other)| one.total_cmp(other))
}

/// Letters and digits in lower case: `add_to_cart` is `AddToCart`.
#[must_use]
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Many names in a sentence: `a, b and 3 more`.
#[must_use]
pub(crate) fn some<T: AsRef<str>>(all: &[T], most: usize) -> String {
    first(all, most).join(", ") + &and_more(all.len().saturating_sub(most))
}

/// Many statements in a sentence: `a; b; and 3 more`.
#[must_use]
pub(crate) fn statements<T: AsRef<str>>(all: &[T], most: usize) -> String {
    let more = match all.len().saturating_sub(most) {
        0 => String::new(),
        left => format!(";{}", and_more(left)),
    };
    first(all, most).join("; ") + &more
}

fn first<T: AsRef<str>>(all: &[T], most: usize) -> Vec<&str> {
    all.iter().take(most).map(AsRef::as_ref).collect()
}

/// What follows a list that was cut: ` and 3 more`, or nothing.
#[must_use]
pub(crate) fn and_more(left: usize) -> String {
    if left == 0 { String::new() } else { format!(" and {left} more") }
}

/// A number and what it counts, whose plural takes an “s”: `1 row`, `2 rows`, `0 rows`.
#[must_use]
pub(crate) fn counted(count: impl Display, one: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {one}{plural}")
}

/// A length of time in its two largest units: `40 s`, `4 min 3 s`, `2 h 5 min`.
#[must_use]
pub(crate) fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_words_or_numbers() {
        for (text, meant) in [
            ("Yes", Some(true)),
            (" TRUE ", Some(true)),
            ("1.0", Some(true)),
            ("1e0", Some(true)),
            ("no", Some(false)),
            ("0.0", Some(false)),
            ("-0", Some(false)),
            ("Off", Some(false)),
            ("", None),
            ("2", None),
            ("0.5", None),
            ("maybe", None),
            ("nan", None),
            ("truefalse", None),
        ] {
            assert_eq!(yes_no(text), meant, "{text:?}");
        }
    }

    #[test]
    fn a_slip_leads_to_what_was_meant() {
        let all = || ["start_date", "end_date", "AddToCart"].into_iter();
        for (slip, meant) in [
            ("start-date", Some("start_date")),
            ("Start Date", Some("start_date")),
            ("strat_date", Some("start_date")),
            ("add_to_cart", Some("AddToCart")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(slip, all()), meant, "{slip}");
        }
    }

    #[test]
    fn a_length_of_time_has_two_units() {
        for (seconds, told) in
            [(0, "0 s"), (59, "59 s"), (243, "4 min 3 s"), (7_200, "2 h 0 min"), (90_000, "25 h 0 min")]
        {
            assert_eq!(lasting(Duration::from_secs(seconds)), told);
        }
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(some(&["a", "b"], 2), "a, b");
        assert_eq!(some(&["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(statements(&["a", "b", "c"], 2), "a; b; and 1 more");
        assert_eq!(some::<&str>(&[], 2), "");
    }
}
