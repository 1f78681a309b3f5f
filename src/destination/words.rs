//! Words that mean yes and no in a column. Pure.

const YES: [&str; 6] = ["true", "yes", "y", "t", "on", "1"];
const NO: [&str; 6] = ["false", "no", "n", "f", "off", "0"];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers() {
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
}
