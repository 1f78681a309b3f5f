//! Whose fault a refusal is: a row's, a target's, or that of everything; and who goes on all the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, AUDIENCE_STREAMING, AudienceOptions, IdType, IndexStyle, Options, Simulator};

use super::{STREAM, account, asked, audience, hashes, held, people, plain, sha, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state};
use crate::harness::run::told;
use crate::harness::{Connector, Run, at_once, fail};

const MAPPING: &str = "/segment/mapping/";
/// What TikTok may say of an audience that is gone. Some of it names nobody.
const GONE: [Option<&str>; 4] =
    [None, Some("invalid audience ID"), Some("Invalid parameter"), Some("Batch.0.0.audience_ids: invalid")];
/// Requests that a target may cost which takes nothing, besides one a batch.
const HANDFUL: usize = 9;

fn start(change: impl FnOnce(&mut Options)) -> Simulator {
    let mut options = Options::default();
    change(&mut options);
    Simulator::start(options).unwrap()
}

fn audiences(change: impl FnOnce(&mut AudienceOptions)) -> Simulator {
    start(|options| change(&mut options.audiences))
}

/// Members of the audience of an id.
fn members(id: &str, range: std::ops::Range<usize>) -> Vec<Value> {
    range.map(|at| json!({"email": format!("person{at}@example.com"), "audience_id": id})).collect()
}

fn lines(rows: &[Value]) -> Vec<String> {
    let mut lines: Vec<String> = rows.iter().map(|row| record(STREAM, row)).collect();
    lines.push(state(STREAM, &json!({"n": rows.len()})));
    lines
}

fn assert_gone(run: &Run, id: u64, gone: Option<&str>) {
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0), "{gone:?}");
    let told = run.error();
    assert!(told.starts_with("config_error: "), "{gone:?}: {told}");
    assert!(told.contains(&id.to_string()) && told.contains(AUDIENCE_SMALL), "{gone:?}: {told}");
    assert_eq!(run.errors()[0]["stream_descriptor"]["name"], STREAM);
}

#[test]
fn an_audience_that_was_deleted_is_not_taken_for_bad_rows() {
    let cases: Vec<_> = GONE.iter().flat_map(|gone| [1, 3, 15, 3_000].map(|count| (*gone, count))).collect();
    at_once(&cases, |(gone, count)| {
        let sim = audiences(|options| (options.gone, options.gone_words) = (Some(AUDIENCE_SMALL), *gone));
        let id = audience(&sim, AUDIENCE_SMALL);
        let connector = writing(&sim).keeping_rejects();
        let run = connector.write(&plain(), &lines(&members(&id.to_string(), 0..*count)));
        assert_gone(&run, id, *gone);
        assert!(connector.rejects().is_empty(), "{gone:?} {count}");
        assert!(asked(&sim, MAPPING) <= count.div_ceil(900) + HANDFUL, "{gone:?} {count}: {}", asked(&sim, MAPPING));
    });
}

#[test]
fn rows_of_other_audiences_go_on_beside_one_that_is_gone() {
    let cases: Vec<_> = GONE.iter().flat_map(|gone| [1, 20, 1_500].map(|count| (*gone, count))).collect();
    at_once(&cases, |(gone, count)| {
        let sim = audiences(|options| (options.gone, options.gone_words) = (Some(AUDIENCE_SMALL), *gone));
        let (dead, well) = (audience(&sim, AUDIENCE_SMALL), audience(&sim, AUDIENCE_STREAMING));
        let before = held(&sim, well, IdType::EmailSha256);
        let mut rows = members(&well.to_string(), 0..1_500);
        for (at, row) in members(&dead.to_string(), 0..*count).into_iter().enumerate() {
            rows.insert(at * 2, row);
        }
        let run = writing(&sim).write(&plain(), &lines(&rows));
        assert_gone(&run, dead, *gone);
        let expected: BTreeSet<String> = before.union(&hashes(1_500)).cloned().collect();
        assert_eq!(held(&sim, well, IdType::EmailSha256), expected, "{gone:?} {count}");
        // Each batch may be cut once or twice for the rows that it shares with the dead one.
        let batches = rows.len().div_ceil(900);
        assert!(asked(&sim, MAPPING) <= batches * 4 + HANDFUL, "{gone:?} {count}: {}", asked(&sim, MAPPING));
    });
}

