//! What the server says, written as bytes. Pure.
//!
//! Format: PostgreSQL documentation, chapter "Frontend/Backend Protocol", message formats (version 3.0).

use arrow::datatypes::Schema;
use bytes::{BufMut, BytesMut};
use trunkline_query::postgres::{of_field, shown_name};

use super::row::Format;
use crate::refusal::Refusal;

/// State of the transaction, as told after each statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Idle,
    Open,
    Failed,
}

/// A message: its type, its length, its body.
fn message(kind: u8, out: &mut BytesMut, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(kind);
    let begin = out.len();
    out.put_u32(0);
    body(out);
    let length = (out.len() - begin) as u32;
    out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
}

fn text(out: &mut BytesMut, text: &str) {
    // A zero byte would end the text before its time.
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.put_u8(0);
}

/// Authentication: what the client has to do next, or that it is done.
pub(crate) fn authentication(code: u32, data: &[u8], out: &mut BytesMut) {
    message(b'R', out, |out| {
        out.put_u32(code);
        out.put_slice(data);
    });
}

pub(crate) fn parameter_status(name: &str, value: &str, out: &mut BytesMut) {
    message(b'S', out, |out| {
        text(out, name);
        text(out, value);
    });
}

/// What a cancel request must say.
pub(crate) fn key_data(pid: i32, secret: i32, out: &mut BytesMut) {
    message(b'K', out, |out| {
        out.put_i32(pid);
        out.put_i32(secret);
    });
}

/// The newest version spoken here is 3.0; and the options that are not known.
pub(crate) fn negotiate(options: &[&str], out: &mut BytesMut) {
    message(b'v', out, |out| {
        out.put_u32(3 << 16);
        out.put_u32(options.len() as u32);
        options.iter().for_each(|option| text(out, option));
    });
}

pub(crate) fn ready(status: Status, out: &mut BytesMut) {
    let status = match status {
        Status::Idle => b'I',
        Status::Open => b'T',
        Status::Failed => b'E',
    };
    message(b'Z', out, |out| out.put_u8(status));
}

pub(crate) fn error(refusal: &Refusal, out: &mut BytesMut) {
    report(b'E', if refusal.is_fatal { "FATAL" } else { "ERROR" }, refusal, out);
}

pub(crate) fn warning(refusal: &Refusal, out: &mut BytesMut) {
    report(b'N', "WARNING", refusal, out);
}

/// What a client may want to know, and need not.
pub(crate) fn notice(note: &Refusal, out: &mut BytesMut) {
    report(b'N', "NOTICE", note, out);
}

fn report(kind: u8, severity: &str, refusal: &Refusal, out: &mut BytesMut) {
    let position = refusal.position.map(|position| position.to_string());
    let fields = [
        (b'S', Some(severity)),
        (b'V', Some(severity)),
        (b'C', Some(refusal.code)),
        (b'M', Some(refusal.message.as_str())),
        (b'D', refusal.detail.as_deref()),
        (b'H', refusal.hint.as_deref()),
        (b'P', position.as_deref()),
    ];
    message(kind, out, |out| {
        for (field, value) in fields {
            if let Some(value) = value {
                out.put_u8(field);
                text(out, value);
            }
        }
        out.put_u8(0);
    });
}

/// Names and types of the columns that follow.
pub(crate) fn row_description(columns: &Schema, formats: &[Format], out: &mut BytesMut) {
    message(b'T', out, |out| {
        out.put_u16(columns.fields().len() as u16);
        for (i, field) in columns.fields().iter().enumerate() {
            let kind = of_field(field);
            text(out, shown_name(field.name()));
            out.put_u32(0);
            out.put_u16(0);
            out.put_i32(kind.oid);
            out.put_i16(kind.length);
            out.put_i32(kind.modifier);
            out.put_i16(formats.get(i).map_or(0, |format| format.code()));
        }
    });
}

pub(crate) fn parameter_description(oids: &[u32], out: &mut BytesMut) {
    message(b't', out, |out| {
        out.put_u16(oids.len() as u16);
        oids.iter().for_each(|oid| out.put_u32(*oid));
    });
}

pub(crate) fn command_complete(tag: &str, out: &mut BytesMut) {
    message(b'C', out, |out| text(out, tag));
}

/// Messages that say nothing but their name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bare {
    ParseComplete = b'1' as isize,
    BindComplete = b'2' as isize,
    CloseComplete = b'3' as isize,
    NoData = b'n' as isize,
    EmptyQuery = b'I' as isize,
    PortalSuspended = b's' as isize,
    CopyDone = b'c' as isize,
}

pub(crate) fn bare(kind: Bare, out: &mut BytesMut) {
    message(kind as u8, out, |_| {});
}

/// COPY begins: the format of all columns.
pub(crate) fn copy_out(columns: usize, is_binary: bool, out: &mut BytesMut) {
    message(b'H', out, |out| {
        out.put_u8(u8::from(is_binary));
        out.put_u16(columns as u16);
        (0..columns).for_each(|_| out.put_u16(u16::from(is_binary)));
    });
}

/// A piece of a COPY.
pub(crate) fn copy_data(out: &mut BytesMut, body: impl FnOnce(&mut BytesMut)) {
    message(b'd', out, body);
}
