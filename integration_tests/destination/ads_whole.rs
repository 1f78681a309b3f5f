//! Whole syncs of ads: with their files, their split tests, under kills and storms.

use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::{Level, Options, Simulator};

use super::ads::{actions, ad, ad_group, campaign, lines, managing, named, posts, start, stats, streams};
use super::{account, asked};
use crate::harness::feed::{record, state, text};
use crate::harness::{Connector, at_once, fail};

/// The head of a PNG of so many pixels, with something of its own behind it.
fn png(width: u32, height: u32, own: &str) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend([8, 2, 0, 0, 0]);
    png.extend(own.as_bytes());
    png.resize(200, 0);
    png
}

/// An AVI of so many bytes.
fn avi(bytes: usize) -> Vec<u8> {
    let mut avi = b"RIFF\0\0\0\0AVI LIST".to_vec();
    avi.resize(bytes, 7);
    avi
}

fn uploading(sim: &Simulator) -> Connector {
    let mut connector = managing(sim).keeping_results().keeping_rejects();
    let folder = connector.dir().join("creatives");
    std::fs::create_dir_all(&folder).unwrap();
    connector.config["ads"]["allow"]["creative_image"] = json!(["create"]);
    connector.config["ads"]["allow"]["creative_video"] = json!(["create"]);
    connector.config["creatives"] = json!({"folder": folder.to_str().unwrap()});
    connector
}

