use super::{ask, renew, text, whoami};
use crate::small;
use chrono::TimeDelta;
use simulator::{
    App, Flow, GrantState, OTHER_APP, RefreshData, Rotation, SANDBOX_APP, Simulator, TOKEN_GOOD, Terms,
    USER_REFRESH_TOKEN,
};

const DAY: i64 = 86_400;
const TERMS: Terms = Terms {
    expires_in: Some(DAY),
    refresh: true,
    refresh_expires_in: Some(30 * DAY),
    rotation: Rotation::New,
    kills_old: false,
};

fn renewable(sim: &Simulator, terms: Terms) -> String {
    sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::Advertiser, terms))
}

#[test]
fn a_token_ends_with_its_time() {
    let sim = small();
    renewable(&sim, TERMS);
    for (hours, code) in [(23, 0), (2, 40102)] {
        sim.advance(TimeDelta::hours(hours));
        assert_eq!(whoami(&sim, TOKEN_GOOD), code);
    }
}

#[test]
fn a_token_ends_after_its_calls() {
    let sim = small();
    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().calls_left = Some(3));
    let codes: Vec<i64> = (0..5).map(|_| whoami(&sim, TOKEN_GOOD)).collect();
    assert_eq!(codes, [0, 0, 0, 40102, 40102]);
}

#[test]
fn a_renewed_token_sees_the_same() {
    let sim = small();
    let refresh = renewable(&sim, TERMS);
    let reply = renew(&sim, SANDBOX_APP, &refresh);
    let token = text(&reply, "access_token");
    let data = &reply.json()["data"];
    assert_eq!((data["expires_in"].as_i64(), data["refresh_token_expires_in"].as_i64()), (Some(DAY), Some(30 * DAY)));
    assert_eq!((whoami(&sim, TOKEN_GOOD), whoami(&sim, &token)), (0, 0), "the old one lives on");
    sim.read(|world| {
        let [old, new] = [TOKEN_GOOD, &token].map(|value| world.token(value).unwrap());
        assert_eq!((&old.lists, &old.reaches, &old.scopes), (&new.lists, &new.reaches, &new.scopes));
    });
    sim.advance(TimeDelta::seconds(DAY + 1));
    assert_eq!(whoami(&sim, &token), 40102);
    let log = sim.requests();
    let line = log.iter().find(|line| line.path == "/oauth2/refresh_token/").unwrap();
    assert!(line.gave(&token) && line.body.is_none());
    assert!(log.iter().any(|line| line.came_with(&token)));
    assert!(!format!("{log:?}").contains(&token), "whole tokens are not logged");
}

#[test]
fn refresh_tokens_rotate_as_they_are_told() {
    for rotation in [Rotation::New, Rotation::Same, Rotation::Absent] {
        let sim = small();
        let refresh = renewable(&sim, Terms { rotation, ..TERMS });
        let next = renew(&sim, SANDBOX_APP, &refresh).json()["data"]["refresh_token"].clone();
        let old = renew(&sim, SANDBOX_APP, &refresh).code();
        match rotation {
            Rotation::New => {
                assert_eq!(old, 40107);
                assert_eq!(renew(&sim, SANDBOX_APP, next.as_str().unwrap()).code(), 0);
            }
            Rotation::Same => assert_eq!((next, old), (refresh.into(), 0)),
            Rotation::Absent => assert!(next.is_null() && old == 0),
        }
    }
}

#[test]
fn the_old_token_may_die_at_once() {
    let sim = small();
    let refresh = renewable(&sim, Terms { kills_old: true, ..TERMS });
    let token = text(&renew(&sim, SANDBOX_APP, &refresh), "access_token");
    assert_eq!((whoami(&sim, TOKEN_GOOD), whoami(&sim, &token)), (40102, 0));
}

#[test]
fn renewals_that_fail() {
    let sim = small();
    let refresh = renewable(&sim, TERMS);
    let cases = [
        (SANDBOX_APP, "nonsense", 40107),
        (SANDBOX_APP, TOKEN_GOOD, 40107),
        (SANDBOX_APP, USER_REFRESH_TOKEN, 40107),
        (App { secret: "wrong", ..SANDBOX_APP }, &refresh, 40101),
        (OTHER_APP, &refresh, 40113),
        (SANDBOX_APP, "", 40002),
    ];
    for (app, refresh, code) in cases {
        assert_eq!(renew(&sim, app, refresh).code(), code, "{refresh} of {}", app.id);
    }
    for (state, code) in [(GrantState::Expired, 40103), (GrantState::Void, 40107), (GrantState::Good, 0)] {
        sim.mutate(|world| world.refresh_token_mut(&refresh).unwrap().state = state);
        assert_eq!(renew(&sim, SANDBOX_APP, &refresh).code(), code, "{state:?}");
    }
    let late = renewable(&sim, TERMS);
    sim.advance(TimeDelta::days(30));
    assert_eq!(renew(&sim, SANDBOX_APP, &late).code(), 40103);
}

#[test]
fn renewals_that_are_disturbed_change_nothing() {
    let sim = small();
    let refresh = renewable(&sim, TERMS);
    sim.faults("path=/oauth2/refresh_token/,times=1,kind=40100;times=1,kind=html502".parse().unwrap());
    assert_eq!(renew(&sim, SANDBOX_APP, &refresh).code(), 40100);
    assert!(renew(&sim, SANDBOX_APP, &refresh).head.starts_with("HTTP/1.1 502"));
    assert!(sim.read(|world| world.issued().is_empty()));
    assert_eq!(renew(&sim, SANDBOX_APP, &refresh).code(), 0);
}

#[test]
fn success_can_be_empty() {
    let sim = small();
    let refresh = renewable(&sim, TERMS);
    for (data, wanted) in [(RefreshData::Null, "\"data\":null"), (RefreshData::Empty, "\"data\":{}")] {
        sim.mutate(|world| world.grants.refresh_data = data);
        let reply = renew(&sim, SANDBOX_APP, &refresh);
        assert!(reply.code() == 0 && reply.body.contains(wanted), "{}", reply.body);
    }
}

#[test]
fn the_grant_type_is_checked_if_it_is_there() {
    let sim = small();
    let refresh = renewable(&sim, Terms { rotation: Rotation::Same, ..TERMS });
    let fields = [("app_id", SANDBOX_APP.id), ("secret", SANDBOX_APP.secret), ("refresh_token", refresh.as_str())];
    assert_eq!(ask(&sim, "/oauth2/refresh_token/", &fields).code(), 0);
    let other = [fields.as_slice(), &[("grant_type", "password")]].concat();
    assert_eq!(ask(&sim, "/oauth2/refresh_token/", &other).code(), 40108);
}
