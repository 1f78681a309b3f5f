//! Kinds of reports.

/// `report_type`, where rows are ads or sums of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Basic,
    Audience,
    Playable,
    Catalog,
}
