use super::{ask, exchange, text, whoami};
use crate::client::send;
use crate::{small, start};
use chrono::TimeDelta;
use simulator::{
    AccessOptions, App, Flow, GrantState, OTHER_APP, Options, Rotation, SANDBOX_APP, TOKEN_EXPIRED, TOKEN_GOOD,
    TOKEN_OTHER_APP, TOKEN_REVOKED, Terms, USER_REFRESH_TOKEN,
};

#[test]
fn a_code_is_good_once_and_for_an_hour() {
    let sim = small();
    let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
    let reply = exchange(&sim, SANDBOX_APP, &code);
    assert_eq!(text(&reply, "access_token"), TOKEN_GOOD);
    let data = &reply.json()["data"];
    for absent in ["expires_in", "refresh_token", "refresh_token_expires_in"] {
        assert!(data.get(absent).is_none(), "{absent}");
    }
    assert!(data["scope"].as_array().unwrap().iter().any(|id| id.as_u64() > Some(1 << 53)));
    let again = exchange(&sim, SANDBOX_APP, &code).json();
    assert_eq!(again["code"], 40110);
    assert_eq!(again["message"], "Auth_code is used，please re-authorize.");
    for (minutes, code) in [(59, 0), (61, 40110)] {
        let fresh = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
        sim.advance(TimeDelta::minutes(minutes));
        assert_eq!(exchange(&sim, SANDBOX_APP, &fresh).code(), code, "{minutes}");
    }
}

#[test]
fn codes_and_apps_that_do_not_fit() {
    let sim = small();
    let code = |token| sim.mutate(|world| world.auth_code(token));
    let (good, foreign) = (code(TOKEN_GOOD), code(TOKEN_OTHER_APP));
    let user = sim.mutate(|world| world.code(TOKEN_GOOD, Flow::User));
    let void = code(TOKEN_GOOD);
    sim.mutate(|world| world.code_mut(&void).unwrap().state = GrantState::Void);
    let wrong = App { secret: "wrong", ..SANDBOX_APP };
    let nobody = App { id: "1", ..SANDBOX_APP };
    let cases = [
        (wrong, good.as_str(), 40002),
        (nobody, &good, 40002),
        (SANDBOX_APP, "", 40002),
        (SANDBOX_APP, "nonsense", 40110),
        (SANDBOX_APP, &good[..20], 40110),
        (SANDBOX_APP, &format!("{good}\n"), 40110),
        (SANDBOX_APP, &void, 40110),
        (SANDBOX_APP, &foreign, 40101),
        (SANDBOX_APP, &user, 40115),
        (OTHER_APP, &foreign, 0),
        (SANDBOX_APP, &good, 0),
    ];
    for (app, code, wanted) in cases {
        assert_eq!(exchange(&sim, app, code).code(), wanted, "{code:?} of {}", app.id);
    }
}

#[test]
fn a_dead_token_is_followed_by_a_new_one() {
    let sim = small();
    for dead in [TOKEN_REVOKED, TOKEN_EXPIRED] {
        let code = sim.mutate(|world| world.auth_code(dead));
        let token = text(&exchange(&sim, SANDBOX_APP, &code), "access_token");
        assert_ne!(token, dead);
        assert_eq!(whoami(&sim, &token), 0);
        assert!(sim.requests().iter().any(|line| line.path == "/oauth2/access_token/" && line.gave(&token)));
    }
    assert_eq!(sim.read(|world| world.issued().len()), 2);
}

#[test]
fn the_answer_has_what_the_terms_say() {
    let year = 31_536_000;
    let cases = [
        (Terms { expires_in: Some(60), ..Terms::default() }, [true, false, false]),
        (Terms { refresh: true, ..Terms::default() }, [false, true, false]),
        (Terms { expires_in: Some(60), refresh: true, refresh_expires_in: Some(year), ..Terms::default() }, [true; 3]),
        (Terms { refresh_expires_in: Some(year), rotation: Rotation::Same, ..Terms::default() }, [false; 3]),
    ];
    for (terms, wanted) in cases {
        let sim = start(Options { access: AccessOptions { terms, ..AccessOptions::default() }, ..Options::default() });
        let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
        let data = exchange(&sim, SANDBOX_APP, &code).json()["data"].clone();
        let names = ["expires_in", "refresh_token", "refresh_token_expires_in"];
        assert_eq!(names.map(|name| data.get(name).is_some()), wanted, "{terms:?}");
        sim.advance(TimeDelta::seconds(61));
        assert_eq!(whoami(&sim, TOKEN_GOOD), if wanted[0] { 40102 } else { 0 }, "{terms:?}");
    }
}