#[test]
fn an_audience_that_goes_on_the_way_stops_at_what_is_safe() {
    let sim = start(|_| {});
    fail(&sim, &format!("path={MAPPING},after=2,kind=40002"));
    let run = writing(&sim).with("max_concurrent_requests", 1).keeping_rejects();
    let rows: Vec<String> = people(AUDIENCE_SMALL, 6_000).iter().map(|person| record(STREAM, person)).collect();
    let mut input: Vec<String> = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        input.push(row);
        if at % 100 == 99 {
            input.push(state(STREAM, &json!({"n": at + 1})));
        }
    }
    let told = run.write(&plain(), &input);
    assert_eq!(told.exit, Some(1));
    let safe = told.of_type("STATE").count() * 100;
    assert!((1_900..2_000).contains(&safe), "{safe}");
    assert!(run.rejects().is_empty());
    assert!(asked(&sim, MAPPING) <= 2 + 36, "{}", asked(&sim, MAPPING));
}

fn two_streams(sim: &Simulator) -> (Connector, Value) {
    let mapping =
        |stream: &str| json!({"stream": stream, "object": "audience_members", "audience_name": AUDIENCE_SMALL});
    let connector = writing(sim).with("mappings", json!(["first", "second"].map(mapping)));
    (connector, catalog_of(["first", "second"].map(|stream| entry(stream, None, "append"))))
}

#[test]
fn an_advertiser_that_fails_stops_only_itself() {
    // What only the user can mend, and what may pass.
    let faults = ["40001", "40300", "40105", "unknown77777", "40002"];
    at_once(&faults, |fault| {
        let sim = start(|_| {});
        let (tokyo, london) = (account(&sim, "Tokyo"), account(&sim, "London"));
        fail(&sim, &format!("path={MAPPING},advertiser={tokyo},kind={fault}"));
        let (connector, catalog) = two_streams(&sim);
        let rows = |stream: &str, whose: u64, range: std::ops::Range<usize>| -> Vec<String> {
            let row = |at| json!({"email": format!("person{at}@example.com"), "advertiser_id": whose.to_string()});
            range.map(|at| record(stream, &row(at))).collect()
        };
        let mut input = Vec::new();
        for part in 0..3 {
            input.extend(rows("first", tokyo, part * 800..(part + 1) * 800));
            input.push(state("first", &json!({"n": part})));
            input.extend(rows("second", london, part * 800..(part + 1) * 800));
            input.push(state("second", &json!({"n": part})));
        }
        let run = connector.write(&catalog, &input);
        assert_eq!(run.exit, Some(1), "{fault}");
        assert_eq!((run.states("first").count(), run.states("second").count()), (0, 3), "{fault}");
        let [error] = run.errors()[..] else { panic!("{fault}: {:#?}", run.errors()) };
        assert_eq!(error["stream_descriptor"]["name"], "first", "{fault}");
        assert!(error.to_string().contains(&tokyo.to_string()), "{fault}: {error}");
        assert_eq!(told(error).contains(&tokyo.to_string()), !["40105", "unknown77777"].contains(fault), "{error}");
        let well = sim.read(|world| world.audiences_named(london, AUDIENCE_SMALL)[0].id);
        assert!(hashes(2_400).is_subset(&held(&sim, well, IdType::EmailSha256)), "{fault}");
        assert!(asked(&sim, MAPPING) <= 6 + HANDFUL, "{fault}: {}", asked(&sim, MAPPING));
    });
}

