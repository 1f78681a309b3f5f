//! What objects that are written alike share.

pub(crate) mod changes;
pub(crate) mod library;
pub(crate) mod parents;
pub(crate) mod waiting;
