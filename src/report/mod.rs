//! What a run did, for people and for programs: a page with pictures (`--report`) and the same numbers as JSON
//! (`--summary`).
//!
//! [`Notes`] are what a run writes into while it goes on; [`summary::Summary`] is what stands in them at the end, and its
//! fields are a promise to programs (docs/report.md). [`page`] makes HTML of a summary and of nothing else; [`chart`]
//! draws what runs along time. Pure but for the lock of the notes.

mod chart;
mod figures;
mod notes;
mod page;
mod pieces;
#[cfg(test)]
mod sample;
pub(crate) mod summary;
mod written;

pub(crate) use notes::{Ended, Notes};
pub(crate) use page::page;
