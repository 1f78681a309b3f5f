//! TikTok's Business API v1.3 on loopback: an independent reading of the reference that keeps
//! state, checks requests as strictly as TikTok and can be told to fail in every way it does.
//!
//! ```no_run
//! use simulator::{Level, Options, Simulator, TOKEN_GOOD, WorldKind};
//!
//! let sim = Simulator::start(Options { world: WorldKind::Small, ..Options::default() })?;
//! println!("{}/open_api/v1.3/campaign/get/ with {TOKEN_GOOD}", sim.url());
//! let expected = sim.read(|world| world.accounts[0].listed(Level::Campaign, false).len());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Writes are kept, and what was written can be looked at:
//!
//! ```no_run
//! use simulator::{AUDIENCE_SMALL, IdType, IndexStyle, Options, Simulator};
//!
//! let poison = vec!["0".repeat(64)];
//! let sim = Simulator::start(Options { poison, index_style: IndexStyle::None, ..Options::default() })?;
//! sim.faults("path=/segment/mapping/,times=1,kind=drop,committed=true".parse().unwrap_or_default());
//! let audience = sim.read(|world| world.audiences_named(world.accounts[0].id, AUDIENCE_SMALL)[0].id);
//! // … a client sends members to sim.url() …
//! let emails = sim.read(|world| world.audience(audience).map(|held| held.members(IdType::EmailSha256)));
//! let calls = sim.read(|world| world.mappings.iter().map(|call| (call.action, call.rows())).collect::<Vec<_>>());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What else accounts and Business Centers own is a shelf of records, as the wire has them:
//!
//! ```no_run
//! use simulator::{Collection, Options, Simulator, WorldKind};
//!
//! let sim = Simulator::start(Options { world: WorldKind::Large, asset_ceiling: 100, ..Options::default() })?;
//! let id = sim.read(|world| world.account_named("Large").map_or(0, |account| account.id));
//! let videos = sim.read(|world| world.records(id, Collection::Video).len());
//! sim.mutate(|world| world.records_mut(id, Collection::Identity).clear());
//! let asked = sim.requests().iter().filter(|request| request.path == "/file/video/ad/search/").count();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The map: `world` is what TikTok knows, `routes` has one file per family of endpoints,
//! `params` reads queries strictly and `body` bodies, `report` computes rows, `quota` and `faults` say no,
//! `log` remembers every request, `server` ties them to a socket.

mod answer;
mod assumptions;
mod body;
mod call;
mod faults;
mod log;
mod options;
mod params;
mod quota;
mod report;
mod routes;
mod server;
mod simulator;
mod wire;
mod world;

pub use faults::{FaultPlan, Kind};
pub use log::Logged;
pub use options::{IdentityPaging, IndexStyle, Options};
pub use report::{Expected, ReportQuery};
pub use routes::{Endpoint, endpoints};
pub use simulator::Simulator;
pub use world::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_BROKEN, AUDIENCE_CUT, AUDIENCE_EXPIRED, AUDIENCE_EXPIRING, AUDIENCE_FILE,
    AUDIENCE_HARD, AUDIENCE_LOOKALIKE, AUDIENCE_OTHER_CASE, AUDIENCE_SMALL, AUDIENCE_STREAMING, AUDIENCE_TWINS,
    Account, Action, Activity, App, Audience, AudienceEvent, AudienceKind, Buying, Entity, IdType, Identifier, Level,
    MATCHES_NEEDED, Mapping, OTHER_APP, SANDBOX_APP, State, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_OTHER_APP,
    TOKEN_REVOKED, TOKEN_WITH_FORBIDDEN, Token, TokenState, USER_REFRESH_TOKEN, World, WorldKind,
};
pub use world::{Business, Collection, GmvMaxLeaf, Record, TOKEN_NARROW};
