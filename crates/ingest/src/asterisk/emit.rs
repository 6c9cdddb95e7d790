//! Making events of one line: payload text, deterministic ids, the source's own order.

use trunkline_events::identity::derived_id;
use trunkline_events::wire::{Draft, push_draft};
use trunkline_events::{EventBatch, Timestamp};

use crate::connector::{MapContext, RecordRef, Reject};

/// The members of a payload, as JSON text.
#[derive(Debug, Clone)]
pub(super) struct Fields(String);

impl Fields {
    /// No members yet.
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(&mut self.0, key);
        self.0.push(':');
    }

    /// A text member.
    pub(super) fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        quote(&mut self.0, value);
        self
    }

    /// A text member if there is a value.
    pub(super) fn maybe(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    /// A number if there is one.
    pub(super) fn number(mut self, key: &str, value: Option<i64>) -> Self {
        if let Some(value) = value {
            self.key(key);
            self.0.push_str(&value.to_string());
        }
        self
    }

    /// A member that is true.
    pub(super) fn yes(self, key: &str) -> Self {
        self.json(key, "true")
    }

    /// A member given as JSON text.
    pub(super) fn json(mut self, key: &str, json: &str) -> Self {
        self.key(key);
        self.0.push_str(json);
        self
    }

    /// An object as the value of another member.
    pub(super) fn object(mut self, key: &str, fields: Self) -> Self {
        self.key(key);
        self.0.push_str(&fields.0);
        self.0.push('}');
        self
    }
}

/// JSON text of a string; control characters escaped.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Pushes the events of one line.
pub(super) struct Emitter<'a> {
    pub(super) record: &'a RecordRef<'a>,
    pub(super) context: &'a MapContext<'a>,
    /// Epoch of the log's first line: orders files of one source among lines of the same second.
    pub(super) first_epoch: i64,
    pub(super) out: &'a mut EventBatch,
    /// Events of this line so far.
    pub(super) count: u32,
}

impl Emitter<'_> {
    /// Pushes one event. Its id names the place in the content, so copies of the file give the same one.
    pub(super) fn emit(&mut self, kind: &str, time: Timestamp, subject: Option<&str>, fields: Fields) -> Result<(), Reject> {
        let sequence = format!("{:012}-{:015}-{:03}", self.first_epoch, self.record.place, self.count);
        let Fields(mut data) = fields.text("_seq", &sequence);
        data.push('}');
        let line = String::from_utf8_lossy(self.record.line_bytes());
        let place = format!("{:016x}", self.record.before);
        let id = derived_id(&[self.context.source, &place, &line, &self.count.to_string(), kind]);
        let draft = Draft {
            id: &id,
            source: self.context.source,
            kind,
            schema_version: 1,
            occurred_at: time,
            recorded_at: None,
            subject,
            data: &data,
        };
        push_draft(&draft, &self.context.wire(self.record.offset), self.out)?;
        self.count += 1;
        Ok(())
    }

    /// Free text with every run of seven or more digits (a telephone number, for all we know) replaced by its keyed hash.
    pub(super) fn masked(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let len = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
            let digits = &rest[start..start + len];
            out.push_str(&rest[..start]);
            match self.context.secret.customer_key(digits) {
                Some(key) if len >= 7 => out.push_str(&format!("#{key}")),
                _ => out.push_str(digits),
            }
            rest = &rest[start + len..];
        }
        out.push_str(rest);
        out
    }
}
