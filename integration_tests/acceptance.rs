//! The scenario that the issue asks for, end to end: spec, check, discover, read, read on.
