//! The source, verb by verb and fault by fault.

mod around;
mod bad_input;
mod configs;
mod custom_reports;
mod discover;
mod economy;
mod every_stream;
mod faults;
mod hours;
mod incremental;
mod kubernetes;
mod many;
mod odd_lists;
mod plan;
mod read;
mod refused;
mod requests;
mod resume;
mod shards;
mod shared_quota;
mod shell;
mod split_tests;
mod state_out;
mod states;
mod verbs;
mod whole;
