use crate::client::{get, get_as, send};
use crate::{id_of, small};
use simulator::{
    OTHER_APP, SANDBOX_APP, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_OTHER_APP, TOKEN_REVOKED, TOKEN_WITH_FORBIDDEN,
    USER_REFRESH_TOKEN,
};

const APP: [(&str, &str); 2] = [("app_id", SANDBOX_APP.id), ("secret", SANDBOX_APP.secret)];

#[test]
fn the_token_is_checked_before_anything_else() {
    let sim = small();
    let wrong = [("page", "x")];
    assert_eq!(get_as(&sim, None, "/campaign/get/", &wrong).code(), 40104);
    assert_eq!(get_as(&sim, Some("nonsense"), "/campaign/get/", &wrong).code(), 40105);
    assert_eq!(get_as(&sim, Some(TOKEN_REVOKED), "/campaign/get/", &wrong).code(), 40105);
    assert_eq!(get_as(&sim, Some(TOKEN_EXPIRED), "/campaign/get/", &wrong).code(), 40102);
    assert_eq!(get(&sim, "/campaign/get/", &wrong).code(), 40002);
}

#[test]
fn unknown_paths_are_plain_text() {
    let sim = small();
    for path in ["/campaign/get", "/nothing/", "/"] {
        let reply = get(&sim, path, &[]);
        assert!(reply.head.starts_with("HTTP/1.1 404"), "{path}");
        assert_eq!(reply.body, "404 page not found");
    }
    let reply = send(&sim, Some(TOKEN_GOOD), "POST /open_api/v1.3/campaign/get/", "{}");
    assert!(reply.head.starts_with("HTTP/1.1 405"));
}

#[test]
fn accounts_are_those_of_the_token() {
    let sim = small();
    let listed = |token| {
        let reply = get_as(&sim, Some(token), "/oauth2/advertiser/get/", &APP).json();
        reply["data"]["list"].as_array().unwrap().len()
    };
    assert_eq!((listed(TOKEN_GOOD), listed(TOKEN_WITH_FORBIDDEN)), (4, 5));
    let path = "/oauth2/advertiser/get/";
    assert_eq!(get_as(&sim, Some(TOKEN_OTHER_APP), path, &APP).code(), 40113);
    let other = [("app_id", OTHER_APP.id), ("secret", SANDBOX_APP.secret)];
    assert_eq!(get(&sim, path, &other).code(), 40101);
    assert_eq!(get(&sim, path, &[("app_id", "1")]).code(), 40002);
}

#[test]
fn a_forbidden_account_gives_no_data() {
    let sim = small();
    let id = id_of(&sim, "Forbidden").to_string();
    let list = format!("[\"{id}\"]");
    for token in [TOKEN_GOOD, TOKEN_WITH_FORBIDDEN] {
        let reply = get_as(&sim, Some(token), "/ad/get/", &[("advertiser_id", &id)]);
        assert_eq!(reply.code(), 40001);
        assert_eq!(reply.json()["message"], format!("No permission to operate advertiser: {id}"));
        let reply = get_as(&sim, Some(token), "/advertiser/info/", &[("advertiser_ids", &list)]);
        assert_eq!(reply.code(), 40001);
    }
    let reply = get(&sim, "/ad/get/", &[("advertiser_id", "7")]).json();
    assert_eq!(reply["message"], "The advertiser 7 doesn't exist or has been deleted.");
}

#[test]
fn advertisers_come_without_what_must_be_asked_for() {
    let sim = small();
    let id = id_of(&sim, "Tokyo").to_string();
    let list = format!("[\"{id}\"]");
    let reply = get(&sim, "/advertiser/info/", &[("advertiser_ids", &list)]).json();
    let record = &reply["data"]["list"][0];
    assert_eq!(record["display_timezone"], "Asia/Tokyo");
    assert!(record["create_time"].is_i64() && record.get("ads_only_mode").is_none());
    let query = [("advertiser_ids", list.as_str()), ("fields", "[\"advertiser_name\"]")];
    let reply = get(&sim, "/advertiser/info/", &query);
    assert!(reply.body.contains("fields.0: one or more value of the param is not acceptable"));
}

#[test]
fn a_token_can_be_had_and_revoked() {
    let sim = small();
    let (id, secret) = (SANDBOX_APP.id, SANDBOX_APP.secret);
    let body = format!(r#"{{"app_id":"{id}","secret":"{secret}","auth_code":"code-{TOKEN_GOOD}"}}"#);
    let reply = send(&sim, None, "POST /open_api/v1.3/oauth2/access_token/", &body).json();
    assert_eq!(reply["data"]["access_token"], TOKEN_GOOD);
    let body = format!(r#"{{"app_id":"{id}","secret":"{secret}","access_token":"{TOKEN_GOOD}"}}"#);
    let reply = send(&sim, None, "POST /open_api/v1.3/oauth2/revoke_token/", &body);
    assert_eq!(reply.code(), 0);
    assert_eq!(get(&sim, "/user/info/", &[]).code(), 40105);
}

#[test]
fn a_user_token_is_renewed() {
    let sim = small();
    let renew = |grant: &str, token: &str| {
        let (id, secret) = (SANDBOX_APP.id, SANDBOX_APP.secret);
        let body = format!(
            r#"{{"client_id":"{id}","client_secret":"{secret}","grant_type":"{grant}","refresh_token":"{token}"}}"#
        );
        send(&sim, None, "POST /open_api/v1.3/tt_user/oauth2/refresh_token/", &body).code()
    };
    assert_eq!(renew("refresh_token", USER_REFRESH_TOKEN), 0);
    assert_eq!(renew("password", USER_REFRESH_TOKEN), 40108);
    assert_eq!(renew("refresh_token", TOKEN_GOOD), 40107);
}