#[test]
fn files_are_looked_at_uploaded_once_and_named_by_ads() {
    let mut options = Options::default();
    options.files.piece = 4 << 20;
    let sim = Simulator::start(options).unwrap();
    let connector = uploading(&sim);
    let folder = connector.dir().join("creatives");
    for (name, bytes) in [
        ("a.png", png(640, 640, "a")),
        ("same.png", png(640, 640, "a")),
        ("gone.png", png(640, 640, "b")),
        ("text.png", b"hello".to_vec()),
        ("clip.avi", avi(9 << 20)),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let mut images =
        ["a.png", "same.png", "text.png", "../config.json", "none.png", "gone.png"].map(|path| json!({ "path": path }));
    // A file of this name is there; its row was deleted.
    images[5]["_ab_cdc_deleted_at"] = "2026-01-01T00:00:00Z".into();
    let tree = [lines("campaign", &[campaign("Spring")]), lines("adgroup", &[ad_group("Group", "Spring")])].concat();
    let mut one = ad("Ad", "Group");
    (one["video_file_name"], one["image_file_names"]) = ("clip.avi".into(), json!(["a.png"]));
    let input = [
        lines("ad", &[one]),
        tree,
        lines("creative_image", &images),
        lines(
            "creative_video",
            &[json!({"path": "clip.avi"}), json!({"url": "https://shop.example/v.mp4", "file_name": "v.mp4"})],
        ),
    ]
    .concat();
    let catalog = streams(&["ad", "campaign", "adgroup", "creative_image", "creative_video"], "append");
    let run = connector.write(&catalog, &input).succeeded();
    assert_eq!(
        (stats(&run, "creative_image"), stats(&run, "ad")),
        ((2.0, 4.0), (1.0, 0.0)),
        "{:#?}",
        connector.results()
    );
    let mut reasons: Vec<String> =
        connector.rejects().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect();
    reasons.sort();
    assert_eq!(reasons, ["file_missing", "not_an_image", "outside_folder", "row_deleted"]);
    assert_eq!(asked(&sim, "/file/transfer/upload/"), 3);
    let tokyo = account(&sim, "Tokyo");
    let [(ad_id, _)] = named(&sim, Level::Ad, "Ad")[..] else { panic!() };
    sim.read(|world| {
        let made = world.account(tokyo).unwrap().find(Level::Ad, ad_id).unwrap().extra.clone();
        assert!(
            made["video_id"].as_str().is_some() && made["image_ids"].as_array().is_some_and(|all| all.len() == 1),
            "{made:?}"
        );
    });
    let before = posts(&sim);
    connector.write(&catalog, &input).succeeded();
    assert_eq!(posts(&sim), before, "nothing is uploaded twice");
}

#[test]
fn a_file_whose_answer_is_lost_is_looked_for() {
    let calls = ["/file/start/upload/", "/file/transfer/upload/", "/file/finish/upload/", "/file/video/ad/upload/"];
    at_once(&[calls.as_slice(), &["/file/image/ad/upload/"]].concat(), |path| {
        for committed in [true, false] {
            // Nobody can tell that a video was not made but by waiting.
            if !committed && *path == "/file/video/ad/upload/" {
                continue;
            }
            let sim = start();
            let connector = uploading(&sim);
            let folder = connector.dir().join("creatives");
            std::fs::write(folder.join("a.png"), png(640, 640, "a")).unwrap();
            std::fs::write(folder.join("clip.avi"), avi(1 << 20)).unwrap();
            fail(&sim, &format!("path={path},times=1,max=1,kind=reset,committed={committed}"));
            let input = [
                lines("creative_image", &[json!({"path": "a.png"})]),
                lines("creative_video", &[json!({"path": "clip.avi"})]),
            ];
            let run = connector.write(&streams(&["creative_image", "creative_video"], "append"), &input.concat());
            let run = run.succeeded();
            let told = actions(&connector);
            assert_eq!(told.get("created"), Some(&2), "{path} {committed}: {:#?}", connector.results());
            assert_eq!(stats(&run, "creative_video"), (1.0, 0.0), "{path} {committed}");
        }
    });
}

#[test]
fn ads_name_files_that_the_library_has_under_other_names() {
    let sim = start();
    let connector = uploading(&sim);
    let folder = connector.dir().join("creatives");
    for name in ["a.png", "b.png"] {
        std::fs::write(folder.join(name), png(640, 640, "a")).unwrap();
    }
    for name in ["a.avi", "b.avi"] {
        std::fs::write(folder.join(name), avi(1 << 20)).unwrap();
    }
    let files = |stem: &str| {
        [
            lines("creative_image", &[json!({"path": format!("{stem}.png")})]),
            lines("creative_video", &[json!({"path": format!("{stem}.avi")})]),
        ]
        .concat()
    };
    let catalog = streams(&["ad", "campaign", "adgroup", "creative_image", "creative_video"], "append");
    connector.write(&catalog, &files("a")).succeeded();
    let tree = [lines("campaign", &[campaign("Spring")]), lines("adgroup", &[ad_group("Group", "Spring")])].concat();
    let one = |name: &str| {
        let mut one = ad(name, "Group");
        (one["video_file_name"], one["image_file_names"]) = ("b.avi".into(), json!(["b.png"]));
        lines("ad", &[one])
    };
    connector.write(&catalog, &[one("Before"), tree, files("b"), one("After")].concat()).succeeded();
    for name in ["Before", "After"] {
        assert_eq!(named(&sim, Level::Ad, name).len(), 1, "{name}: {:#?}", connector.rejects());
    }
    let mut both = ad("Both", "Group");
    (both["video_file_name"], both["video_id"]) = ("b.avi".into(), "v1".into());
    let run = connector.write(&catalog, &lines("ad", &[both]));
    assert!(run.exit == Some(1) && run.error().contains("contradiction"), "{}", run.error());
}

/// Campaigns with an ad group and an ad each, and a STATE behind each tree.
fn trees(count: usize) -> Vec<String> {
    let mut input = Vec::new();
    for at in 0..count {
        let (top, group) = (format!("C{at}"), format!("G{at}"));
        input.push(record("campaign", &campaign(&top)));
        input.push(record("adgroup", &ad_group(&group, &top)));
        input.push(record("ad", &ad(&format!("A{at}"), &group)));
        input.push(state("ad", &json!({ "n": at })));
    }
    input
}

fn assert_whole(sim: &Simulator, count: usize, what: &str) {
    for at in 0..count {
        for (level, stem) in [(Level::Campaign, "C"), (Level::AdGroup, "G"), (Level::Ad, "A")] {
            assert_eq!(named(sim, level, &format!("{stem}{at}")).len(), 1, "{what}: {stem}{at}");
        }
    }
}

#[test]
fn killed_at_any_moment_and_run_again_the_account_ends_the_same() {
    let catalog = streams(&["campaign", "adgroup", "ad"], "append");
    at_once(&[1, 3, 7, 12], |states| {
        let sim = start();
        let connector = managing(&sim).keeping_results();
        super::kill::killed(&connector, &catalog, &text(&trees(15)), *states);
        connector.later(TimeDelta::minutes(2)).write(&catalog, &trees(15)).succeeded();
        assert_whole(&sim, 15, &format!("killed after {states}"));
    });
}

#[test]
fn names_may_stand_for_the_library() {
    let sim = start();
    let mut connector = uploading(&sim);
    connector.config["creatives"]["reuse"] = "name".into();
    let folder = connector.dir().join("creatives");
    for (name, content) in [("a.png", "a"), ("b.png", "b"), ("c.png", "c")] {
        std::fs::write(folder.join(name), png(640, 640, content)).unwrap();
    }
    let catalog = streams(&["creative_image"], "append");
    let row = |path: &str, name: &str| json!({"path": path, "file_name": name});
    connector.write(&catalog, &lines("creative_image", &[row("a.png", "a.png")])).succeeded();
    let listed = |sim: &Simulator| sim.requests().iter().filter(|one| one.path == "/file/image/ad/search/").count();
    assert_eq!((asked(&sim, "/file/name/check/"), listed(&sim)), (1, 0));
    // The same file again, another name, and a name that is taken.
    let rows = [row("a.png", "a.png"), row("b.png", "b.png"), row("c.png", "a.png")];
    connector.write(&catalog, &lines("creative_image", &rows)).succeeded();
    assert_eq!(asked(&sim, "/file/image/ad/upload/"), 2);
    assert_eq!(connector.rejects()[0]["reason"], "name_taken");
}

/// A run may take hours: its results and states do not wait for its end.
#[test]
fn what_is_done_is_told_while_the_run_goes_on() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    let rows = (0..1_000).map(|at| campaign(&format!("C{at}")));
    let input: Vec<String> = rows.flat_map(|row| [record("campaign", &row), state("campaign", &row)]).collect();
    super::kill::killed(&connector, &streams(&["campaign"], "append"), &text(&input), 20);
    let (made, told) = (asked(&sim, "/campaign/create/"), actions(&connector)["created"]);
    assert!((20..900).contains(&told) && (told..900).contains(&made), "{told} of {made} are told");
}

