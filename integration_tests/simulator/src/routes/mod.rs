//! One file per family of endpoints; one row per endpoint.

mod advertiser;
mod app;
mod business;
mod change_log;
mod comment;
mod creative;
mod credentials;
mod dmp;
mod entity;
mod event;
mod event_set;
mod filtering;
mod gmv_max;
mod gmv_max_report;
mod identity;
mod insight;
mod instant_page;
mod lines;
mod listing;
mod manage;
mod material_report;
mod oauth;
mod page;
mod pixel;
mod quota;
mod region;
mod report;
mod review;
mod route;
pub(crate) mod sandbox;
pub(crate) mod scope;
mod segment;
mod smart_plus;
mod subscription;
mod tt_user;
mod user;

pub(crate) use route::{Handler, Route, get, open, own, post};

static ROUTES: &[&[Route]] = &[
    oauth::ROUTES,
    tt_user::ROUTES,
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
    business::ROUTES,
    creative::ROUTES,
    smart_plus::ROUTES,
    identity::ROUTES,
    comment::ROUTES,
    review::ROUTES,
    instant_page::ROUTES,
    gmv_max::ROUTES,
    gmv_max_report::ROUTES,
    material_report::ROUTES,
    insight::ROUTES,
    change_log::ROUTES,
    quota::ROUTES,
    region::ROUTES,
    subscription::ROUTES,
    manage::ROUTES,
    manage::files::ROUTES,
];

/// An endpoint, for people and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub method: &'static str,
    /// Without `/open_api/v1.3`.
    pub path: &'static str,
    /// The narrowest permission that is enough, if it needs one.
    pub scope: Option<u64>,
    /// TikTok's name of that permission.
    pub permission: Option<&'static str>,
}

/// Every endpoint that is served.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let of = |route: &Route| {
        let needed = scope::needed(route.path);
        Endpoint {
            method: route.method,
            path: route.path,
            scope: needed.and_then(|scope| scope.ids.last().copied()),
            permission: needed.map(|scope| scope.name),
        }
    };
    all().map(of).collect()
}

/// All endpoints.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}
