//! One more object is one row, one schema and one file: here a managed one, whose rows are made one by one. A child
//! waits for its parent, a lost answer is settled by a look, and states wait for the end of the stream.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::engines::parents::Orphans;
use super::lanes;
use super::objects::def::{Generation, LaneDef, Looked, Mode, ObjectDef, Route};
use super::record::fault::Fault;
use super::shell::any_lane::Erased;
use super::shell::lane::{Batch, End, Intake, Lane, Now, RecordRef};
use super::shell::ledger::{StreamAt, Ticket};
use super::shell::outcome::Outcome;
use super::shell::rejects::Rejects;
use super::shell::send::Post;
use super::shell::streams::StreamName;
use super::shell::write::{self, Run};
use crate::config::DestinationConfig;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::progress::{Gauge, Progress};
use crate::protocol::Output;
use crate::tiktok::endpoint::{AUDIENCES, SEGMENT_AUDIENCE};
use crate::tiktok::envelope::Typed;
use crate::tiktok::scripted::Scripted;
use crate::tiktok::{Body, Call, Client};

static THINGS: LaneDef = LaneDef {
    name: "things",
    open: |_, _| Ok(Box::new(Erased::new(Things::default()))),
    look: |_| std::future::ready(Looked::default()).boxed(),
    check: |_, _| Ok(()),
};

static THING: ObjectDef = ObjectDef {
    name: "thing",
    modes: &["append"],
    matching_keys: &[&["name"]],
    schema: r#"{"properties": {"name": {}, "parent": {}}}"#,
    called: "things",
    title: "Things",
    settings: &[],
    fields: &[],
    endpoints: &[&AUDIENCES, &SEGMENT_AUDIENCE],
    essential: false,
    wanted: None,
    each: None,
    bind: |_, _| Ok(Vec::new()),
    lane: &THINGS,
};

#[derive(Deserialize)]
struct Row {
    name: String,
    parent: Option<String>,
}

/// Makes things, each in a request of its own.
#[derive(Default)]
struct Things {
    ids: HashMap<String, String>,
    ready: Vec<One>,
    orphans: Orphans<String, (RecordRef, Row)>,
    told: Vec<String>,
}

struct One {
    records: [RecordRef; 1],
    name: String,
    parent: Option<String>,
}

impl Lane for Things {
    type Batch = One;
    type Question = ();

    fn take(&mut self, data: &RawValue, ticket: Ticket, _: Now) -> Intake<()> {
        let row: Row = serde_json::from_str(data.get()).unwrap();
        let sender = RecordRef { ticket, key: None };
        let parent = row.parent.as_ref().map(|parent| self.ids.get(parent).cloned().ok_or(parent.clone()));
        match parent.transpose() {
            Ok(parent) => self.ready.push(One { records: [sender], name: row.name, parent }),
            Err(missing) => self.orphans.wait(missing, (sender, row)).map_err(|_| "too many").unwrap(),
        }
        Intake::Waits
    }

    fn ask<'a>(&'a mut self, (): (), _: &'a Client) -> BoxFuture<'a, Result<()>> {
        std::future::ready(Ok(())).boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn due(&mut self, _: Instant, _: bool) -> Vec<One> {
        std::mem::take(&mut self.ready)
    }

    fn settled(&mut self, batch: &One, outcome: &Outcome) {
        let Some(id) = outcome.made.get(&0).and_then(Value::as_str) else { return };
        self.told.push(format!("{} is {id}", batch.name));
        self.ids.insert(batch.name.clone(), id.to_owned());
        for (sender, row) in self.orphans.adopt(&batch.name) {
            self.ready.push(One { records: [sender], name: row.name, parent: Some(id.to_owned()) });
        }
    }

    fn holds(&self, _: StreamAt) -> bool {
        true
    }

    fn stream_ended(&mut self, _: StreamAt, end: End) {
        self.told.push(format!("{end:?}"));
    }

    fn give_up(&mut self) -> Vec<(RecordRef, Fault)> {
        let missing = Fault::new(Some("parent"), "parent_missing", "No such parent.");
        self.orphans.give_up().into_iter().map(|(sender, _)| (sender, missing.clone())).collect()
    }

    fn summary(&self) -> Vec<String> {
        self.told.clone()
    }
}

impl Batch for One {
    fn records(&self) -> &[RecordRef] {
        &self.records
    }

    fn send<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        async move {
            let mut outcome = Outcome::default();
            match self.made(&post.client).await {
                Ok(id) => drop(outcome.made.insert(0, id)),
                Err(error) => drop(outcome.failed.insert(0, Arc::new(error))),
            }
            outcome
        }
        .boxed()
    }
}

