//! What a call-back of a lead tells: a row for each form that somebody sent off. Pure.
//!
//! TikTok documents "lead answers" and no form of them (docs/tiktok-api.md 8.1), so names and shapes here are [?]:
//! whatever has no known name counts as an answer, and answers as personal.

use serde::Serialize;
use serde_json::{Map, Value};

use super::about;
use super::notice::{self, Entry, StoredNotice};
use crate::config::leads::LeadOptions;
use crate::identity::answer::{self, Asked};

/// What marks a hash, so that nobody takes it for an answer.
const HASHED: &str = "sha256:";

/// What a value must be, so that it is no answer.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A number, as in other streams.
    Id,
    Text,
    Moment,
}

/// Names of what is no answer [?]: the field of the record, and what TikTok may call it.
const KNOWN: [(&str, &[&str], Form); 14] = [
    ("lead_id", &["lead_id", "leadgen_id", "id"], Form::Text),
    ("advertiser_id", &["advertiser_id", "adv_id"], Form::Id),
    ("campaign_id", &["campaign_id"], Form::Id),
    ("campaign_name", &["campaign_name"], Form::Text),
    ("adgroup_id", &["adgroup_id"], Form::Id),
    ("adgroup_name", &["adgroup_name"], Form::Text),
    ("ad_id", &["ad_id"], Form::Id),
    ("ad_name", &["ad_name"], Form::Text),
    ("page_id", &["page_id"], Form::Text),
    ("page_name", &["page_name"], Form::Text),
    ("form_id", &["form_id", "library_id"], Form::Text),
    ("lead_source", &["lead_source"], Form::Text),
    ("created_at", &["create_time", "created_time", "submit_time"], Form::Moment),
    ("log_id", &["log_id"], Form::Text),
];
/// Names that the parts of an answer may have [?].
const QUESTIONS: [&str; 6] = ["field", "field_name", "name", "question", "label", "key"];
const ANSWERS: [&str; 5] = ["value", "values", "answer", "answers", "field_value"];
/// Names that a map of answers may have [?].
const MAPS: [&str; 4] = ["answers", "changes", "field_data", "lead_data"];
/// The most digits of an answer that stands plain: more may be a phone number.
const PLAIN_DIGITS_MAX: usize = 6;

/// A record of the stream leads.
#[derive(Debug, Serialize)]
pub(crate) struct LeadRow {
    event_id: String,
    received_at: String,
    late: bool,
    lead_id: Option<String>,
    advertiser_id: Option<i64>,
    campaign_id: Option<i64>,
    campaign_name: Option<String>,
    adgroup_id: Option<i64>,
    adgroup_name: Option<String>,
    ad_id: Option<i64>,
    ad_name: Option<String>,
    page_id: Option<String>,
    page_name: Option<String>,
    form_id: Option<String>,
    lead_source: Option<String>,
    created_at: Option<String>,
    /// As audiences take them.
    email_sha256: Option<String>,
    phone_sha256: Option<String>,
    answers: Map<String, Value>,
}

/// The records of a call-back; none if it tells of something else.
#[must_use]
pub(crate) fn rows(notice: &StoredNotice, options: &LeadOptions) -> Vec<LeadRow> {
    notice::leads(notice).into_iter().map(|entry| row(notice, entry, options)).collect()
}

fn row(notice: &StoredNotice, entry: Entry, options: &LeadOptions) -> LeadRow {
    let Entry { event_id, fields, time } = entry;
    let find = |field: &str| {
        let (_, names, form) = KNOWN.iter().find(|(known, ..)| *known == field)?;
        names.iter().filter_map(|name| fields.get(*name)).find(|value| form.fits(value))
    };
    let of = |field: &str| find(field).and_then(notice::text);
    let id_of = |field: &str| find(field).and_then(notice::id);
    let given = given(&fields);
    let country =
        given.iter().find(|(field, _)| answer::word(field) == "country").and_then(|(_, value)| notice::text(value));
    let first = |asked: Asked| {
        let of = given.iter().filter(|(field, _)| answer::asked(field) == asked);
        let text = of.filter_map(|(_, value)| notice::text(value)).next()?;
        Some(answer::hash(asked, &text, country.as_deref()).hex())
    };
    let mut answers = Map::new();
    for (field, value) in &given {
        let told = told(field, value, country.as_deref(), options);
        let field = &shown(field, options);
        match answers.get_mut(field) {
            Some(Value::Array(all)) => all.push(told),
            Some(one) => *one = Value::Array(vec![one.take(), told]),
            None => drop(answers.insert(field.clone(), told)),
        }
    }
    LeadRow {
        event_id,
        received_at: notice::received(notice),
        late: notice.late,
        lead_id: of("lead_id"),
        advertiser_id: id_of("advertiser_id"),
        campaign_id: id_of("campaign_id"),
        campaign_name: of("campaign_name"),
        adgroup_id: id_of("adgroup_id"),
        adgroup_name: of("adgroup_name"),
        ad_id: id_of("ad_id"),
        ad_name: of("ad_name"),
        page_id: of("page_id"),
        page_name: of("page_name"),
        form_id: of("form_id"),
        lead_source: of("lead_source"),
        created_at: notice::moment(find("created_at")).map(notice::stamp).or(time),
        email_sha256: first(Asked::Email),
        phone_sha256: first(Asked::Phone),
        answers,
    }
}