#[test]
fn an_audience_that_cannot_be_looked_up_stops_only_its_rows() {
    // Of Tokyo's the config speaks, of London's the rows alone.
    let cases = [("Tokyo", "London", "40001"), ("London", "Tokyo", "40001"), ("London", "Tokyo", "40002")];
    at_once(&cases, |(ill, well, code)| {
        let sim = start(|_| {});
        let (ill, well) = (account(&sim, ill), account(&sim, well));
        fail(&sim, &format!("path=/dmp/custom_audience/list/,advertiser={ill},kind={code}"));
        let mut rows: Vec<Value> = people(AUDIENCE_SMALL, 200);
        for (at, row) in rows.iter_mut().enumerate() {
            row["advertiser_id"] = if at % 2 == 0 { ill } else { well }.to_string().into();
        }
        let run = writing(&sim).write(&plain(), &lines(&rows));
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
        assert!(run.error().contains(&ill.to_string()), "{}", run.error());
        let audience = sim.read(|world| world.audiences_named(well, AUDIENCE_SMALL)[0].id);
        let reached = held(&sim, audience, IdType::EmailSha256);
        let odd = (0..200).filter(|at| at % 2 == 1).map(|at| sha(&format!("person{at}@example.com")));
        assert!(odd.into_iter().all(|hash| reached.contains(&hash)));
        let lists = sim.requests().iter().filter(|request| request.path == "/dmp/custom_audience/list/").count();
        assert!(lists <= 3, "{lists}");
    });
}

/// Rows at these places of a thousand are bad; the rest is good.
fn poisoned(bad: &[usize], style: IndexStyle) -> Simulator {
    let poison = bad.iter().map(|at| sha(&format!("person{at}@example.com"))).collect();
    start(|options| (options.poison, options.audiences.index_style) = (poison, style))
}

#[test]
fn bad_rows_stop_a_sync_wherever_they_stand_in_a_batch() {
    let places: [Vec<usize>; 5] = [
        (0..16).collect(),
        (0..500).collect(),
        (84..100).collect(),
        (0..1_000).filter(|at| at % 2 == 0).collect(),
        (0..1_000).filter(|at| at % 2 == 1).collect(),
    ];
    at_once(&places, |bad| {
        let count = if bad.len() == 16 { 100 } else { 1_000 };
        let sim = poisoned(bad, IndexStyle::None);
        let run = writing(&sim).write(&plain(), &lines(&people(AUDIENCE_SMALL, count))).succeeded();
        let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
        assert_eq!(stats["rejectedRecordCount"], bad.len() as f64);
        assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256).len(), count - bad.len());
    });
}

/// What may leave before the good rows of its batch, or alone, or be answered first.
#[test]
fn a_few_bad_rows_say_nothing_against_an_audience_that_takes_the_rest() {
    let deletes = [1, 7, 8, 10, 17, 300];
    at_once(&deletes, |bad| {
        let bad: Vec<usize> = (0..*bad).collect();
        let sim = poisoned(&bad, IndexStyle::None);
        let mut rows = people(AUDIENCE_SMALL, 990);
        rows[..bad.len()].iter_mut().for_each(|row| row["_op"] = "delete".into());
        assert_rejected(&sim, &writing(&sim).write(&plain(), &lines(&rows)), bad.len(), 990);
    });
    let places: [&[usize]; 4] = [&[998], &[999], &[0, 999], &[993, 994, 995, 996, 997, 998, 999]];
    at_once(&places, |bad| {
        for concurrency in [1, 8] {
            let sim = poisoned(bad, IndexStyle::None);
            let connector = writing(&sim).with("max_concurrent_requests", concurrency);
            assert_rejected(&sim, &connector.write(&plain(), &lines(&people(AUDIENCE_SMALL, 1_000))), bad.len(), 1_000);
        }
    });
}

