//! The last row's form, by which the next rows are written without being parsed.
//!
//! The rows of a page have the same keys in the same order. What stands between their values is the same bytes in each
//! of them, and what the writer makes of those bytes is the same, too. A template holds both, learned from one row.
//! A row that has these bytes in these places has the same names in the same objects, so it is written as that row was:
//! the bytes between as they were then, and each value by [`write_scalar`] or [`Values::parts`], as the writer does
//! it. What is to be written as it came is copied in runs. Any other row is no match, and the writer parses it: another
//! key, order, object or white space.
//!
//! A template can say nothing of names with escapes, which may be written otherwise than they came; no row with such a
//! name is learned. Values are whole and valid ([`value_end`]).

use super::scan::{SPACE, plain_text_end, value_end};
use super::shape::{Field, Fields, Shape, write_scalar};
use super::value::Values;

/// The form of a row.
#[derive(Debug)]
pub(super) struct Template {
    steps: Vec<Step>,
    /// From the last value to the row's closing bracket.
    end: Between,
}

/// What stands before a value, and what becomes of the value.
#[derive(Debug)]
struct Step {
    before: Between,
    shape: Shape,
    dash_is_null: bool,
    slot: Option<usize>,
}

/// Bytes between two values.
#[derive(Debug)]
struct Between {
    came: Vec<u8>,
    /// What is written in their place, where that differs.
    written: Option<Vec<u8>>,
}

/// The row that is being written.
struct Row<'t, 'v> {
    text: &'t str,
    values: &'v mut Values,
    /// Where the run begins that is copied next: everything before it is written.
    from: usize,
    at: usize,
}

impl Template {
    /// Writes the fields of the row that begins at `at`. Returns one past its last byte, or `None`, when the row
    /// differs from the template; then part of it may be written.
    pub(super) fn write(&self, text: &str, at: usize, values: &mut Values) -> Option<usize> {
        let at = text.as_bytes().get(at).filter(|byte| **byte == b'{').map(|_| at + 1)?;
        let mut row = Row { text, values, from: at, at };
        for step in &self.steps {
            row.between(&step.before)?;
            row.value(step)?;
        }
        row.between(&self.end)?;
        let end = row.at;
        row.copy_to(end);
        // The writer closes the row itself.
        (row.values.out.pop() == Some(b'}')).then_some(end)
    }
}

impl Row<'_, '_> {
    /// Copies the run that ends at `end`.
    fn copy_to(&mut self, end: usize) {
        self.values.out.extend_from_slice(self.text.as_bytes().get(self.from..end).unwrap_or_default());
        self.from = end;
    }

    fn between(&mut self, between: &Between) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        if !rest.starts_with(&between.came) {
            return None;
        }
        let start = self.at;
        self.at += between.came.len();
        if let Some(written) = &between.written {
            self.copy_to(start);
            self.values.out.extend_from_slice(written);
            self.from = self.at;
        }
        Some(())
    }

    fn value(&mut self, step: &Step) -> Option<()> {
        let (start, end) = (self.at, value_end(self.text, self.at)?);
        let raw = self.text.get(start..end)?;
        let written = self.values.out.len() + (start - self.from);
        if !stays(step, raw) {
            self.copy_to(start);
            self.write(step, raw)?;
            self.from = end;
        }
        self.at = end;
        if let Some(slot) = step.slot.and_then(|slot| self.values.slots.get_mut(slot)) {
            *slot = Some(written..self.values.out.len() + (end - self.from));
        }
        Some(())
    }

    fn write(&mut self, step: &Step, raw: &str) -> Option<()> {
        let out = &mut self.values.out;
        match &step.shape {
            shape @ (Shape::Object(_) | Shape::List(_)) => return self.values.parts(shape, raw),
            _ if step.dash_is_null && raw == DASH => out.extend_from_slice(b"null"),
            shape => write_scalar(shape, raw, out),
        }
        Some(())
    }
}

/// How reports say "nothing".
const DASH: &str = "\"-\"";

