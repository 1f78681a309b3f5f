//! Breaks the silence while something is stored.

use crate::waits;

/// Waits for `work`, which is told when it takes long; `place` is waited for to take `what`.
pub(super) async fn patiently<F: Future>(place: &str, what: &str, work: F) -> F::Output {
    let piece = waits::piece(format!("{place} to take {what}"));
    piece.stores();
    work.await
}
