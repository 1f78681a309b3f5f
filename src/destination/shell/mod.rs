//! What is the same for every object: stdin → lanes → batches → TikTok → STATE. It knows no object.

pub(crate) mod any_lane;
pub(crate) mod bisect;
pub(crate) mod lane;
pub(crate) mod lanes;
pub(crate) mod ledger;
pub(crate) mod looks;
pub(crate) mod mask;
pub(crate) mod outcome;
pub(crate) mod posts;
pub(crate) mod rejects;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod send;
pub(crate) mod sending;
pub(crate) mod streams;
pub(crate) mod targets;
pub(crate) mod tolerance;
mod trial;
pub(crate) mod verdict;
pub(crate) mod write;
