//! Which of an advertiser's audiences is meant, and whether a new one may be made. Pure; `check` and `write` say the
//! same sentences.

use chrono::{NaiveDateTime, TimeDelta};
use unicode_normalization::UnicodeNormalization;

use super::bound::Audience;
use super::listed::{Filled, Listed};
use crate::config::destination::AudienceOptions;
use crate::error::{Error, Result};

/// Audiences that an advertiser may have.
pub(crate) const AUDIENCES_MAX: usize = 400;
/// Audiences of one name that were made within it come from runs side by side: each lists anew before it creates, so
/// they are minutes apart. What was made at other times, two people made.
const SIDE_BY_SIDE: TimeDelta = TimeDelta::hours(1);

/// What was found, and what a user should know about it.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// None = it may be created.
    pub one: Option<&'a Listed>,
    pub doubts: Vec<String>,
}

/// Looks an audience up. `now` is in UTC.
pub(crate) fn find<'a>(
    listed: &'a [Listed],
    advertiser: &str,
    audience: &Audience,
    now: NaiveDateTime,
    filled: Filled,
) -> Result<Found<'a>> {
    match audience {
        Audience::Id(id) => {
            let one = by_id(listed, advertiser, id, now, filled)?;
            Ok(Found { one: Some(one), doubts: Vec::new() })
        }
        Audience::Name(name) => by_name(listed, advertiser, name, now, filled),
    }
}

fn by_id<'a>(
    listed: &'a [Listed],
    advertiser: &str,
    id: &str,
    now: NaiveDateTime,
    filled: Filled,
) -> Result<&'a Listed> {
    let found = listed.iter().find(|one| one.audience_id == id).ok_or_else(|| {
        Error::config(format!("Advertiser {advertiser} has no audience {id}"))
            .advise("Check the id; `tiktok-ads destination discover` lists the audiences there are.")
    })?;
    match found.expired(now) {
        _ if !found.is(filled) => Err(other_kind(found, filled)),
        Some(day) => Err(expired(found, day)),
        None => Ok(found),
    }
}

/// The one living audience of that name. A name that two audiences share is no name, unless runs side by side made
/// both.
fn by_name<'a>(
    listed: &'a [Listed],
    advertiser: &str,
    name: &str,
    now: NaiveDateTime,
    filled: Filled,
) -> Result<Found<'a>> {
    let named: Vec<&Listed> = listed.iter().filter(|one| one.name == name).collect();
    let of_kind: Vec<&Listed> = named.iter().copied().filter(|one| one.is(filled)).collect();
    let living: Vec<&Listed> = of_kind.iter().copied().filter(|one| one.expired(now).is_none()).collect();
    let mut doubts: Vec<String> = near(listed, advertiser, name, filled).into_iter().collect();
    let one = match (living.as_slice(), of_kind.first(), named.first()) {
        ([one], _, _) => Some(*one),
        ([], Some(old), _) => return Err(expired(old, old.expired(now).unwrap_or(now))),
        ([], None, Some(other)) => return Err(other_kind(other, filled)),
        ([], None, None) => None,
        (twins, _, _) if are_side_by_side(twins) => {
            let (oldest, doubt) = settle(twins, advertiser);
            doubts.extend(doubt);
            oldest
        }
        (twins, _, _) => return Err(ambiguous(twins, advertiser, name)),
    };
    Ok(Found { one, doubts })
}

/// The oldest of audiences of one name, on which all runs agree, and a word on the others.
pub(crate) fn settle<'a>(twins: &[&'a Listed], advertiser: &str) -> (Option<&'a Listed>, Option<String>) {
    let age = |one: &&&Listed| (one.created(), one.audience_id.len(), one.audience_id.clone());
    let Some(oldest) = twins.iter().min_by_key(age).copied() else { return (None, None) };
    let others: Vec<&str> =
        twins.iter().map(|one| one.audience_id.as_str()).filter(|id| *id != oldest.audience_id).collect();
    let doubt = format!(
        "Advertiser {advertiser} has {} audiences called {:?}, which runs side by side made: members go to the oldest, \
         {}; delete {} in TikTok Ads Manager",
        twins.len(),
        oldest.name,
        oldest.audience_id,
        others.join(", ")
    );
    (Some(oldest), (!others.is_empty()).then_some(doubt))
}

/// The streaming audiences of exactly this name.
#[must_use]
pub(crate) fn called<'a>(listed: &'a [Listed], name: &str) -> Vec<&'a Listed> {
    listed.iter().filter(|one| one.name == name && one.is_streaming()).collect()
}

fn are_side_by_side(twins: &[&Listed]) -> bool {
    let made: Option<Vec<NaiveDateTime>> = twins.iter().map(|one| one.created()).collect();
    let made = made.unwrap_or_default();
    made.iter().max().zip(made.iter().min()).is_some_and(|(last, first)| *last - *first <= SIDE_BY_SIDE)
}

