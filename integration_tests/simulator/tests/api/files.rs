//! Images and videos that are uploaded, and what is found of them.

use crate::client::{get, post, post_form};
use crate::{id_of, small, start};
use chrono::TimeDelta;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use simulator::{Collection, FileOptions, Options, Simulator};

const IMAGE: &str = "/file/image/ad/upload/";
const VIDEO: &str = "/file/video/ad/upload/";

fn new_york(sim: &Simulator) -> String {
    id_of(sim, "New York").to_string()
}

fn sum(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn png(width: u16, height: u16, tail: &str) -> Vec<u8> {
    let size = [[0, 0], width.to_be_bytes(), [0, 0], height.to_be_bytes()].concat();
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &size, tail.as_bytes()].concat()
}

fn mp4(length: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom".to_vec();
    bytes.resize(length, 7);
    bytes
}

/// What a form is answered; of the texts those with a value.
fn sent(sim: &Simulator, path: &str, change: &[(&str, &str)], file: &[u8]) -> Value {
    let kind = if path == IMAGE { "image" } else { "video" };
    let (id, signature) = (new_york(sim), sum(file));
    let signed = format!("{kind}_signature");
    let mut texts = vec![("advertiser_id", id.as_str()), ("upload_type", "UPLOAD_BY_FILE"), (&signed, &signature)];
    texts.retain(|(name, _)| change.iter().all(|(other, _)| other != name));
    texts.extend(change.iter().filter(|(_, value)| !value.is_empty()));
    let field = format!("{kind}_file");
    post_form(sim, path, &texts, (if file.is_empty() { "" } else { &field }, "came.png", file)).json()
}

fn info(sim: &Simulator, kind: &str, id: &Value) -> Value {
    let (account, ids) = (new_york(sim), json!([id]).to_string());
    let key = format!("{kind}_ids");
    get(sim, &format!("/file/{kind}/ad/info/"), &[("advertiser_id", &account), (&key, &ids)]).json()["data"]["list"][0]
        .clone()
}

