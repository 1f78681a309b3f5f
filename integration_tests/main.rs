//! The one integration binary: the connector as a black box against the simulator, and the house rules.

mod harness;
