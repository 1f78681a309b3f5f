//! A row → what it wants of which object. Pure.

use super::field::{FieldDef, Fields};
use super::kind::{KindDef, Level};
use super::read;
use super::value::Held;
use crate::destination::engines::library::{Kind as FileKind, Libraries};
use crate::destination::objects::def::Mode;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;
use crate::destination::record::steer::{self, DELETED_AT, OPERATION};

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub kind: &'static KindDef,
    pub advertiser: String,
    pub intent: Intent,
    pub id: Option<String>,
    pub name: Option<String>,
    /// The parents that it names, the nearest first.
    pub parents: Vec<ParentRef>,
    /// The names of all its parents from the top, once they are known.
    pub above: Option<Vec<String>>,
    /// Whether it is to deliver.
    pub is_enabled: Option<bool>,
    pub fields: Vec<(&'static FieldDef, Held)>,
    /// Files that it names instead of their ids.
    pub files: Vec<FileName>,
}

/// A file that an ad names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileName {
    pub kind: FileKind,
    pub name: String,
}

/// The columns that name files, and the fields that take their ids.
const FILES: [(&str, FileKind); 2] = [("video_file_name", FileKind::Video), ("image_file_names", FileKind::Image)];

/// A parent as a row names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ParentRef {
    Id(String),
    Name(String),
}

/// What is to become of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It is there; what exists is left as it is.
    Exist,
    /// What exists is as the row says.
    Change,
    /// It is there, and as the row says.
    ExistAsGiven,
    Pause,
    Resume,
    Delete,
}

impl std::fmt::Debug for KindDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.object)
    }
}

const NO_KEY: Fault =
    Fault::new(None, "key_missing", "The row names no object: fill its id, or its name and those of its parents.");

impl Wish {
    /// Reads a record. `target` is the advertiser of rows that name none.
    pub(crate) fn read(
        kind: &'static KindDef,
        mode: Mode,
        record: &Record<'_>,
        target: Option<&str>,
    ) -> Result<Self, Fault> {
        let fields = kind.fields();
        let at = |name: &str| fields.place(name).and_then(|place| record.at(place));
        let word = |name: &'static str| -> Result<Option<String>, Fault> {
            Ok(steer::named(name, at(name))?.map(str::to_owned))
        };
        let advertiser = steer::advertiser_or(at("advertiser_id"), target)?;
        let intent = intent(mode, at(OPERATION), at(DELETED_AT))?;
        let wish = Self {
            kind,
            advertiser,
            intent,
            id: word(kind.id)?,
            name: name(kind, fields, record)?,
            parents: parents(kind.level, &word)?,
            above: None,
            is_enabled: status(word("operation_status")?.as_deref())?,
            fields: read::all(fields, record)?.into_iter().filter(|(def, _)| def.name != kind.name).collect(),
            files: files(fields, record)?,
        };
        wish.check_files()?;
        if wish.id.is_none() && wish.name.is_none() { Err(NO_KEY) } else { Ok(wish) }
    }

    /// A file is named or given by its id, not both.
    fn check_files(&self) -> Result<(), Fault> {
        let both = |kind, id| self.files.iter().any(|file| file.kind == kind) && self.field(id).is_some();
        match (both(FileKind::Video, "video_id"), both(FileKind::Image, "image_ids")) {
            (true, _) => Err(TWO_VIDEOS),
            (_, true) => Err(TWO_LISTS_OF_IMAGES),
            (false, false) => Ok(()),
        }
    }

    /// Puts the ids of its files in the place of their names; whether all are there.
    #[must_use]
    pub(crate) fn take_files(&mut self, libraries: &Libraries) -> bool {
        let id = |file: &FileName| libraries.named(&self.advertiser, file.kind, &file.name);
        let ids: Option<Vec<(FileKind, String)>> = self.files.iter().map(|file| Some((file.kind, id(file)?))).collect();
        let Some(ids) = ids else { return false };
        let of = |kind: FileKind| ids.iter().filter(move |(own, _)| *own == kind).map(|(_, id)| id.clone());
        let (video, images): (Option<String>, Vec<String>) =
            (of(FileKind::Video).next(), of(FileKind::Image).collect());
        let fields = self.kind.fields();
        let images = (!images.is_empty()).then_some(Held::Texts(images));
        for (name, held) in [("video_id", video.map(Held::Text)), ("image_ids", images)] {
            if let (Some(def), Some(held)) = (fields.get(name), held) {
                self.fields.retain(|(known, _)| known.name != name);
                self.fields.push((def, held));
            }
        }
        self.files.clear();
        true
    }

    #[must_use]
    pub(crate) fn field(&self, name: &str) -> Option<&Held> {
        self.fields.iter().find(|(def, _)| def.name == name).map(|(_, held)| held)
    }

    /// What names the object in results: its names from the top, or its id.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        let given = |parent: &ParentRef| match parent {
            ParentRef::Id(text) | ParentRef::Name(text) => text.clone(),
        };
        match &self.id {
            Some(id) => id.clone(),
            None => {
                let mut names: Vec<String> = match &self.above {
                    Some(above) => above.clone(),
                    None => self.parents.iter().rev().map(given).collect(),
                };
                names.extend(self.name.clone());
                names.join(" / ")
            }
        }
    }
}

