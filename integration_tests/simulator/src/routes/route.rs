//! The row of an endpoint.

use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Shared;
use crate::world::World;

/// What serves an endpoint.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Read(fn(&World, &Call, &Shared) -> Outcome),
    /// Changes what is never rendered ahead.
    Write(fn(&mut World, &Call) -> Outcome),
    /// Takes its own locks: a long body is read beside other calls.
    Own(fn(&Shared, &Call) -> Outcome),
}

/// An endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Needs no `Access-Token`.
    pub(crate) open: bool,
    pub(crate) handler: Handler,
}

pub(crate) const fn get(path: &'static str, handler: fn(&World, &Call, &Shared) -> Outcome) -> Route {
    Route { method: "GET", path, open: false, handler: Handler::Read(handler) }
}

pub(crate) const fn post(path: &'static str, handler: fn(&mut World, &Call) -> Outcome) -> Route {
    Route { method: "POST", path, open: false, handler: Handler::Write(handler) }
}

/// A POST that takes its own locks.
pub(crate) const fn own(path: &'static str, handler: fn(&Shared, &Call) -> Outcome) -> Route {
    Route { method: "POST", path, open: false, handler: Handler::Own(handler) }
}

pub(crate) const fn open(route: Route) -> Route {
    Route { open: true, ..route }
}
