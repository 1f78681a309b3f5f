//! The name that was meant.

/// How alike two names must be for one to be offered for the other.
const LIKENESS_MIN: f64 = 0.8;

/// The most alike of some names, if one is alike at all.
#[must_use]
pub fn nearest<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let likeness = |other: &str| strsim::jaro_winkler(name, other);
    let found = all.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(found) >= LIKENESS_MIN).then_some(found)
}
