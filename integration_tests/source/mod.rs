//! The source, verb by verb and fault by fault.

mod bad_input;
mod configs;
mod discover;
mod economy;
mod faults;
mod incremental;
mod read;
mod refused;
mod requests;
mod resume;
mod shell;
mod verbs;