const TWO_VIDEOS: Fault = Fault::new(
    Some("video_file_name"),
    "contradiction",
    "The row has `video_id` and `video_file_name`; leave one of them empty.",
);
const TWO_LISTS_OF_IMAGES: Fault = Fault::new(
    Some("image_file_names"),
    "contradiction",
    "The row has `image_ids` and `image_file_names`; leave one of them empty.",
);
fn name(kind: &KindDef, fields: &Fields, record: &Record<'_>) -> Result<Option<String>, Fault> {
    let (Some(def), Some(value)) = (fields.get(kind.name), fields.place(kind.name).and_then(|at| record.at(at))) else {
        return Ok(None);
    };
    let held = read::given(def, value)?;
    Ok(held.and_then(|held| held.text().map(str::to_owned)))
}

/// The parents that a row names, the nearest first. An id needs none above it.
fn parents(
    level: Level,
    word: &impl Fn(&'static str) -> Result<Option<String>, Fault>,
) -> Result<Vec<ParentRef>, Fault> {
    let mut parents = Vec::new();
    let mut above = level.above();
    while let Some(level) = above {
        let (id, name) = level.fields();
        if let Some(id) = word(id)? {
            parents.push(ParentRef::Id(id));
            break;
        }
        match word(name)? {
            Some(name) => parents.push(ParentRef::Name(name)),
            None => break,
        }
        above = level.above();
    }
    Ok(parents)
}

fn files(fields: &Fields, record: &Record<'_>) -> Result<Vec<FileName>, Fault> {
    let mut all = Vec::new();
    for (column, kind) in FILES {
        let Some(given) = fields.place(column).and_then(|at| record.at(at)) else { continue };
        let names = match (kind, given.written().trim()) {
            (_, "") => Vec::new(),
            (FileKind::Image, list) if list.starts_with('[') => serde_json::from_str(list).map_err(|_| {
                Fault::new(Some("image_file_names"), "invalid_value", "`image_file_names` is no list of names.")
            })?,
            (_, name) => vec![name.to_owned()],
        };
        all.extend(names.into_iter().map(|name| FileName { kind, name }));
    }
    Ok(all)
}

fn status(word: Option<&str>) -> Result<Option<bool>, Fault> {
    match word.map(str::to_ascii_uppercase).as_deref() {
        None => Ok(None),
        Some("ENABLE") => Ok(Some(true)),
        Some("DISABLE") => Ok(Some(false)),
        Some(_) => Err(Fault::new(
            Some("operation_status"),
            "unknown_word",
            "`operation_status` is neither ENABLE nor DISABLE; deleting is `_op` delete.",
        )),
    }
}

/// What is to be done: a row's own word goes before the mode.
fn intent(mode: Mode, operation: Option<&Given<'_>>, deleted_at: Option<&Given<'_>>) -> Result<Intent, Fault> {
    const WORDS: [(&str, Intent); 5] = [
        ("create", Intent::Exist),
        ("update", Intent::Change),
        ("pause", Intent::Pause),
        ("resume", Intent::Resume),
        ("delete", Intent::Delete),
    ];
    if steer::is_deleted(deleted_at)? {
        return Ok(Intent::Delete);
    }
    let odd =
        Fault::new(Some(OPERATION), "invalid_operation", "`_op` is none of create, update, pause, resume and delete.");
    match operation {
        None => {}
        Some(Given::Text(word)) if word.trim().is_empty() => {}
        Some(Given::Text(word)) => {
            let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word.trim()));
            return known.map(|(_, intent)| *intent).ok_or(odd);
        }
        Some(_) => return Err(odd),
    }
    Ok(match mode {
        Mode::Append => Intent::Exist,
        Mode::Update => Intent::Change,
        Mode::AppendDedup | Mode::Overwrite => Intent::ExistAsGiven,
        Mode::SoftDelete => Intent::Delete,
    })
}