fn ambiguous(twins: &[&Listed], advertiser: &str, name: &str) -> Error {
    let ids: Vec<&str> = twins.iter().map(|one| one.audience_id.as_str()).collect();
    Error::config(format!("Advertiser {advertiser} has {} audiences called {name:?}: {}", ids.len(), ids.join(", ")))
        .advise("Name the one you mean by `audience_id`, or rename the others.")
}

/// Another audience whose name differs in capitals or blanks only.
fn near(listed: &[Listed], advertiser: &str, name: &str, filled: Filled) -> Option<String> {
    let folded = fold(name);
    let other = listed.iter().find(|one| one.is(filled) && one.name != name && fold(&one.name) == folded)?;
    Some(format!(
        "The audience {name:?} is not {:?} ({}), which advertiser {advertiser} has, too: names count to the letter",
        other.name, other.audience_id
    ))
}

/// Letters alone, in one spelling of each.
fn fold(name: &str) -> String {
    const JOINERS: [char; 6] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];
    let is_letter = |c: &char| !c.is_whitespace() && !JOINERS.contains(c);
    name.nfkc().filter(is_letter).flat_map(char::to_lowercase).collect()
}

fn expired(listed: &Listed, day: NaiveDateTime) -> Error {
    let Listed { name, audience_id, .. } = listed;
    Error::config(format!(
        "The audience {name:?} ({audience_id}) expired on {}, and TikTok takes no members for it any more",
        day.date()
    ))
    .advise("Choose another audience, or a new name that this connector may create.")
}

fn other_kind(listed: &Listed, filled: Filled) -> Error {
    let kind = listed.audience_type.as_deref().unwrap_or("of another kind");
    let (takes_no, advice) = match filled {
        Filled::Streaming => {
            ("single members", "Choose a streaming (“Partner”) audience, or a new name that this connector may create.")
        }
        Filled::Files => (
            "files",
            "Choose an audience that was made of files, or a new name that this connector may create, or write to it as `audience_members`.",
        ),
    };
    let Listed { name, audience_id, .. } = listed;
    Error::config(format!("The audience {name:?} ({audience_id}) is a {kind}, which takes no {takes_no}"))
        .advise(advice)
}

/// How many audiences there are already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    /// Of the advertiser.
    pub there: usize,
    /// Created by this run.
    pub created: usize,
}