#[test]
fn a_storm_makes_no_twins() {
    let catalog = streams(&["campaign", "adgroup", "ad"], "append");
    at_once(&["reset", "drop", "truncate", "html502"], |kind| {
        let sim = start();
        fail(
            &sim,
            &format!(
                "path=/campaign/create/,rate=0.3,max=4,kind={kind},committed=true;path=/adgroup/create/,rate=0.3,max=4,kind={kind},committed=true;path=/ad/create/,rate=0.3,max=4,kind={kind},committed=true;rate=0.1,max=20,kind=40100"
            ),
        );
        let connector = managing(&sim).keeping_results();
        let ended = (0..4).any(|_| connector.write(&catalog, &trees(12)).exit == Some(0));
        assert!(ended, "{kind}: {:#?}", connector.results().last());
        assert_whole(&sim, 12, kind);
    });
}

#[test]
fn split_tests_begin_once_end_and_are_promoted_within_the_caps() {
    let sim = start();
    let connector = {
        let mut connector = managing(&sim).keeping_results();
        connector.config["ads"]["allow"]["split_test"] = json!(["create", "update", "end", "promote"]);
        connector
    };
    let tree = [
        lines("campaign", &[campaign("Spring")]),
        lines("adgroup", &[ad_group("One", "Spring"), ad_group("Two", "Spring")]),
    ]
    .concat();
    connector.write(&streams(&["campaign", "adgroup"], "append"), &tree).succeeded();
    let id = |name: &str| named(&sim, Level::AdGroup, name)[0].0.to_string();
    let begin = json!({"object_ids": [id("One"), id("Two")], "split_test_level": "ADGROUP", "test_variable": "CREATIVE",
        "key_metric": "CLICK_THROUGH_RATE", "start_time": "2036-01-02 00:00:00", "end_time": "2036-01-09 00:00:00"});
    let run = |rows: &[Value]| connector.write(&streams(&["split_test"], "append"), &lines("split_test", rows));
    let tokyo = account(&sim, "Tokyo");
    let tests =
        || sim.read(|world| world.split_tests_of(tokyo).iter().map(|test| test.id.to_string()).collect::<Vec<_>>());
    let (mut gone, none) = (begin.clone(), tests());
    gone["_ab_cdc_deleted_at"] = "2026-01-01T00:00:00Z".into();
    run(&[gone]).succeeded();
    assert_eq!(tests(), none, "a row that its source deleted begins no test");
    run(std::slice::from_ref(&begin)).succeeded();
    let before = tests();
    run(&[begin]).succeeded();
    assert_eq!(tests(), before, "a test begins once");
    let test = before.last().unwrap().clone();
    let early = run(&[json!({"split_test_group_id": test, "_op": "promote", "winning_object_id": id("One")})]);
    assert!(early.exit == Some(1) && early.error().contains("not_significant"), "{}", early.error());
    run(&[json!({"split_test_group_id": test, "start_time": "2036-01-03 00:00:00", "end_time": "2036-01-09 00:00:00", "_op": "update"})])
        .succeeded();
    run(&[json!({"split_test_group_id": test, "_op": "end"})]).succeeded();
    let told = actions(&connector);
    assert_eq!((told.get("updated"), told.get("ended")), (Some(&1), Some(&1)), "{told:?}");
}
