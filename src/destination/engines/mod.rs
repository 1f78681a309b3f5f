//! What objects that are written alike share.

pub(crate) mod waiting;
