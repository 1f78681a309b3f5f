//! Starting, asking and stopping a simulator inside a test or a command.

use crate::call_back::{self, Delivery};
use crate::clock;
use crate::faults::{FaultPlan, Faults};
use crate::log::Logged;
use crate::options::Options;
use crate::portal;
use crate::server::serve;
use crate::state::{Shared, lock};
use crate::wire::{Fate, Loopback};
use crate::world::{EventCounts, TrackedEvent, World};
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// A running simulator on its own threads; it ends when dropped.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Simulator {
    /// Builds the world and listens on loopback. Callable from plain and from async code: it
    /// uses no runtime but its own.
    ///
    /// # Errors
    /// When the port is taken, threads cannot be started, or a poisonous hash is no hash.
    pub fn start(options: Options) -> io::Result<Self> {
        let mut world = World::new(options.world, options.seed, options.now.unwrap_or_else(clock::real));
        world.match_rate = options.audiences.match_rate;
        world.remember_rows = options.audiences.remember_rows;
        world.tracked.left = options.events.remember;
        world.tracked.dedup = options.events.dedup;
        world.grants.terms = options.access.terms;
        world.add_quiet(options.quiet_accounts);
        if options.access.sandbox.is_some() {
            world.make_sandbox();
        }
        world.poison(&options.poison).map_err(|text| io::Error::new(io::ErrorKind::InvalidInput, text))?;
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("simulator").enable_all().build()?;
        let (listener, address) = {
            let _inside = runtime.enter();
            Loopback::bind(options.wire.port)?
        };
        let shared = Arc::new(Shared::new(options, world));
        let app = Router::new().fallback(serve).with_state(shared.clone());
        let service = app.into_make_service_with_connect_info::<Fate>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Self { shared, address, runtime: Some(runtime) })
    }

    /// `http://127.0.0.1:PORT`; the endpoints are below `/open_api/v1.3`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A copy of the world as it is now: what a test expects, it derives from here.
    #[must_use]
    pub fn world(&self) -> World {
        self.shared.read(World::clone)
    }

    /// Looks into the world without a copy.
    pub fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        self.shared.read(read)
    }

    /// Changes the world between or under reads.
    pub fn mutate<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.shared.change(change)
    }

    /// The live events that an `event_source_id` has, each once, in the order in which they came.
    #[must_use]
    pub fn events(&self, source_id: &str) -> Vec<TrackedEvent> {
        self.read(|world| world.events(source_id).to_vec())
    }

    /// Its test events, which are no conversions.
    #[must_use]
    pub fn test_events(&self, source_id: &str) -> Vec<TrackedEvent> {
        self.read(|world| world.test_events(source_id).to_vec())
    }

    /// The numbers of its live events, of those too whose content is no longer remembered.
    #[must_use]
    pub fn event_counts(&self, source_id: &str) -> EventCounts {
        self.read(|world| world.event_counts(source_id))
    }

    /// Moves the clock by which tokens and codes expire. What the reports count stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        self.shared.amend(|world| world.ahead += by);
    }

    /// The simulated moment.
    #[must_use]
    pub fn clock(&self) -> DateTime<Utc> {
        self.read(|world| self.shared.clock(world))
    }

    /// The page on which a user consents: `/portal/auth` beside the endpoints.
    #[must_use]
    pub fn portal(&self) -> String {
        format!("{}{}", self.url(), portal::PATH)
    }

    /// Every request so far, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        self.shared.log.all()
    }

    /// How many POSTs went to a path, answered or not.
    #[must_use]
    pub fn posts(&self, path: &str) -> usize {
        self.shared.log.count(|request| request.method == "POST" && request.path == path)
    }

    /// Sends the call-backs that wait to a receiver on loopback, whatever host their addresses name; the statuses of its
    /// answers. They wait on when it cannot be reached.
    ///
    /// # Errors
    /// When the receiver cannot be reached or speaks no HTTP.
    pub fn call_back(&self, receiver: SocketAddr, how: Delivery<'_>) -> io::Result<Vec<u16>> {
        let statuses = call_back::send(self.read(|world| world.call_backs.clone()), receiver, how)?;
        self.shared.amend(|world| world.call_backs.clear());
        Ok(statuses)
    }

    /// Replaces the fault plan; counts begin anew.
    pub fn faults(&self, plan: FaultPlan) {
        *lock(&self.shared.faults) = Faults::new(plan, self.shared.options.seed);
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Stalled calls never end by themselves, so nothing is waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
