//! One file per family of endpoints; one row per endpoint.

mod advertiser;
mod app;
mod dmp;
mod entity;
mod event;
mod event_set;
mod filtering;
mod oauth;
mod page;
mod pixel;
mod report;
mod segment;
mod user;

use crate::answer::Outcome;
use crate::call::Call;
use crate::server::Shared;
use crate::world::World;

/// What serves an endpoint.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Read(fn(&World, &Call, &Shared) -> Outcome),
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

const fn get(path: &'static str, handler: fn(&World, &Call, &Shared) -> Outcome) -> Route {
    Route { method: "GET", path, open: false, handler: Handler::Read(handler) }
}

const fn post(path: &'static str, handler: fn(&mut World, &Call) -> Outcome) -> Route {
    Route { method: "POST", path, open: false, handler: Handler::Write(handler) }
}

const fn open(route: Route) -> Route {
    Route { open: true, ..route }
}

static ROUTES: &[&[Route]] = &[
    oauth::ROUTES,
    user::ROUTES,
    advertiser::ROUTES,
    entity::ROUTES,
    report::ROUTES,
    dmp::ROUTES,
    segment::ROUTES,
    pixel::ROUTES,
    app::ROUTES,
    event_set::ROUTES,
    event::ROUTES,
];

/// All endpoints.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}
