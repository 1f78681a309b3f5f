//! The kinds of objects that can be managed: a row each.

use std::sync::LazyLock;

use super::field::Fields;
use crate::destination::objects::def::schema;
use crate::tiktok::endpoint::{
    AD_CREATE, AD_GROUP_CREATE, AD_GROUP_STATUS, AD_GROUP_UPDATE, AD_GROUPS, AD_STATUS, AD_UPDATE, ADS,
    CAMPAIGN_CREATE, CAMPAIGN_STATUS, CAMPAIGN_UPDATE, CAMPAIGNS, Endpoint, SMART_PLUS_AD_CREATE,
    SMART_PLUS_AD_GROUP_CREATE, SMART_PLUS_AD_GROUP_STATUS, SMART_PLUS_AD_GROUP_UPDATE, SMART_PLUS_AD_GROUPS,
    SMART_PLUS_AD_STATUS, SMART_PLUS_AD_UPDATE, SMART_PLUS_ADS, SMART_PLUS_CAMPAIGN_CREATE, SMART_PLUS_CAMPAIGN_STATUS,
    SMART_PLUS_CAMPAIGN_UPDATE, SMART_PLUS_CAMPAIGNS,
};

/// One kind.
pub(crate) struct KindDef {
    pub object: &'static str,
    /// What sentences call one of them.
    pub called: &'static str,
    pub level: Level,
    pub schema: &'static str,
    pub fields: &'static LazyLock<Fields>,
    /// Its id's field.
    pub id: &'static str,
    /// Its name's field.
    pub name: &'static str,
    /// The list of ids in a change of status.
    pub ids: &'static str,
    /// Fields that it cannot be made without; of a set, one is enough.
    pub required: &'static [&'static str],
    pub list: &'static Endpoint,
    pub create: &'static Endpoint,
    pub update: &'static Endpoint,
    pub status: &'static Endpoint,
    /// How TikTok keeps the same object from being made twice (docs/tiktok-api.md 7.1).
    pub twins: Twins,
    /// Whether a change of status may be taken for some and refused for others.
    pub partial_status: bool,
}

/// What keeps a lost create from making a twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twins {
    /// A name that is taken is refused [?]; a `request_id` would allow it.
    TakenName,
    /// The call wants a `request_id`, and refuses another with it for ten seconds.
    RequestId,
    /// Nothing does.
    Nothing,
}

/// Where a kind stands among its parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    Campaign,
    AdGroup,
    Ad,
}

impl Level {
    /// The fields of a row that name an object of this level as a parent: its id, and its name.
    #[must_use]
    pub(crate) fn fields(self) -> (&'static str, &'static str) {
        match self {
            Self::Campaign => ("campaign_id", "campaign_name"),
            Self::AdGroup => ("adgroup_id", "adgroup_name"),
            Self::Ad => ("ad_id", "ad_name"),
        }
    }

    #[must_use]
    pub(crate) fn above(self) -> Option<Self> {
        match self {
            Self::Campaign => None,
            Self::AdGroup => Some(Self::Campaign),
            Self::Ad => Some(Self::AdGroup),
        }
    }
}

impl KindDef {
    #[must_use]
    pub(crate) fn fields(&self) -> &'static Fields {
        self.fields
    }

    #[must_use]
    pub(crate) fn is_smart(&self) -> bool {
        self.object.starts_with("smart_plus_")
    }

    /// The kind of its parents.
    #[must_use]
    pub(crate) fn parent(&self) -> Option<&'static KindDef> {
        let level = self.level.above()?;
        KINDS.iter().copied().find(|kind| kind.level == level && kind.is_smart() == self.is_smart())
    }
}

impl PartialEq for KindDef {
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object
    }
}

/// All kinds.
pub(crate) static KINDS: &[&KindDef] =
    &[&CAMPAIGN, &AD_GROUP, &AD, &SMART_PLUS_CAMPAIGN, &SMART_PLUS_AD_GROUP, &SMART_PLUS_AD];

/// The kind that a managed object is of.
#[must_use]
pub(crate) fn find(object: &str) -> Option<&'static KindDef> {
    KINDS.iter().copied().find(|kind| kind.object == object)
}

