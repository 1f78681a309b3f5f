//! One file per family of endpoints; one row per endpoint.

mod advertiser;
mod app;
mod asset;
mod credentials;
mod dmp;
mod entity;
mod event;
mod event_set;
mod filtering;
mod oauth;
mod page;
mod pixel;
mod report;
pub(crate) mod sandbox;
pub(crate) mod scope;
mod segment;
mod tt_user;
mod user;

use crate::answer::Outcome;
use crate::call::Call;
use crate::server::Shared;
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
    tt_user::ROUTES,
    user::ROUTES,
    advertiser::ROUTES,
    asset::ROUTES,
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