/// Bad rows of one operation beside good ones of the other, and behind batches that were taken.
#[test]
fn many_bad_rows_together_condemn_no_audience_that_takes_others() {
    let ranges = [0..300, 400..417, 690..990, 1_500..1_540];
    at_once(&ranges, |range| {
        for concurrency in [1, 4] {
            let bad: Vec<usize> = range.clone().collect();
            let sim = poisoned(&bad, IndexStyle::None);
            let mut rows = people(AUDIENCE_SMALL, 2_000);
            rows[range.clone()].iter_mut().for_each(|row| row["_op"] = "delete".into());
            let connector = writing(&sim).with("max_concurrent_requests", concurrency);
            assert_rejected(&sim, &connector.write(&plain(), &lines(&rows)), bad.len(), 2_000);
        }
    });
}

/// However few rows are left for it.
#[test]
fn an_audience_that_goes_on_the_way_is_not_taken_for_bad_rows() {
    let cases: Vec<(&str, usize)> =
        ["40002"].iter().flat_map(|code| [1, 3, 8, 16, 40].map(|tail| (*code, tail))).collect();
    at_once(&cases, |(code, tail)| {
        let sim = start(|_| {});
        fail(&sim, &format!("path={MAPPING},after=1,kind={code}"));
        let run = writing(&sim).with("max_concurrent_requests", 1).keeping_rejects();
        let told = run.write(&plain(), &lines(&people(AUDIENCE_SMALL, 998 + tail)));
        assert_eq!((told.exit, told.of_type("STATE").count()), (Some(1), 0), "{tail}");
        assert!(run.rejects().is_empty(), "{tail}");
        assert!(asked(&sim, MAPPING) <= 1 + HANDFUL, "{tail}: {}", asked(&sim, MAPPING));
    });
}

fn assert_rejected(sim: &Simulator, run: &Run, bad: usize, count: usize) {
    assert_eq!(run.exit, Some(0), "{bad}: {}", run.error());
    let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
    assert_eq!(
        (&stats["recordCount"], &stats["rejectedRecordCount"]),
        (&json!((count - bad) as f64), &json!(bad as f64))
    );
    assert_eq!(held(sim, audience(sim, AUDIENCE_SMALL), IdType::EmailSha256).len(), count - bad);
}

#[test]
fn a_bad_row_that_leaves_alone_waits_for_the_verdict_on_its_audience() {
    // The end of the first stream lets its rows leave before the second's come.
    let input = |bad: usize, good: usize| {
        let people = people(AUDIENCE_SMALL, bad + good);
        let mut lines: Vec<String> = people[..bad].iter().map(|row| record("first", row)).collect();
        lines.extend([state("first", &json!({"n": 1})), complete("first")]);
        lines.extend(people[bad..].iter().map(|row| record("second", row)));
        lines.extend([state("second", &json!({"n": 2})), complete("second")]);
        lines
    };
    at_once(&[(1, 5), (7, 1)], |(bad, good)| {
        let sim = poisoned(&(0..*bad).collect::<Vec<_>>(), IndexStyle::None);
        let (connector, catalog) = two_streams(&sim);
        let run = connector.keeping_rejects().write(&catalog, &input(*bad, *good));
        assert_eq!(run.exit, Some(0), "{}", run.error());
        assert_eq!(run.states("first").last().unwrap()["destinationStats"]["rejectedRecordCount"], *bad as f64);
        assert_eq!(run.states("second").last().unwrap()["destinationStats"]["recordCount"], *good as f64);
    });
    // Where every row is bad, the audience is not to blame, and the run is no success.
    at_once(&[(1, 1), (4, 40)], |(first, second)| {
        let sim = poisoned(&(0..first + second).collect::<Vec<_>>(), IndexStyle::None);
        let (connector, catalog) = two_streams(&sim);
        let run = connector.write(&catalog, &input(*first, *second));
        assert_eq!((run.exit, run.of_type("STATE").count(), run.errors().len()), (Some(1), 2, 1));
        let told = told(run.errors()[0]);
        assert!(told.contains(&format!("All {} rows were rejected", first + second)), "{told}");
    });
}