impl Form {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Id => notice::id(value).is_some(),
            Self::Text => value.is_string() || value.is_number(),
            Self::Moment => value.is_number() || notice::moment(Some(value)).is_some(),
        }
    }
}

/// Whether it has a column of its own; what has its name and another form may hold anything, so it is an answer.
fn has_column(name: &str, value: &Value) -> bool {
    let form = KNOWN.iter().find(|(_, names, _)| names.contains(&name)).map(|(.., form)| form);
    form.is_some_and(|form| form.fits(value) || notice::text(value).is_none())
}

/// The answers with their fields, in their order.
fn given(fields: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, value) in fields {
        if has_column(name, value) {
            continue;
        }
        let is_map = MAPS.contains(&name.as_str());
        match if is_map { about::opened(value.clone()) } else { value.clone() } {
            Value::Array(list) if !list.is_empty() && list.iter().all(|one| pair(one).is_some()) => {
                all.extend(list.iter().filter_map(pair));
            }
            Value::Object(map) if is_map => all.extend(map),
            value => all.push((name.clone(), value)),
        }
    }
    all
}

/// A question with its answer.
fn pair(one: &Value) -> Option<(String, Value)> {
    let one = one.as_object()?;
    let question = QUESTIONS.iter().find_map(|name| one.get(*name)?.as_str())?;
    let answer = ANSWERS.iter().find_map(|name| one.get(*name)).unwrap_or(&Value::Null);
    Some((question.to_owned(), answer.clone()))
}

/// Whether the config lets a field's answer out.
fn is_let_out(field: &str, options: &LeadOptions) -> bool {
    options.plain || options.plain_fields.iter().any(|plain| answer::word(plain) == answer::word(field))
}

/// A field as it may be told: who swaps question and answer tells a person there.
fn shown(field: &str, options: &LeadOptions) -> String {
    if is_let_out(field, options) || is_short(&field.into()) {
        return field.to_owned();
    }
    format!("{HASHED}{}", answer::hash(Asked::Other, field, None).hex())
}

/// An answer as it may be told.
fn told(field: &str, value: &Value, country: Option<&str>, options: &LeadOptions) -> Value {
    let asked = answer::asked(field);
    let is_plain = is_let_out(field, options) || asked == Asked::Nothing && is_short(value);
    match value {
        Value::Null => Value::Null,
        value if is_plain => value.clone(),
        Value::Array(list) => list.iter().map(|one| told(field, one, country, options)).collect(),
        value => match notice::text(value) {
            Some(text) => format!("{HASHED}{}", answer::hash(asked, &text, country).hex()).into(),
            None => Value::Null,
        },
    }
}

