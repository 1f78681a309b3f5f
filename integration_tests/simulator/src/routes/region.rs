//! `/search/region/`: the places that ads may be aimed at (`docs/tiktok-api.md` 3.8 [SDK search_region.yml]).

use super::{Route, get};
use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Shared;
use crate::world::World;
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[get("/search/region/", regions)];

const COUNTRIES: &[(u64, &str, &str)] = &[
    (6_252_001, "US", "United States"),
    (2_921_044, "DE", "Germany"),
    (2_635_167, "GB", "United Kingdom"),
    (1_861_060, "JP", "Japan"),
];
/// Of each place, the ones inside of it.
const INSIDE: u64 = 6;

/// All of them in one answer.
fn regions(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    call.account(world)?;
    let mut all = Vec::new();
    for (id, code, name) in COUNTRIES {
        let place = |id: u64, parent: u64, level: &str, name: String, area: &str| -> Value {
            json!({
                "region_id": id.to_string(),
                "region_name": name,
                "region_level": level,
                "country_code": code,
                "parent_id": parent.to_string(),
                "area_type": area,
                "support_below_18": !id.is_multiple_of(3),
            })
        };
        all.push(place(*id, 0, "COUNTRY", (*name).to_owned(), "ADMIN"));
        for province in 1..=INSIDE {
            let own = id * 100 + province;
            let area = if province == INSIDE { "METROPOLITAN_OR_DMA" } else { "ADMIN" };
            all.push(place(own, *id, "PROVINCE", format!("{name} {province}"), area));
            let cities = (1..=INSIDE).map(|city| (own * 100 + city, format!("{name} {province}.{city}")));
            all.extend(cities.map(|(id, name)| place(id, own, "CITY", name, "ADMIN")));
        }
    }
    Ok(json!({ "region_list": all }).into())
}
