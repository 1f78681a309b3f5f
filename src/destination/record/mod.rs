//! A record → the fields that an object knows, and why a row goes nowhere. Pure.

pub(crate) mod columns;
pub(crate) mod country;
pub(crate) mod fault;
pub(crate) mod key;
pub(crate) mod number;
pub(crate) mod steer;
pub(crate) mod time;
