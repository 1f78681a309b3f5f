//! One run of several that share the advertisers of a connection. Pure.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// The variable in which an Indexed Job of Kubernetes tells a pod its number.
pub(crate) const INDEX_VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// Which of several runs this one is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ShardOptions {
    /// Which of the runs this one is, from 0 on. Leave it empty in an Indexed Job of Kubernetes, which tells it in
    /// JOB_COMPLETION_INDEX.
    #[schemars(title = "Index", with = "u32", range(min = 0, max = 999), extend("order" = 1))]
    pub index: Option<u32>,
    /// How many runs share the advertisers. 1: this run reads them all.
    #[schemars(title = "Count", range(min = 1, max = 1000), extend("order" = 0, "default" = 1))]
    pub count: u32,
}

impl Default for ShardOptions {
    fn default() -> Self {
        Self { index: None, count: 1 }
    }
}

/// One of the runs that share the advertisers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    pub index: u32,
    pub count: u32,
}

impl Shard {
    /// The shard of a config and of the variable, which counts where the config names none.
    pub(crate) fn of(options: ShardOptions, variable: Option<&str>) -> Result<Self> {
        let ShardOptions { index, count } = options;
        let variable = variable.map(str::trim).filter(|text| !text.is_empty());
        let index = match (index, variable) {
            (Some(index), _) => index,
            (None, text) if count == 1 => match text.and_then(|text| text.parse::<u32>().ok()) {
                // Every pod would read all.
                Some(pod @ 1..) => return Err(alone(pod)),
                _ => 0,
            },
            (None, Some(text)) => text.parse().map_err(|_| {
                let shown: String = text.chars().take(VARIABLE_CHARS_TOLD_MAX).collect();
                wrong(&format!("{INDEX_VARIABLE} is {shown:?}, which is not the number of a shard"), count)
            })?,
            (None, None) => {
                let what = format!("`shard.count` is {count}, but neither `shard.index` nor {INDEX_VARIABLE} is set");
                return Err(wrong(&what, count));
            }
        };
        match index < count {
            true => Ok(Self { index, count }),
            false => {
                let named = if options.index.is_some() { "`shard.index`" } else { INDEX_VARIABLE };
                Err(wrong(&too_high(named, index.into(), count.into()), count))
            }
        }
    }

    /// Whether other runs read a part of the advertisers.
    #[must_use]
    pub(crate) fn is_part(self) -> bool {
        self.count > 1
    }

    /// Whether this run reads what belongs to the token and to no advertiser.
    #[must_use]
    pub(crate) fn reads_the_tokens(self) -> bool {
        self.index == 0
    }

    /// Its part of the app's quota. The parts of all shards are the whole, unless there are more shards than requests.
    #[must_use]
    pub(crate) fn part_of(self, quota: NonZeroU32) -> NonZeroU32 {
        let (quota, count) = (quota.get(), self.count.max(1));
        let part = quota / count + u32::from(self.index < quota % count);
        NonZeroU32::new(part).unwrap_or(NonZeroU32::MIN)
    }
}

/// Characters of the variable that an error tells.
const VARIABLE_CHARS_TOLD_MAX: usize = 24;

/// The mistakes that the schema cannot express.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    let number = |name| config.get("shard").and_then(|shard| shard.get(name)).and_then(Value::as_u64);
    let count = number("count").unwrap_or(1);
    let index = number("index").filter(|index| *index >= count && count > 0);
    index.map(|index| too_high("`shard.index`", index, count)).into_iter().collect()
}

fn too_high(named: &str, index: u64, count: u64) -> String {
    format!("{named} is {index}, but `shard.count` is {count}, so the last shard is {}", count.saturating_sub(1))
}

fn alone(pod: u32) -> Error {
    Error::config(format!("{INDEX_VARIABLE} is {pod}, but `shard.count` is 1, so each pod of the Job would read all"))
        .advise(
            "Set `shard.count` to the Job's completions. If each of its pods has a config of its own, set `shard.index` to 0.",
        )
}

