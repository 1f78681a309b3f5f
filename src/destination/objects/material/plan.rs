//! What there is and what rows want → the requests that make it so. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::wish::{AD, MATERIAL, Wish};
use crate::config::ads::Scope;
use crate::destination::objects::ads::change::Status;
use crate::destination::objects::ads::guard;
use crate::destination::record::fault::Fault;
use crate::error::{Error, Result};

/// Materials of one request (docs/tiktok-api.md 7.5).
pub(super) const TOGETHER_MAX: usize = 20;

/// A Smart+ ad, as far as it matters to its materials.
#[derive(Debug)]
pub(super) struct Ad {
    campaign_id: String,
    campaign_name: String,
    /// What TikTok says of each; `None` = a word that nobody knows.
    materials: HashMap<String, Option<Status>>,
}

/// Ads that were looked for, by their ids; `None` = not there, or deleted.
pub(super) type Ads = HashMap<String, Option<Ad>>;

impl Ad {
    /// Reads a record of TikTok's, with its id.
    #[must_use]
    pub(super) fn read(record: &Map<String, Value>) -> Option<(String, Option<Self>)> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = record.get(AD)?.as_str()?.to_owned();
        if text("secondary_status").ends_with("_DELETE") {
            return Some((id, None));
        }
        let material = |one: &Value| {
            let status = one.get("material_operation_status").and_then(Value::as_str);
            let known = [Status::Enable, Status::Disable];
            Some((one.get(MATERIAL)?.as_str()?.to_owned(), known.into_iter().find(|one| Some(one.word()) == status)))
        };
        let creatives = record.get("creative_list").and_then(Value::as_array).into_iter().flatten();
        let ad = Self {
            campaign_id: text("campaign_id").to_owned(),
            campaign_name: text("campaign_name").to_owned(),
            materials: creatives.filter_map(material).collect(),
        };
        Some((id, Some(ad)))
    }

    /// What a material is now, if the ad has it.
    #[must_use]
    pub(super) fn status(&self, material: &str) -> Option<Option<Status>> {
        self.materials.get(material).copied()
    }

    pub(super) fn put(&mut self, material: &str, status: Option<Status>) {
        self.materials.insert(material.to_owned(), status);
    }
}

/// What becomes of a row.
#[derive(Debug)]
pub(super) enum Fate {
    Unchanged,
    /// It is part of a request; what was before.
    Changes(Option<Status>),
    Rejected(Fault),
    /// The run writes no more.
    Ends(Arc<Error>),
}

/// Materials of an ad that leave together, by the places of their rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub ad: String,
    pub status: Status,
    pub rows: Vec<usize>,
}

/// What becomes of each row, and the requests in their order.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub fates: Vec<Fate>,
    pub requests: Vec<Request>,
}

/// Plans rows in their order, and takes what they change into the ads. `take` counts one more change, or ends the run.
pub(super) fn plan(wishes: &[&Wish], ads: &mut Ads, scope: &Scope, mut take: impl FnMut() -> Result<()>) -> Plan {
    let mut plan = Plan::default();
    for (row, wish) in wishes.iter().enumerate() {
        let fate = fate(wish, ads, scope, &mut take);
        if matches!(fate, Fate::Changes(_)) {
            plan.join(row, wishes);
        }
        plan.fates.push(fate);
    }
    plan
}

fn fate(wish: &Wish, ads: &mut Ads, scope: &Scope, take: &mut impl FnMut() -> Result<()>) -> Fate {
    let Wish { advertiser, ad: id, material, status } = wish;
    let Some(Some(ad)) = ads.get_mut(id) else {
        return not_found(AD, format!("Advertiser {advertiser} has no Smart+ ad {id}."));
    };
    let names = std::iter::once(ad.campaign_name.as_str());
    if let Err(fault) = guard::fence(scope, Some(&ad.campaign_id), names) {
        return Fate::Rejected(fault);
    }
    match ad.status(material) {
        None => not_found(MATERIAL, format!("The Smart+ ad {id} has no material {material}.")),
        Some(now) if now == Some(*status) => Fate::Unchanged,
        Some(now) => match take() {
            Err(error) => Fate::Ends(Arc::new(error)),
            Ok(()) => {
                ad.put(material, Some(*status));
                Fate::Changes(now)
            }
        },
    }
}

fn not_found(field: &'static str, message: String) -> Fate {
    Fate::Rejected(Fault { field: Some(field), reason: "not_found", message: message.into() })
}