/// Whether one more may be created.
pub(crate) fn may_create(options: &AudienceOptions, count: Count, advertiser: &str, name: &str) -> Result<()> {
    let most = options.max_created;
    if !options.create_missing {
        return Err(Error::config(format!("Advertiser {advertiser} has no audience called {name:?}"))
            .advise("Create it, or set `audience.create_missing` to true."));
    }
    if count.there >= AUDIENCES_MAX {
        return Err(Error::config(format!(
            "Advertiser {advertiser} has {} audiences, and TikTok allows {AUDIENCES_MAX}, so no other can be created",
            count.there
        ))
        .with("audience_name", name)
        .advise("Delete some in TikTok Ads Manager, or name one that is there."));
    }
    if count.created >= most as usize {
        return Err(Error::config(format!(
            "A run creates at most {most} audiences (`audience.max_created`), and rows name others that do not exist"
        ))
        .with("audience_name", name)
        .advise(format!(
            "Look whether the column of `audience_name` really names audiences; if so, raise the bound, up to {AUDIENCES_MAX}."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(id: &str, name: &str, kind: &str, created: &str) -> Listed {
        serde_json::from_value(json!({"audience_id": id, "name": name, "audience_type": kind, "create_time": created}))
            .unwrap()
    }

    fn listed(id: &str, name: &str, kind: &str) -> Listed {
        of(id, name, kind, "2026-01-01 00:00:00")
    }

    fn now() -> NaiveDateTime {
        "2026-06-01T00:00:00".parse().unwrap()
    }

    fn name(all: &[Listed], name: &str) -> Result<Option<String>> {
        by_name(all, "7", name, now(), Filled::Streaming).map(|found| found.one.map(|one| one.audience_id.clone()))
    }

    #[test]
    fn an_audience_is_found_by_its_exact_name() {
        let all = [
            listed("1", "VIP", "Partner"),
            listed("2", "vip", "Partner"),
            listed("3", "File", "Customer File Audience"),
        ];
        assert_eq!(name(&all, "VIP").unwrap().as_deref(), Some("1"));
        assert_eq!(name(&all, "VI").unwrap(), None);
        assert_eq!(
            name(&all, "File").unwrap_err().to_string(),
            "The audience \"File\" (3) is a Customer File Audience, which takes no single members. \
             Choose a streaming (“Partner”) audience, or a new name that this connector may create."
        );
        assert!(
            by_id(&all, "7", "3", now(), Filled::Streaming).is_err()
                && by_id(&all, "7", "9", now(), Filled::Streaming).is_err()
        );
    }

    #[test]
    fn a_name_that_tiktok_cut_is_not_the_whole_one() {
        let cut = format!("{}...", "é".repeat(67));
        let all = [listed("1", &cut, "Partner")];
        assert_eq!(name(&all, &"é".repeat(80)).unwrap(), None);
        assert_eq!(name(&all, &cut).unwrap().as_deref(), Some("1"));
    }

    #[test]
    fn a_name_that_differs_in_capitals_or_blanks_is_told() {
        let all = [listed("1", "VIP clüb", "Partner"), listed("2", "File", "Customer File Audience")];
        for alike in
            ["vip clüb", "VIP  clüb", "VIPclüb", "VIP\u{a0}clüb", "VIP clüb\u{200b}", "VIP clu\u{308}b", "ＶＩＰ clüb"]
        {
            let found = by_name(&all, "7", alike, now(), Filled::Streaming).unwrap();
            assert_eq!((found.one.is_none(), found.doubts.len()), (true, 1), "{alike}");
        }
        for other in ["VIP clüb", "VIP club", "file"] {
            assert!(by_name(&all, "7", other, now(), Filled::Streaming).unwrap().doubts.is_empty(), "{other}");
        }
    }

    #[test]
    fn a_name_that_two_share_is_none() {
        let all = [of("1", "VIP", "Partner", "2026-01-01 00:00:00"), of("2", "VIP", "Partner", "2026-01-02 00:00:00")];
        let error = name(&all, "VIP").unwrap_err();
        assert!(error.to_string().starts_with("Advertiser 7 has 2 audiences called \"VIP\": 1, 2."), "{error}");
        let unknown = [of("1", "VIP", "Partner", ""), of("2", "VIP", "Partner", "")];
        assert!(name(&unknown, "VIP").is_err());
        let mixed = [listed("1", "VIP", "Partner"), listed("2", "VIP", "Lookalike Audience")];
        assert_eq!(name(&mixed, "VIP").unwrap().as_deref(), Some("1"));
    }

    #[test]
    fn runs_side_by_side_agree_on_the_oldest() {
        let made = |id: &str, time: &str| of(id, "VIP", "Partner", &format!("2026-01-01 {time}"));
        let all = [made("10", "00:10:00"), made("9", "00:10:00"), made("30", "00:50:00")];
        let found = by_name(&all, "7", "VIP", now(), Filled::Streaming).unwrap();
        assert_eq!(found.one.unwrap().audience_id, "9");
        assert_eq!(
            found.doubts,
            [
                "Advertiser 7 has 3 audiences called \"VIP\", which runs side by side made: members go to the oldest, 9; \
              delete 10, 30 in TikTok Ads Manager"
            ]
        );
        assert!(settle(&[], "7").0.is_none());
    }

    #[test]
    fn an_audience_that_expired_says_so() {
        let of = |id: &str, valid: Value| -> Listed {
            serde_json::from_value(json!({"audience_id": id, "name": "Old", "audience_type": "Partner", "is_valid": valid, "expired_time": "2026-05-31 12:00:00"})).unwrap()
        };
        let all = [of("1", json!(false)), of("2", json!(null))];
        for id in ["1", "2"] {
            assert_eq!(
                by_id(&all, "7", id, now(), Filled::Streaming).unwrap_err().message(),
                format!(
                    "The audience \"Old\" ({id}) expired on 2026-05-31, and TikTok takes no members for it any more"
                )
            );
        }
        assert!(name(&all, "Old").is_err());
        let again = [of("1", json!(false)), listed("3", "Old", "Partner")];
        assert_eq!(name(&again, "Old").unwrap().as_deref(), Some("3"));
        assert!(
            by_id(&[of("1", json!(true))], "7", "1", now(), Filled::Streaming).is_ok(),
            "TikTok says that it lives"
        );
    }

    #[test]
    fn only_so_many_are_created() {
        let options = AudienceOptions::default();
        let told = |options: &AudienceOptions, there, created| {
            may_create(options, Count { there, created }, "7", "X").map_err(|error| error.to_string()).err()
        };
        assert_eq!(told(&options, 399, 19), None);
        assert_eq!(
            told(&options, 30, 20).as_deref(),
            Some(
                "A run creates at most 20 audiences (`audience.max_created`), and rows name others that do not exist. \
                 Look whether the column of `audience_name` really names audiences; if so, raise the bound, up to 400."
            )
        );
        assert_eq!(
            told(&options, 400, 0).as_deref(),
            Some(
                "Advertiser 7 has 400 audiences, and TikTok allows 400, so no other can be created. Delete some in \
                 TikTok Ads Manager, or name one that is there."
            )
        );
        assert!(told(&AudienceOptions { create_missing: false, ..options }, 0, 0).is_some());
    }
}
