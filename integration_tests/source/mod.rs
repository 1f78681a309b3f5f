//! The source, verb by verb and fault by fault.

mod discover;
mod incremental;
mod read;
mod verbs;
