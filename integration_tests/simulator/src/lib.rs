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
//! So are conversion events, each once, with how often it was sent:
//!
//! ```no_run
//! use simulator::{EventAges, EventOptions, EventSource, Options, PoisonedEvents, Simulator};
//!
//! let events = EventOptions { ages: EventAges::NONE, poisoned: PoisonedEvents::Listed, ..EventOptions::default() };
//! let sim = Simulator::start(Options { events, ..Options::default() })?;
//! sim.faults("path=/event/track/,rate=0.1,kinds=partial|partiallisted|50002".parse().unwrap_or_default());
//! let pixel = sim.read(|world| world.event_source_id(world.accounts[0].id, EventSource::Web)).unwrap_or_default();
//! // … a client sends events to sim.url() …
//! let twice = sim.events(&pixel).into_iter().filter(|event| event.sent > 1 && event.changed == 0).count();
//! let (counts, tests) = (sim.event_counts(&pixel), sim.test_events(&pixel));
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
pub use options::{EventAges, EventOptions, IndexStyle, Options, PoisonedEvents};
pub use report::{Expected, ReportQuery};
pub use simulator::Simulator;
pub use world::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_BROKEN, AUDIENCE_CUT, AUDIENCE_EXPIRED, AUDIENCE_EXPIRING, AUDIENCE_FILE,
    AUDIENCE_HARD, AUDIENCE_LOOKALIKE, AUDIENCE_OTHER_CASE, AUDIENCE_SMALL, AUDIENCE_STREAMING, AUDIENCE_TWINS,
    Account, Action, Activity, App, Audience, AudienceEvent, AudienceKind, Buying, Entity, EventCounts, EventSet,
    EventSource, EventSources, IdType, Identifier, Level, MATCHES_NEEDED, Mapping, MobileApp, OTHER_APP, Pixel,
    PixelEvent, SANDBOX_APP, State, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_OTHER_APP, TOKEN_REVOKED,
    TOKEN_WITH_FORBIDDEN, TOKEN_WITHOUT_EVENTS, Token, TokenState, TrackedEvent, USER_REFRESH_TOKEN, World, WorldKind,
};