impl One {
    /// Makes the thing. Where the answer is lost, a look tells.
    async fn made(&self, client: &Client) -> Result<Value> {
        let body = json!({"name": self.name, "parent": self.parent}).to_string();
        let body = Body::Json(body.as_bytes());
        let call = Call { endpoint: &SEGMENT_AUDIENCE, advertiser: None, query: &[], body, watch: &() };
        match client.call(&call, &Typed::<Value>::default()).await {
            Ok(data) => Ok(data["id"].clone()),
            Err(_) => {
                let call = Call { endpoint: &AUDIENCES, advertiser: None, query: &[], body: Body::None, watch: &() };
                let all = client.call(&call, &Typed::<BTreeMap<String, Value>>::default()).await?;
                all.get(&self.name)
                    .cloned()
                    .ok_or_else(|| Error::new(Kind::Network, "Nobody knows whether it is there"))
            }
        }
    }
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn route() -> Route {
    Route {
        at: 0,
        stream: StreamName { name: "s".into(), namespace: None },
        part: None,
        object: &THING,
        object_id: None,
        columns: Vec::new(),
        fields: BTreeMap::new(),
        key: Vec::new(),
        mode: Mode::Append,
        generation: Generation::default(),
        mapping: None,
    }
}

fn row(name: &str, parent: Option<&str>) -> Value {
    let data = json!({"name": name, "parent": parent});
    json!({"type": "RECORD", "record": {"stream": "s", "emitted_at": 0, "data": data}})
}

fn state() -> Value {
    json!({"type": "STATE", "state": {"type": "STREAM", "stream": {"stream_descriptor": {"name": "s"}}}})
}

fn ended(status: &str) -> Value {
    let status = json!({"stream_descriptor": {"name": "s"}, "status": status});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}})
}

/// The counts of the states that came, accepted and rejected.
async fn states(script: &Scripted, lines: &[Value]) -> Vec<(Value, Value)> {
    let (sink, one) = (Sink::default(), NonZeroU32::MIN.saturating_add(99));
    let (output, writer) = Output::new(sink.clone());
    let credentials = json!({"auth_type": "oauth2.0", "access_token": "t"});
    let config = DestinationConfig::parse(&json!({"credentials": credentials}).to_string()).unwrap();
    let client = Client::new(Box::new(script.clone()), one, one);
    let run = Run {
        post: Post::new(client, Arc::new(Gauge::new("records".into())), false, Arc::default()),
        lanes: lanes::open(&config, vec![route()]).unwrap(),
        at_once: 1,
        rejects: Rejects::default(),
        output,
        notes: Arc::default(),
    };
    let (sender, chunks) = mpsc::channel(1);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    sender.send(Ok(text.into_bytes())).await.unwrap();
    drop(sender);
    let _ = write::write(run, chunks, &Progress::new(std::iter::empty(), false)).await;
    writer.join().unwrap();
    let text = String::from_utf8(lock(&sink.0).clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let stats = |line: Value| line["state"]["destinationStats"].clone();
    let states = lines.filter(|line| line["type"] == "STATE").map(stats);
    states.map(|stats| (stats["recordCount"].clone(), stats["rejectedRecordCount"].clone())).collect()
}

fn made(script: &Scripted, id: &str) {
    script.answer(200, &json!({"code": 0, "data": {"id": id}}).to_string());
}

#[tokio::test]
async fn a_child_waits_for_its_parent_and_the_state_for_the_end() {
    let script = Scripted::default();
    made(&script, "p1");
    made(&script, "c1");
    let lines = [row("child", Some("parent")), row("parent", None), state(), ended("COMPLETE")];
    assert_eq!(states(&script, &lines).await, [(json!(2.0), json!(0.0))]);
    assert_eq!(script.bodies(), [r#"{"name":"parent","parent":null}"#, r#"{"name":"child","parent":"p1"}"#]);
}

#[tokio::test]
async fn a_stream_that_did_not_end_tells_no_state() {
    for end in [vec![ended("INCOMPLETE")], vec![]] {
        let script = Scripted::default();
        made(&script, "p1");
        let lines = [vec![row("parent", None), state()], end].concat();
        assert_eq!(states(&script, &lines).await, []);
        assert_eq!(script.sent(), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_a_look() {
    let script = Scripted::default();
    script.error(Kind::Network).answer(200, &json!({"code": 0, "data": {"parent": "p9"}}).to_string());
    made(&script, "c1");
    let lines = [row("parent", None), row("child", Some("parent")), state(), ended("COMPLETE")];
    assert_eq!(states(&script, &lines).await, [(json!(2.0), json!(0.0))]);
    assert_eq!(script.bodies().last().unwrap(), r#"{"name":"child","parent":"p9"}"#);
    // What the look does not find is nobody's success.
    let script = Scripted::default();
    script.error(Kind::Network).answer(200, r#"{"code": 0, "data": {}}"#);
    assert_eq!(states(&script, &[row("parent", None), state(), ended("COMPLETE")]).await, []);
}

#[tokio::test]
async fn a_child_whose_parent_never_comes_is_rejected() {
    let lines = [row("child", Some("parent")), state(), ended("COMPLETE")];
    assert_eq!(states(&Scripted::default(), &lines).await, [(json!(0.0), json!(1.0))]);
}
