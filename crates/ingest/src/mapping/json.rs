//! A strict reader of one JSON object: a key twice, a lone surrogate, `NaN`, trailing text or depth beyond the limit is an error
//! with its byte position; numbers keep their digits; nested values are kept as the text they were.

use std::borrow::Cow;

use super::error::RowError;
use super::value::Value;

/// Nesting beyond this is refused, so that a hostile record cannot exhaust the stack.
const MAX_DEPTH: usize = 64;

/// The members of an object in order of appearance.
pub(crate) type Members<'r> = Vec<(Cow<'r, str>, Value<'r>)>;

/// Reads `text` as one JSON object.
pub(crate) fn parse_object(text: &str) -> Result<Members<'_>, RowError> {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    if reader.peek() != Some(b'{') {
        return Err(reader.error("an object is expected"));
    }
    let members = reader.object(0)?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(reader.error("text after the end of the object"));
    }
    Ok(members)
}

struct Reader<'r> {
    text: &'r str,
    at: usize,
}

impl<'r> Reader<'r> {
    fn error(&self, what: &str) -> RowError {
        let from = (0..=self.at.min(self.text.len())).rev().find(|i| self.text.is_char_boundary(*i)).unwrap_or(0);
        let near: String = self.text[from..].chars().take(24).collect();
        RowError::new("bad_json", format!("{what} at byte {} near `{near}`", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), RowError> {
        self.blanks();
        if self.peek() != Some(byte) {
            return Err(self.error(what));
        }
        self.at += 1;
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<Members<'r>, RowError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.at += 1;
        let mut members: Members<'r> = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in quotes is expected"));
            }
            let key = self.string()?;
            if members.iter().any(|(name, _)| *name == key) {
                return Err(RowError::new("duplicate_key", format!("column `{key}`: the key occurs twice")));
            }
            self.expect(b':', "`:` is expected")?;
            let value = self.value(depth)?;
            members.push((key, value));
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                _ => return Err(self.error("`,` or `}` is expected")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), RowError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth)?;
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.error("`,` or `]` is expected")),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'r>, RowError> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'{') => {
                self.object(depth + 1)?;
                Ok(Value::Json(Cow::Borrowed(&self.text[start..self.at])))
            }
            Some(b'[') => {
                self.array(depth + 1)?;
                Ok(Value::Json(Cow::Borrowed(&self.text[start..self.at])))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
                    if self.text[start..].starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.error("a value is expected"))
            }
        }
    }

    fn digits(&mut self) -> bool {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > from
    }

    fn number(&mut self) -> Result<Value<'r>, RowError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let from = self.at;
        if !self.digits() || (leading_zero && self.at - from > 1) {
            return Err(self.error("not a number"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.digits() {
                return Err(self.error("digits are expected after the point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err(self.error("digits are expected in the exponent"));
            }
        }
        Ok(Value::Digits(Cow::Borrowed(&self.text[start..self.at])))
    }

    fn string(&mut self) -> Result<Cow<'r, str>, RowError> {
        self.at += 1;
        let start = self.at;
        let mut built: Option<String> = None;
        let mut plain_from = start;
        loop {
            match self.peek() {
                None => return Err(self.error("text without a closing quote")),
                Some(b'"') => {
                    let tail = &self.text[plain_from..self.at];
                    self.at += 1;
                    return Ok(match built {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let text = built.get_or_insert_with(String::new);
                    text.push_str(&self.text[plain_from..self.at]);
                    let c = self.escape()?;
                    built.get_or_insert_with(String::new).push(c);
                    plain_from = self.at;
                }
                Some(b) if b < b' ' => return Err(self.error("a bare control character in text")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, RowError> {
        self.at += 1;
        let kind = self.peek().ok_or_else(|| self.error("text ends in an escape"))?;
        self.at += 1;
        Ok(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex4()?;
                let code = if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let second = self.hex4()?;
                    if !(0xDC00..0xE000).contains(&second) {
                        return Err(self.error("a lone surrogate"));
                    }
                    0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    first
                };
                char::from_u32(code).ok_or_else(|| self.error("a lone surrogate"))?
            }
            _ => return Err(self.error("an unknown escape")),
        })
    }

    fn hex4(&mut self) -> Result<u32, RowError> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or_else(|| self.error("four hex digits are expected"))?;
        let mut code = 0_u32;
        for digit in digits {
            code = code * 16 + (*digit as char).to_digit(16).ok_or_else(|| self.error("four hex digits are expected"))?;
        }
        self.at += 4;
        Ok(code)
    }
}
