//! What objects that are written alike share.

#[cfg_attr(not(test), expect(dead_code, reason = "managed objects that have parents come with it"))]
pub(crate) mod parents;
pub(crate) mod waiting;
