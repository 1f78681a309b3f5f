//! How the sandbox differs from production (`docs/tiktok-api.md` 1.6, 1.7 [AE sandbox]).

use crate::assumptions::NOT_IN_SANDBOX_CODE;

/// Calls to one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub second: u32,
    pub minute: u32,
    pub day: u32,
}

/// The part of [`crate::Options`] that makes a sandbox: one account, few endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// The code of the endpoints that it does not have.
    pub code: i64,
    /// Of each endpoint; above them 40100. `None`: no limits.
    pub limits: Option<Limits>,
}

impl Sandbox {
    /// TikTok's numbers; one client's notes say ten calls a second.
    pub const LIMITS: Limits = Limits { second: 1, minute: 30, day: 1_000 };
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { code: NOT_IN_SANDBOX_CODE, limits: Some(Self::LIMITS) }
    }
}