#[test]
fn a_place_that_is_always_wrong_is_believed_once() {
    at_once(&[IndexStyle::First, IndexStyle::FromOne, IndexStyle::None], |style| {
        for bad in [0, 1, 617, 899] {
            let sim = poisoned(&[bad], *style);
            let run = writing(&sim).write(&plain(), &lines(&people(AUDIENCE_SMALL, 900))).succeeded();
            assert_eq!(run.states(STREAM).last().unwrap()["destinationStats"]["rejectedRecordCount"], 1.0);
            assert!(asked(&sim, MAPPING) <= 26, "{style:?} {bad}: {}", asked(&sim, MAPPING));
        }
    });
}

#[test]
fn a_request_that_is_too_long_for_a_gateway_is_halved() {
    let sim = start(|options| options.wire.longest_request = Some(20_000));
    let run = writing(&sim).write(&plain(), &lines(&people(AUDIENCE_SMALL, 2_000))).succeeded();
    assert_eq!(run.states(STREAM).last().unwrap()["destinationStats"]["recordCount"], 2_000.0);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(2_000));
    assert!(asked(&sim, MAPPING) <= 3 * 32, "{}", asked(&sim, MAPPING));
}

#[test]
fn a_row_that_a_later_one_silenced_shares_its_fate() {
    let sim = poisoned(&[1], IndexStyle::BatchData);
    // The second row speaks for the address of the first, and cannot be taken for its other address.
    let first = json!({"email": "person0@example.com", "audience_name": AUDIENCE_SMALL});
    let second =
        json!({"email": "person1@example.com", "email_2": "person0@example.com", "audience_name": AUDIENCE_SMALL});
    let both = json!({"phone": "+4915112345678", "email": "person1@example.com", "audience_name": AUDIENCE_SMALL});
    let alone = json!({"phone": "+4915112345678", "audience_name": AUDIENCE_SMALL});
    let connector = writing(&sim).keeping_rejects();
    let mut rows = people(AUDIENCE_SMALL, 30);
    rows.drain(..2);
    rows.extend([first, second, alone, both]);
    let run = connector.write(&plain(), &lines(&rows)).succeeded();
    let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
    let reached = held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256);
    // An address in a row of its own is taken; a phone number beside a bad address is not, and neither of its rows is.
    assert!(reached.contains(&sha("person0@example.com")));
    assert!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::PhoneSha256).is_empty());
    assert_eq!(stats["recordCount"], 29.0, "{:#?}", connector.rejects());
    let shared: Vec<Value> = connector.rejects();
    assert_eq!(shared.len(), 3);
    assert_eq!(shared.iter().filter(|row| row["message"].as_str().unwrap().contains("A later row")).count(), 2);
}

#[test]
fn tiktoks_words_repeat_no_value_of_a_row() {
    let bad = sha("person7@example.com");
    let sim = start(|options| (options.poison, options.audiences.quotes) = (vec![bad.clone()], true));
    let connector = writing(&sim).keeping_rejects().log_level("TRACE");
    let run = connector.write(&plain(), &lines(&people(AUDIENCE_SMALL, 30))).succeeded();
    let [row] = &connector.rejects()[..] else { panic!("{:#?}", connector.rejects()) };
    let message = row["message"].as_str().unwrap();
    assert!(message.contains("Not a valid string: ***"), "{message}");
    assert!(!run.messages.iter().any(|message| message.to_string().contains(&bad)));
    // The only row there is: the target may be to blame, and its error repeats nothing either.
    let sim = start(|options| (options.poison, options.audiences.quotes) = (vec![bad.clone()], true));
    let alone = lines(&people(AUDIENCE_SMALL, 8)[7..]);
    let run = writing(&sim).log_level("TRACE").write(&plain(), &alone);
    assert!(run.error().contains("***"), "{}", run.error());
    assert!(!run.messages.iter().any(|message| message.to_string().contains(&bad)));
}
