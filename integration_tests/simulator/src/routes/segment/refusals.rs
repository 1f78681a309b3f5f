//! What the streaming API says of an audience that it does not change.

/// Not editable, in TikTok's words [SEG].
pub(super) const NOT_EDITABLE: &str = "Audience is not editable, please check audience status";

pub(super) fn gone(id: &str) -> String {
    format!("The audience {id} doesn't exist or has been deleted.")
}
