use super::*;
use crate::world::{AUDIENCE_FILE, AUDIENCE_SMALL, WorldKind, afternoon_of};

const SCHEMA: [IdType; 2] = [IdType::EmailSha256, IdType::IdfaMd5];

struct Bench {
    world: World,
    advertisers: Vec<u64>,
    streaming: u64,
    other: u64,
    file: u64,
}

fn bench() -> Bench {
    let world = World::new(WorldKind::Small, 1, afternoon_of(chrono::NaiveDate::from_ymd_opt(2026, 3, 10).unwrap()));
    let account = world.account_named("Tokyo").unwrap().id;
    let london = world.account_named("London").unwrap().id;
    let small = |account| world.audiences_named(account, AUDIENCE_SMALL)[0].id;
    let file = world.audiences_of(account).into_iter().find(|audience| audience.name == AUDIENCE_FILE).unwrap().id;
    let (streaming, other) = (small(account), small(london));
    Bench { advertisers: vec![account], streaming, other, file, world }
}

impl Bench {
    fn read(&self, style: IndexStyle, text: &str) -> Result<Vec<Cell>, String> {
        let text = text
            .replace('S', &"aB".repeat(32))
            .replace('M', &"0F".repeat(16))
            .replace('A', &format!("[\"{}\"]", self.streaming));
        let rows: Vec<&RawValue> = serde_json::from_str(&text).unwrap();
        let options = AudienceOptions { index_style: style, ..AudienceOptions::default() };
        let reader = Reader::new(&self.world, &self.advertisers, &SCHEMA, &options);
        reader.read(&rows).map(|(_, cells)| cells).map_err(|refusal| refusal.message)
    }
}

const GOOD: &str = r#"[{"id":"S","audience_ids":A},{"id":"M","audience_ids":A}]"#;

#[test]
fn rows_become_cells_by_position() {
    let text =
        format!(r#"[{GOOD},[{{}},{{"x":1,"audience_ids":A,"id":"M"}}],[{{"\u0069d":"S","audience_ids":A}},{{}}]]"#);
    let cells = bench().read(IndexStyle::BatchData, &text).unwrap();
    let places: Vec<(u32, u8, u32)> = cells.iter().map(|cell| (cell.row, cell.column, cell.list)).collect();
    assert_eq!(places, [(0, 0, 0), (0, 1, 0), (1, 1, 0), (2, 0, 0)]);
    assert_eq!(cells[0].digest.hex(SCHEMA[0]), "ab".repeat(32));
    assert_eq!(cells[2].digest.hex(SCHEMA[1]), "0f".repeat(16));
}

#[test]
fn every_wrong_shape_is_told_with_its_place() {
    let bench = bench();
    let wrong = [
        ("{}", "batch_data.1: Field must be set to array"),
        ("null", "batch_data.1: Field must be set to array"),
        ("[]", "batch_data.1: Length must be 2, as id_schema has"),
        (r#"[{"id":"S","audience_ids":A}]"#, "batch_data.1: Length must be 2, as id_schema has"),
        ("[{},{},{}]", "batch_data.1: Length must be 2, as id_schema has"),
        ("[{},{}]", "batch_data.1: At least one id is required."),
        ("[{},null]", "batch_data.1.1: Field must be set to object"),
        (r#"["S",{}]"#, "batch_data.1.0: Field must be set to object"),
        (r#"[{"id":1,"audience_ids":A},{}]"#, "batch_data.1.0.id: Not a valid string"),
        (r#"[{"id":null,"audience_ids":A},{}]"#, "batch_data.1.0.id: Not a valid string"),
        (r#"[{"id":"M","audience_ids":A},{}]"#, "batch_data.1.0.id: Not a valid SHA256 hash"),
        (r#"[{"id":" S","audience_ids":A},{}]"#, "batch_data.1.0.id: Not a valid SHA256 hash"),
        (r#"[{},{"id":"S","audience_ids":A}]"#, "batch_data.1.1.id: Not a valid MD5 hash"),
        (r#"[{"audience_ids":A},{}]"#, "batch_data.1.0.id: Missing data for required field."),
        (r#"[{"id":"S"},{}]"#, "batch_data.1.0.audience_ids: Missing data for required field."),
        (r#"[{"id":"S","audience_ids":"1"},{}]"#, "batch_data.1.0.audience_ids: Field must be set to array"),
        (r#"[{"id":"S","audience_ids":[]},{}]"#, "batch_data.1.0.audience_ids: Length must be at least 1"),
        (r#"[{"id":"S","audience_ids":[7]},{}]"#, "batch_data.1.0.audience_ids.0: Not a valid string"),
        (r#"[{"id":"S","audience_ids":["+7"]},{}]"#, "batch_data.1.0.audience_ids.0: Not a valid integer"),
        (
            r#"[{"id":"S","audience_ids":["7"]},{}]"#,
            "batch_data.1.0.audience_ids.0: The audience 7 doesn't exist or has been deleted.",
        ),
    ];
    for (row, message) in wrong {
        let refused = bench.read(IndexStyle::BatchData, &format!("[{GOOD},{row}]")).map(|cells| cells.len());
        assert_eq!(refused, Err(message.to_owned()), "{row}");
    }
}

#[test]
fn audiences_are_streaming_ones_of_the_advertisers() {
    let bench = bench();
    let read = |id: u64| {
        let row = format!(r#"[[{{"id":"S","audience_ids":["{}","{id}"]}},{{}}]]"#, bench.streaming);
        bench.read(IndexStyle::BatchData, &row).map(|cells| cells.len())
    };
    assert_eq!(read(bench.streaming), Ok(1));
    assert_eq!(read(bench.file), Err(NOT_EDITABLE.to_owned()));
    let text = format!("The audience {} does not belong to any of the advertisers.", bench.other);
    assert_eq!(read(bench.other), Err(format!("batch_data.0.0.audience_ids.1: {text}")));
}

#[test]
fn places_are_told_in_every_style() {
    let mut bench = bench();
    bench.world.poison(["0f".repeat(16)]).unwrap();
    let read = |style| bench.read(style, &format!("[{GOOD}]")).unwrap_err();
    assert_eq!(read(IndexStyle::None), "batch_data: Not a valid string");
    assert_eq!(read(IndexStyle::BatchData), "batch_data.0.1.id: Not a valid string");
    assert_eq!(read(IndexStyle::Batch), "Batch.0.1.id: Not a valid string");
    assert_eq!(read(IndexStyle::FromOne), "batch_data.1.2.id: Not a valid string");
}
