//! A transport that answers from a script, for tests without a network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;

use super::transport::{Request, Response, Transport};
use crate::error::{Error, Kind, Result};

/// Responds in the order in which the responses were added. Clones share the script.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: VecDeque<Result<Response>>,
    queries: Vec<Vec<(&'static str, String)>>,
    bodies: Vec<String>,
}

impl Scripted {
    pub(crate) fn answer(&self, status: u16, body: &str) -> &Self {
        self.push(Ok(Response { status, body: body.into(), cut: false, retry_after: None }))
    }

    pub(crate) fn error(&self, kind: Kind) -> &Self {
        self.push(Err(Error::new(kind, "scripted")))
    }

    /// The number of requests so far.
    pub(crate) fn sent(&self) -> usize {
        self.0.lock().unwrap().queries.len()
    }

    /// The body of each request so far that had one.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.0.lock().unwrap().bodies.clone()
    }

    /// The value of one parameter in each request so far.
    pub(crate) fn asked(&self, name: &str) -> Vec<String> {
        let script = self.0.lock().unwrap();
        let value =
            |query: &Vec<(&str, String)>| query.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        script.queries.iter().filter_map(value).collect()
    }

    fn push(&self, answer: Result<Response>) -> &Self {
        self.0.lock().unwrap().answers.push_back(answer);
        self
    }
}

impl Transport for Scripted {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>> {
        let mut script = self.0.lock().unwrap();
        script.queries.push(request.query.to_vec());
        let json = request.body.json();
        script.bodies.extend((!json.is_empty()).then(|| String::from_utf8_lossy(json).into_owned()));
        let answer = script.answers.pop_front().expect("the script is over");
        Box::pin(std::future::ready(answer))
    }
}

/// Responds by a rule, for tests in which the order does not matter.
#[derive(Clone)]
pub(crate) struct Ruled {
    rule: fn(&Request<'_>) -> String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Ruled {
    pub(crate) fn new(rule: fn(&Request<'_>) -> String) -> Self {
        Self { rule, asked: Arc::default() }
    }

    /// Path and token of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Transport for Ruled {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>> {
        let token = request.token.map_or("-", |token| secrecy::ExposeSecret::expose_secret(token));
        self.asked.lock().unwrap().push(format!("{} {token}", request.endpoint.path));
        let body = (self.rule)(&request).into_bytes();
        Box::pin(std::future::ready(Ok(Response { status: 200, body, cut: false, retry_after: None })))
    }
}
