use super::{Query, exchange, text, whoami};
use crate::client::{Reply, send};
use crate::small;
use simulator::{OTHER_APP, SANDBOX_APP, Simulator, TOKEN_AGENCY, TOKEN_GOOD};

const LOCAL: &str = "http://localhost:8080/back?x=1";

fn open(sim: &Simulator, query: Query<'_>) -> Reply {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    send(sim, None, &format!("GET /portal/auth?{query}"), "")
}

/// Where a link leads: the part before the query, and the query's pairs.
fn link(page: &Reply, id: &str) -> Vec<(String, String)> {
    let start = format!("id=\"{id}\" href=\"");
    let rest = page.body.split_once(&start).unwrap_or_else(|| panic!("no {id} in {}", page.body)).1;
    let url = rest.split('"').next().unwrap().replace("&amp;", "&");
    let (before, query) = url.split_once('?').unwrap();
    assert_eq!(before, "http://localhost:8080/back");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn value(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(found, _)| found == name).unwrap().1.clone()
}

#[test]
fn consent_leads_back_with_a_code() {
    let sim = small();
    assert_eq!(sim.portal(), format!("{}/portal/auth", sim.url()));
    let state = "a&b=\"<c> ü";
    let page = open(&sim, &[("app_id", SANDBOX_APP.id), ("redirect_uri", LOCAL), ("state", state)]);
    assert!(page.head.starts_with("HTTP/1.1 200") && page.head.contains("text/html; charset=utf-8"), "{}", page.head);
    let back = link(&page, "authorize");
    assert_eq!((value(&back, "state"), value(&back, "x")), (state.to_owned(), "1".to_owned()));
    let code = value(&back, "auth_code");
    assert_eq!(value(&back, "code"), code);
    assert_eq!(text(&exchange(&sim, SANDBOX_APP, &code), "access_token"), TOKEN_GOOD);
    let cancelled = link(&page, "cancel");
    assert_eq!(
        (value(&cancelled, "state"), value(&cancelled, "error")),
        (state.to_owned(), "access_denied".to_owned())
    );
    assert!(!cancelled.iter().any(|(name, _)| name.ends_with("code")));
    assert_eq!(sim.requests()[0].path, "/portal/auth");
}

#[test]
fn each_app_gets_its_own_token_of_the_user_who_consents() {
    let sim = small();
    sim.mutate(|world| world.grants.consents_as = TOKEN_AGENCY.to_owned());
    for (app, same) in [(SANDBOX_APP, true), (OTHER_APP, false)] {
        let page = open(&sim, &[("app_id", app.id), ("redirect_uri", LOCAL), ("state", "s")]);
        let token = text(&exchange(&sim, app, &value(&link(&page, "authorize"), "code")), "access_token");
        assert_eq!((token == TOKEN_AGENCY, whoami(&sim, &token)), (same, 0));
        sim.read(|world| assert_eq!(world.token(&token).unwrap().app, app));
    }
}

#[test]
fn a_wrong_request_is_told_so_on_a_page() {
    let sim = small();
    let app = ("app_id", SANDBOX_APP.id);
    let (uri, state) = (("redirect_uri", LOCAL), ("state", "s"));
    let cases: [(Query<'_>, &str); 7] = [
        (&[uri, state], "app_id is missing"),
        (&[("app_id", "1<b>"), uri, state], "no app"),
        (&[app, state], "redirect_uri is missing"),
        (&[app, ("redirect_uri", "http://example.com/"), state], "redirect URLs"),
        (&[app, ("redirect_uri", "javascript:alert(1)"), state], "redirect URLs"),
        (&[app, uri], "state is missing"),
        (&[app, uri, state, ("scope", "4")], "no parameter scope"),
    ];
    for (query, told) in cases {
        let page = open(&sim, query);
        assert!(page.head.starts_with("HTTP/1.1 400") && page.body.contains(told), "{query:?}: {}", page.body);
        assert!(!page.body.contains("authorize"));
    }
    sim.mutate(|world| world.grants.redirects = Some(vec!["http://localhost:8080/".to_owned()]));
    for (uri, status) in [("http://localhost:8080/", "200"), (LOCAL, "400"), ("http://localhost:8080", "400")] {
        let page = open(&sim, &[app, ("redirect_uri", uri), state]);
        assert!(page.head.starts_with(&format!("HTTP/1.1 {status}")), "{uri}");
    }
}

#[test]
fn the_page_is_no_endpoint() {
    let sim = small();
    for line in ["GET /open_api/v1.3/portal/auth", "POST /portal/auth", "GET /portal/auth/"] {
        assert!(send(&sim, None, line, "").head.starts_with("HTTP/1.1 404"), "{line}");
    }
}
