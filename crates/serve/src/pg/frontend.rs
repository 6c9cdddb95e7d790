//! What a client says, read from bytes: frames with a length, and the messages in them. Pure.
//!
//! Each message is cut out of the stream first and read within its own bytes, so that a wrong count inside one message ends in an error and
//! never reaches into the next. Format: PostgreSQL documentation, chapter "Frontend/Backend Protocol", message formats (version 3.0).

use std::collections::BTreeMap;

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of a message before login, the type and length included.
pub(crate) const MAX_STARTUP_BYTES: usize = 10_000;

/// The first message of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// Asks for TLS.
    Tls,
    /// Asks for encryption by Kerberos.
    Gss,
    /// Wants the statement of another connection stopped.
    Cancel {
        /// Number of that connection.
        pid: i32,
        /// Its secret.
        secret: i32,
    },
    /// Begins a session: protocol version (minor) and parameters.
    Startup {
        /// Minor version asked for.
        minor: u16,
        /// `user`, `database`, `options` and settings.
        parameters: BTreeMap<String, String>,
    },
}

/// Statement or portal, by name; the nameless one is "".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Statement(String),
    Portal(String),
}

/// A message of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Query(String),
    Parse {
        name: String,
        sql: String,
        types: Vec<u32>,
    },
    Bind(Bind),
    Describe(Target),
    Close(Target),
    Execute {
        portal: String,
        max_rows: u32,
    },
    Flush,
    Sync,
    Password(Bytes),
    Terminate,
    /// Data of a COPY that was never begun, and function calls: not answered.
    Other(u8),
}

/// Values for a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bind {
    pub(crate) portal: String,
    pub(crate) statement: String,
    pub(crate) formats: Vec<i16>,
    pub(crate) values: Vec<Option<Bytes>>,
    pub(crate) result_formats: Vec<i16>,
}

/// A message that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("a message of {0} bytes is longer than the {1} bytes allowed")]
    TooLong(usize, usize),
    #[error("a message is shorter than what it says it holds")]
    Short,
    #[error("text that is not UTF-8")]
    NotUtf8,
    #[error("protocol version {0} is not spoken here")]
    Version(u16),
}

/// Takes the next message after login out of `buffer`; `None` when it is not whole yet.
pub(crate) fn take_frame(buffer: &mut BytesMut, max_bytes: usize) -> Result<Option<(u8, Bytes)>, Malformed> {
    if buffer.len() < 5 {
        return Ok(None);
    }
    let length = (&buffer[1..5]).get_u32() as usize;
    if length < 4 {
        return Err(Malformed::Short);
    }
    if length > max_bytes {
        return Err(Malformed::TooLong(length, max_bytes));
    }
    if buffer.len() < length + 1 {
        buffer.reserve(length + 1 - buffer.len());
        return Ok(None);
    }
    let kind = buffer.get_u8();
    buffer.advance(4);
    Ok(Some((kind, buffer.split_to(length - 4).freeze())))
}

/// Takes the first message, which has no type; `None` when it is not whole yet.
pub(crate) fn take_first(buffer: &mut BytesMut) -> Result<Option<First>, Malformed> {
    if buffer.len() < 8 {
        return Ok(None);
    }
    let length = (&buffer[..4]).get_u32() as usize;
    if !(8..=MAX_STARTUP_BYTES).contains(&length) {
        return Err(Malformed::TooLong(length, MAX_STARTUP_BYTES));
    }
    if buffer.len() < length {
        return Ok(None);
    }
    buffer.advance(4);
    let mut body = Reader(buffer.split_to(length - 4).freeze());
    Ok(Some(match (body.u16()?, body.u16()?) {
        (1234, 5679) => First::Tls,
        (1234, 5680) => First::Gss,
        (1234, 5678) => First::Cancel { pid: body.u32()?.cast_signed(), secret: body.u32()?.cast_signed() },
        (3, minor) => {
            let mut parameters = BTreeMap::new();
            loop {
                let key = body.text()?;
                if key.is_empty() {
                    break;
                }
                parameters.insert(key, body.text()?);
            }
            First::Startup { minor, parameters }
        }
        (major, _) => return Err(Malformed::Version(major)),
    }))
}

/// Reads one message after login.
pub(crate) fn message(kind: u8, body: Bytes) -> Result<Message, Malformed> {
    let mut body = Reader(body);
    Ok(match kind {
        b'Q' => Message::Query(body.text()?),
        b'P' => {
            let (name, sql) = (body.text()?, body.text()?);
            Message::Parse { name, sql, types: body.list(4, Reader::u32)? }
        }
        b'B' => Message::Bind(Bind {
            portal: body.text()?,
            statement: body.text()?,
            formats: body.list(2, Reader::i16)?,
            values: body.list(4, Reader::value)?,
            result_formats: body.list(2, Reader::i16)?,
        }),
        b'D' => Message::Describe(body.target()?),
        b'C' => Message::Close(body.target()?),
        b'E' => Message::Execute { portal: body.text()?, max_rows: body.u32()? },
        b'H' => Message::Flush,
        b'S' => Message::Sync,
        b'p' => Message::Password(body.0),
        b'X' => Message::Terminate,
        other => Message::Other(other),
    })
}

