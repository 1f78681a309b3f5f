//! How files are taken.

use crate::assumptions::{PIECE_BYTES, REPEATED_PIECES_ARE_TAKEN};
use chrono::TimeDelta;

/// The part of [`crate::Options`] that is about images and videos that are uploaded.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// [?] Bytes of a piece of an upload in pieces.
    pub piece: u64,
    /// [?] Whether a piece that came already is answered with the place where it goes on, not refused.
    pub repeated_pieces_are_taken: bool,
    /// Bytes an image may have.
    pub image_bytes: u64,
    /// Bytes a video may have.
    pub video_bytes: u64,
    /// Looks at `/file/video/ad/info/` that find a video still in work.
    pub video_looks: u32,
    /// How long it is in work, by the simulated clock.
    pub video_time: TimeDelta,
    /// How long a `file_id` is good for.
    pub file_life: TimeDelta,
    /// A URL with one of these in it cannot be fetched.
    pub dead_urls: Vec<&'static str>,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            piece: PIECE_BYTES,
            repeated_pieces_are_taken: REPEATED_PIECES_ARE_TAKEN,
            image_bytes: 50 << 20,
            video_bytes: 500 << 20,
            video_looks: 0,
            video_time: TimeDelta::zero(),
            file_life: TimeDelta::hours(24),
            dead_urls: Vec::new(),
        }
    }
}
