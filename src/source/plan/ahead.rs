//! Cursors that are days ahead of the clock: what is read all the same. Pure.

use super::account::{Account, NAMED_MAX};
use super::cursors::Ahead;
use super::given::Notation;
use super::{Scope, bounds, notation};
use crate::streams::StreamDef;
use crate::words;

/// A sentence for each thing that follows from cursors of a stream that are far ahead.
#[must_use]
pub(crate) fn told(stream: &StreamDef, scope: &Scope, accounts: &[Account], far: &[Ahead]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&Ahead>)> = Vec::new();
    for one in far {
        let read = read(stream, scope, accounts, one);
        match groups.iter_mut().find(|(known, _)| *known == read) {
            Some((_, group)) => group.push(one),
            None => groups.push((read, vec![one])),
        }
    }
    let sentence = |(read, group): &(String, Vec<&Ahead>)| {
        format!(
            "Stream `{}`: {} days ahead of the clock, so {read}; reset the stream's state",
            stream.name,
            whose(group)
        )
    };
    groups.iter().map(sentence).collect()
}

fn whose(group: &[&Ahead]) -> String {
    let ids: Vec<&str> = group.iter().filter_map(|one| one.advertiser.as_deref()).collect();
    match &*ids {
        [] => "the one cursor that its state holds for all advertisers is".to_owned(),
        [id] => format!("the cursor of advertiser {id} is"),
        ids => format!("the cursors of advertisers {} are", words::some(ids, NAMED_MAX)),
    }
}

fn read(stream: &StreamDef, scope: &Scope, accounts: &[Account], ahead: &Ahead) -> String {
    if notation(stream) == Notation::Utc {
        return "nothing comes but what tells no time of change".to_owned();
    }
    let meant = accounts.iter().filter(|account| ahead.advertiser.as_deref().is_none_or(|id| id == &*account.id));
    let days = meant.map(|account| bounds(scope, account, Some(ahead.cursor)).days());
    match days.filter(|(first, last)| first <= last).map(|(first, _)| first).min() {
        Some(first) => format!("only the days from {first} on are read, to which `attribution_window` looks back"),
        None => "nothing is read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Reread;
    use crate::source::plan::zone::Zone;
    use crate::source::record::timestamp::Timestamp;
    use crate::streams;

    fn told_of(name: &str, attribution_window: u16, far: &[(Option<&str>, &str)]) -> Vec<String> {
        let scope = Scope {
            start_date: "2016-09-01".parse().unwrap(),
            end_date: None,
            attribution_window,
            reread: Reread::All,
            include_deleted: false,
            now: "2026-03-01T16:00:00Z".parse().unwrap(),
        };
        let accounts = ["1", "2"].map(|id| Account { id: id.into(), zone: Zone::UTC, created: None, owner: None });
        let cursor = |text: &str| Timestamp::parse(text.as_bytes()).unwrap();
        let far: Vec<Ahead> =
            far.iter().map(|(id, text)| Ahead { advertiser: id.map(str::to_owned), cursor: cursor(text) }).collect();
        told(streams::find(name).unwrap(), &scope, &accounts, &far)
    }

    #[test]
    fn what_is_read_all_the_same_is_told() {
        let daily = "ads_reports_daily";
        for (name, window, far, words) in [
            (
                daily,
                3,
                (Some("1"), "2026-03-10"),
                "the cursor of advertiser 1 is days ahead of the clock, so nothing is read;",
            ),
            (daily, 364, (Some("1"), "2026-03-04"), "so only the days from 2025-03-05 on are read, to which"),
            (daily, 3, (Some("1"), "2026-03-04"), "so only the days from 2026-03-01 on are read, to which"),
            (daily, 364, (None, "2026-03-04"), "the one cursor that its state holds for all advertisers is days ahead"),
            (daily, 364, (Some("1"), "2099-01-01"), "so nothing is read;"),
            ("campaigns", 364, (Some("1"), "2026-03-04"), "so nothing comes but what tells no time of change;"),
        ] {
            let told = told_of(name, window, &[far]);
            assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
        }
    }

    #[test]
    fn many_of_one_kind_are_one_sentence() {
        let far = [(Some("1"), "2099-01-01"), (Some("2"), "2099-02-01"), (Some("1"), "2026-03-04")];
        let told = told_of("ads_reports_daily", 30, &far);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("the cursors of advertisers 1, 2 are days ahead"), "{}", told[0]);
    }
}
