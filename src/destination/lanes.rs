//! The kinds of objects there are, and which stream is of which.

use std::collections::{BTreeMap, HashMap};

use super::event::Events;
use super::lane::Lane;
use super::ledger::StreamAt;
use super::member::Members;
use super::object::Kind;
use super::route::Route;
use crate::config::DestinationConfig;
use crate::error::Result;

/// Where a lane stands in [`Lanes::all`].
pub type LaneAt = usize;

/// Streams of one kind, with their places in the catalogue.
pub type Streams = Vec<(StreamAt, Route)>;

/// The lanes of a run.
pub struct Lanes {
    pub all: Vec<Box<dyn Lane>>,
    streams: HashMap<String, (StreamAt, LaneAt)>,
}

impl Lanes {
    /// Opens a lane for each kind of object that the routes name.
    pub fn open(config: &DestinationConfig, routes: Vec<Route>) -> Result<Self> {
        let mut by_kind: BTreeMap<Kind, Streams> = BTreeMap::new();
        for (at, route) in routes.into_iter().enumerate() {
            by_kind.entry(route.object.kind()).or_default().push((at, route));
        }
        let mut lanes = Self { all: Vec::new(), streams: HashMap::new() };
        for (kind, streams) in by_kind {
            let at = lanes.all.len();
            lanes.streams.extend(streams.iter().map(|(stream, route)| (route.stream.clone(), (*stream, at))));
            lanes.all.push(match kind {
                Kind::Member => Box::new(Members::open(config, streams)?),
                Kind::Event => Box::new(Events::open(config, streams)?),
            });
        }
        Ok(lanes)
    }

    /// The stream of that name, and the lane that serves it.
    #[must_use]
    pub fn find(&self, stream: &str) -> Option<(StreamAt, LaneAt)> {
        self.streams.get(stream).copied()
    }
}
