//! HOW we read.

pub mod record;
pub mod shape;
pub mod stamp;
