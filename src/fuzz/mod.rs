//! What must hold whatever comes in: a function a target, which panics where it does not.
//!
//! The tests give each target its seeds (`fuzz/seeds`), whole and damaged; `fuzz/run.sh` makes up more. It is no part of the
//! program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a target stops where it fails")]

mod asked;
mod choice;
mod files;
mod hooks;
mod people;
mod rows;
#[cfg(test)]
mod tests;

use serde::de::IgnoredAny;

/// Takes any bytes.
pub type Target = fn(&[u8]);

/// All targets, by the names of their seeds' folders.
pub const TARGETS: [(&str, Target); 9] = [
    ("pages", rows::pages),
    ("rows", rows::rows),
    ("states", asked::states),
    ("catalogues", asked::catalogues),
    ("custom_reports", asked::custom_reports),
    ("lines", asked::lines),
    ("identifiers", people::identifiers),
    ("signatures", hooks::signatures),
    ("media", files::media),
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// Also where a number is too large for a `Value`.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
