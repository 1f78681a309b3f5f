//! Whether files may be applied to an audience, before anything is sent. Pure.

use super::wire::Action;
use crate::config::destination::AudienceOptions;
use crate::destination::objects::audience::known::{Known, NOT_CREATED};
use crate::error::{Error, Kind, Result};

/// Matched people that an audience of files must keep: with fewer it can never be changed again
/// (docs/tiktok-api.md 5.2). No more people are matched than are sent.
pub(super) const PEOPLE_MIN: u64 = 1_000;

/// What is to be applied to an audience.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub action: Action,
    /// Records that are in the files.
    pub people: u64,
    pub rows: Rows,
    /// People that TikTok counts in it now, if it says so.
    pub covered: Option<u64>,
}

/// The rows of the streams that fill an audience.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rows {
    pub all: u64,
    pub rejected: u64,
    /// Whether every row is there, as far as anybody can know.
    pub whole: bool,
    pub generation: Option<u64>,
}

/// Refuses what would leave an audience that nobody wants.
pub(super) fn check(known: &Known, plan: &Plan, options: &AudienceOptions) -> Result<()> {
    let (Known { name, id, .. }, Plan { people, .. }) = (known, plan);
    let is_new = known.id == NOT_CREATED;
    let told = |kind, what: String| {
        let audience =
            if is_new { format!("{name:?} was not made") } else { format!("{name:?} ({id}) was not replaced") };
        Error::new(kind, format!("The audience {audience}: {what}"))
    };
    if plan.action == Action::Replace && !plan.rows.whole {
        return Err(told(Kind::Unavailable, "its stream is not known to be whole".to_owned())
            .advise("Run the sync again. Where neither platform nor source ever says that a stream is complete, set `audience.finish` to eof."));
    }
    if is_new && *people < PEOPLE_MIN {
        let what = format!(
            "{people} people are fewer than {PEOPLE_MIN}, and TikTok lets nobody change such an audience again"
        );
        return Err(told(Kind::Config, what)
            .advise("Send more people, or choose the object `audience_members`, whose audiences may be small."));
    }
    if plan.action != Action::Replace || is_new {
        return Ok(());
    }
    if *people < PEOPLE_MIN {
        let what = format!("the stream has {people} people, and TikTok keeps no audience of fewer than {PEOPLE_MIN}");
        return Err(told(Kind::Config, what)
            .advise("Look at the stream. An audience that may be small or empty is one of `audience_members`."));
    }
    let Some((what, advice)) = shrinks(plan, options) else { return Ok(()) };
    let Rows { generation, .. } = plan.rows;
    if generation.is_none() || generation != options.confirm_shrink {
        return Err(told(Kind::Config, what).advise(advice));
    }
    tracing::warn!(
        "The audience {name:?} ({id}) may be replaced though {what}, because `audience.confirm_shrink` has the number of this \
         generation. Take it out now: nothing remembers of audiences of files that it was used"
    );
    Ok(())
}

/// What looks like a broken stream, and what to do about it.
fn shrinks(plan: &Plan, options: &AudienceOptions) -> Option<(String, String)> {
    let Plan { people, rows: Rows { all, rejected, generation, .. }, covered, .. } = *plan;
    let most = options.max_shrink_percent;
    let confirm = generation.filter(|generation| *generation > 0).map_or_else(
        || "raise `audience.max_shrink_percent` for one run".to_owned(),
        |generation| format!("set `audience.confirm_shrink` to {generation}, the number of this generation"),
    );
    if rejected * 100 > most * all {
        let what =
            format!("{rejected} of {all} rows are rejected, more than {most} %, which looks like a broken column");
        return Some((what, format!("Look at the rejected rows; if they are right, {confirm}.")));
    }
    let covered = covered.filter(|covered| covered.saturating_sub(people) * 100 > most * covered)?;
    let what = format!(
        "the stream has {people} people and TikTok counts {covered} in it, so it would shrink by more than {most} %"
    );
    Some((what, format!("Look at the stream; if all of them are to leave, {confirm}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Rows = Rows { all: 2_000, rejected: 0, whole: true, generation: Some(4) };

    fn told(id: &str, plan: &Plan, confirm_shrink: Option<u64>) -> Option<(Kind, String)> {
        let known = Known { advertiser: "7".into(), id: id.into(), name: "VIP".into() };
        let options = AudienceOptions { confirm_shrink, ..AudienceOptions::default() };
        check(&known, plan, &options).err().map(|error| (error.kind(), error.to_string()))
    }

    fn replace(people: u64, rows: Rows, covered: Option<u64>) -> Plan {
        Plan { action: Action::Replace, people, rows, covered }
    }

    #[test]
    fn guards_tell_both_numbers() {
        assert_eq!(told("9", &replace(2_000, WHOLE, Some(2_500)), None), None);
        let cases = [
            (
                replace(999, WHOLE, None),
                "was not replaced: the stream has 999 people, and TikTok keeps no audience of fewer than 1000",
            ),
            (replace(2_000, Rows { rejected: 401, ..WHOLE }, None), "401 of 2000 rows are rejected, more than 20 %"),
            (
                replace(2_000, WHOLE, Some(2_501)),
                "the stream has 2000 people and TikTok counts 2501 in it, so it would shrink by more than 20 %",
            ),
        ];
        for (plan, sentence) in cases {
            let (kind, text) = told("9", &plan, None).unwrap();
            assert!(kind == Kind::Config && text.contains(sentence), "{text}");
        }
        assert_eq!(told("9", &replace(2_000, WHOLE, Some(9_000)), Some(4)), None, "it is confirmed");
        let (_, text) = told("9", &replace(2_000, WHOLE, Some(9_000)), Some(3)).unwrap();
        assert!(text.contains("set `audience.confirm_shrink` to 4"), "{text}");
    }

    #[test]
    fn a_stream_that_was_cut_off_replaces_nothing_and_may_be_tried_again() {
        let (kind, text) = told("9", &replace(2_000, Rows { whole: false, ..WHOLE }, None), None).unwrap();
        assert!(
            kind.is_temporary() && text.contains("was not replaced: its stream is not known to be whole"),
            "{text}"
        );
        let (_, text) = told(NOT_CREATED, &replace(2_000, Rows { whole: false, ..WHOLE }, None), None).unwrap();
        assert!(text.contains("\"VIP\" was not made"), "{text}");
    }

    #[test]
    fn a_new_audience_is_large_enough_to_be_changed_again() {
        for action in [Action::Append, Action::Replace] {
            let plan = |people| Plan { action, ..replace(people, WHOLE, None) };
            assert!(
                told(NOT_CREATED, &plan(999), None).unwrap().1.contains("was not made: 999 people are fewer than 1000")
            );
            assert_eq!(told(NOT_CREATED, &plan(1_000), None), None);
        }
        let append = Plan { action: Action::Append, ..replace(1, WHOLE, Some(9_000)) };
        assert_eq!(told("9", &append, None), None);
    }
}
