//! `/user/info/` (`docs/tiktok-api.md` 2.1).

use super::{Route, get};
use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Shared;
use crate::world::World;
use serde_json::json;

pub(super) static ROUTES: &[Route] = &[get("/user/info/", info)];

fn info(_: &World, _: &Call, _: &Shared) -> Outcome {
    Ok(json!({
        "display_name": "Brightfold Media",
        "email": "m***a@example.invalid",
        "core_user_id": "7012345678901234567",
        "create_time": 1_600_000_000,
        "avatar_url": "https://example.invalid/avatar.png",
    })
    .into())
}
