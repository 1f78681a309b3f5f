//! What is read as one.

use std::sync::Arc;

use super::window::Window;
use crate::streams::report::Report;
use crate::streams::{Listing, Sweep};

/// What is read as one, finished whole or not at all, and what it asks for.
#[derive(Debug, Clone)]
pub(crate) enum Slice {
    /// Advertisers, by their ids.
    Advertisers(Vec<Arc<str>>),
    /// The advertisers that TikTok lists for the app.
    AdvertiserList,
    List(ListSlice),
    Report(ReportSlice),
    /// Days of the change log.
    Changes(Window),
    /// Days that hold nothing: no request.
    Empty(Window),
    /// Days that were read and have not moved since: no request.
    Unmoved(Window),
}

/// One sweep over a list.
#[derive(Debug, Clone)]
pub(crate) struct ListSlice {
    pub listing: Listing,
    pub sweep: &'static Sweep,
    /// The parents that the request names, where the list has some.
    pub parents: Vec<Arc<str>>,
}

/// Days of a report.
#[derive(Debug, Clone)]
pub(crate) struct ReportSlice {
    pub report: Arc<Report>,
    /// None: all there ever was.
    pub window: Option<Window>,
    /// The parents that the request names, where the report has some.
    pub parents: Vec<Arc<str>>,
    /// The only campaigns that it is about; none = all.
    pub campaigns: Vec<Arc<str>>,
    /// The only products that it is about; none = all.
    pub products: Vec<Arc<str>>,
}

impl ReportSlice {
    /// About all campaigns and products.
    #[must_use]
    pub(crate) fn of(report: Arc<Report>, window: Option<Window>, parents: Vec<Arc<str>>) -> Self {
        Self { report, window, parents, campaigns: Vec::new(), products: Vec::new() }
    }
}

impl Slice {
    /// Whether it takes requests.
    #[must_use]
    pub(crate) fn is_asked(&self) -> bool {
        !matches!(self, Self::Empty(_) | Self::Unmoved(_))
    }

    /// The days that are asked for.
    #[must_use]
    pub(crate) fn window(&self) -> Option<Window> {
        match self {
            Self::Report(slice) => slice.window,
            Self::Changes(window) => Some(*window),
            _ => None,
        }
    }

    /// The parents that the request names.
    #[must_use]
    pub(crate) fn parents(&self) -> &[Arc<str>] {
        match self {
            Self::List(ListSlice { parents, .. }) | Self::Report(ReportSlice { parents, .. }) => parents,
            Self::Advertisers(_) | Self::AdvertiserList | Self::Changes(_) | Self::Empty(_) | Self::Unmoved(_) => &[],
        }
    }
}
