//! Rows of digits in groups within a text, as people write phone numbers: `call 213-373-4253`. Pure.

/// Digits of such a number.
pub(crate) const DIGITS: std::ops::RangeInclusive<usize> = 9..=15;

/// The rows of groups of a text that nothing is glued to, as an amount, a code or a time of day has it.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = &str> {
    let mut end = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(end..)?;
            let start = end + rest.bytes().position(is_digit_or_bracket)?;
            let row = text.get(start..)?;
            let length = row.bytes().position(|byte| !is_of_row(byte)).unwrap_or(row.len());
            end = start + length;
            let row = row.get(..length)?.trim_end_matches(|c: char| c != ')' && !c.is_ascii_digit());
            if DIGITS.contains(&digits(row)) && stands_alone(text, start, start + row.len()) {
                return Some(row);
            }
        }
    })
}

/// How many digits the longest row has, glued to something or not. Every text passes here, so it takes no branches.
#[must_use]
pub(crate) fn longest(text: &[u8]) -> usize {
    let (mut longest, mut count) = (0, 0);
    for byte in text {
        count = (count + usize::from(byte.is_ascii_digit())) * usize::from(is_of_row(*byte));
        longest = longest.max(count);
    }
    longest
}

fn is_digit_or_bracket(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'('
}

const fn is_of_row(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'(' | b')' | b'.' | b'/')
}

fn digits(row: &str) -> usize {
    row.bytes().filter(u8::is_ascii_digit).count()
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let is_glue = |c: char| c.is_alphanumeric() || "#$€£¥%_-/.".contains(c);
    let is_inner = |c: char| c == ',' || c == ':';
    let glued_before = before.ends_with(is_glue)
        || before.strip_suffix(is_inner).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
    let glued_after = after.starts_with(|c: char| is_glue(c) && !"-/.".contains(c))
        || after.strip_prefix(is_inner).is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
    !glued_before && !glued_after
}

/// Whether a row is written as phone numbers are and hardly anything else: from the trunk's zero, or as North America
/// writes three groups. Sizes, dates, prices and codes are written otherwise.
#[must_use]
pub(crate) fn is_like_phone(row: &str) -> bool {
    let groups: Vec<usize> = row.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|len| *len > 0).collect();
    let is_date = matches!(groups.as_slice(), [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4, ..]);
    let is_american = matches!(groups.as_slice(), [3, 3, 4] | [1, 3, 3, 4]);
    !is_date && groups.len() > 1 && (is_american || row.trim_start_matches('(').starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_where_they_stand_alone() {
        for (text, expected) in [
            ("call 213-373-4253 now", vec!["213-373-4253"]),
            ("(213) 373-4253, or 030 1234567.", vec!["(213) 373-4253", "030 1234567"]),
            ("Tel.: 030/1234567", vec!["030/1234567"]),
            ("call+213-373-4253", vec!["213-373-4253"]),
            ("SKU213-373-4253", vec![]),
            ("AB-213-373-4253", vec![]),
            ("#213-373-4253", vec![]),
            ("213-373-4253x", vec![]),
            ("1 299 000 000,00", vec![]),
            ("2026-11-26 10:00", vec![]),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0", vec![]),
            ("", vec![]),
            ("(", vec![]),
        ] {
            assert_eq!(rows(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn few_rows_are_like_phone_numbers() {
        for row in
            ["213-373-4253", "(213) 373-4253", "1-213-373-4253", "030 1234567", "(030) 1234567", "06 12 34 56 78"]
        {
            assert!(is_like_phone(row), "{row}");
        }
        for row in
            ["20 24 26 28 30", "2026-12-26 10", "05.12.2026 18", "12 345 678 901", "2133734253", "978-3-16-148410-0"]
        {
            assert!(!is_like_phone(row), "{row}");
        }
    }
}