macro_rules! kinds {
    ($($kind:ident $fields:ident $file:literal $def:tt)+) => {
        $(
            static $fields: LazyLock<Fields> = LazyLock::new(|| Fields::of($kind.schema));
            kinds! { @one $kind $fields $file $def }
        )+
    };
    (@one $kind:ident $fields:ident $file:literal { $($key:ident: $value:expr,)+ }) => {
        pub(crate) static $kind: KindDef =
            KindDef { object: $file, schema: schema!($file), fields: &$fields, $($key: $value,)+ };
    };
}

kinds! {
    CAMPAIGN CAMPAIGN_FIELDS "campaign" {
        called: "campaign",
        level: Level::Campaign,
        id: "campaign_id",
        name: "campaign_name",
        ids: "campaign_ids",
        required: &["objective_type", "campaign_name", "budget_mode"],
        list: &CAMPAIGNS,
        create: &CAMPAIGN_CREATE,
        update: &CAMPAIGN_UPDATE,
        status: &CAMPAIGN_STATUS,
        twins: Twins::TakenName,
        partial_status: false,
    }
    AD_GROUP AD_GROUP_FIELDS "adgroup" {
        called: "ad group",
        level: Level::AdGroup,
        id: "adgroup_id",
        name: "adgroup_name",
        ids: "adgroup_ids",
        required: &[
            "adgroup_name",
            "promotion_type",
            "location_ids",
            "schedule_type",
            "schedule_start_time",
            "optimization_goal",
            "billing_event",
            "pacing",
        ],
        list: &AD_GROUPS,
        create: &AD_GROUP_CREATE,
        update: &AD_GROUP_UPDATE,
        status: &AD_GROUP_STATUS,
        twins: Twins::TakenName,
        partial_status: true,
    }
    AD AD_FIELDS "ad" {
        called: "ad",
        level: Level::Ad,
        id: "ad_id",
        name: "ad_name",
        ids: "ad_ids",
        required: &["ad_name", "identity_type", "identity_id", "ad_format"],
        list: &ADS,
        create: &AD_CREATE,
        update: &AD_UPDATE,
        status: &AD_STATUS,
        twins: Twins::Nothing,
        partial_status: false,
    }
    SMART_PLUS_CAMPAIGN SMART_PLUS_CAMPAIGN_FIELDS "smart_plus_campaign" {
        called: "Smart+ campaign",
        level: Level::Campaign,
        id: "campaign_id",
        name: "campaign_name",
        ids: "campaign_ids",
        required: &["objective_type", "campaign_name"],
        list: &SMART_PLUS_CAMPAIGNS,
        create: &SMART_PLUS_CAMPAIGN_CREATE,
        update: &SMART_PLUS_CAMPAIGN_UPDATE,
        status: &SMART_PLUS_CAMPAIGN_STATUS,
        twins: Twins::RequestId,
        partial_status: true,
    }
    SMART_PLUS_AD_GROUP SMART_PLUS_AD_GROUP_FIELDS "smart_plus_adgroup" {
        called: "Smart+ ad group",
        level: Level::AdGroup,
        id: "adgroup_id",
        name: "adgroup_name",
        ids: "adgroup_ids",
        required: &[
            "adgroup_name",
            "promotion_type",
            "optimization_goal",
            "bid_type",
            "billing_event",
            "targeting_spec",
            "schedule_type",
            "schedule_start_time",
        ],
        list: &SMART_PLUS_AD_GROUPS,
        create: &SMART_PLUS_AD_GROUP_CREATE,
        update: &SMART_PLUS_AD_GROUP_UPDATE,
        status: &SMART_PLUS_AD_GROUP_STATUS,
        twins: Twins::RequestId,
        partial_status: true,
    }
    SMART_PLUS_AD SMART_PLUS_AD_FIELDS "smart_plus_ad" {
        called: "Smart+ ad",
        level: Level::Ad,
        id: "smart_plus_ad_id",
        name: "ad_name",
        ids: "smart_plus_ad_ids",
        required: &["ad_name", "creative_list"],
        list: &SMART_PLUS_ADS,
        create: &SMART_PLUS_AD_CREATE,
        update: &SMART_PLUS_AD_UPDATE,
        status: &SMART_PLUS_AD_STATUS,
        twins: Twins::Nothing,
        partial_status: false,
    }
}