/// The first answer to an offer of SASL mechanisms: the one chosen, and what it begins with.
pub(crate) fn sasl_initial(body: Bytes) -> Result<(String, Bytes), Malformed> {
    let mut body = Reader(body);
    Ok((body.text()?, body.value()?.unwrap_or_default()))
}

/// Reads within one message.
struct Reader(Bytes);

impl Reader {
    fn u16(&mut self) -> Result<u16, Malformed> {
        self.0.try_get_u16().map_err(|_| Malformed::Short)
    }

    fn i16(&mut self) -> Result<i16, Malformed> {
        self.0.try_get_i16().map_err(|_| Malformed::Short)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.0.try_get_u32().map_err(|_| Malformed::Short)
    }

    /// Text up to a zero byte.
    fn text(&mut self) -> Result<String, Malformed> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(Malformed::Short)?;
        let text = self.0.split_to(end);
        self.0.advance(1);
        String::from_utf8(text.into()).map_err(|_| Malformed::NotUtf8)
    }

    /// A length and as many bytes; -1 is no value.
    fn value(&mut self) -> Result<Option<Bytes>, Malformed> {
        let length = self.u32()?.cast_signed();
        match usize::try_from(length) {
            Ok(length) if length <= self.0.len() => Ok(Some(self.0.split_to(length))),
            Ok(_) => Err(Malformed::Short),
            Err(_) => Ok(None),
        }
    }

    /// A count and as many parts, each of at least `least` bytes.
    fn list<T>(&mut self, least: usize, each: impl Fn(&mut Self) -> Result<T, Malformed>) -> Result<Vec<T>, Malformed> {
        let count = usize::from(self.u16()?);
        if count * least > self.0.len() {
            return Err(Malformed::Short);
        }
        (0..count).map(|_| each(self)).collect()
    }

    fn target(&mut self) -> Result<Target, Malformed> {
        match self.0.try_get_u8() {
            Ok(b'S') => Ok(Target::Statement(self.text()?)),
            Ok(b'P') => Ok(Target::Portal(self.text()?)),
            _ => Err(Malformed::Short),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: u8, body: &[u8], expected: Result<Message, Malformed>) {
        assert_eq!(message(kind, Bytes::copy_from_slice(body)), expected);
    }

    #[test]
    fn a_count_larger_than_the_message_is_an_error() {
        check(b'P', b"\0select 1\0\xff\xff", Err(Malformed::Short));
        check(b'B', b"\0\0\0\0\0\x01\x7f\xff\xff\xffx", Err(Malformed::Short));
        check(b'D', b"", Err(Malformed::Short));
        check(b'Q', b"no end", Err(Malformed::Short));
        check(b'Q', b"\xff\0", Err(Malformed::NotUtf8));
    }

    #[test]
    fn messages_are_read_as_they_are_written() {
        check(b'Q', b"select 1\0", Ok(Message::Query("select 1".into())));
        check(b'E', b"p\0\0\0\0\x05", Ok(Message::Execute { portal: "p".into(), max_rows: 5 }));
        let bind = Bind {
            portal: String::new(),
            statement: "s".into(),
            formats: vec![1],
            values: vec![Some(Bytes::from_static(b"ab")), None],
            result_formats: vec![],
        };
        check(b'B', b"\0s\0\0\x01\0\x01\0\x02\0\0\0\x02ab\xff\xff\xff\xff\0\0", Ok(Message::Bind(bind)));
    }

    #[test]
    fn no_bytes_of_any_kind_do_harm() {
        // Every prefix of messages of every kind, with every byte changed once.
        let bodies: [&[u8]; 4] =
            [b"\0s\0\0\x01\0\x01\0\x02\0\0\0\x02ab\xff\xff\xff\xff\0\0", b"a\0select\0\0\x01\0\0\0\x17", b"Sname\0", b"p\0\0\0\0\x05"];
        for kind in 0..=255 {
            for body in bodies {
                for end in 0..=body.len() {
                    for at in 0..end {
                        let mut bytes = body[..end].to_vec();
                        bytes[at] ^= 0x81;
                        let _ = message(kind, Bytes::from(bytes));
                    }
                }
            }
        }
    }

    #[test]
    fn a_frame_is_cut_out_of_the_stream_when_it_is_whole() {
        let mut buffer = BytesMut::from(&b"Q\0\0\0\x09abc"[..]);
        assert_eq!(take_frame(&mut buffer, 100), Ok(None));
        buffer.extend_from_slice(b"d\0S\0\0\0\x04");
        assert_eq!(take_frame(&mut buffer, 100), Ok(Some((b'Q', Bytes::from_static(b"abcd\0")))));
        assert_eq!(take_frame(&mut buffer, 100), Ok(Some((b'S', Bytes::new()))));
        assert_eq!(take_frame(&mut BytesMut::from(&b"Q\0\0\0\x03"[..]), 100), Err(Malformed::Short));
        assert_eq!(take_frame(&mut BytesMut::from(&b"Q\x7f\0\0\x03"[..]), 100), Err(Malformed::TooLong(0x7f00_0003, 100)));
    }
}
