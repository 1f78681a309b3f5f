//! The one integration binary: the connector as a black box against the simulator, and the house rules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "every helper here runs inside a test, where a panic with its place is the message wanted"
)]

mod acceptance;
mod harness;
mod source;
