//! The states of several shards → one. Pure.
//!
//! Each shard moves the cursors of its own advertisers and keeps the others as they were given, so of each partition the
//! latest cursor is that of the shard that reads it. Where cursors are alike, what tells of days (`reread`) does: who does
//! not read an advertiser writes none. Where two differ, nobody knows whose holds, and all is read again.

use std::collections::hash_map::Entry;

use serde_json::{Map, Value};

use super::reread;
use crate::protocol::state::{self, States};

/// Joins states, those of the lowest shard first.
#[must_use]
pub(crate) fn joined(all: impl IntoIterator<Item = States>) -> States {
    let mut whole = States::new();
    for (stream, state) in all.into_iter().flatten() {
        match whole.entry(stream) {
            Entry::Vacant(place) => {
                place.insert(state);
            }
            Entry::Occupied(mut known) => join(known.get_mut(), state),
        }
    }
    whole
}

/// Of states without partitions the first that says something holds: what belongs to no advertiser is read by the first
/// shard.
fn join(known: &mut Value, other: Value) {
    match (partitions(known), partitions(&other)) {
        (true, true) => join_partitions(known, other),
        (true, false) => {}
        (false, true) => *known = other,
        (false, false) if state::says_something(known) => {}
        (false, false) => *known = other,
    }
}

fn partitions(state: &Value) -> bool {
    state.get("states").is_some_and(Value::is_array)
}

fn join_partitions(known: &mut Value, mut other: Value) {
    let theirs = other.get_mut("states").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    if let Some(ours) = known.get_mut("states").and_then(Value::as_array_mut) {
        let mut places: Map<String, Value> = ours.iter().enumerate().map(|(at, one)| (name(one), at.into())).collect();
        for partition in theirs {
            let at = places.get(&name(&partition)).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
            match at.and_then(|at| ours.get_mut(at)) {
                Some(own) if cursor(own) < cursor(&partition) => *own = partition,
                Some(own) if cursor(own) == cursor(&partition) => join_alike(own, partition),
                Some(_) => {}
                None => {
                    places.insert(name(&partition), ours.len().into());
                    ours.push(partition);
                }
            }
        }
    }
    // A cursor for all holds until every shard has done without it.
    if other.get("use_global_cursor") == Some(&Value::Bool(true))
        && known.get("use_global_cursor") != Some(&Value::Bool(true))
    {
        for key in ["use_global_cursor", "state", "lookback_window"] {
            if let Some(value) = other.get_mut(key).map(Value::take) {
                known[key] = value;
            }
        }
    }
}

/// Of two partitions with the same cursor.
fn join_alike(own: &mut Value, other: Value) {
    match (kept(own).cloned(), kept(&other)) {
        (None, Some(_)) => *own = other,
        (Some(ours), Some(theirs)) if ours != *theirs => {
            own.get_mut("cursor").and_then(Value::as_object_mut).map(|cursor| cursor.remove(reread::FIELD));
        }
        _ => {}
    }
}

/// What tells which days of a partition moved.
fn kept(partition: &Value) -> Option<&Value> {
    partition.get("cursor")?.get(reread::FIELD)
}

/// What tells partitions apart.
fn name(partition: &Value) -> String {
    partition.get("partition").map(Value::to_string).unwrap_or_default()
}

/// Cursors are written so that the later one is the greater text.
fn cursor(partition: &Value) -> Option<&str> {
    partition.get("cursor")?.as_object()?.values().find_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(states: &[Value]) -> Value {
        let all = states.iter().map(|state| States::from([("s".to_owned(), state.clone())]));
        joined(all).remove("s").unwrap()
    }

    fn partitions(cursors: &[(&str, &str)]) -> Value {
        let one = |(id, day): &(&str, &str)| json!({"partition": {"advertiser_id": id, "parent_slice": {}}, "cursor": {"stat_time_day": day}});
        json!({"use_global_cursor": false, "states": cursors.iter().map(one).collect::<Vec<_>>()})
    }

    #[test]
    fn of_each_partition_the_latest_cursor_holds() {
        let first = partitions(&[("1", "2026-01-09"), ("2", "2026-01-02")]);
        let second = partitions(&[("2", "2026-01-08"), ("1", "2026-01-02"), ("3", "2026-01-07")]);
        let whole = partitions(&[("1", "2026-01-09"), ("2", "2026-01-08"), ("3", "2026-01-07")]);
        assert_eq!(of(&[first, second]), whole);
    }

    #[test]
    fn of_cursors_that_are_alike_the_one_that_tells_of_days_holds() {
        let bare = || partitions(&[("1", "2026-01-09")]);
        let kept = |digests: &str| {
            let mut state = bare();
            state["states"][0]["cursor"]["reread"] = json!({"whole": "2026-01-08", "digests": digests});
            state
        };
        assert_eq!(of(&[bare(), kept("new")]), kept("new"), "the lower shard does not read it");
        assert_eq!(of(&[kept("new"), bare()]), kept("new"));
        assert_eq!(of(&[kept("new"), kept("new")]), kept("new"));
        assert_eq!(of(&[kept("old"), kept("new")]), bare(), "nobody knows whose holds");
        let later = partitions(&[("1", "2026-01-10")]);
        assert_eq!(of(&[kept("old"), later.clone()]), later);
        assert_eq!(of(&[later.clone(), kept("old")]), later);
    }

    #[test]
    fn of_others_the_first_that_says_something_holds() {
        let none = json!({"__ab_no_cursor_state_message": true});
        let spool = json!({"spool": {"a": 1}});
        assert_eq!(of(&[none.clone(), spool.clone()]), spool);
        assert_eq!(of(&[spool.clone(), json!({"spool": {}})]), spool);
        assert_eq!(of(&[none.clone(), partitions(&[])]), partitions(&[]));
        assert_eq!(of(&[partitions(&[]), none]), partitions(&[]));
        let both =
            joined([States::from([("a".to_owned(), json!({"x": 1}))]), States::from([("b".to_owned(), json!({}))])]);
        assert_eq!(both.len(), 2);
    }

    #[test]
    fn a_cursor_for_all_stays_while_a_shard_needs_it() {
        let mut half = partitions(&[("1", "2026-01-02")]);
        half["use_global_cursor"] = true.into();
        half["state"] = json!({"stat_time_day": "2026-01-01"});
        let settled = partitions(&[("1", "2026-01-05"), ("2", "2026-01-01")]);
        for states in [[half.clone(), settled.clone()], [settled, half.clone()]] {
            let whole = of(&states);
            assert_eq!((&whole["use_global_cursor"], &whole["state"]), (&json!(true), &half["state"]), "{whole}");
            assert_eq!(whole["states"].as_array().unwrap().len(), 2);
        }
    }
}
