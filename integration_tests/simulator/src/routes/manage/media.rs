//! Videos and images that ads name: the account must have them (`docs/tiktok-api.md` 7.4, 7.6).

use super::order::Order;
use crate::answer::Refusal;
use crate::assumptions::VIDEOS_IN_WORK_ARE_REFUSED;
use crate::state::lock;
use crate::world::{Collection, World};

/// Refuses a video (none if it is empty) or an image that the account's library does not have.
pub(super) fn known(
    world: &World,
    order: &Order<'_>,
    (video, images): (&str, &[&str]),
    path: &str,
) -> Result<(), Refusal> {
    if !order.options.media_must_exist {
        return Ok(());
    }
    let has = |kind, key: &str, id: &str| {
        world.records(order.advertiser, kind).iter().any(|known| known.get(key).is_some_and(|known| known == id))
    };
    if !video.is_empty() && !has(Collection::Video, "video_id", video) {
        return Err(Refusal::new(40053, format!("{path}.video_id: The video {video} doesn't exist.")));
    }
    let works = || lock(order.lags).waits((order.advertiser, "video"), video, order.call.now);
    if VIDEOS_IN_WORK_ARE_REFUSED && !video.is_empty() && works() {
        return Err(Refusal::new(40901, format!("{path}.video_id: The video {video} is being transcoded.")));
    }
    match images.iter().find(|id| !has(Collection::Image, "image_id", id)) {
        Some(id) => Err(Refusal::param(format!("{path}.image_ids: The image {id} doesn't exist."))),
        None => Ok(()),
    }
}
