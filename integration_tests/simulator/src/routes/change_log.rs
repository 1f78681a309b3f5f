//! The change log by tasks (`docs/tiktok-api.md` 3.8 [DOC 1739924165710849][GO model/changelog]).

use super::{Route, post};
use crate::answer::{Outcome, Refusal};
use crate::body;
use crate::call::Call;
use crate::params;
use crate::routes::Handler;
use crate::state::Shared;
use crate::world::{Change, ChangeTask, Level, World};
use chrono::TimeDelta;
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[
    post("/changelog/task/create/", create),
    Route { method: "GET", path: "/changelog/task/check/", open: false, handler: Handler::Own(check) },
    Route { method: "GET", path: "/changelog/task/download/", open: false, handler: Handler::Own(download) },
];

const BODY: usize = 64 << 10;
const DAYS_MAX: i64 = 30;

const MODULES: &[&str] = &["BIDDING_AND_OPTIMIZATION", "BUDGET", "STATUS", "TARGETING"];
const OBJECTS: &[&str] = &["AD", "ADGROUP", "ADVERTISER", "CAMPAIGN", "INSTANT_FORM"];

fn create(world: &mut World, call: &Call) -> Outcome {
    let body = body::object(call, BODY)?;
    let advertiser = params::id("advertiser_id", body::text(&body, "advertiser_id")?)?;
    let moment = |name: &str| params::moment(name, body::text(&body, name)?).map(|moment| moment.and_utc());
    let range = (moment("start_time")?, moment("end_time")?);
    if range.1 < range.0 || range.1 - range.0 > TimeDelta::days(DAYS_MAX) {
        return Err(Refusal::param(format!("end_time: Must be at most {DAYS_MAX} days after start_time")));
    }
    for (name, valid) in [("module", MODULES), ("object_type", OBJECTS)] {
        let word = body.get(name).map(|_| body::text(&body, name)).transpose()?;
        if let Some(word) = word.filter(|word| !valid.contains(word)) {
            return Err(Refusal::choice(name, valid, word));
        }
    }
    call.reach(world, advertiser)?;
    let id = 7_600_000_000_000_000_001 + world.change_tasks.len() as u64;
    let (looks, file_looks) = (world.change_looks, world.change_file_looks);
    world.change_tasks.push(ChangeTask { id, advertiser, range, looks, file_looks });
    Ok(json!({"task_id": id.to_string()}).into())
}

/// The task of a call, if it is the account's.
fn place(world: &World, call: &Call) -> Result<usize, Refusal> {
    call.params.require(&["advertiser_id", "task_id"])?;
    let id = call.params.id("task_id")?.unwrap_or_default();
    let account = call.account(world)?;
    let found = world.change_tasks.iter().position(|task| task.id == id && task.advertiser == account.id);
    found.ok_or_else(|| Refusal::param(format!("The task {id} doesn't exist.")))
}

fn check(shared: &Shared, call: &Call) -> Outcome {
    shared.change(|world| {
        let (place, fails) = (place(world, call)?, world.change_fails);
        let Some(task) = world.change_tasks.get_mut(place) else { return Err(Refusal::param("No task.")) };
        let done = if fails { "FAILED" } else { "SUCCESS" };
        let status = if task.looks == 0 { done } else { "PROCESSING" };
        task.looks = task.looks.saturating_sub(1);
        Ok(json!({"status": status}).into())
    })
}

/// Every other file is the table itself, the others are what peers see: text that holds an object.
fn download(shared: &Shared, call: &Call) -> Outcome {
    shared.change(|world| {
        let place = place(world, call)?;
        let Some(task) = world.change_tasks.get_mut(place) else { return Err(Refusal::param("No task.")) };
        // [?] Whether a file may be late where its task is done is in no source.
        if task.looks == 0 && task.file_looks > 0 {
            task.file_looks -= 1;
            return Ok(json!({"status": "PROCESSING", "changelog": null}).into());
        }
        file(world, call, place)
    })
}

fn file(world: &World, call: &Call, place: usize) -> Outcome {
    let account = call.account(world)?;
    let Some(task) = world.change_tasks.get(place) else { return Err(Refusal::param("No task.")) };
    if task.looks > 0 {
        return Ok(json!({"status": "PROCESSING"}).into());
    }
    let inside = |change: &&Change| (task.range.0..=task.range.1).contains(&change.at);
    let changes: Vec<Change> = account.changes().iter().filter(inside).cloned().collect();
    let table = table(&changes);
    let file = match place % 2 {
        0 => table,
        _ => json!({"file_data": bytes(&table), "file_name": format!("{}.csv", task.id)}).to_string(),
    };
    Ok(json!({"status": "SUCCESS", "changelog": file}).into())
}

fn table(changes: &[Change]) -> String {
    let switched = changes.iter().filter(|change| !change.made).count();
    let mut all = format!("Budget changes,0\r\nBid changes,0\r\nStatus changes,{switched}\r\n\r\n");
    all.push_str("Time,log_object_type,Object ID,Object,Operator,Source,App ID,Activity details\r\n");
    for change in changes {
        let kind = match change.level {
            Level::Campaign => "Campaign",
            Level::AdGroup => "Ad group",
            Level::Ad => "Ad",
        };
        let (object, before, after) = if change.made {
            ("Create", String::new(), change.name.clone())
        } else {
            ("On/Off Status", "Paused".to_owned(), "Enabled".to_owned())
        };
        let details = json!([{"action": "Change ", "name": kind, "before_after": [{"before": bytes(&before), "after": bytes(&after)}]}]);
        let cells = [
            change.at.format("%Y-%m-%d %H:%M").to_string(),
            kind.to_owned(),
            change.id.to_string(),
            object.to_owned(),
            "y***n@example.invalid".to_owned(),
            "Marketing API".to_owned(),
            String::new(),
            quoted(&details),
        ];
        all.push_str(&cells.join(","));
        all.push_str("\r\n");
    }
    all
}

fn quoted(value: &Value) -> String {
    format!("\"{}\"", value.to_string().replace('"', "\"\""))
}

/// Bytes as Python writes them.
fn bytes(text: &str) -> String {
    let mut out = String::from("b'");
    for byte in text.bytes() {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\'' => out.push_str("\\'"),
            b'\r' => out.push_str("\\r"),
            b'\n' => out.push_str("\\n"),
            b' '..=b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push('\'');
    out
}
