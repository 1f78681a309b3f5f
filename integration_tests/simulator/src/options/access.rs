//! Tokens, permissions and the sandbox.

use super::Sandbox;
use crate::assumptions::MISSING_SCOPE_CODE;
use crate::world::Terms;

/// The part of [`crate::Options`] that is about who may do what.
#[derive(Clone, Copy, Debug)]
pub struct AccessOptions {
    /// What tokens come with that are given for a code.
    pub terms: Terms,
    /// The code of an endpoint whose permission the token lacks.
    pub missing_scope_code: i64,
    /// Whether it is the sandbox.
    pub sandbox: Option<Sandbox>,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self { terms: Terms::default(), missing_scope_code: MISSING_SCOPE_CODE, sandbox: None }
    }
}
