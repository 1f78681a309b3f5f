//! What can be told from the body of a POST at a glance.

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use std::fmt;

/// For whom a body is and how much is in it; all that can be told without checking it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brief {
    pub(crate) advertiser: Option<String>,
    pub(crate) rows: Option<usize>,
}

#[derive(serde::Deserialize)]
struct Head {
    advertiser_id: Option<String>,
    advertiser_ids: Option<Vec<String>>,
    batch_data: Option<Count>,
    data: Option<Count>,
}

impl Brief {
    pub(crate) fn of(body: &[u8]) -> Self {
        if body.starts_with(b"--") {
            return Self { advertiser: of_form(body), rows: None };
        }
        let Ok(head) = serde_json::from_slice::<Head>(body) else {
            return Self::default();
        };
        let first = head.advertiser_ids.and_then(|ids| ids.into_iter().next());
        Self { advertiser: head.advertiser_id.or(first), rows: head.batch_data.or(head.data).map(|count| count.0) }
    }
}

/// The text of `advertiser_id` in a form, if it stands before the file.
fn of_form(body: &[u8]) -> Option<String> {
    let head = body.get(..FORM_HEAD.min(body.len()))?;
    let text = String::from_utf8_lossy(head);
    let (_, after) = text.split_once("name=\"advertiser_id\"")?;
    let (_, value) = after.split_once("\r\n\r\n")?;
    value.split("\r\n").next().map(str::to_owned)
}

/// Bytes of a form in which its texts are looked for.
const FORM_HEAD: usize = 4 << 10;

/// The length of an array.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Counter).map(Count)
    }
}

struct Counter;

impl<'de> Visitor<'de> for Counter {
    type Value = usize;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while rows.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_is_had_from_any_body() {
        let brief = Brief::of(br#"{"batch_data":[[{}],[{}]],"advertiser_ids":["7","8"],"x":1}"#);
        assert_eq!((brief.advertiser.as_deref(), brief.rows), (Some("7"), Some(2)));
        assert_eq!(Brief::of(br#"{"advertiser_id":"9"}"#).advertiser.as_deref(), Some("9"));
        assert_eq!(Brief::of(br#"{"event_source":"web","data":[{},{},{}]}"#).rows, Some(3));
        let form = "--X\r\nContent-Disposition: form-data; name=\"advertiser_id\"\r\n\r\n8\r\n--X--";
        assert_eq!(Brief::of(form.as_bytes()).advertiser.as_deref(), Some("8"));
        for body in ["", "[]", "{", r#"{"batch_data":1}"#] {
            assert!(Brief::of(body.as_bytes()).rows.is_none(), "{body}");
        }
    }
}
