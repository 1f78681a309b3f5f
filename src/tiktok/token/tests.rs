//! The life of tokens in virtual time, against a TikTok that knows which token is good.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{BoxFuture, join_all};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::expiry::Times;
use super::grant::{App, Family};
use super::*;
use crate::error::Kind;
use crate::tiktok::Client;
use crate::tiktok::authorizations::Authorizations;
use crate::tiktok::endpoint::CAMPAIGNS;
use crate::tiktok::envelope::Typed;
use crate::tiktok::transport::{Request, Response, Transport};
use crate::tiktok::{Body, Call};

/// A TikTok of a few rules: what it does with the n-th renewal, and which tokens it takes.
#[derive(Clone, Default)]
struct TikTok(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// What renewals are answered with, the last one again and again.
    renewals: Vec<Value>,
    good: Vec<String>,
    /// The code for tokens that are not good.
    refusal: i64,
    /// What happened, in order.
    story: Vec<String>,
}

impl TikTok {
    fn new(good: &[&str], renewals: &[Value]) -> Self {
        let good = good.iter().map(|token| (*token).to_owned()).collect();
        Self(Arc::new(Mutex::new(State { renewals: renewals.to_vec(), good, refusal: 40102, story: Vec::new() })))
    }

    fn story(&self) -> Vec<String> {
        self.0.lock().unwrap().story.clone()
    }

    fn tell(&self, what: String) {
        self.0.lock().unwrap().story.push(what);
    }

    fn answer(&self, request: &Request<'_>) -> Value {
        let mut state = self.0.lock().unwrap();
        if request.endpoint.path.contains("refresh_token") {
            state.story.push(format!("{} {}", request.endpoint.path, String::from_utf8_lossy(request.body.json())));
            assert!(request.token.is_none(), "a renewal has no access token");
            let next = if state.renewals.len() > 1 { state.renewals.remove(0) } else { state.renewals[0].clone() };
            if let Some(token) = next["data"]["access_token"].as_str() {
                state.good.push(token.to_owned());
            }
            return next;
        }
        let token = request.token.map(|token| token.expose_secret().to_owned()).unwrap_or_default();
        state.story.push(token.clone());
        match state.good.contains(&token) {
            true => json!({"code": 0, "message": "OK", "data": {}}),
            false => json!({"code": state.refusal, "message": "no"}),
        }
    }
}

impl Transport for TikTok {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let body = self.answer(&request).to_string().into_bytes();
            Ok(Response { status: 200, body, cut: false, retry_after: None })
        })
    }
}

impl TokenStore for TikTok {
    fn store<'a>(&'a self, number: usize, tokens: &'a Tokens) -> BoxFuture<'a, Result<()>> {
        let refresh = tokens.refresh.as_ref().map_or("-", |token| token.expose_secret());
        self.tell(format!("CONTROL {number} {} {refresh}", tokens.access.expose_secret()));
        Box::pin(std::future::ready(Ok(())))
    }
}

const START: &str = "2026-03-01T12:00:00Z";

fn start() -> DateTime<Utc> {
    START.parse().unwrap()
}

fn grant(token: &str, more: Value) -> Value {
    let mut data = json!({"access_token": token});
    data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({"code": 0, "message": "OK", "data": data})
}

/// A client with one authorization whose access token ends in `hours`.
fn client(tiktok: &TikTok, hours: Option<i64>, refresh: Option<&str>, failure: Failure) -> Client {
    let now = Instant::now();
    let times = Times { access_ends: hours.map(|hours| start() + TimeDelta::hours(hours)), ..Times::default() };
    let tokens = Tokens { access: "old".into(), refresh: refresh.map(SecretString::from), times };
    let app = App { id: "app".into(), secret: "secret".into() };
    let one = Authorization::new(0, tokens, Some(Renewal { app, family: Family::Marketing }))
        .stored_by(Arc::new(tiktok.clone()), failure)
        .with_clock(move || start() + TimeDelta::from_std(now.elapsed()).unwrap());
    let many = NonZeroU32::new(100).unwrap();
    Client::authorized(Box::new(tiktok.clone()), Authorizations::new(vec![one]), many, many)
}

async fn ask(client: &Client) -> Result<Value> {
    let call = Call { endpoint: &CAMPAIGNS, advertiser: None, query: &[], body: Body::None, watch: &() };
    client.call(&call, &Typed::default()).await
}

const RENEWAL: &str =
    r#"/oauth2/refresh_token/ {"app_id":"app","secret":"secret","refresh_token":"r","grant_type":"refresh_token"}"#;

