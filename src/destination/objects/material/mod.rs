//! Materials of Smart+ ads as rows: paused and resumed where they are not so yet. TikTok makes and removes them with
//! their ad alone.
//!
//! A row becomes a [`wish`]; the rows of an account leave as a [`job`], which reads their ads and [`plan`]s what differs.

mod job;
mod lane;
mod look;
pub(crate) mod object;
mod plan;
mod wish;
