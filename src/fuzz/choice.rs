//! Which case an input is about.

/// The first byte, which chooses one of several cases, and the rest.
pub(super) fn chosen(bytes: &[u8], cases: usize) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    Some((usize::from(*first) % cases, rest))
}
