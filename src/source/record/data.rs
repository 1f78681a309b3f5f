//! `data` of an answer: the list of rows and the page info, in any order.

use std::borrow::Cow;
use std::fmt;
use std::sync::Mutex;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};

use super::format::Lines;
use super::rows::Rows;
use super::writer::Writer;
use crate::lock::lock;
use crate::tiktok::loose;
use crate::tiktok::page::{PageInfo, is_empty};

/// What nobody needs of a list that is not counted may look as it likes.
#[derive(Deserialize)]
struct Maybe(#[serde(deserialize_with = "loose::readable_or_none")] Option<PageInfo>);

pub(super) struct DataVisitor<'b, 'a> {
    pub lines: &'a Lines<'a>,
    /// Who has written the first rows, if somebody has. Then there is one list only.
    pub begun: Option<&'b Mutex<Option<Writer<'a>>>>,
}

impl<'a> DataVisitor<'_, 'a> {
    fn writer<E: serde::de::Error>(&self) -> Result<Writer<'a>, E> {
        match self.begun {
            Some(begun) => lock(begun).take().ok_or_else(|| E::custom("the list came before")),
            None => Ok(Writer::new(self.lines)),
        }
    }
}

impl<'de> Visitor<'de> for DataVisitor<'_, '_> {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`data` with a `list`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
        let format = self.lines.format;
        let (mut rows, mut info) = (None, None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                name if name == format.list => rows = Some(map.next_value_seed(self.writer()?)?),
                "page_info" if format.counted => info = map.next_value()?,
                "page_info" => info = map.next_value::<Maybe>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let rows = rows.or_else(|| is_empty(info).then(|| Writer::new(self.lines).into()));
        let mut rows: Rows = rows.ok_or_else(|| A::Error::missing_field(format.list))?;
        if format.counted {
            rows.info = Some(info.ok_or_else(|| A::Error::missing_field("page_info"))?);
        }
        Ok(rows)
    }
}
