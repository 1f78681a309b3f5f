//! The row of split tests.

use futures::future::FutureExt;

use super::job::OBJECT;
use super::wish::{self, Wish};
use crate::config::DestinationConfig;
use crate::destination::objects::def::{FieldNeed, LaneDef, Looked, ObjectDef, Route};
use crate::destination::objects::single::Singles;
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::{
    SPLIT_TEST_CREATE, SPLIT_TEST_END, SPLIT_TEST_PROMOTE, SPLIT_TEST_RESULT, SPLIT_TEST_UPDATE,
};

static SPLIT_TESTS: LaneDef = LaneDef {
    name: "split_tests",
    open: |opening, routes| Ok(Box::new(Erased::new(Singles::<Wish>::open(opening, routes)))),
    look: |_| std::future::ready(Looked::default()).boxed(),
    check: |_, _| Ok(()),
};

const KEY: FieldNeed = FieldNeed {
    any_of: &["split_test_group_id", "object_ids"],
    what: "names the test or its objects",
    advice: "Name the column in `mappings`",
};

pub(crate) static SPLIT_TEST: ObjectDef = ObjectDef {
    name: "split_test",
    modes: &["append", "update"],
    matching_keys: &[&["split_test_group_id"], &["object_ids"]],
    schema: wish::SCHEMA,
    called: "split tests",
    title: "Split Tests",
    settings: &[],
    fields: &[KEY],
    endpoints: &[&SPLIT_TEST_RESULT, &SPLIT_TEST_CREATE, &SPLIT_TEST_UPDATE, &SPLIT_TEST_END, &SPLIT_TEST_PROMOTE],
    essential: false,
    wanted: Some(|config| config.ads.allow.contains_key("split_test")),
    each: None,
    bind,
    lane: &SPLIT_TESTS,
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    if config.ads.allow.get(OBJECT).is_none_or(Vec::is_empty) {
        return Err(Error::config(format!(
            "Stream `{}` manages split tests, and `ads.allow` lets none be",
            route.stream
        ))
        .advise(
            "Set `ads.allow`, such as {\"split_test\": [\"create\"]}, with the bounds that docs/ads.md tells of.",
        ));
    }
    Ok(Vec::new())
}
