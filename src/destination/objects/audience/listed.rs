//! An audience as TikTok lists it (docs/tiktok-api.md 3.7).

use chrono::NaiveDateTime;
use serde::Deserialize;

/// Kinds of audience that take no members by streaming, as TikTok calls them (docs/tiktok-api.md 3.7). Others may.
const OTHER_KINDS: [&str; 10] = [
    "customer file",
    "engagement",
    "app activity",
    "website",
    "lookalike",
    "lead generation",
    "rule business account",
    "rule ad shop",
    "challenge",
    "preferred population",
];
/// How audiences of customer files are called (docs/tiktok-api.md 3.7).
const FILE_KIND: &str = "customer file";
/// How TikTok writes times, on UTC's clock.
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// How members come into an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// One by one, by the streaming API.
    Streaming,
    /// Out of files.
    Files,
}

/// What TikTok lists of an audience.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Listed {
    pub audience_id: String,
    pub name: String,
    /// `audience_type` in the list, `type` in the details.
    #[serde(default, alias = "type")]
    pub audience_type: Option<String>,
    #[serde(default)]
    pub is_valid: Option<bool>,
    #[serde(default)]
    pub cover_num: Option<i64>,
    #[serde(default)]
    pub error_msg: Option<String>,
    #[serde(default)]
    create_time: Option<String>,
    #[serde(default)]
    expired_time: Option<String>,
}

impl Listed {
    /// A lookalike audience that was just made.
    #[must_use]
    pub(crate) fn lookalike(id: &str, name: &str) -> Self {
        Self {
            audience_id: id.to_owned(),
            name: name.to_owned(),
            audience_type: Some("Lookalike Audience".to_owned()),
            is_valid: None,
            cover_num: None,
            error_msg: None,
            create_time: None,
            expired_time: None,
        }
    }

    /// Whether members can be streamed to it.
    #[must_use]
    pub(crate) fn is_streaming(&self) -> bool {
        let kind = self.kind();
        !OTHER_KINDS.iter().any(|other| kind.starts_with(other))
    }

    /// Whether it is filled that way.
    #[must_use]
    pub(crate) fn is(&self, filled: Filled) -> bool {
        match filled {
            Filled::Streaming => self.is_streaming(),
            Filled::Files => self.kind().starts_with(FILE_KIND),
        }
    }

    fn kind(&self) -> String {
        self.audience_type.as_deref().unwrap_or_default().to_lowercase().replace('_', " ")
    }

    /// Whether it is one of people who are like those of another.
    #[must_use]
    pub(crate) fn is_lookalike(&self) -> bool {
        self.audience_type.as_deref().unwrap_or_default().to_lowercase().starts_with("lookalike")
    }

    /// When it was made, on UTC's clock.
    #[must_use]
    pub(crate) fn created(&self) -> Option<NaiveDateTime> {
        time(self.create_time.as_deref())
    }

    /// When it is going to expire.
    #[must_use]
    pub(crate) fn expires(&self) -> Option<NaiveDateTime> {
        time(self.expired_time.as_deref())
    }

    /// When it expired, if it did. [?] TikTok detaches such an audience from ads (docs/tiktok-api.md 5.3), and refuses
    /// members for it; one that it calls valid it takes them for.
    #[must_use]
    pub(crate) fn expired(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        time(self.expired_time.as_deref()).filter(|end| *end <= now && self.is_valid != Some(true))
    }
}

fn time(text: Option<&str>) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text?, TIME).ok()
}
