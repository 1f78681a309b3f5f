//! The one integration binary: the connector as a black box against the simulator, and the house rules.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod acceptance;
mod auth;
mod citations;
mod compare;
mod destination;
mod doc_tables;
mod harness;
mod source;
mod structure;
mod tidy;
mod webhook;
