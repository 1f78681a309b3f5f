//! Changes of status (`docs/tiktok-api.md` 7.2–7.5).

use super::{Kind, alive, amend, open, state};
use crate::answer::{Outcome, Refusal};
use crate::body;
use crate::call::Call;
use crate::world::{Level, World};
use serde_json::{Value, json};

/// Objects of one call.
const IDS_MAX: usize = 20;

/// Sets the status of some objects: of all or of none, unless a part may be refused.
pub(super) fn set(world: &mut World, call: &Call, kind: Kind) -> Outcome {
    let (body, advertiser) = open(world, call)?;
    let name = format!("{}s", kind.id());
    let ids = body.get(&name).and_then(Value::as_array).ok_or_else(|| Refusal::missing(&[&name]))?;
    if ids.is_empty() || ids.len() > IDS_MAX {
        return Err(Refusal::param(format!("{name}: Length must be between 1 and {IDS_MAX}.")));
    }
    let word = body::text(&body, "operation_status")?;
    let wanted =
        state(word).ok_or_else(|| Refusal::choice("operation_status", &["DELETE", "DISABLE", "ENABLE"], word))?;
    let partial =
        kind.smart || (kind.level == Level::AdGroup && body.get("allow_partial_success") == Some(&Value::Bool(true)));
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for id in ids {
        let id = id.as_str().ok_or_else(|| Refusal::param(format!("{name}: Not a valid string")))?;
        match alive(world, advertiser, kind.level, id) {
            Ok(entity) => found.push(entity.id),
            Err(refusal) if partial => refused.push(json!({kind.id(): id, "error_message": refusal.message})),
            Err(refusal) => return Err(refusal),
        }
    }
    for id in &found {
        amend(world, advertiser, kind.level, *id, |entity| entity.state = wanted);
    }
    let done: Vec<String> = found.iter().map(u64::to_string).collect();
    Ok(json!({name: done, "status": word, "error_list": refused}).into())
}