#[test]
fn advertiser_ids_can_be_left_out() {
    let sim = small();
    for (flag, there) in [("true", Some(true)), ("false", Some(false)), ("null", Some(true)), ("\"no\"", None)] {
        let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
        let (id, secret) = (SANDBOX_APP.id, SANDBOX_APP.secret);
        let body =
            format!(r#"{{"app_id":"{id}","secret":"{secret}","auth_code":"{code}","return_advertiser_ids":{flag}}}"#);
        let reply = send(&sim, None, "POST /open_api/v1.3/oauth2/access_token/", &body);
        match there {
            Some(there) => assert_eq!(reply.json()["data"].get("advertiser_ids").is_some(), there, "{flag}"),
            None => assert_eq!(reply.code(), 40002),
        }
    }
}

#[test]
fn revoking_ends_a_token_and_what_renews_it() {
    let sim = small();
    let refresh = sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::Advertiser, Terms::default()));
    let revoke = |app: App, token: &str| {
        let fields = [("app_id", app.id), ("secret", app.secret), ("access_token", token)];
        ask(&sim, "/oauth2/revoke_token/", &fields).code()
    };
    let wrong = App { secret: "wrong", ..SANDBOX_APP };
    let cases = [
        (wrong, TOKEN_GOOD, 40002),
        (OTHER_APP, TOKEN_GOOD, 40113),
        (SANDBOX_APP, "nonsense", 40105),
        (SANDBOX_APP, TOKEN_REVOKED, 40105),
        (SANDBOX_APP, TOKEN_GOOD, 0),
        (SANDBOX_APP, TOKEN_GOOD, 40105),
    ];
    for (app, token, wanted) in cases {
        assert_eq!(revoke(app, token), wanted, "{} {token}", app.id);
    }
    assert_eq!(whoami(&sim, TOKEN_GOOD), 40105);
    assert_eq!(super::renew(&sim, SANDBOX_APP, &refresh).code(), 40107);
}

#[test]
fn users_of_tiktok_have_their_own_calls() {
    let sim = small();
    let client = [("client_id", SANDBOX_APP.id), ("client_secret", SANDBOX_APP.secret)];
    let call = |path: &str, more: &[(&str, &str)]| ask(&sim, &format!("/tt_user{path}"), &[&client, more].concat());
    let code = sim.mutate(|world| world.code(TOKEN_GOOD, Flow::User));
    let asked = |grant, code, uri| [("grant_type", grant), ("auth_code", code), ("redirect_uri", uri)];
    let (local, grant) = ("http://localhost:8080/", "authorization_code");
    assert_eq!(call("/oauth2/token/", &asked("refresh_token", &code, local)).code(), 40108);
    assert_eq!(call("/oauth2/token/", &asked(grant, &code, "http://example.com/")).code(), 40002);
    let reply = call("/oauth2/token/", &asked(grant, &code, local));
    assert_eq!(reply.json()["data"]["expires_in"], 86_400);
    assert_eq!(text(&reply, "token_type"), "Bearer");
    assert_eq!(call("/oauth2/token/", &asked(grant, &code, local)).code(), 40110);

    let renewed =
        call("/oauth2/refresh_token/", &[("grant_type", "refresh_token"), ("refresh_token", USER_REFRESH_TOKEN)]);
    let token = text(&renewed, "access_token");
    assert_eq!(text(&renewed, "refresh_token"), USER_REFRESH_TOKEN);
    let info = |app| ask(&sim, "/tt_user/token_info/get/", &[("app_id", app), ("access_token", &token)]).code();
    assert_eq!((info(SANDBOX_APP.id), info(OTHER_APP.id), info("1")), (0, 40113, 40101));
    assert_eq!(call("/oauth2/revoke/", &[("access_token", &token)]).code(), 0);
    assert_eq!((info(SANDBOX_APP.id), whoami(&sim, &token)), (40105, 40105));
}
