//! Apps as App Management knows them (`docs/tiktok-api.md` 3.8 [SDK app_list.yml][GO model/app]).

/// An app of an advertiser.
#[derive(Clone, Debug)]
pub struct MobileApp {
    /// `app_id`, which `/app/info/` asks for.
    pub id: u64,
    /// The TikTok App ID: what an app event calls `event_source_id`.
    pub tiktok_id: u64,
    pub advertiser: u64,
    pub name: String,
    /// In Apple's store, not in Google's.
    pub ios: bool,
    /// The number or the package name in its store: `app.app_id` of an event.
    pub platform_id: String,
}
