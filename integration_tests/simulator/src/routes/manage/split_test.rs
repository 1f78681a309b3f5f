//! Split tests: begun, moved, ended, read, promoted (`docs/tiktok-api.md` 7.7
//! [TS 58009238238][DOC 1742668948278274, 1742666543736834]).

use super::form::Form;
use super::order::{Order, record, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{OBJECTS_OF_A_TEST, PROMOTION_RESUMES_THE_WINNER};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Level, SplitTest, SplitTestStatus, State, World, time};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const CREATE: Form = Form(include_str!("forms/split_test_create.txt"));
const UPDATE: Form = Form(include_str!("forms/split_test_update.txt"));
const END: Form = Form(include_str!("forms/split_test_end.txt"));
const PROMOTE: Form = Form(include_str!("forms/split_test_promote.txt"));

pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE, |world, order| {
        let level = if order.text("split_test_level") == Some("CAMPAIGN") { Level::Campaign } else { Level::AdGroup };
        let (start, end) = span(order)?;
        let cells = cells(order)?;
        free(world, order, level, &cells)?;
        let id = world.new_id();
        world.split_tests.push(SplitTest {
            id,
            advertiser: order.advertiser,
            level,
            cells,
            has_cells: order.body.contains_key("cells"),
            variable: order.text("test_variable").map(str::to_owned),
            metric: order.text("key_metric").map(str::to_owned),
            budget: order.body.get("budget").and_then(Value::as_f64),
            start,
            end,
            ended: None,
            p_value: order.options.split_test_p_value,
            results_after: order.options.split_test_results_after,
            campaign_tests: order.options.campaign_tests,
            promoted: None,
            shown: None,
        });
        world.show_tests(order.call.now);
        Ok(json!({"split_test_group_id": id.to_string()}).into())
    })
}

/// The times of a call: the end behind the start, and to come.
fn span(order: &Order<'_>) -> Result<(DateTime<Utc>, DateTime<Utc>), Refusal> {
    let moment = |name: &str| params::moment(name, order.text(name).unwrap_or_default()).map(|moment| moment.and_utc());
    let (start, end) = (moment("start_time")?, moment("end_time")?);
    if end <= start || end <= order.call.now {
        return Err(Refusal::param("end_time: Must be later than start_time and the current time"));
    }
    Ok((start, end))
}

/// Groups of objects: each object one of its own, or as they are given.
fn cells(order: &Order<'_>) -> Result<Vec<Vec<u64>>, Refusal> {
    let cells = match order.body.get("cells").and_then(Value::as_array) {
        None => order.ids("object_ids")?.into_iter().map(|id| vec![id]).collect(),
        Some(cells) => cells.iter().enumerate().map(|(at, cell)| cell_ids(at, cell)).collect::<Result<Vec<_>, _>>()?,
    };
    match cells.len() {
        0 => Err(Refusal::missing(&["object_ids"])),
        OBJECTS_OF_A_TEST => Ok(cells),
        _ => Err(Refusal::param(format!("object_ids: Length must be {OBJECTS_OF_A_TEST}"))),
    }
}

fn cell_ids(at: usize, cell: &Value) -> Result<Vec<u64>, Refusal> {
    let ids = cell.get("object_ids").and_then(Value::as_array).into_iter().flatten();
    ids.map(|id| params::id(&format!("cells.{at}.object_ids"), id.as_str().unwrap_or_default())).collect()
}

/// Objects are there, each once, and in no other test that is not over.
fn free(world: &World, order: &Order<'_>, level: Level, cells: &[Vec<u64>]) -> Result<(), Refusal> {
    let mut all = cells.concat();
    for id in &all {
        order.alive(order.account(world)?, level, *id)?;
        if world.is_in_test(level, *id, order.call.now) {
            return Err(Refusal::param(format!("object_ids: {id} is in another split test")));
        }
    }
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    if all.len() < count { Err(Refusal::param("object_ids: An object can be there once only")) } else { Ok(()) }
}

/// The test that a call is about.
fn named<'w>(world: &'w mut World, order: &Order<'_>) -> Result<&'w mut SplitTest, Refusal> {
    let id = order.id("split_test_group_id")?;
    let found = world.split_test_mut(id).filter(|test| test.advertiser == order.advertiser);
    found.ok_or_else(|| gone(id))
}

