use super::*;
use crate::brief::Brief;
use crate::params::Params;
use axum::http::Method;

fn call(path: &str, query: &str) -> Call {
    Call {
        now: chrono::DateTime::UNIX_EPOCH,
        page: false,
        method: Method::GET,
        path: path.to_owned(),
        params: Params::parse(query),
        raw_query: query.to_owned(),
        token: None,
        content_type: None,
        body: bytes::Bytes::new(),
        brief: Brief::default(),
        skew: 0,
        partial: None,
    }
}

fn kind(strike: Option<Strike>) -> Option<Kind> {
    strike.map(|strike| strike.kind)
}

fn faults(plan: &str) -> Faults {
    Faults::new(plan.parse().unwrap(), 7)
}

#[test]
fn a_targeted_rule_strikes_its_request_only() {
    let mut faults = faults("path=/ad/get/,page=2,times=1,kind=truncate");
    assert_eq!(faults.decide(&call("/ad/get/", "page=1")), None);
    assert_eq!(faults.decide(&call("/campaign/get/", "page=2")), None);
    assert_eq!(kind(faults.decide(&call("/ad/get/", "page=2"))), Some(Kind::Truncate));
    assert_eq!(faults.decide(&call("/ad/get/", "page=2")), None);
}

#[test]
fn a_rule_may_be_about_a_day() {
    let mut faults = faults("day=2026-01-05,kind=40067");
    for (query, struck) in [
        ("start_date=2026-01-01&end_date=2026-01-30", true),
        ("start_date=2026-01-05&end_date=2026-01-05", true),
        ("start_date=2026-01-06&end_date=2026-01-30", false),
        ("start_date=2026-01-01&end_date=2026-01-04", false),
        ("", false),
    ] {
        assert_eq!(faults.decide(&call("/a/", query)).is_some(), struck, "{query}");
    }
}

#[test]
fn answers_are_mangled() {
    let body = |list: &str, total: u32| {
        format!(r#"{{"code":0,"data":{{"list":{list},"page_info":{{"total_number":{total},"total_page":2}}}}}}"#)
    };
    for (word, list, mangled) in [
        ("short", r#"[{"a":1},{"a":2}]"#, body(r#"[{"a":1}]"#, 2)),
        ("twice", r#"[{"a":1},{"a":2}]"#, body(r#"[{"a":1},{"a":2},{"a":1}]"#, 3)),
        ("nullrow", r#"[{"a":1},{"a":2}]"#, body(r#"[{"a":1},null]"#, 2)),
        ("half", r#"[{"ad_name":"b"}]"#, body("[{\"ad_name\":\"b\\ud83d\"}]", 2)),
        (
            "nonumbers",
            r#"[{"metrics":{"x":"1"}},{"metrics":{"x":"2"}}]"#,
            body(r#"[{"metrics":{"x":"1"}},{"metrics":{"x":"-"}}]"#, 2),
        ),
        (
            "oddnumber",
            r#"[{"metrics":{"spend":"1"}},{"metrics":{"spend":"2"}}]"#,
            body(r#"[{"metrics":{"spend":"1,250.00"}},{"metrics":{"spend":"2"}}]"#, 2),
        ),
        ("notimes", r#"[{"b_time":"x","c_time":"y"}]"#, body(r#"[{"b_time":"","c_time":"-"}]"#, 2)),
        ("nolist", "[]", body("[]", 2).replace(r#""list":[],"#, "")),
    ] {
        let Ok(Kind::Mangled(mangle)) = word.parse() else { panic!("{word}") };
        assert_eq!(String::from_utf8(mangle.body(body(list, 2).as_bytes())).unwrap(), mangled, "{word}");
    }
}

#[test]
fn a_rate_does_not_depend_on_the_order() {
    let pages: Vec<String> = (1..200).map(|page| format!("page={page}")).collect();
    let mut forwards = faults("rate=0.5,kinds=40100|reset");
    let mut backwards = faults("rate=0.5,kinds=40100|reset");
    let one: Vec<_> = pages.iter().map(|q| forwards.decide(&call("/a/", q))).collect();
    let mut two: Vec<_> = pages.iter().rev().map(|q| backwards.decide(&call("/a/", q))).collect();
    two.reverse();
    assert_eq!(one, two);
    let struck = one.iter().flatten().count();
    assert!((60..140).contains(&struck), "{struck}");
}

#[test]
fn at_random_a_request_gets_through_in_the_end() {
    let mut faults = faults("rate=0.999999,kinds=50000");
    let outcomes: Vec<_> = (0..5).map(|_| faults.decide(&call("/a/", ""))).collect();
    assert_eq!(outcomes.iter().flatten().count(), 3);
}

#[test]
fn kinds_are_read_and_written() {
    for text in
        ["40100", "html502", "http500", "reset", "slow", "vanish", "partial", "partiallisted", "short", "notimes"]
    {
        assert_eq!(text.parse::<Kind>().unwrap().to_string(), text);
    }
    assert_eq!("unknown77777".parse(), Ok(Kind::Code(77_777)));
    for text in ["", "kind=zap", "kind=http900", "rate=x,kind=reset", "page", "rate=0.5"] {
        let plan = text.parse::<FaultPlan>();
        assert!(text.is_empty() == plan.is_ok(), "{text}: {plan:?}");
    }
}

#[test]
fn a_fault_can_strike_after_the_call_took_effect() {
    let mut faults = faults("times=1,kind=stall,committed=true;times=1,kind=stall");
    let told: Vec<String> = (0..2).filter_map(|_| faults.decide(&call("/a/", ""))).map(|s| s.to_string()).collect();
    assert_eq!(told, ["stall, committed", "stall"]);
}
