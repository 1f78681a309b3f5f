//! Records whose columns are picked out of the rows of a stream: which, from where, and as what. Pure.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

/// A record of columns, and of nothing else.
#[derive(Debug, Clone)]
pub struct View {
    pub columns: &'static [Column],
    /// The primary key and the cursor of the rows, as the stream has them that is read.
    pub key: Cow<'static, [&'static str]>,
    pub cursor: Option<&'static str>,
    /// Which rows count. `None`: all.
    pub only: Option<Only>,
}

/// Rows that have an id of this name, or those that have none.
#[derive(Debug, Clone, Copy)]
pub enum Only {
    With(&'static str),
    Without(&'static str),
}

impl Only {
    /// The id's name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::With(id) | Self::Without(id) => id,
        }
    }
}

/// A column of a record.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub content: Content,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// The row's field of the column's name.
    Same,
    /// The row's field of this name.
    Renamed(&'static str),
    /// The row's field at this path.
    At(&'static [&'static str]),
    /// The first of these fields of the row that is not null.
    First([&'static str; 2]),
    /// The row's field of this name, an id as an integer.
    Id(&'static str),
    /// The row's field of the column's name, a list of objects: their fields of this name, as JSON in text.
    Texts(&'static str),
    /// Always this JSON.
    Literal(&'static str),
    /// When the record was made.
    Synced,
}

pub(super) const fn same(name: &'static str) -> Column {
    Column { name, content: Content::Same }
}

/// `name`, which TikTok calls `from`.
pub(super) const fn renamed(name: &'static str, from: &'static str) -> Column {
    Column { name, content: Content::Renamed(from) }
}

/// `name`, which is always the same JSON.
pub(super) const fn literal(name: &'static str, json: &'static str) -> Column {
    Column { name, content: Content::Literal(json) }
}

impl Column {
    /// Where the first of its values stands in a row. Empty: not in the row.
    #[must_use]
    pub fn path(&self) -> Vec<&'static str> {
        match self.content {
            Content::Same | Content::Texts(_) => vec![self.name],
            Content::Renamed(name) | Content::Id(name) | Content::First([name, _]) => vec![name],
            Content::At(path) => path.to_vec(),
            Content::Literal(_) | Content::Synced => Vec::new(),
        }
    }

    /// Its type, draft-07, by the schema of the rows.
    fn of_type(&self, rows: &Value) -> String {
        match self.content {
            Content::Id(_) => r#"{"type":["null","integer"]}"#.to_owned(),
            Content::Texts(_) | Content::Literal(_) => r#"{"type":["null","string"]}"#.to_owned(),
            Content::Synced => {
                r#"{"type":["null","string"],"format":"date-time","airbyte_type":"timestamp_with_timezone"}"#.to_owned()
            }
            Content::Same | Content::Renamed(_) | Content::At(_) | Content::First(_) => {
                let path = self.path().join("/properties/");
                rows.pointer(&format!("/properties/{path}")).map_or_else(|| "{}".to_owned(), Value::to_string)
            }
        }
    }
}

/// The schema of a view of rows with this schema.
pub(super) fn schema(columns: &[Column], rows: &str) -> String {
    // A schema that is no JSON fails the tests of `streams`.
    let rows: Value = serde_json::from_str(rows).unwrap_or_default();
    let mut out = String::from(
        "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"type\": \"object\",\n  \
         \"additionalProperties\": true,\n  \"properties\": {\n",
    );
    for (at, column) in columns.iter().enumerate() {
        let comma = if at > 0 { ",\n" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{comma}    \"{}\": {}", column.name, column.of_type(&rows));
    }
    out.push_str("\n  }\n}\n");
    out
}