fn gone(id: u64) -> Refusal {
    Refusal::param(format!("split_test_group_id: The split test {id} doesn't exist."))
}

fn is_over() -> Refusal {
    Refusal::param("split_test_group_id: The split test is over")
}

pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let (start, end) = span(order)?;
        let test = named(world, order)?;
        if !test.status_at(call.now).is_open() {
            return Err(is_over());
        }
        (test.start, test.end) = (start, end);
        Ok(json!({}).into())
    })
}

/// Both ad groups are inactive then.
pub(super) fn end(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &END, |world, order| {
        let test = named(world, order)?;
        if !test.status_at(call.now).is_open() {
            return Err(is_over());
        }
        test.ended = Some(call.now);
        let (level, objects) = (test.level, test.objects());
        if level == Level::AdGroup {
            world.pause_all(order.advertiser, &objects, call.now);
        }
        world.show_tests(call.now);
        Ok(json!({}).into())
    })
}

/// The winner's budget doubles.
pub(super) fn promote(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &PROMOTE, |world, order| {
        let winner = order.id("winning_object_id")?;
        let test = named(world, order)?;
        may_promote(order, test, winner)?;
        test.promoted = Some(winner);
        let known = record(order.account(world)?, Level::AdGroup, winner);
        let budget = known.get("budget").and_then(Value::as_f64).unwrap_or_default() * 2.0;
        world.edit(order.advertiser, (Level::AdGroup, winner), call.now, |entity| {
            entity.extra.insert("budget".to_owned(), json!(budget));
            if PROMOTION_RESUMES_THE_WINNER {
                entity.state = State::Enabled;
            }
        });
        Ok(json!({}).into())
    })
}

fn may_promote(order: &Order<'_>, test: &SplitTest, winner: u64) -> Result<(), Refusal> {
    let says = if test.level != Level::AdGroup {
        "split_test_group_id: Only tests of ad groups can be promoted"
    } else if test.status_at(order.call.now) != SplitTestStatus::Completed {
        "split_test_group_id: The split test is not completed"
    } else if test.promoted.is_some() {
        "split_test_group_id: A winner was promoted already"
    } else if !test.objects().contains(&winner) {
        "winning_object_id: Not in the split test"
    } else if order.options.promotion_needs_a_winner && test.p_value > 0.1 {
        "winning_object_id: The result is not significant"
    } else {
        return Ok(());
    };
    Err(Refusal::param(says))
}

/// Metrics with a result besides the key metric.
const OTHERS: [&str; 2] = ["CLICK_THROUGH_RATE", "COST_PER_CLICK"];

pub(super) fn result(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "split_test_group_id"])?;
    let account = call.account(world)?;
    let id = call.params.id("split_test_group_id")?.unwrap_or_default();
    let tests = world.split_tests_of(account.id);
    let test = tests.into_iter().find(|test| test.id == id).ok_or_else(|| gone(id))?;
    let status = test.status_at(call.now);
    let key = test.metric.as_deref().unwrap_or("UNSET");
    let others = OTHERS.iter().filter(|name| **name != key).map(|name| json!({"metric": name, "p_value": 0.5}));
    let values: Vec<Value> = [json!({"metric": key, "p_value": test.p_value})].into_iter().chain(others).collect();
    let texts = |ids: &[u64]| ids.iter().map(u64::to_string).collect::<Vec<_>>();
    let objects = test.objects().into_iter().map(|id| {
        let record = record(account, test.level, id);
        let stem = test.level.stem();
        let name = record.get(&format!("{stem}_name"));
        json!({format!("{stem}_id"): id.to_string(), format!("{stem}_name"): name,
            "optimization_goal": record.get("optimization_goal")})
    });
    Ok(json!({
        "split_test_status": status.name(),
        "split_test_level": if test.level == Level::Campaign { "CAMPAIGN" } else { "ADGROUP" },
        "object_info": objects.collect::<Vec<Value>>(),
        "cells": test.cells.iter().filter(|_| test.has_cells).map(|cell| json!({"object_ids": texts(cell)})).collect::<Vec<_>>(),
        "test_variable": test.variable,
        "key_metric": key,
        "budget": test.budget,
        "start_time": time(test.start),
        "end_time": time(test.end),
        "p_value_info": if status == SplitTestStatus::Completed { json!(values) } else { json!([]) },
    })
    .into())
}
