//! What every request shares: the world, the settings, the counters and the log.

use crate::faults::Faults;
use crate::lag::Lags;
use crate::log::Log;
use crate::options::Options;
use crate::quota::{EndpointQuota, Quota};
use crate::report::ReportCache;
use crate::world::World;
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

/// Everything behind the socket.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) world: RwLock<World>,
    pub(crate) reports: ReportCache,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) log: Log,
    /// What was made and is not shown yet.
    pub(crate) lags: Mutex<Lags>,
    pub(crate) quota: Mutex<Quota>,
    pub(crate) endpoints: Mutex<EndpointQuota>,
    /// The simulated moment at which it started.
    began: DateTime<Utc>,
    pub(crate) started: Instant,
}

impl Shared {
    pub(crate) fn new(options: Options, world: World) -> Self {
        Self {
            began: world.now,
            world: RwLock::new(world),
            reports: ReportCache::default(),
            faults: Mutex::new(Faults::new(options.faults.clone(), options.seed)),
            log: Log::default(),
            lags: Mutex::default(),
            quota: Mutex::default(),
            endpoints: Mutex::default(),
            started: Instant::now(),
            options,
        }
    }

    /// Changes the world, and forgets what was rendered from the old one.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut world);
        world.forget_rendered();
        self.reports.clear();
        result
    }

    /// Changes what is never rendered ahead.
    pub(crate) fn amend<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets what was scheduled begin.
    pub(crate) fn settle(&self, now: DateTime<Utc>) {
        if self.read(|world| world.has_due(now) || world.has_stale_tests(now)) {
            self.change(|world| {
                world.settle(now);
                world.show_tests(now);
            });
        }
    }

    /// The moment by which answers are dated: the one at which the simulator started, and on.
    pub(crate) fn moment(&self) -> DateTime<Utc> {
        self.began + self.started.elapsed()
    }

    /// The simulated moment; unlike `World::now` it goes on, and can be moved.
    pub(crate) fn clock(&self, world: &World) -> DateTime<Utc> {
        world.now + world.ahead + self.started.elapsed()
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
