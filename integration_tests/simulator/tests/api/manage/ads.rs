//! Ads: made together, replaced or patched.

use super::{ad, creative, made, new_adgroup, new_campaign, new_york, refused, row, with};
use crate::small;
use serde_json::{Value, json};
use simulator::Simulator;

fn group(sim: &Simulator) -> String {
    let campaign = new_campaign(sim, &json!({"operation_status": "ENABLE"}));
    new_adgroup(sim, &campaign, &json!({}))
}

#[test]
fn ads_are_made_together() {
    let sim = small();
    let group = group(&sim);
    assert_eq!(row(&sim, "adgroup", &group)["secondary_status"], "ADGROUP_STATUS_CREATE");
    let paused = with(&creative(&sim, "Two"), &json!({"operation_status": "DISABLE"}));
    let data = made(&sim, "/ad/create/", &ad(&sim, &group, &[creative(&sim, "One"), paused, creative(&sim, "One")]));
    assert_eq!(data["need_audit"], true);
    let ids: Vec<&str> = data["ad_ids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(row(&sim, "ad", ids[0]), data["creatives"][0]);
    assert_eq!(row(&sim, "ad", ids[0])["secondary_status"], "AD_STATUS_AUDIT");
    assert_eq!(row(&sim, "ad", ids[1])["secondary_status"], "AD_STATUS_DISABLE");
    assert_eq!(row(&sim, "adgroup", &group)["secondary_status"], "ADGROUP_STATUS_DELIVERY_OK");
    let account = new_york(&sim).parse().unwrap();
    sim.mutate(|world| world.approve(account));
    assert_eq!(row(&sim, "ad", ids[0])["secondary_status"], "AD_STATUS_DELIVERY_OK");
}

#[test]
fn creatives_right_and_wrong() {
    let sim = small();
    let group = group(&sim);
    for (wrong, code, says) in [
        (json!({"video_id": null}), 40002, "Missing required field(s): creatives.0.video_id."),
        (json!({"video_id": "v1"}), 40053, "creatives.0.video_id: The video v1"),
        (json!({"ad_format": "SINGLE_IMAGE"}), 40002, "Missing required field(s): creatives.0.image_ids."),
        (json!({"ad_format": "SINGLE_IMAGE", "image_ids": ["i1"]}), 40002, "creatives.0.image_ids: The image i1"),
        (json!({"ad_format": "VIDEO"}), 40002, "creatives.0.ad_format: one or more value"),
        (
            json!({"identity_id": null, "ad_name": null}),
            40002,
            "Missing required field(s): creatives.0.ad_name, creatives.0.identity_id.",
        ),
        (json!({"ad_name": "🫖"}), 40002, "creatives.0.ad_name: Emojis"),
    ] {
        let body = ad(&sim, &group, &[with(&creative(&sim, "One"), &wrong)]);
        let (found, message) = refused(&sim, "/ad/create/", &body);
        assert!(found == code && message.starts_with(says), "{wrong}: {message}");
    }
    let many = vec![creative(&sim, "One"); 21];
    assert!(refused(&sim, "/ad/create/", &ad(&sim, &group, &many)).1.starts_with("creatives: Length"));
    made(&sim, "/ad/create/", &ad(&sim, &group, &many[..20]));
}

#[test]
fn an_update_replaces_unless_it_patches() {
    let sim = small();
    let group = group(&sim);
    let body = with(&creative(&sim, "One"), &json!({"landing_page_url": "https://example.invalid", "page_id": "7"}));
    let id = made(&sim, "/ad/create/", &ad(&sim, &group, &[body]))["ad_ids"][0].as_str().unwrap().to_owned();
    assert_eq!(row(&sim, "ad", &id)["page_id"], 7);
    let patch = json!({"ad_id": id, "ad_text": "Later"});
    let update = ad(&sim, &group, std::slice::from_ref(&patch));
    assert!(refused(&sim, "/ad/update/", &update).1.starts_with("Missing required field(s): creatives.0.ad_name"));
    made(&sim, "/ad/update/", &with(&update, &json!({"patch_update": true})));
    let after = row(&sim, "ad", &id);
    assert_eq!((&after["ad_text"], &after["landing_page_url"]), (&json!("Later"), &json!("https://example.invalid")));
    let whole = with(&creative(&sim, "New"), &patch);
    made(&sim, "/ad/update/", &ad(&sim, &group, &[whole]));
    let after = row(&sim, "ad", &id);
    assert_eq!((&after["ad_name"], &after["landing_page_url"]), (&json!("New"), &json!("")));
    let pause = json!({"advertiser_id": new_york(&sim), "ad_ids": [id], "operation_status": "DISABLE"});
    made(&sim, "/ad/status/update/", &pause);
    assert_eq!(row(&sim, "ad", &id)["operation_status"], "DISABLE");
}