#[tokio::test(start_paused = true)]
async fn a_token_without_end_is_used_as_it_is() {
    for refresh in [None, Some("r")] {
        let tiktok = TikTok::new(&["old"], &[grant("new", json!({}))]);
        ask(&client(&tiktok, None, refresh, Failure::GoOn)).await.unwrap();
        assert_eq!(tiktok.story(), ["old"]);
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_renewed_when_less_than_six_hours_remain_and_stored_before_its_first_use() {
    let tiktok = TikTok::new(&["old"], &[grant("new", json!({"expires_in": 86400, "refresh_token": "r2"}))]);
    let client = client(&tiktok, Some(7), Some("r"), Failure::GoOn);
    ask(&client).await.unwrap();
    assert_eq!(tiktok.story(), ["old"]);
    tokio::time::advance(Duration::from_secs(3600 + 60)).await;
    ask(&client).await.unwrap();
    ask(&client).await.unwrap();
    assert_eq!(tiktok.story()[1..], [RENEWAL, "CONTROL 0 new r2", "new", "new"]);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_renewed_once_for_all_requests() {
    let tiktok = TikTok::new(&[], &[grant("new", json!({}))]);
    let client = client(&tiktok, None, Some("r"), Failure::GoOn);
    for answer in join_all((0..50).map(|_| ask(&client))).await {
        answer.unwrap();
    }
    let story = tiktok.story();
    let count = |what: &str| story.iter().filter(|one| *one == what).count();
    assert_eq!((count(RENEWAL), count("CONTROL 0 new r"), count("new")), (1, 1, 50));
    let first_use = story.iter().position(|one| one == "new").unwrap();
    assert!(story.iter().position(|one| one.starts_with("CONTROL")).unwrap() < first_use, "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_another_ones_renewal_overtook_is_sent_again() {
    let tiktok = TikTok::new(&["old"], &[grant("new", json!({}))]);
    let client = client(&tiktok, None, Some("r"), Failure::GoOn);
    let late = ask(&client);
    let renewed = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut state = tiktok.0.lock().unwrap();
        // The renewal revoked the old token while the request was on its way.
        (state.good, state.refusal) = (vec!["new".to_owned()], 40105);
        drop(state);
        let held = client.authorizations().get(0).unwrap();
        let tokens = Tokens { access: "new".into(), ..held.held().tokens.clone() };
        *held.current.lock().unwrap() = Arc::new(Held { tokens, generation: 1 });
    };
    tokio::join!(late, renewed).0.unwrap();
    assert_eq!(tiktok.story(), ["old", "new"]);
}

#[tokio::test(start_paused = true)]
async fn a_reader_goes_on_while_the_old_token_lives_and_a_writer_stops() {
    let refusals = [
        json!({"code": 40107, "message": "m"}),
        json!({"code": 40103, "message": "m"}),
        json!({"code": 0, "message": "OK", "data": null}),
        json!({"code": 50000, "message": "m"}),
    ];
    for (refusal, kind) in refusals.iter().zip([Kind::Token, Kind::Token, Kind::Unexpected, Kind::Unavailable]) {
        let tiktok = TikTok::new(&["old"], std::slice::from_ref(refusal));
        let reader = client(&tiktok, Some(1), Some("r"), Failure::GoOn);
        for _ in 0..3 {
            ask(&reader).await.unwrap();
        }
        let renewals = tiktok.story().iter().filter(|one| *one == RENEWAL).count();
        assert_eq!(
            renewals,
            if kind == Kind::Unavailable { crate::tiktok::retry::ATTEMPTS_MAX } else { 1 },
            "{refusal}"
        );

        let tiktok = TikTok::new(&["old"], std::slice::from_ref(refusal));
        let writer = client(&tiktok, Some(1), Some("r"), Failure::Stop);
        for _ in 0..3 {
            let error = ask(&writer).await.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.message().contains("so nothing more is done with it"), "{error}");
        }
        assert!(!tiktok.story().contains(&"old".to_owned()), "{:?}", tiktok.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_failed_in_passing_is_tried_again_later() {
    let tiktok = TikTok::new(&["old"], &[json!({"code": 60001, "message": "m"})]);
    let client = client(&tiktok, Some(5), Some("r"), Failure::GoOn).watched();
    ask(&client).await.unwrap();
    tiktok.0.lock().unwrap().renewals = vec![grant("new", json!({}))];
    ask(&client).await.unwrap();
    assert_eq!(tiktok.story().last().unwrap(), "old", "not at once");
    tokio::time::advance(RENEWAL_PAUSE.to_std().unwrap()).await;
    ask(&client).await.unwrap();
    assert_eq!(tiktok.story().last().unwrap(), "new");
}

#[tokio::test(start_paused = true)]
async fn a_dead_token_that_cannot_be_renewed_says_reconnect() {
    for code in [40103, 40107, 40110] {
        let tiktok = TikTok::new(&[], &[json!({"code": code, "message": "m"})]);
        let client = client(&tiktok, None, Some("r"), Failure::GoOn);
        for error in join_all((0..5).map(|_| ask(&client))).await.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.kind(), Kind::Token);
            assert!(error.to_string().starts_with("The access token has expired and could not be renewed"), "{error}");
            assert!(error.to_string().contains("Reconnect"), "{error}");
        }
        assert_eq!(tiktok.story().iter().filter(|one| *one == RENEWAL).count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_nothing_is_renewed() {
    let tiktok = TikTok::new(&[], &[grant("new", json!({}))]);
    let error = ask(&client(&tiktok, Some(1), None, Failure::Stop)).await.unwrap_err();
    assert_eq!((error.kind(), tiktok.story()), (Kind::Token, vec!["old".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_right_after_its_renewal_ends_it() {
    let tiktok = TikTok::new(&[], &[json!({"code": 0, "data": {"access_token": "new"}})]);
    let client = client(&tiktok, None, Some("r"), Failure::GoOn);
    {
        let tiktok = tiktok.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                tiktok.0.lock().unwrap().good.clear();
            }
        });
    }
    assert_eq!(ask(&client).await.unwrap_err().kind(), Kind::Token);
    assert!(tiktok.story().len() < 12, "{:?}", tiktok.story());
}

#[tokio::test(start_paused = true)]
async fn a_short_life_is_not_renewed_with_every_request() {
    let tiktok = TikTok::new(&["old"], &[grant("new", json!({"expires_in": "3600"}))]);
    let client = client(&tiktok, Some(0), Some("r"), Failure::GoOn);
    for _ in 0..100 {
        ask(&client).await.unwrap();
    }
    assert_eq!(tiktok.story().iter().filter(|one| *one == RENEWAL).count(), 1);
}
