//! What a call goes through, from the client down to a scripted transport.

use std::sync::Mutex;

use serde::Deserialize;
use tokio::time::Instant;

use super::*;
use crate::tiktok::Body;
use crate::tiktok::call::Watch;
use crate::tiktok::endpoint::{self, ADS};
use crate::tiktok::envelope::Typed;
use crate::tiktok::retry::{ATTEMPTS_MAX, RETRY_TIME_MAX, THROTTLED_MAX};
use crate::tiktok::scripted::{Ruled, Scripted};
use crate::tiktok::space::Space;
use crate::tiktok::transport::Request;

const OK: &str = r#"{"code":0,"message":"OK","data":{}}"#;

async fn call(script: &Scripted, watch: &dyn Watch) -> Result<serde_json::Value> {
    let one = NonZeroU32::new(10).unwrap();
    let client = Client::new(Box::new(script.clone()), one, one);
    let call = Call { endpoint: &ADS, advertiser: Some("1"), query: &[], body: Body::None, watch };
    client.call(&call, &Typed::default()).await
}

fn code(code: i64) -> String {
    format!(r#"{{"code":{code},"message":"m","data":{{}}}}"#)
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again() {
    let script = Scripted::default();
    script.error(Kind::Network).error(Kind::Timeout).answer(502, "<html>").answer(200, &code(50000));
    script.answer(200, &code(60001)).answer(200, &code(40133)).answer(200, r#"{"code":0,"da"#).answer(200, OK);
    let start = Instant::now();
    call(&script, &()).await.unwrap();
    assert_eq!(script.sent(), 8);
    assert!(start.elapsed() >= Duration::from_secs(60), "maintenance is waited for");
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_the_error_tells_the_story() {
    let script = Scripted::default();
    for _ in 0..100 {
        script.answer(200, &code(50000));
    }
    let error = call(&script, &()).await.unwrap_err();
    assert_eq!(script.sent(), ATTEMPTS_MAX);
    assert!(error.details().contains("advertiser_id: 1; attempts: 8; seconds: "), "{}", error.details());
}

#[tokio::test(start_paused = true)]
async fn too_often_is_waited_for_and_told() {
    #[derive(Default)]
    struct Waits(Mutex<Vec<Duration>>);
    impl Watch for Waits {
        fn held_back(&self, wait: Duration) {
            self.0.lock().unwrap().push(wait);
        }
    }
    let script = Scripted::default();
    script.answer(200, &code(40100)).answer(200, &code(40100)).answer(200, OK);
    let (start, waits) = (Instant::now(), Waits::default());
    call(&script, &waits).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(waits.0.lock().unwrap().len() >= 2);
}

#[tokio::test(start_paused = true)]
async fn throttling_ends_some_day() {
    let script = Scripted::default();
    for _ in 0..1000 {
        script.answer(200, &code(40100));
    }
    let start = Instant::now();
    assert_eq!(call(&script, &()).await.unwrap_err().kind(), Kind::Throttled(crate::error::LimitScope::App));
    assert!(script.sent() <= THROTTLED_MAX as usize);
    assert!(start.elapsed() < Duration::from_secs(45 * 60));
}

#[tokio::test(start_paused = true)]
async fn what_must_not_be_sent_twice_is_not_when_its_answer_is_lost() {
    let ten = NonZeroU32::new(10).unwrap();
    for (kind, sent) in [
        (Kind::Network, 1),
        (Kind::Timeout, 1),
        (Kind::Unavailable, 1),
        (Kind::Throttled(crate::error::LimitScope::App), 2),
    ] {
        let script = Scripted::default();
        script.error(kind).answer(200, OK);
        let client = Client::new(Box::new(script.clone()), ten, ten);
        let call = Call {
            endpoint: &endpoint::SEGMENT_AUDIENCE,
            advertiser: None,
            query: &[],
            body: Body::Json(b"{}"),
            watch: &(),
        };
        let answer = client.call(&call, &Typed::<serde_json::Value>::default()).await;
        assert_eq!((answer.is_ok(), script.sent()), (sent == 2, sent), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_told_at_once() {
    for one in [40001, 40002, 40105, 77777, 20001] {
        let script = Scripted::default();
        script.answer(200, &code(one));
        call(&script, &()).await.unwrap_err();
        assert_eq!(script.sent(), 1, "{one}");
    }
}

/// Keeps the space, or leaves it.
struct Keeping(bool);

impl Decode for Keeping {
    type Out = Option<Space>;
    fn decode<'de, D: serde::Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        serde::de::IgnoredAny::deserialize(data).map(|_| None)
    }
    fn keep(&self, out: &mut Self::Out, space: Space) {
        *out = Some(space).filter(|_| self.0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_held_of_answers_is_bounded() {
    let long = |_: &Request<'_>| format!("{OK}{}", " ".repeat(2 << 20));
    let (rate, ten) = (NonZeroU32::new(1_000).unwrap(), NonZeroU32::new(10).unwrap());
    let client = Client::new(Box::new(Ruled::new(long)), rate, ten);
    let answer = |keeping: bool| {
        let client = client.clone();
        async move {
            let call = Call { endpoint: &ADS, advertiser: None, query: &[], body: Body::None, watch: &() };
            client.call(&call, &Keeping(keeping)).await.unwrap()
        }
    };
    for _ in 0..20 {
        answer(false).await;
    }
    let mut waiting: Vec<_> = (0..30).map(|_| tokio::spawn(answer(true))).collect();
    tokio::time::sleep(RETRY_TIME_MAX * 2).await;
    let held = waiting.iter().filter(|one| one.is_finished()).count();
    assert!((6..=15).contains(&held), "{held} are held, whoever waits: it never gives up");
    while let Some(at) = waiting.iter().position(tokio::task::JoinHandle::is_finished) {
        drop(waiting.swap_remove(at).await.unwrap());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(waiting.is_empty(), "{} wait for ever", waiting.len());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_throttled_holds_no_permit_that_others_need() {
    let rule = |request: &Request<'_>| match request.query {
        [(_, id)] if id == "1" => code(40133),
        _ => OK.to_owned(),
    };
    let (rate, two) = (NonZeroU32::new(50).unwrap(), NonZeroU32::new(2).unwrap());
    let client = Client::new(Box::new(Ruled::new(rule)), rate, two);
    let asks = |id: usize| {
        let client = client.clone();
        async move {
            let id = id.to_string();
            let query = [("advertiser_id", id.clone())];
            let call = Call { endpoint: &ADS, advertiser: Some(&id), query: &query, body: Body::None, watch: &() };
            client.call(&call, &Typed::<serde_json::Value>::default()).await
        }
    };
    let throttled: Vec<_> = (0..20).map(|_| tokio::spawn(asks(1))).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(client.is_held_back(&ADS, "1") && !client.is_held_back(&ADS, "2"));
    let start = Instant::now();
    futures::future::join_all((0..360).map(|at| asks(2 + at % 19)))
        .await
        .into_iter()
        .for_each(|one| drop(one.unwrap()));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    for one in throttled {
        assert_eq!(one.await.unwrap().unwrap_err().kind(), Kind::Throttled(crate::error::LimitScope::AdvertiserPath));
    }
    assert!(start.elapsed() < Duration::from_secs(45 * 60), "{:?}", start.elapsed());
}
