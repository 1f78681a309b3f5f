//! `auth login` over plain HTTP: what a browser would ask, asked by hand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use simulator::{SANDBOX_APP, Simulator, TOKEN_GOOD};

use super::{Person, Told};
use crate::harness::{Connector, small};

/// A login that waits for its browser.
pub(super) struct Waiting {
    person: Person,
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    read: String,
    /// The consent page it printed.
    pub(super) url: String,
    pub(super) port: u16,
}

impl Waiting {
    pub(super) fn start(person: Person, more: &[&str]) -> Self {
        let mut args = vec!["login", "--no-browser"];
        if !more.contains(&"--redirect-uri") {
            args.extend(["--port", "0"]);
        }
        args.extend(more);
        let mut child = person.start(&args);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut read, mut url, mut port) = (String::new(), None, None);
        while port.is_none() {
            let mut line = String::new();
            if stdout.read_line(&mut line).unwrap() == 0 {
                let mut stderr = String::new();
                child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
                panic!("{read}\n{stderr}");
            }
            if line.trim().starts_with("http") {
                url = Some(line.trim().to_owned());
            }
            if let Some((_, rest)) = line.split_once("Waiting on http://localhost:") {
                port = rest.split([',', '/']).next().unwrap().parse().ok();
            }
            read += &line;
        }
        Self { person, child, stdout, read, url: url.unwrap(), port: port.unwrap() }
    }

    /// A parameter of the consent page's address.
    fn parameter(&self, name: &str) -> String {
        let query = self.url.split_once('?').unwrap().1;
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap().to_owned()
    }

    /// What the browser gets for an address.
    fn get(&self, address: &str) -> String {
        request(self.port, &format!("GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    pub(super) fn end(mut self) -> (Person, Told) {
        self.stdout.read_to_string(&mut self.read).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout = self.read.into_bytes();
        let told = self.person.told(output);
        (self.person, told)
    }
}

fn request(port: u16, text: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn code(sim: &Simulator) -> String {
    sim.mutate(|world| world.auth_code(TOKEN_GOOD))
}

#[test]
fn the_way_through_the_browser_ends_in_a_config_that_works() {
    let sim = small();
    let login = Waiting::start(Person::at(&sim), &[]);
    assert!(login.url.starts_with(&format!("{}?app_id={}&", sim.portal(), SANDBOX_APP.id)), "{}", login.url);
    assert_eq!(login.parameter("redirect_uri"), format!("http%3A%2F%2Flocalhost%3A{}", login.port));
    assert_eq!(login.parameter("state").len(), 32);
    assert!(!login.url.contains("scope"), "TikTok takes no scopes");
    let (code, state) = (code(&sim), login.parameter("state"));
    assert!(login.get("/favicon.ico").starts_with("HTTP/1.1 404"));
    assert!(login.get("/").contains("Waiting for TikTok"));
    let page = login.get(&format!("/?auth_code={code}&code={code}&state={state}"));
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Authorization worked"), "{page}");
    for header in
        ["cache-control: no-store", "referrer-policy: no-referrer", "content-security-policy: default-src 'none'"]
    {
        assert!(page.contains(header), "{page}");
    }
    assert!(!page.contains(&code) && !page.contains(&state), "{page}");
    let (person, told) = login.end();
    let told = told.succeeded();
    assert!(told.stdout.contains("The token sees 4 advertisers.") && !told.stdout.contains(&code), "{}", told.stdout);
    let mut connector = Connector::to(&sim);
    connector.config = person.config();
    assert_eq!(connector.check().succeeded().connection_status(), "SUCCEEDED");
}

#[test]
fn another_redirect_address_is_listened_on() {
    let sim = small();
    // Any free port will do, but it must be told before.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let uri = format!("http://localhost:{port}/back");
    let login = Waiting::start(Person::at(&sim), &["--redirect-uri", &uri]);
    let (code, state) = (code(&sim), login.parameter("state"));
    assert!(login.get(&format!("/?auth_code={code}&state={state}")).starts_with("HTTP/1.1 404"));
    assert!(login.get(&format!("/back?auth_code={code}&state={state}")).contains("Authorization worked"));
    login.end().1.succeeded();
}

/// A name, and the address that the browser asks for, of a code and the state.
type Case = (&'static str, fn(&str, &str) -> String);

#[test]
fn what_goes_wrong_is_told_on_the_page_and_in_the_shell() {
    let sim = small();
    let used = code(&sim);
    Person::at(&sim).run(&["exchange", &used]).succeeded();
    let mut all = String::new();
    let cases: [Case; 3] = [
        ("cancelled", |_, state| format!("/?error=access_denied&state={state}")),
        ("no code", |_, state| format!("/?state={state}")),
        ("a used code", |code, state| format!("/?auth_code={code}&state={state}")),
    ];
    for (name, address) in cases {
        let login = Waiting::start(Person::at(&sim), &[]);
        let page = login.get(&address(&used, &login.parameter("state")));
        assert!(page.starts_with("HTTP/1.1 400") && page.contains("Authorization failed"), "{name}: {page}");
        let (person, told) = login.end();
        assert!(!person.path("config.json").exists(), "{name}");
        let sentence = told.failed();
        assert!(page.contains(&sentence.replace('&', "&amp;").replace('"', "&quot;")), "{name}: {page}");
        all += &format!("{name}\n  {sentence}\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_answer_to_another_login_gets_its_page_and_ends_nothing() {
    let sim = small();
    let login = Waiting::start(Person::at(&sim), &[]);
    let (code, state) = (code(&sim), login.parameter("state"));
    for address in [
        format!("/?auth_code={code}&state=0123456789abcdef0123456789abcdef"),
        format!("/?auth_code={code}"),
        format!("/?auth_code={code}&state="),
        "/?error=access_denied".to_owned(),
        "/?error=access_denied&state=x".to_owned(),
        "/?state=x".to_owned(),
        format!("/?code=c1&state={}", &state[1..]),
    ] {
        let page = login.get(&address);
        assert!(page.starts_with("HTTP/1.1 400") && page.contains("Another login"), "{address}: {page}");
        assert!(!page.contains(&code) && !page.contains(&state), "{page}");
    }
    assert!(sim.requests().is_empty(), "no code of another login is used up");
    assert!(login.get(&format!("/?auth_code={code}&state={state}")).contains("Authorization worked"));
    let (_, told) = login.end();
    assert_eq!(told.succeeded().stdout.matches("belongs to another login").count(), 1);
}

#[test]
fn answers_to_other_logins_are_counted_when_the_right_one_never_comes() {
    let sim = small();
    let login = Waiting::start(Person::at(&sim), &["--timeout", "10"]);
    for _ in 0..3 {
        login.get("/?auth_code=c1&state=x");
    }
    let (person, told) = login.end();
    assert!(!person.path("config.json").exists());
    assert!(
        told.failed().contains("within 10 s with the state of this login; 3 answers belonged to another one"),
        "{}",
        told.stderr
    );
}

#[test]
fn a_closed_browser_and_a_signal_end_it_without_a_trace() {
    let sim = small();
    let (person, told) = Waiting::start(Person::at(&sim), &["--timeout", "1"]).end();
    assert!(!person.path("config.json").exists());
    let mut all = format!("nobody came\n  {}\n", told.failed());
    let login = Waiting::start(Person::at(&sim).holding(&json!({"access_token": "old-token-old-token"})), &[]);
    kill_process(Pid::from_child(&login.child), Signal::INT).unwrap();
    let (person, told) = login.end();
    assert_eq!(told.exit, Some(130));
    assert_eq!(person.config()["credentials"]["access_token"], "old-token-old-token");
    all += &format!("interrupted\n  {}\n", told.failed());
    insta::assert_snapshot!(all);
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_else() {
    let sim = small();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = Person::at(&sim).run(&["login", "--no-browser", "--port", &port]);
    assert_eq!(told.stdout, "");
    assert!(told.failed().starts_with(&format!("Port {port} is taken by another program.")), "{}", told.stderr);
    assert!(sim.requests().is_empty());
}

#[test]
fn a_stranger_at_the_door_does_no_harm() {
    let sim = small();
    let login = Waiting::start(Person::at(&sim), &[]);
    for odd in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        request(login.port, odd);
    }
    let silent: Vec<_> = (0..5).map(|_| TcpStream::connect(("127.0.0.1", login.port)).unwrap()).collect();
    let address = format!("/?auth_code={}&state={}", code(&sim), login.parameter("state"));
    assert!(login.get(&address).contains("Authorization worked"));
    login.end().1.succeeded();
    drop(silent);
}