fn wrong(what: &str, count: u32) -> Error {
    Error::config(what).advise(format!(
        "Set `shard.index` to a number from 0 to {}, another one for each run, or run an Indexed Job of Kubernetes with as \
         many completions as `shard.count`.",
        count.saturating_sub(1)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::SourceConfig;
    use super::*;

    fn of(shard: &Value, variable: Option<&str>) -> std::result::Result<Shard, String> {
        let credentials = json!({"auth_type": "oauth2.0", "access_token": "t", "advertiser_id": "5"});
        let config = json!({"credentials": credentials, "shard": shard, "requests_per_second": 10});
        let config = SourceConfig::parse(&config.to_string()).map_err(|error| error.to_string())?;
        Shard::of(config.shard, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn the_config_or_the_variable_says_which_shard_it_is() {
        for (shard, variable, index, count) in [
            (json!(null), None, 0, 1),
            (json!(null), Some("0"), 0, 1),
            (json!({}), Some("of another tool"), 0, 1),
            (json!({"index": 0}), Some("7"), 0, 1),
            (json!({"count": 1}), None, 0, 1),
            (json!({"count": 3, "index": 2}), None, 2, 3),
            (json!({"count": 3.0, "index": 2.0}), None, 2, 3),
            (json!({"count": 3, "index": 0}), Some("2"), 0, 3),
            (json!({"count": 3}), Some("2"), 2, 3),
            (json!({"count": 3, "index": ""}), Some(" 1\n"), 1, 3),
        ] {
            assert_eq!(of(&shard, variable), Ok(Shard { index, count }), "{shard} {variable:?}");
        }
    }

    #[test]
    fn every_mistake_has_a_sentence() {
        for (shard, variable, told) in [
            (json!({"count": 0}), None, "`shard.count` is 0; it must be at least 1"),
            (json!({"count": 1001}), None, "`shard.count` is 1001; it must be at most 1000"),
            (json!({"count": 3, "index": -1}), None, "`shard.index` is -1; it must be at least 0"),
            (
                json!({"count": 3, "index": 3}),
                None,
                "`shard.index` is 3, but `shard.count` is 3, so the last shard is 2",
            ),
            (json!({"index": 1}), None, "`shard.index` is 1, but `shard.count` is 1, so the last shard is 0"),
            (json!({"count": "many"}), None, "`shard.count` is"),
            (json!("1/3"), None, "`shard` is"),
            (
                json!(null),
                Some("7"),
                "JOB_COMPLETION_INDEX is 7, but `shard.count` is 1, so each pod of the Job would read all",
            ),
            (json!({"count": 1}), Some("1"), "Set `shard.count` to the Job's completions."),
            (
                json!({"count": 3}),
                None,
                "neither `shard.index` nor JOB_COMPLETION_INDEX is set. Set `shard.index` to a number from 0 to 2",
            ),
            (json!({"count": 3}), Some(""), "neither `shard.index` nor JOB_COMPLETION_INDEX is set"),
            (json!({"count": 3}), Some("3"), "JOB_COMPLETION_INDEX is 3, but `shard.count` is 3"),
            (json!({"count": 3}), Some("one"), "JOB_COMPLETION_INDEX is \"one\", which is not the number of a shard"),
            (json!({"count": 3}), Some("-1"), "JOB_COMPLETION_INDEX is \"-1\", which is not the number of a shard"),
        ] {
            let error = of(&shard, variable).unwrap_err();
            assert!(error.contains(told), "{shard} {variable:?}: {error}");
        }
    }

    #[test]
    fn the_parts_of_a_quota_are_the_whole() {
        let parts = |quota: u32, count: u32| -> Vec<u32> {
            let quota = NonZeroU32::new(quota).unwrap();
            (0..count).map(|index| Shard { index, count }.part_of(quota).get()).collect()
        };
        assert_eq!(parts(10, 1), [10]);
        assert_eq!(parts(10, 3), [4, 3, 3]);
        assert_eq!(parts(50, 4), [13, 13, 12, 12]);
        assert_eq!(parts(2, 3), [1, 1, 1], "none can do with less than one");
    }
}
