//! HOW we write: the verbs of the destination.
//!
//! ```text
//!  stdin ─► write ─► lane (audience | event) ─► batch ─► sending ─► TikTok
//!             │        takes, batches                      │ narrow, targets
//!             ▼                                            ▼
//!          ledger ◄─────────── settled, or rejected ───────┘ ─► rejects
//!             └─► STATE
//! ```
//!
//! | room | what it knows |
//! |---|---|
//! | [`shell`] | reading stdin, sending, acknowledging, rejecting: the same for every object, none of which it knows |
//! | [`record`] | a record → fields, words, times, and why a row goes nowhere; pure |
//! | [`engines`] | what objects that are written alike share |
//! | [`objects`] | what a record means: a row an object, and a lane for those that are written alike |
//!
//! Beside them [`route`] says what each stream of a catalogue is, [`lanes`] opens the lanes, and [`discover`] and
//! [`check`] are verbs.

pub(crate) mod assign;
pub(crate) mod check;
pub(crate) mod discover;
pub(crate) mod engines;
pub(crate) mod lanes;
pub(crate) mod objects;
pub(crate) mod record;
pub(crate) mod route;
pub(crate) mod shell;
#[cfg(test)]
mod tests;
