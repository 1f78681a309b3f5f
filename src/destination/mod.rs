//! HOW we write.

pub mod ledger;
pub mod narrow;
