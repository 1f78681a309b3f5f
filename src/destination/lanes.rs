//! The kinds of objects there are, and which stream is of which.

use std::collections::BTreeMap;

use super::event::Events;
use super::lane::Lane;
use super::ledger::{RouteAt, StreamAt};
use super::member::Members;
use super::object::Kind;
use super::route::Route;
use super::streams::Streams;
use crate::config::DestinationConfig;
use crate::error::Result;

/// Where a lane stands in [`Lanes::all`].
pub(crate) type LaneAt = usize;

/// Routes of one kind, with their places among those of the run.
pub(crate) type Routes = Vec<(RouteAt, Route)>;

/// Who takes a stream's records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taker {
    pub lane: LaneAt,
    pub route: RouteAt,
}

/// The lanes of a run.
pub(crate) struct Lanes {
    pub all: Vec<Box<dyn Lane>>,
    pub streams: Streams,
    takers: BTreeMap<StreamAt, Vec<Taker>>,
}

impl Lanes {
    /// Opens a lane for each kind of object that the routes name.
    pub(crate) fn open(config: &DestinationConfig, routes: Vec<Route>) -> Result<Self> {
        let mut by_kind: BTreeMap<Kind, Routes> = BTreeMap::new();
        for (at, route) in routes.into_iter().enumerate() {
            by_kind.entry(route.object.kind()).or_default().push((at, route));
        }
        let mut lanes = Self { all: Vec::new(), streams: Streams::default(), takers: BTreeMap::new() };
        for (kind, routes) in by_kind {
            let lane = lanes.all.len();
            for (route, Route { at, stream, .. }) in &routes {
                lanes.streams.add(*at, stream);
                lanes.takers.entry(*at).or_default().push(Taker { lane, route: *route });
            }
            lanes.all.push(match kind {
                Kind::Member => Box::new(Members::open(config, routes)?),
                Kind::Event => Box::new(Events::open(config, routes)?),
            });
        }
        Ok(lanes)
    }

    /// Those who take a stream's records, in the order of lanes.
    #[must_use]
    pub(crate) fn takers(&self, stream: StreamAt) -> &[Taker] {
        self.takers.get(&stream).map(Vec::as_slice).unwrap_or_default()
    }
}