/// Whether a value is surely written as it came.
fn stays(step: &Step, raw: &str) -> bool {
    match step.shape {
        Shape::Raw | Shape::Text if raw.starts_with('"') => !(step.dash_is_null && raw == DASH),
        Shape::List(_) => matches!(raw, "[]" | "null"),
        _ => raw == "null",
    }
}

/// Learns the form of a row.
pub(super) fn learn(row: &str, fields: &Fields) -> Option<Template> {
    let mut learner = Learner { row, at: 1, from: 1, written: Vec::new(), is_new: true, steps: Vec::new() };
    row.strip_prefix('{')?;
    learner.fields(fields)?;
    learner.written.push(b'}');
    let end = learner.between();
    (learner.at == row.len()).then_some(Template { steps: learner.steps, end })
}

struct Learner<'t> {
    row: &'t str,
    at: usize,
    /// The end of the last value.
    from: usize,
    /// What was written since.
    written: Vec<u8>,
    /// Whether the object that is written has no field yet.
    is_new: bool,
    steps: Vec<Step>,
}

impl Learner<'_> {
    /// The fields of an object and its closing bracket.
    fn fields(&mut self, fields: &Fields) -> Option<()> {
        if self.skips(b'}') {
            return Some(());
        }
        loop {
            self.field(fields)?;
            if self.skips(b'}') {
                return Some(());
            }
            self.skips(b',').then_some(())?;
        }
    }

    fn field(&mut self, fields: &Fields) -> Option<()> {
        self.space();
        let quoted = self.row.get(self.at..plain_text_end(self.row.as_bytes(), self.at + 1)?)?;
        let name = quoted.strip_prefix('"')?.strip_suffix('"')?;
        self.at += quoted.len();
        self.skips(b':').then_some(())?;
        self.space();
        match fields.position(name).and_then(|place| fields.list.get(place)) {
            Some(field) => self.known(field),
            None => {
                self.name(format!("{quoted}:").as_bytes());
                self.value(Shape::Raw, false, None)
            }
        }
    }

    fn known(&mut self, field: &Field) -> Option<()> {
        let opens = self.row.as_bytes().get(self.at) == Some(&b'{');
        match &field.shape {
            Shape::Inline(_) if field.slot.is_some() => None,
            Shape::Inline(fields) if opens => {
                self.at += 1;
                self.fields(fields)
            }
            // Nothing is written of it.
            Shape::Inline(_) => {
                self.row.get(self.at..)?.strip_prefix("null")?;
                self.at += "null".len();
                Some(())
            }
            Shape::Object(fields) if opens && field.slot.is_none() => {
                self.name(&field.key);
                self.at += 1;
                self.written.push(b'{');
                self.is_new = true;
                self.fields(fields)?;
                self.written.push(b'}');
                self.is_new = false;
                Some(())
            }
            shape => {
                self.name(&field.key);
                self.value(shape.clone(), field.dash_is_null, field.slot)
            }
        }
    }

    /// Writes a name, with the comma before it.
    fn name(&mut self, key: &[u8]) {
        if !self.is_new {
            self.written.push(b',');
        }
        self.written.extend_from_slice(key);
    }

    fn value(&mut self, shape: Shape, dash_is_null: bool, slot: Option<usize>) -> Option<()> {
        let before = self.between();
        self.at = value_end(self.row, self.at)?;
        self.from = self.at;
        self.is_new = false;
        self.steps.push(Step { before, shape, dash_is_null, slot });
        Some(())
    }

    /// What came and what was written since the last value.
    fn between(&mut self) -> Between {
        let came = self.row.as_bytes().get(self.from..self.at).unwrap_or_default().to_vec();
        let written = std::mem::take(&mut self.written);
        Between { written: (written != came).then_some(written), came }
    }

    fn space(&mut self) {
        let rest = self.row.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start_matches(SPACE).len();
    }

    /// Whether this byte is next, behind white space; then it is passed.
    fn skips(&mut self, byte: u8) -> bool {
        self.space();
        let is_next = self.row.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }
}
