//! Airbyte's wire: messages out, catalogues and states in, and the one owner of stdout.
//!
//! It knows nothing about TikTok. Facts: Airbyte's protocol, 0.18.

pub(crate) mod catalog;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod lines;
pub(crate) mod log;
pub(crate) mod message;
pub(crate) mod noise;
pub(crate) mod output;
pub(crate) mod redaction;
pub(crate) mod state;
pub(crate) mod state_book;

pub(crate) use message::Message;
pub(crate) use output::Output;
