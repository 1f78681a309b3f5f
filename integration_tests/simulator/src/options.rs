//! What a simulator can be started with: the world, what goes wrong, and one group for each surface.

mod access;
mod ads;
mod assets;
mod audiences;
mod events;
mod files;
mod place;
mod quota;
mod reports;
mod sandbox;
mod wire;

pub use access::AccessOptions;
pub use ads::{AdsOptions, Immutable, IndexLag, Rewrite, UniqueNames};
pub use assets::{AssetOptions, IdentityPaging};
pub use audiences::AudienceOptions;
pub use events::{EventAges, EventOptions, PoisonedEvents};
pub use files::FileOptions;
pub use place::IndexStyle;
pub use quota::QuotaOptions;
pub use reports::{ReportOptions, Together};
pub use sandbox::{Limits, Sandbox};
pub use wire::WireOptions;

use crate::faults::FaultPlan;
use crate::world::WorldKind;
use chrono::{DateTime, Utc};

/// How to start a [`crate::Simulator`].
#[derive(Clone, Debug)]
pub struct Options {
    pub world: WorldKind,
    /// Old accounts beside the world's, in which nothing ever was.
    pub quiet_accounts: usize,
    pub seed: u64,
    /// The moment at which the simulated clock starts. `None`: the real now.
    pub now: Option<DateTime<Utc>>,
    pub faults: FaultPlan,
    /// Hashes in hex; a mapping call that holds one is refused like one with a wrong `id`, a call
    /// with an event that holds one as [`EventOptions::poisoned`] says.
    pub poison: Vec<String>,
    pub wire: WireOptions,
    pub quota: QuotaOptions,
    pub access: AccessOptions,
    pub reports: ReportOptions,
    pub assets: AssetOptions,
    pub audiences: AudienceOptions,
    pub events: EventOptions,
    pub ads: AdsOptions,
    pub files: FileOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            world: WorldKind::Small,
            quiet_accounts: 0,
            seed: 1,
            now: None,
            faults: FaultPlan::default(),
            poison: Vec::new(),
            wire: WireOptions::default(),
            quota: QuotaOptions::default(),
            access: AccessOptions::default(),
            reports: ReportOptions::default(),
            assets: AssetOptions::default(),
            audiences: AudienceOptions::default(),
            events: EventOptions::default(),
            ads: AdsOptions::default(),
            files: FileOptions::default(),
        }
    }
}
