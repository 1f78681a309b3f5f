//! `auth refresh`, `revoke` and `whoami`.

use serde_json::json;
use simulator::{
    Flow, GrantState, RefreshData, SANDBOX_APP, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_REVOKED, Terms,
};

use super::Person;
use crate::harness::small;

fn day() -> Terms {
    Terms { expires_in: Some(86_400), refresh: true, refresh_expires_in: Some(31_536_000), ..Terms::default() }
}

#[test]
fn refresh_puts_the_new_tokens_into_the_file_and_changes_nothing_else() {
    for (kind, flow) in [("marketing", Flow::Advertiser), ("tt_user", Flow::User)] {
        let sim = small();
        let refresh = sim.mutate(|world| world.refresh_token(TOKEN_GOOD, flow, day()));
        let person = Person::at(&sim)
            .holding(&json!({"access_token": TOKEN_GOOD, "refresh_token": refresh, "token_kind": kind}));
        let before = person.config();
        let told = person.run(&["refresh"]).succeeded();
        assert!(told.stdout.starts_with("Renewed the access token, which is good until "), "{}", told.stdout);
        let after = person.config();
        let credentials = &after["credentials"];
        assert_ne!(credentials["access_token"], before["credentials"]["access_token"]);
        assert_ne!(credentials["refresh_token"], before["credentials"]["refresh_token"], "rotated");
        assert!(
            credentials["access_token_expires_at"].is_string() && credentials["refresh_token_expires_at"].is_string()
        );
        assert_eq!(after["own"], before["own"]);
        person.run(&["whoami"]).succeeded();
        person.run(&["refresh"]).succeeded();
    }
}

#[test]
fn what_cannot_be_renewed_is_explained() {
    let sim = small();
    let refresh = |state: GrantState| {
        sim.mutate(|world| {
            let token = world.refresh_token(TOKEN_GOOD, Flow::Advertiser, day());
            world.refresh_token_mut(&token).unwrap().state = state;
            token
        })
    };
    let mut all = String::new();
    for (name, token) in [
        ("none", None),
        ("used", Some(refresh(GrantState::Used))),
        ("void", Some(refresh(GrantState::Void))),
        ("expired", Some(refresh(GrantState::Expired))),
        ("of the other kind", Some(sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::User, day())))),
        ("cut off", Some(refresh(GrantState::Good)[..12].to_owned())),
    ] {
        let person = Person::at(&sim).holding(&json!({"access_token": TOKEN_GOOD, "refresh_token": token}));
        let before = person.config();
        all += &format!("{name}\n  {}\n", person.run(&["refresh"]).failed());
        assert_eq!(person.config(), before, "{name}");
    }
    sim.mutate(|world| world.grants.refresh_data = RefreshData::Null);
    let token = refresh(GrantState::Good);
    let person = Person::at(&sim).holding(&json!({"access_token": TOKEN_GOOD, "refresh_token": token}));
    all += &format!("an answer without a token\n  {}\n", person.run(&["refresh"]).failed());
    insta::assert_snapshot!(all);
}

#[test]
fn revoke_ends_every_token_and_takes_them_out_of_the_file() {
    let sim = small();
    let person = Person::at(&sim).holding(&json!({
        "access_token": TOKEN_GOOD, "advertiser_id": "7", "scope": ["4"],
        "additional_authorizations": [{"access_token": TOKEN_AGENCY}, {"access_token": TOKEN_REVOKED}],
    }));
    let told = person.run(&["revoke"]).succeeded();
    insta::assert_snapshot!(told.stdout);
    let credentials = &person.config()["credentials"];
    assert_eq!(
        *credentials,
        json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "advertiser_id": "7"})
    );
    for token in [TOKEN_GOOD, TOKEN_AGENCY] {
        let other = Person::at(&sim).holding(&json!({"access_token": token}));
        assert!(other.run(&["whoami"]).exit == Some(1), "it is over at TikTok, too");
    }
    let wrong = Person::at(&sim).holding(&json!({"access_token": TOKEN_GOOD, "secret": "b".repeat(40)}));
    assert!(!wrong.run(&["revoke"]).failed().is_empty());
    assert_eq!(wrong.config()["credentials"]["access_token"], TOKEN_GOOD, "what may still live stays");
}

#[test]
fn whoami_tells_what_the_tokens_open() {
    let sim = small();
    let team = json!({
        "access_token": TOKEN_GOOD, "scope": ["4", "100", "7043626160646946818"],
        "additional_authorizations": [{"access_token": TOKEN_AGENCY}, {"access_token": TOKEN_EXPIRED}],
    });
    let told = Person::at(&sim).holding(&team).run(&["whoami"]).succeeded();
    insta::assert_snapshot!(crate::destination::without_ids(&told.stdout));
}
