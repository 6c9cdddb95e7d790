//! Where a message of a mailbox ends.
//!
//! Mailboxes separate messages by a line that begins with `From `, and not all of them quote such lines in bodies. A separator therefore has to follow an
//! empty line, to hold a time of day, and to be followed by a header field.

use crate::connector::{Split, Tail};

/// How a separator begins.
pub(super) const MARK: &[u8] = b"From ";

/// The message that the buffer begins with.
pub(super) fn split(buffer: &[u8], tail: Tail) -> Split {
    let mut at = line_end(buffer, 0);
    let mut is_after_blank = false;
    while at < buffer.len() {
        let end = line_end(buffer, at);
        if is_after_blank && buffer[at..].starts_with(MARK) {
            let next = line_end(buffer, end);
            if next == buffer.len() && !tail.at_end() {
                return Split::NeedMore;
            }
            if holds_time(&buffer[at..end]) && is_field(&buffer[end..next]) {
                return record(buffer, at);
            }
        }
        is_after_blank = is_blank(&buffer[at..end]);
        at = end;
    }
    match tail {
        Tail::More => Split::NeedMore,
        Tail::MayGrow if !is_whole(buffer) => Split::NeedMore,
        Tail::MayGrow | Tail::Final => record(buffer, buffer.len()),
    }
}

/// A file that is one message: all of it.
pub(super) fn single(buffer: &[u8], tail: Tail) -> Split {
    if tail.at_end() { Split::Record(buffer.len()) } else { Split::NeedMore }
}

/// The message without its separator.
pub(super) fn without_mark(record: &[u8]) -> &[u8] {
    if record.starts_with(MARK) { &record[line_end(record, 0)..] } else { record }
}

/// What does not begin with a separator is the rest of a message that was read before the mailbox grew.
fn record(buffer: &[u8], len: usize) -> Split {
    if buffer.starts_with(MARK) { Split::Record(len) } else { Split::Skip(len) }
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
