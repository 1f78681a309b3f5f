//! Runs the binary and reads what it says.
