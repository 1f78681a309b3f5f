//! What lists of assets show.

use crate::assumptions::ASSET_CEILING;

/// How `/identity/get/` pages when it is told an `identity_type`: the sources contradict each other
/// (`docs/tiktok-api.md` 3.8 [DOC 1740218420781057][LIVE 70427355816]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IdentityPaging {
    /// `page` and `page_info`.
    #[default]
    PageInfo,
    /// `cursor` and `has_more`; no `page_info`.
    Cursor,
}

/// The part of [`crate::Options`] that is about creatives, identities and Instant Pages.
#[derive(Clone, Debug)]
pub struct AssetOptions {
    /// Images or videos of an account that a search can reach; the last changed come first.
    pub ceiling: usize,
    /// Whether `/identity/get/` with an `identity_type` pages by number or by cursor.
    pub identity_paging: IdentityPaging,
    /// [?] Whether `/pixel/instant_page/event/` must be told an objective and a goal.
    pub instant_page_needs_pair: bool,
}

impl Default for AssetOptions {
    fn default() -> Self {
        Self { ceiling: ASSET_CEILING, identity_paging: IdentityPaging::default(), instant_page_needs_pair: false }
    }
}
