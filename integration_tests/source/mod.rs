//! The source, verb by verb and fault by fault.

mod discover;
mod faults;
mod incremental;
mod read;
mod refused;
mod resume;
mod verbs;
