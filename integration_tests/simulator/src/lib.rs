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
//! use simulator::{AUDIENCE_SMALL, AudienceOptions, IdType, IndexStyle, Options, Simulator};
//!
//! let poison = vec!["0".repeat(64)];
//! let audiences = AudienceOptions { index_style: IndexStyle::None, ..AudienceOptions::default() };
//! let sim = Simulator::start(Options { poison, audiences, ..Options::default() })?;
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
//! Tokens can be made to end, to be renewed, and to see or be allowed less:
//!
//! ```no_run
//! use chrono::TimeDelta;
//! use simulator::{Flow, Options, Role, Simulator, TOKEN_GOOD, Terms};
//!
//! let sim = Simulator::start(Options::default())?;
//! let terms = Terms { expires_in: Some(86_400), refresh: true, ..Terms::default() };
//! let refresh = sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::Advertiser, terms));
//! let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
//! sim.mutate(|world| {
//!     let advertiser = world.accounts[0].id;
//!     let token = world.token_mut(TOKEN_GOOD)?;
//!     token.scopes = vec![4, 100];
//!     token.calls_left = Some(20);
//!     token.roles.insert(advertiser, Role::Analyst)
//! });
//! sim.advance(TimeDelta::hours(25));
//! // … a client exchanges `code`, renews with `refresh`, or opens `sim.portal()` …
//! let renewed = sim.read(|world| world.issued().last().map(|token| token.value.clone()));
//! let used = sim.requests().iter().filter(|line| renewed.as_deref().is_some_and(|token| line.came_with(token))).count();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What else accounts and Business Centers own is a shelf of records, as the wire has them:
//!
//! ```no_run
//! use simulator::{AssetOptions, Collection, Options, Simulator, WorldKind};
//!
//! let assets = AssetOptions { ceiling: 100, ..AssetOptions::default() };
//! let sim = Simulator::start(Options { world: WorldKind::Large, assets, ..Options::default() })?;
//! let id = sim.read(|world| world.account_named("Large").map_or(0, |account| account.id));
//! let videos = sim.read(|world| world.records(id, Collection::Video).len());
//! sim.mutate(|world| world.records_mut(id, Collection::Identity).clear());
//! let asked = sim.requests().iter().filter(|request| request.path == "/file/video/ad/search/").count();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Campaigns, ad groups, ads, files and split tests are written by forms, and read again:
//!
//! ```no_run
//! use serde_json::json;
//! use simulator::{AdsOptions, Collection, IndexLag, Level, Options, Rewrite, Simulator};
//!
//! let rewrites = vec![Rewrite { path: Some("/adgroup/create/"), field: "pacing", value: json!("PACING_MODE_FAST") }];
//! let ads = AdsOptions { index_lag: IndexLag { lists: 2, ..IndexLag::NONE }, rewrites, ..AdsOptions::default() };
//! let sim = Simulator::start(Options { ads, ..Options::default() })?;
//! sim.faults("path=/ad/create/,times=1,kind=reset,committed=true".parse().unwrap_or_default());
//! let account = sim.read(|world| world.accounts[0].id);
//! sim.mutate(|world| world.account_mut(account).map(|account| account.status = "STATUS_CONTRACT_PENDING".to_owned()));
//! // … a client writes to sim.url() …
//! let made = sim.read(|world| world.named(account, Level::Campaign, "Spring").len());
//! let videos = sim.read(|world| world.records(account, Collection::Video).len());
//! let bytes = sim.read(|world| world.uploads(account).iter().map(|upload| upload.received).sum::<u64>());
//! let tests = sim.read(|world| world.split_tests_of(account).len());
//! let posts = sim.posts("/ad/create/");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! As a program: `cargo run -p simulator -- serve --help` tells what can be set, `endpoints` what is
//! served and which permission each endpoint needs, `expect` what a client must have read in the end.
//!
//! The map: `world` is what TikTok knows, `routes` has one file per family of endpoints,
//! `params` reads queries strictly and `body` bodies, `report` computes rows, `quota` and `faults` say no,
//! `log` remembers every request, `state` is what all requests share, `portal` is the page on which users
//! consent, `server` ties them to a socket.

mod answer;
mod assumptions;
mod body;
mod brief;
mod call;
mod call_back;
mod clock;
mod faults;
mod lag;
mod log;
mod options;
mod params;
mod portal;
mod quota;
mod report;
mod rng;
mod routes;
mod server;
mod simulator;
mod state;
mod wire;
mod world;

pub use call_back::Delivery;
pub use faults::{FaultPlan, Kind, Mangle};
pub use log::Logged;
pub use options::{
    AccessOptions, AdsOptions, AssetOptions, AudienceOptions, EventAges, EventOptions, FileOptions, IdentityPaging,
    Immutable, IndexLag, IndexStyle, Limits, Options, PoisonedEvents, QuotaOptions, ReportOptions, Rewrite, Sandbox,
    Together, UniqueNames, WireOptions,
};
pub use report::{Expected, ReportQuery};
pub use routes::{Endpoint, endpoints};
pub use simulator::Simulator;
pub use world::afternoon_of;
pub use world::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_BROKEN, AUDIENCE_CUT, AUDIENCE_EXPIRED, AUDIENCE_EXPIRING, AUDIENCE_FILE,
    AUDIENCE_HARD, AUDIENCE_LOOKALIKE, AUDIENCE_OTHER_CASE, AUDIENCE_SMALL, AUDIENCE_STREAMING, AUDIENCE_TWINS,
    Account, Action, Activity, App, Applied, Audience, AudienceEvent, AudienceKind, AuthCode, Business, Buying,
    CallBack, CampaignTests, Change, ChangeTask, Collection, Entity, EventCounts, EventSet, EventSource, EventSources,
    Flow, GmvMaxLeaf, GrantState, Grants, IdType, Identifier, Level, MATCHES_NEEDED, Mapping, MemberFile, MobileApp,
    OTHER_APP, Pixel, PixelEvent, Record, RefreshData, RefreshToken, Role, Rotation, SANDBOX_APP, SplitTest,
    SplitTestStatus, State, Subscription, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_NARROW, TOKEN_OTHER_APP,
    TOKEN_REVOKED, TOKEN_WITH_FORBIDDEN, TOKEN_WITHOUT_EVENTS, Terms, Token, TokenState, TrackedEvent,
    USER_REFRESH_TOKEN, Upload, World, WorldKind, smart_plus_material,
};
