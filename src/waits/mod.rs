//! What a run waits for, and where its time went: pieces of work enter what they do in the run's [`Book`], a heartbeat
//! says what has waited for long, and a last word says how the time was spent.
//!
//! [`spent`] and [`timeline`] are the account, without a clock; [`lane`] is what queues wait for; [`line`] is the
//! wording; [`book`] has the clock.

mod book;
mod lane;
mod line;
pub(crate) mod spent;
pub(crate) mod timeline;

#[cfg(test)]
pub(crate) use book::begin_anew;
pub(crate) use book::{Book, Piece, TELLS_OF_WAITS, book};
pub(crate) use lane::LaneId;
pub(crate) use spent::State;

use std::time::Duration;

/// Works, and says meanwhile what it waits for.
pub(crate) async fn told<F: Future>(work: F) -> F::Output {
    let book = book();
    tokio::select! {
        out = work => out,
        never = book.heartbeat() => match never {},
    }
}

/// Opens a piece of work that may wait: what it is, as a person calls it.
#[must_use]
pub(crate) fn piece(about: impl Into<String>) -> Piece {
    book().piece(about.into())
}

/// A piece of work that is told of as soon as it waits for long; it ends by then, whatever comes.
#[must_use]
pub(crate) fn told_piece(about: impl Into<String>, at_most: Duration) -> Piece {
    let piece = piece(about);
    piece.ends_within(at_most);
    piece
}
