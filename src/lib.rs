//! `tiktok-ads`: TikTok Ads for data platforms, in the Airbyte protocol. This page is the map.
//!
//! ```text
//!                 main → cli
//!                     ↙      ↘
//!              source          destination     verbs: spec, check, discover, read | write
//!             ↙   ↓   ↘  access  ↙   ↓   ↘      access: what the tokens open, for both
//!      streams    ↓   config · report → progress · membership → store   tables of what is read · settings · what a
//!           ↓     ↓                                              run did · the terminal ·
//!           ↘     ↓   ↘   ↓              ↓                        who is in an audience, files
//!                 ↓   webhook            ↓         what TikTok tells by itself: kept for the source
//!                 ↓       ↓              ↓
//!            tiktok      protocol              the two wires: they never meet
//!                  ↘     ↙
//!         error · clock · words · lock · http · identity   know nobody; only identity sees a person plain
//!         waits                                 what a run waits for, on clock, lock and words
//! ```
//!
//! A run of `read`, from left to right: [`cli`] parses the command line and opens [`protocol::Output`];
//! [`config`] checks the settings; [`source::plan::offer`] makes streams of them and of the table in [`streams`];
//! [`source::plan::select`] finds those of the catalogue; [`mod@source::read`] learns the advertisers and their clocks, the ids
//! that requests must name and the days that hold nothing; [`source::plan`] makes slices, an advertiser at a time,
//! and [`source::plan::query`] their parameters; `read` sends them through [`tiktok::Client`], page by page
//! ([`tiktok::paging`]), in parts where TikTok will not give them whole ([`source::plan::learned_limits`]);
//! [`source::record`] turns pages into lines; states follow finished slices ([`source::plan::frontier`]), and
//! [`source::plan::verdict`] names what failed.
//!
//! `source audit`: [`source::audit`] reads four levels of reports as `read` does, and compares their sums.
//!
//! Tables of Fivetran's shape (`streams/fivetran.rs`) are views of other streams, which [`source::record`] fills.
//!
//! Of several runs that share the advertisers, [`source::plan::shards`] says which reads whom. Without a platform the state
//! is kept in a file or a bucket ([`protocol::state_book`] and the command line's `--state-out`).
//!
//! A run of `check`, for both roles: [`access`] asks what the tokens, the app and its permissions open; [`source::check`]
//! and [`destination::check`] add what their streams and objects need.
//!
//! A run of `write`: [`protocol::lines`] reads stdin; [`destination::route`] says what each stream is; a lane per kind of
//! object turns a record into what TikTok takes: [`destination::objects::audience`] into hashed identifiers,
//! [`destination::objects::event`] into a conversion event, [`destination::objects::ads`] into a change of what is there;
//! [`destination::engines`] batches them;
//! [`destination::shell`] posts, finds the row that TikTok refuses, and lets a STATE out when all before it is settled.
//!
//! What a run of `read` or `write` did is noted in [`report`], which makes the page of `--report` and the numbers of
//! `--summary` of it.
//!
//! `webhook serve`: [`http`] listens, [`webhook::verify`] asks whether TikTok signed, [`webhook::receive`] answers when
//! [`webhook::spool`] has stored; the stream `webhook_events` reads the spool. The stream `audience_syncs`
//! reads [`membership`], and `write_results` reads [`written`]; `write` keeps both.
//!
//! Arrows are enforced by `integration_tests/tidy.rs`. One more stream is a row in `streams/rows.rs` and a
//! file in `schemas/`.

mod access;
mod cli;
mod clock;
mod config;
mod destination;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod http;
mod identity;
mod lock;
mod membership;
mod progress;
mod protocol;
mod report;
mod source;
mod store;
pub mod streams;
mod tiktok;
mod waits;
mod webhook;
mod words;
mod written;

pub use cli::main;

/// What the house rules and the black-box tests hold against files, docs and the simulator.
pub mod tables {
    pub use crate::config::spec;
    pub use crate::destination::objects::ads::reasons::REASONS;
    pub use crate::destination::objects::audience::batch::{ROWS_MAX, ROWS_PER_RECORD_MAX};
    pub use crate::destination::objects::{ObjectRow, needs as destination_needs, rows as objects};
    pub use crate::identity::{EmailRule, PhoneHashForm, Reject, Rules};
    pub use crate::source::check::needs as source_needs;
    pub use crate::tiktok::{codes, permission};
}
