//! Which lane takes the records of which route.

use std::collections::BTreeMap;

use super::objects::Kind;
use super::objects::audience::Members;
use super::objects::event::Events;
use super::route::Route;
use super::shell::lanes::{Lanes, RouteName};
use super::shell::ledger::RouteAt;
use crate::config::DestinationConfig;
use crate::error::Result;

/// Opens a lane for each kind of object that the routes name.
pub(crate) fn open(config: &DestinationConfig, routes: Vec<Route>) -> Result<Lanes> {
    let mut by_kind: BTreeMap<Kind, Vec<(RouteAt, Route)>> = BTreeMap::new();
    for (at, route) in routes.into_iter().enumerate() {
        by_kind.entry(route.object.kind()).or_default().push((at, route));
    }
    let mut lanes = Lanes::default();
    for (kind, routes) in by_kind {
        for (at, Route { at: stream, stream: name, part, .. }) in &routes {
            lanes.route(*at, *stream, RouteName { stream: name.clone(), part: part.clone() });
        }
        lanes.all.push(match kind {
            Kind::Member => Box::new(Members::open(config, routes)?),
            Kind::Event => Box::new(Events::open(config, routes)?),
        });
    }
    Ok(lanes)
}
