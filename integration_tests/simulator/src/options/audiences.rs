//! How strict `/segment/*` is, and what it keeps.

use super::IndexStyle;
use crate::assumptions::{MAPPING_ROWS, MEMBER_FILE_BYTES, ROWS_REMEMBERED, SEGMENT_BODY};
use chrono::TimeDelta;

/// The part of [`crate::Options`] that is about audiences.
#[derive(Clone, Debug)]
pub struct AudienceOptions {
    /// How a refused batch says where it is wrong.
    pub index_style: IndexStyle,
    /// Rows a mapping call may have.
    pub max_rows: usize,
    /// Bytes a body of `/segment/*` may have.
    pub max_body: usize,
    /// The name of an audience that lists still show and mapping calls do not find any more.
    pub gone: Option<&'static str>,
    /// [?] What a mapping call with an audience that is gone is told, without a place of our own; `None`: the sentence
    /// of `/segment/audience/`, with one.
    pub gone_words: Option<&'static str>,
    /// Whether a refusal of a poisoned value repeats it.
    pub quotes: bool,
    /// Share of people whom TikTok knows: `cover_num` for one member.
    pub match_rate: f64,
    /// Rows of accepted mappings that the world can show; of later ones it keeps the counts.
    pub remember_rows: usize,
    /// Bytes a file of members may have.
    pub file_bytes: usize,
    /// How long TikTok works on the files of an audience, by the simulated clock.
    pub file_time: TimeDelta,
    /// Changes of the audience that are refused meanwhile, however long it takes.
    pub file_looks: u32,
    /// The name of an audience that another account shares: only its owner may change it.
    pub borrowed: Option<&'static str>,
}

impl Default for AudienceOptions {
    fn default() -> Self {
        Self {
            index_style: IndexStyle::default(),
            max_rows: MAPPING_ROWS,
            max_body: SEGMENT_BODY,
            gone: None,
            gone_words: None,
            quotes: false,
            match_rate: 1.0,
            remember_rows: ROWS_REMEMBERED,
            file_bytes: MEMBER_FILE_BYTES,
            file_time: TimeDelta::zero(),
            file_looks: 0,
            borrowed: None,
        }
    }
}
