//! Where a message of a mailbox ends.
//!
//! Mailboxes separate messages by a line that begins with `From `, and not all of them quote such lines in bodies. A separator therefore has to follow an
//! empty line, to hold a time of day, and to be followed by a header field.

use crate::connector::{Split, Tail};

/// How a separator begins.
pub(super) const MARK: &[u8] = b"From ";

/// Bytes of a message that are read, up to the end of the line. What follows are attachments: they are read over, so that a large message is a
/// message all the same.
pub(super) const READ_MAX: usize = 4 << 20;

/// The message that the buffer begins with, or the rest of one.
pub(super) fn split(buffer: &[u8], tail: Tail) -> Split {
    let is_message = buffer.starts_with(MARK);
    let mut at = line_end(buffer, 0);
    let mut is_after_blank = is_blank(&buffer[..at]);
    // Last line from which reading may go on without mistaking what follows for a message.
    let mut resume = 0;
    while at < buffer.len() {
        let end = line_end(buffer, at);
        if is_after_blank && buffer[at..].starts_with(MARK) {
            let next = line_end(buffer, end);
            if next == buffer.len() && !tail.at_end() {
                break;
            }
            if holds_time(&buffer[at..end]) && is_field(&buffer[end..next]) {
                return if is_message { head(buffer, at) } else { Split::Skip(at) };
            }
        }
        if end < buffer.len() && !buffer[at..].starts_with(MARK) {
            resume = at;
        }
        is_after_blank = is_blank(&buffer[at..end]);
        at = end;
    }
    match (is_message, tail) {
        (true, Tail::Final) => head(buffer, buffer.len()),
        (true, Tail::MayGrow) if is_whole(buffer) => head(buffer, buffer.len()),
        (true, _) if buffer.len() > READ_MAX => head_so_far(buffer),
        (true, _) => Split::NeedMore,
        (false, tail) if tail.at_end() => Split::Skip(buffer.len()),
        (false, _) if resume > 0 => Split::Skip(resume),
        (false, _) => Split::NeedMore,
    }
}

/// A file that is one message.
pub(super) fn single(buffer: &[u8], tail: Tail) -> Split {
    if tail.at_end() { head(buffer, buffer.len()) } else { head_so_far(buffer) }
}

/// The part of a message of `len` bytes that is read; always the same one, however much of the message is at hand.
fn head(buffer: &[u8], len: usize) -> Split {
    Split::Record(if len > READ_MAX { line_end(buffer, READ_MAX).min(len) } else { len })
}

/// The part of a message that is read, of a message whose end is not at hand.
fn head_so_far(buffer: &[u8]) -> Split {
    match buffer.get(READ_MAX..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        Some(at) => Split::Record(READ_MAX + at + 1),
        None => Split::NeedMore,
    }
}

/// The message without its separator.
pub(super) fn without_mark(record: &[u8]) -> &[u8] {
    if record.starts_with(MARK) { &record[line_end(record, 0)..] } else { record }
}

/// Start of the next line, or the end.
fn line_end(buffer: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &buffer[from..]).map_or(buffer.len(), |at| from + at + 1)
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Headers, the empty line after them, and a last line that is complete.
fn is_whole(buffer: &[u8]) -> bool {
    let has_body = memchr::memmem::find(buffer, b"\n\n").or_else(|| memchr::memmem::find(buffer, b"\n\r\n")).is_some();
    has_body && buffer.ends_with(b"\n")
}

/// `12:34` somewhere in the line.
fn holds_time(line: &[u8]) -> bool {
    line.windows(5).any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit))
}

/// `Name:`, as header fields begin. Some mailboxes keep a quoted separator of an earlier one above them.
fn is_field(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_graphic() && **b != b':').count();
    line.starts_with(b">From ") || name > 0 && line.get(name) == Some(&b':')
}