/// Whether it is one text or number without an address or a phone number in it.
fn is_short(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::Number(_) | Value::String(_) => notice::text(value).is_none_or(|text| {
            !text.contains('@') && text.chars().filter(|c| c.is_numeric()).count() <= PLAIN_DIGITS_MAX
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shapes that TikTok may give answers.
    const BODIES: [&str; 4] = [
        r#"{"request_id":"r1","object":1,"time":1773000000,"entry":[{"lead_id":7300000000000000001,"adv_id":7011111111111111111,"campaign_id":"1","campaign_name":"Spring","adgroup_id":2,"ad_id":"3","page_id":4,"create_time":1772999000,"changes":[{"field":"Email","value":"Jo.Doe@example.com"},{"field":"Phone number","value":"020 7946 0958"},{"field":"Country","value":"GB"},{"field":"Colour","values":["red","blue"]}]}]}"#,
        r#"{"request_id":"r2","object":1,"time":1773000000,"entry":{"id":"9","answers":{"full_name":"Jo Doe","language":"en","note":""}}}"#,
        r#"{"request_id":"r3","object":"1","time":1773000000,"lead_id":"8","email":"jo@example.com","birthday":{"day":1}}"#,
        r#"{"request_id":"r4","object":3,"entry":[{"ad_id":"3","email":"jo@example.com"}]}"#,
    ];

    fn told_of(options: &LeadOptions) -> String {
        told_of_all(&BODIES, options)
    }

    fn told_of_all(bodies: &[&str], options: &LeadOptions) -> String {
        let mut all = String::new();
        for &body in bodies {
            let id = notice::name(body.as_bytes()).unwrap();
            let notice = StoredNotice { id, received_at: 1_773_000_000_500, late: false, body: body.to_owned() };
            for row in rows(&notice, options) {
                all += &(serde_json::to_string(&row).unwrap() + "\n");
            }
        }
        all
    }

    #[test]
    fn leads_become_rows_whose_persons_are_hashed() {
        let hashed = told_of(&LeadOptions::default());
        for person in ["xample.com", "7946", "Doe", "doe", "red", "blue", "day"] {
            assert!(!hashed.contains(person) || person == "day" && !hashed.contains("{\"day"), "{person}: {hashed}");
        }
        insta::assert_snapshot!(hashed);
    }

    #[test]
    fn what_the_config_lets_out_is_plain() {
        let some = told_of(&LeadOptions { plain_fields: vec!["colour".to_owned()], ..LeadOptions::default() });
        assert!(some.contains(r#"["red","blue"]"#) && !some.contains("example.com"), "{some}");
        let all = told_of(&LeadOptions { plain: true, ..LeadOptions::default() });
        assert!(all.contains("Jo.Doe@example.com") && all.contains("\"birthday\":{\"day\":1}"), "{all}");
        assert!(all.contains("\"email_sha256\":\""), "{all}");
    }

    #[test]
    fn no_form_that_a_call_back_may_have_lets_a_person_out_or_loses_an_answer() {
        let columns = told_of_all(
            &[r#"{"object":1,"lead_id":1,"ad_name":"plain","consent":"plain","opt_in":true}"#],
            &LeadOptions::default(),
        );
        assert_eq!(columns.matches("plain").count(), 2, "{columns}");
        for body in [
            r#"{"object":"LEAD","entry":[{"lead_id":"2","email":"secret@example.com"}]}"#,
            r#"{"subscribe_entity":"LEAD","entry":[{"lead_id":"3","email":"secret@example.com"}]}"#,
            r#"{"object":1.0,"entry":[{"id":"9","email":"secret@example.com"}]}"#,
            r#"{"object":1,"entry":"[{\"lead_id\":\"4\",\"email\":\"secret@example.com\"}]"}"#,
            r#"{"object":1,"entry":"secret@example.com"}"#,
            r#"{"object":1,"entry":["secret@example.com"]}"#,
            r#"{"object":1,"entry":[],"email":"secret@example.com"}"#,
            r#"{"object":1,"entry":[{"status":"secret","reject_reason":"secret"}]}"#,
            r#"{"object":1,"entry":[{"form_id":{"email":"secret@example.com"}}]}"#,
            r#"{"object":1,"entry":[{"lead_id":{"x":"secret"},"ad_name":["secret"],"adv_id":"secret","ad_id":[{"a":"secret"}]}]}"#,
            r#"{"object":1,"entry":[{"language":{"email":"secret"},"consent":[{"a":"secret"}],"country":"secret@example.com"}]}"#,
            r#"{"object":1,"entry":[{"lead_data":"{\"email\":\"secret@example.com\"}"}]}"#,
            r#"{"object":1,"entry":[{"answers":[{"question":{"label":"Email"},"answer":"secret@example.com"}]}]}"#,
            r#"{"object":1,"entry":[{"create_time":"secret"}]}"#,
            r#"{"object":1,"entry":[{"answers":{"secret@example.com":"x"}}]}"#,
        ] {
            let told = told_of_all(&[body], &LeadOptions::default());
            assert!(told.contains("sha256:") && !told.contains("secret"), "{body}: {told}");
        }
        let hashed = told_of_all(
            &[r#"{"object":1,"entry":[{"lead_data":"{\"email\":\"jo@example.com\"}"}]}"#],
            &LeadOptions::default(),
        );
        assert!(hashed.contains("\"email_sha256\":\""), "{hashed}");
    }
}
