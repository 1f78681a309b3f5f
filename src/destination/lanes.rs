//! Which lane takes the records of which route.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engines::changes::Changes;
use super::objects::OBJECTS;
use super::objects::def::{LaneDef, Opening, Route};
use super::shell::lanes::{Lanes, RouteName};
use super::shell::ledger::RouteAt;
use crate::config::DestinationConfig;
use crate::error::Result;

/// Opens a lane for the objects that the routes name and that are written alike.
pub(crate) fn open(config: &DestinationConfig, routes: Vec<Route>) -> Result<Lanes> {
    let mut by_lane: BTreeMap<usize, Vec<(RouteAt, Route)>> = BTreeMap::new();
    for (at, route) in routes.into_iter().enumerate() {
        by_lane.entry(place(route.object.lane)).or_default().push((at, route));
    }
    let mut lanes = Lanes::default();
    let changes = Arc::new(Changes::new(config.dry_run));
    let opening = Opening { config, libraries: Arc::default(), changes };
    for routes in by_lane.into_values() {
        let Some(lane) = routes.first().map(|(_, route)| route.object.lane) else { continue };
        for (at, Route { at: stream, stream: name, part, .. }) in &routes {
            lanes.route(*at, *stream, RouteName { stream: name.clone(), part: part.clone() });
        }
        lanes.all.push((lane.open)(&opening, routes)?);
    }
    Ok(lanes)
}

/// Lanes stand in the order of their first objects.
fn place(lane: &LaneDef) -> usize {
    OBJECTS.iter().position(|def| def.lane.name == lane.name).unwrap_or(OBJECTS.len())
}