#[test]
fn images_right_and_wrong() {
    let sim = small();
    let file = png(640, 480, "one");
    let data = sent(&sim, IMAGE, &[("file_name", "one.png")], &file)["data"].clone();
    assert_eq!((&data["width"], &data["height"], &data["size"]), (&json!(640), &json!(480), &json!(file.len())));
    assert_eq!((&data["signature"], &data["file_name"]), (&json!(sum(&file)), &json!("one.png")));
    assert_eq!(info(&sim, "image", &data["image_id"]), data);
    for (change, file, code) in [
        (vec![("file_name", "one.png")], png(1, 1, ""), 40911),
        (vec![("image_signature", "00")], png(1, 1, ""), 40900),
        (vec![("image_signature", "")], png(1, 1, ""), 40002),
        (vec![], Vec::new(), 40002),
        (vec![], b"this is a text".to_vec(), 40904),
        (vec![], png(1921, 1920, ""), 40915),
        (vec![("file_name", &"x".repeat(101))], png(1, 1, ""), 40002),
        (vec![("upload_type", "UPLOAD")], png(1, 1, ""), 40002),
        (vec![("upload_type", "UPLOAD_BY_FILE_ID"), ("file_id", "5")], Vec::new(), 40905),
        (vec![("upload_type", "UPLOAD_BY_URL")], Vec::new(), 40002),
        (vec![("upload_type", "UPLOAD_BY_URL"), ("image_url", "ftp://x")], Vec::new(), 40002),
        (vec![("file_name", "two.png")], png(1920, 1920, ""), 0),
        (vec![], png(1, 1, ""), 0),
        (vec![("upload_type", "UPLOAD_BY_URL"), ("image_url", "https://example.invalid/a.jpg")], Vec::new(), 0),
    ] {
        let reply = sent(&sim, IMAGE, &change, &file);
        assert_eq!(reply["code"], code, "{change:?}: {}", reply["message"]);
    }
    let account = id_of(&sim, "New York");
    let names = |world: &simulator::World| {
        let all = world.records(account, Collection::Image).iter().rev().take(3);
        all.map(|record| record["file_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(sim.read(names), ["a.jpg", "came.png", "two.png"]);
}

#[test]
fn a_video_is_in_work_for_a_while() {
    let files = FileOptions {
        video_looks: 1,
        video_time: TimeDelta::seconds(40),
        dead_urls: vec!["dead"],
        ..FileOptions::default()
    };
    let sim = start(Options { files, ..Options::default() });
    let reply = sent(&sim, VIDEO, &[("file_name", "a.mp4")], &mp4(64));
    let data = reply["data"].as_array().unwrap();
    assert_eq!(data[0].as_object().unwrap().len(), 1);
    let id = &data[0]["video_id"];
    assert!(info(&sim, "video", id).get("width").is_none());
    assert!(info(&sim, "video", id).get("width").is_none());
    sim.advance(TimeDelta::seconds(41));
    assert_eq!(info(&sim, "video", id)["signature"], sum(&mp4(64)));
    let again = sent(&sim, VIDEO, &[("upload_type", "UPLOAD_BY_VIDEO_ID"), ("video_id", id.as_str().unwrap())], &[]);
    assert_eq!(&again["data"][0]["video_id"], id);
    for (change, file, code) in [
        (vec![("file_name", "a.mp4")], mp4(64), 40911),
        (vec![], b"text".to_vec(), 40908),
        (vec![("upload_type", "UPLOAD_BY_URL"), ("video_url", "https://example.invalid/dead.mp4")], Vec::new(), 40902),
        (vec![("upload_type", "UPLOAD_BY_VIDEO_ID"), ("video_id", "v")], Vec::new(), 40053),
    ] {
        assert_eq!(sent(&sim, VIDEO, &change, &file)["code"], code, "{change:?}");
    }
}

#[test]
fn a_file_comes_in_pieces() {
    let files = FileOptions { piece: 100, ..FileOptions::default() };
    let sim = start(Options { files, ..Options::default() });
    let (account, file) = (new_york(&sim), mp4(250));
    let body = json!({"advertiser_id": account, "size": 250, "content_type": "video", "name": "pieces.mp4"});
    let data = post(&sim, "/file/start/upload/", &body.to_string()).json()["data"].clone();
    assert_eq!((&data["start_offset"], &data["end_offset"]), (&json!(0), &json!(100)));
    let upload = data["upload_id"].as_str().unwrap();
    let piece = |start: usize, bytes: &[u8], signature: &str| {
        let start = start.to_string();
        let texts = [
            ("advertiser_id", account.as_str()),
            ("upload_id", upload),
            ("start_offset", &start),
            ("signature", signature),
        ];
        let reply = post_form(&sim, "/file/transfer/upload/", &texts, ("file", "x", bytes)).json();
        (reply["code"].as_i64().unwrap(), reply["data"]["start_offset"].as_u64(), reply["data"]["end_offset"].as_u64())
    };
    let finish = json!({"advertiser_id": account, "upload_id": upload}).to_string();
    let (one, two, three) = (&file[..100], &file[100..200], &file[200..]);
    assert_eq!(piece(0, one, "00").0, 40900);
    assert_eq!(piece(100, two, &sum(two)).0, 40002);
    assert_eq!(piece(0, one, &sum(one)), (0, Some(100), Some(200)));
    assert_eq!(piece(0, one, &sum(one)), (0, Some(100), Some(200)));
    assert_eq!(piece(100, three, &sum(three)).0, 40002);
    assert_eq!(piece(100, two, &sum(two)), (0, Some(200), Some(250)));
    assert_eq!(post(&sim, "/file/finish/upload/", &finish).code(), 40002);
    assert_eq!(piece(200, three, &sum(three)), (0, Some(250), Some(250)));
    let done = post(&sim, "/file/finish/upload/", &finish).json()["data"].clone();
    assert_eq!(done["size"], 250);
    let id = id_of(&sim, "New York");
    assert_eq!(sim.read(|world| world.uploads(id)[0].pieces), 3);
    let by_id = [("upload_type", "UPLOAD_BY_FILE_ID"), ("file_id", done["file_id"].as_str().unwrap())];
    assert_eq!(sent(&sim, IMAGE, &by_id, &[])["code"], 40908);
    let video = sent(&sim, VIDEO, &by_id, &[])["data"][0].clone();
    assert_eq!((&video["signature"], &video["file_name"]), (&json!(sum(&file)), &json!("pieces.mp4")));
    sim.advance(TimeDelta::hours(25));
    assert_eq!(sent(&sim, VIDEO, &by_id, &[])["code"], 40910);
    for (size, code) in [(0, 40906), ((500 << 20) + 1, 40907)] {
        let body = json!({"advertiser_id": account, "size": size, "content_type": "video"}).to_string();
        assert_eq!(post(&sim, "/file/start/upload/", &body).code(), code);
    }
}

#[test]
fn names_are_asked_about_and_changed() {
    let sim = small();
    let account = new_york(&sim);
    let image = sent(&sim, IMAGE, &[("file_name", "one.png")], &png(1, 1, ""))["data"].clone();
    let files = json!([{"file_name": "one.png", "file_type": "IMAGE"}, {"file_name": "one.png"}]).to_string();
    let ask = |files: &str| get(&sim, "/file/name/check/", &[("advertiser_id", &account), ("files", files)]).json();
    let data = ask(&files)["data"]["batch_results"].clone();
    assert_eq!((&data[0]["duplicate_material_id"], &data[1]["duplicate"]), (&image["material_id"], &json!(false)));
    let many = json!(vec![json!({"file_name": "x"}); 21]).to_string();
    assert_eq!(ask(&many)["code"], 40002);
    let rename = |name: &str| {
        let body = json!({"advertiser_id": account, "image_id": image["image_id"], "file_name": name});
        post(&sim, "/file/image/ad/update/", &body.to_string()).code()
    };
    assert_eq!((rename("two.png"), rename("two.png")), (0, 40911));
    assert_eq!(ask(&files)["data"]["batch_results"][0]["duplicate"], false);
}
