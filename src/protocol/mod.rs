//! Airbyte's wire: messages out, catalogues and states in, and the one owner of stdout.
//!
//! Knows nothing of TikTok. Facts: Airbyte's protocol, 0.18.

pub mod catalog;
pub mod hidden;
pub mod input;
pub mod json;
pub mod lines;
pub mod log;
pub mod message;
pub mod noise;
pub mod output;
pub mod state;

pub use message::Message;
pub use output::Output;