impl Plan {
    /// Puts a row into a request of its ad and status that is not full and stands behind all others of its material.
    fn join(&mut self, row: usize, wishes: &[&Wish]) {
        let Some(wish) = wishes.get(row) else { return };
        let is_same = |other: &usize| wishes.get(*other).is_some_and(|other| other.material == wish.material);
        let touches = |request: &Request| request.ad == wish.ad && request.rows.iter().any(is_same);
        let from = self.requests.iter().rposition(touches).map_or(0, |last| last + 1);
        let fits = |request: &&mut Request| {
            request.ad == wish.ad && request.status == wish.status && request.rows.len() < TOGETHER_MAX
        };
        match self.requests.iter_mut().skip(from).find(fits) {
            Some(request) => request.rows.push(row),
            None => self.requests.push(Request { ad: wish.ad.clone(), status: wish.status, rows: vec![row] }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ads() -> Ads {
        let ad = |id: &str, campaign: &str, status: &str| {
            let materials =
                (0..30).map(|at| json!({"ad_material_id": format!("{id}{at}"), "material_operation_status": "ENABLE"}));
            let record = json!({"smart_plus_ad_id": id, "campaign_id": campaign, "campaign_name": format!("C{campaign}"),
                "secondary_status": status, "creative_list": materials.collect::<Vec<_>>()});
            Ad::read(record.as_object().unwrap()).unwrap()
        };
        [ad("1", "8", "AD_STATUS_DELIVERY_OK"), ad("2", "9", "AD_STATUS_DELIVERY_OK"), ad("3", "8", "AD_STATUS_DELETE")]
            .into()
    }

    /// A request: its ad, the status, and its rows.
    type Told = (String, Status, Vec<usize>);

    fn planned(rows: &[(&str, &str, Status)], scope: &Scope, max: usize) -> (Vec<String>, Vec<Told>) {
        let wish = |(ad, material, status): &(&str, &str, Status)| Wish {
            advertiser: "7".into(),
            ad: (*ad).into(),
            material: format!("{ad}{material}"),
            status: *status,
        };
        let wishes: Vec<Wish> = rows.iter().map(wish).collect();
        let wishes: Vec<&Wish> = wishes.iter().collect();
        let mut taken = 0;
        let take = || {
            taken += 1;
            if taken > max { Err(Error::config("enough")) } else { Ok(()) }
        };
        let plan = plan(&wishes, &mut ads(), scope, take);
        let told = |fate: &Fate| match fate {
            Fate::Unchanged => "unchanged".to_owned(),
            Fate::Changes(_) => "changes".to_owned(),
            Fate::Rejected(fault) => fault.reason.to_owned(),
            Fate::Ends(_) => "ends".to_owned(),
        };
        let requests = plan.requests.into_iter().map(|one| (one.ad, one.status, one.rows));
        (plan.fates.iter().map(told).collect(), requests.collect())
    }

    const ON: Status = Status::Enable;
    const OFF: Status = Status::Disable;

    #[test]
    fn only_what_differs_leaves_and_an_ad_has_a_request_a_status() {
        let rows = [
            ("1", "0", OFF),
            ("2", "0", OFF),
            ("1", "1", ON),
            ("1", "2", OFF),
            ("1", "99", OFF),
            ("3", "0", OFF),
            ("4", "0", OFF),
        ];
        let (fates, requests) = planned(&rows, &Scope::default(), 100);
        assert_eq!(fates, ["changes", "changes", "unchanged", "changes", "not_found", "not_found", "not_found"]);
        assert_eq!(requests, [("1".into(), OFF, vec![0, 3]), ("2".into(), OFF, vec![1])]);
    }

    #[test]
    fn the_last_row_of_a_material_has_the_last_word() {
        let rows = [("1", "0", OFF), ("1", "0", ON), ("1", "1", OFF), ("1", "0", OFF), ("1", "0", OFF)];
        let (fates, requests) = planned(&rows, &Scope::default(), 100);
        assert_eq!(fates, ["changes", "changes", "changes", "changes", "unchanged"]);
        assert_eq!(requests, [("1".into(), OFF, vec![0, 2]), ("1".into(), ON, vec![1]), ("1".into(), OFF, vec![3])]);
    }

    #[test]
    fn a_request_is_bounded() {
        let names: Vec<String> = (0..25).map(|at| at.to_string()).collect();
        let rows: Vec<_> = names.iter().map(|name| ("1", name.as_str(), OFF)).collect();
        let (_, requests) = planned(&rows, &Scope::default(), 100);
        assert_eq!(requests.iter().map(|(_, _, rows)| rows.len()).collect::<Vec<_>>(), [20, 5]);
    }

    #[test]
    fn guards_hold() {
        let fenced = Scope { campaign_ids: vec!["9".into()], ..Scope::default() };
        let rows = [("1", "0", OFF), ("2", "0", OFF)];
        assert_eq!(planned(&rows, &fenced, 100).0, ["out_of_scope", "changes"]);
        let named = Scope { name_prefix: Some("C8".into()), ..Scope::default() };
        assert_eq!(planned(&rows, &named, 100).0, ["changes", "out_of_scope"]);
        assert_eq!(planned(&rows, &Scope::default(), 1).0, ["changes", "ends"]);
    }
}
