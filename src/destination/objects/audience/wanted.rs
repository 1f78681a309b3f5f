//! What is asked about an audience that nobody looked for yet.

use super::bound::Audience;
use super::mirror::Opening;

/// An audience that nobody looked for yet.
pub(crate) struct Wanted {
    pub advertiser: String,
    pub audience: Audience,
    /// Whether one record names it, so that a wrong name is that record's fault.
    pub own: bool,
    /// Whether only records name the advertiser.
    pub is_stranger: bool,
    pub(super) says: Says,
    pub(super) opening: Opening,
}

/// What a record says of its audience.
#[derive(Clone, Copy)]
pub(super) enum Says {
    /// A missing audience is made.
    Adds,
    Deletes,
    /// It is rejected, and names its member.
    Names,
}
