//! A body that comes in small pieces.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Interval, interval};

/// Pieces of a body: it arrives within about a second, however long it is.
const PIECES: usize = 50;

pub(super) struct Dribble {
    rest: Bytes,
    piece: usize,
    beat: Interval,
}

impl Dribble {
    pub(super) fn new(body: Bytes, every: Duration) -> Self {
        Self { piece: body.len() / PIECES + 1, rest: body, beat: interval(every) }
    }
}

impl Body for Dribble {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.beat.poll_tick(context).is_pending() {
            return Poll::Pending;
        }
        let piece = self.piece.min(self.rest.len());
        let data = self.rest.split_to(piece);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
