//! Cutting the bytes at hand into records, and reading over a record that is too large to hold.

use crate::connector::{Connector, Misfit, Reject, Split, Tail};

/// One piece of the buffer.
#[derive(Debug)]
pub(crate) struct Cut {
    /// First byte within the buffer.
    pub(crate) start: usize,
    /// Byte after the last.
    pub(crate) end: usize,
    /// Physical line of the first byte.
    pub(crate) line: i64,
    /// Refused by the cutter already.
    pub(crate) refused: Option<Reject>,
}

/// The pieces found in a buffer.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// Records, in order.
    pub(crate) records: Vec<Cut>,
    /// Bytes dealt with, blanks and preambles included.
    pub(crate) consumed: usize,
    /// Physical line at `consumed`.
    pub(crate) line: i64,
}

/// Cuts as many records as are complete.
pub(crate) fn cut(connector: &mut dyn Connector, buffer: &[u8], tail: Tail, line: i64) -> Cuts {
    let mut cuts = Cuts { records: Vec::new(), consumed: 0, line };
    while cuts.consumed < buffer.len() {
        let rest = &buffer[cuts.consumed..];
        let Some((len, refused, is_record)) = piece(connector, rest, tail) else { break };
        if is_record {
            cuts.records.push(Cut { start: cuts.consumed, end: cuts.consumed + len, line: cuts.line, refused });
        }
        cuts.line += memchr::memchr_iter(b'\n', &rest[..len]).count() as i64;
        cuts.consumed += len;
    }
    cuts
}

/// Length of the next piece, why the cutter refuses it, and whether it is a record; `None` where more bytes must tell.
fn piece(connector: &mut dyn Connector, rest: &[u8], tail: Tail) -> Option<(usize, Option<Reject>, bool)> {
    let (len, refused, is_record) = match connector.split(rest, tail) {
        Split::NeedMore => return None,
        Split::Skip(len) => (len, None, false),
        Split::Refuse(len, reject) => (len, Some(reject), true),
        Split::Record(len) => (len, None, !connector.is_blank(&rest[..len.min(rest.len())])),
    };
    Some((len.clamp(1, rest.len()), refused, is_record))
}

/// A record of a message, and why the cutter refuses it, if it does.
pub(crate) type Part<'b> = (&'b [u8], Option<Reject>);

/// The records of a message, which is a content that ends for good; what is left at its end is one too.
///
/// # Errors
/// [`Misfit`] when it is none of the connector's.
pub(crate) fn parts<'b>(connector: &mut dyn Connector, message: &'b [u8]) -> Result<impl Iterator<Item = Part<'b>> + use<'b>, Misfit> {
    let begin = connector.start(message, Tail::Final)?;
    let mut rest = &message[begin.unwrap_or_default().min(message.len())..];
    // Nearly every message is one record: it needs no list.
    let (mut first, mut more) = (None, Vec::new());
    let mut put = |part| if first.is_none() { first = Some(part) } else { more.push(part) };
    while !rest.is_empty() {
        let Some((len, refused, is_record)) = piece(connector, rest, Tail::Final) else { break };
        if is_record {
            put((&rest[..len], refused));
        }
        rest = &rest[len..];
    }
    if !connector.is_blank(rest) {
        put((rest, None));
    }
    Ok(first.into_iter().chain(more))
}

/// A record larger than allowed, while its end is being looked for.
#[derive(Debug)]
pub(super) struct Oversize {
    /// Its beginning, as much as is allowed.
    pub(super) raw: Vec<u8>,
    /// Offset of its first byte in the content.
    pub(super) offset: i64,
    /// Physical line of its first byte.
    pub(super) line: i64,
    /// Bytes seen so far.
    pub(super) len: u64,
}

impl Oversize {
    /// The refusal once its end is known.
    pub(super) fn reject(&self) -> Reject {
        let message = format!("the record has {} bytes, more than the {} allowed; its beginning is kept", self.len, self.raw.len());
        Reject::new("too_large", message)
    }
}
