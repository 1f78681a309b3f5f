use super::*;

fn world(kind: WorldKind) -> World {
    World::new(kind, 1, afternoon_of(NaiveDate::from_ymd_opt(2026, 3, 10).unwrap()))
}

#[test]
fn the_same_seed_and_date_give_the_same_world() {
    assert_eq!(format!("{:?}", world(WorldKind::Small)), format!("{:?}", world(WorldKind::Small)));
}

#[test]
fn ids_do_not_fit_a_double_and_grow() {
    let world = world(WorldKind::Small);
    for account in &world.accounts {
        for level in Level::ALL {
            let ids: Vec<u64> = account.all(level).iter().map(|e| e.id).collect();
            assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(ids.iter().all(|id| *id > (1 << 53)));
        }
    }
}

#[test]
fn the_large_world_has_more_than_a_page_of_everything() {
    let world = world(WorldKind::Large);
    let large = world.account_named("Large").unwrap();
    let counts = Level::ALL.map(|level| large.listed(level, false).len());
    assert_eq!(counts, [2_600, 3_120, 5_200]);
}

#[test]
fn deleted_and_topview_are_hidden() {
    let world = world(WorldKind::Small);
    let tokyo = world.account_named("Tokyo").unwrap();
    for level in Level::ALL {
        let shown = tokyo.listed(level, false).len();
        let with_deleted = tokyo.listed(level, true).len();
        assert!(shown < with_deleted && with_deleted < tokyo.all(level).len());
    }
}

#[test]
fn event_sources_have_ids_of_their_own() {
    let world = world(WorldKind::Large);
    let mut all = Vec::new();
    for account in &world.accounts {
        let ids = EventSource::ALL.map(|source| world.sources.ids(account.id, source));
        assert_eq!(ids.iter().any(Vec::is_empty), account.name.starts_with("Empty"), "{}", account.name);
        let own = world.sources.pixels.iter().filter(|pixel| pixel.advertiser == account.id);
        assert!(own.clone().all(|pixel| pixel.created < world.now));
        all.extend(own.map(|pixel| pixel.code.clone()));
        all.extend(ids.into_iter().skip(1).flatten());
    }
    let is_code = |id: &String| id.len() == 20 && id.starts_with('C');
    assert!(all.iter().all(|id| is_code(id) || id.parse::<u64>().is_ok_and(|id| id > (1 << 53))));
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn creating_and_vanishing() {
    let mut world = world(WorldKind::Small);
    let id = world.account_named("London").unwrap().id;
    for level in Level::ALL {
        let new = world.create(id, level).unwrap();
        assert_eq!(world.account(id).unwrap().listed(level, false)[0].id, new);
        assert_eq!(world.vanish(id, level), Some(new));
    }
}

#[test]
fn records_have_every_field_of_the_template() {
    let world = world(WorldKind::Small);
    let tokyo = world.account_named("Tokyo").unwrap();
    let smart = tokyo.all(Level::Ad).iter().find(|ad| ad.smart_plus_ad.is_some()).unwrap();
    let record = tokyo.record(smart);
    assert_eq!(record.len(), template(Level::Ad).len());
    assert!(record["modify_time"].is_null());
    assert_ne!(record["ad_id"], record["ad_id_v2"]);
}
