//! The lanes of a run, and which stream's records each takes.

use std::collections::BTreeMap;

use super::any_lane::AnyLane;
use super::ledger::{RouteAt, StreamAt};
use super::streams::{StreamName, Streams};

/// Where a lane stands in [`Lanes::all`].
pub(crate) type LaneAt = usize;

/// Who takes a stream's records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taker {
    pub lane: LaneAt,
    pub route: RouteAt,
}

/// What rejected rows of a route are told of: the stream, and which of its objects where it feeds several.
#[derive(Debug, Clone)]
pub(crate) struct RouteName {
    pub stream: StreamName,
    pub part: Option<String>,
}

/// The lanes of a run.
#[derive(Default)]
pub(crate) struct Lanes {
    pub all: Vec<Box<dyn AnyLane>>,
    pub streams: Streams,
    takers: BTreeMap<StreamAt, Vec<Taker>>,
    names: BTreeMap<RouteAt, RouteName>,
}

impl Lanes {
    /// Adds a route, whose records the next lane takes.
    pub(crate) fn route(&mut self, route: RouteAt, stream: StreamAt, name: RouteName) {
        self.streams.add(stream, &name.stream);
        self.takers.entry(stream).or_default().push(Taker { lane: self.all.len(), route });
        self.names.insert(route, name);
    }

    /// Those who take a stream's records, in the order of lanes.
    #[must_use]
    pub(crate) fn takers(&self, stream: StreamAt) -> &[Taker] {
        self.takers.get(&stream).map(Vec::as_slice).unwrap_or_default()
    }

    /// Streams whose states wait until they end.
    pub(crate) fn held(&self) -> impl Iterator<Item = StreamAt> {
        let holds = |taker: &Taker, stream| self.all.get(taker.lane).is_some_and(|lane| lane.holds(stream));
        let held = move |(stream, takers): (&StreamAt, &Vec<Taker>)| {
            takers.iter().any(|taker| holds(taker, *stream)).then_some(*stream)
        };
        self.takers.iter().filter_map(held)
    }

    /// The streams of the run.
    pub(crate) fn named(&self) -> impl Iterator<Item = (StreamAt, String)> {
        self.takers.iter().filter_map(|(at, takers)| {
            let route = takers.first()?.route;
            Some((*at, self.names.get(&route)?.stream.to_string()))
        })
    }

    #[must_use]
    pub(crate) fn name(&self, route: RouteAt) -> Option<&RouteName> {
        self.names.get(&route)
    }
}
