//! Finding the members of a JSON object in one pass, without building anything.
//!
//! Payloads in the log were checked when they were received. Here nothing is checked twice: the scan stops where the text is no
//! object, and what it found up to there counts.

/// Where one member of an object is: byte ranges of its name and of its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) name: (u32, u32),
    pub(super) value: (u32, u32),
}

/// Appends the members of the object `text` to `members`, in order.
pub(super) fn members(text: &str, members: &mut Vec<Member>) {
    if u32::try_from(text.len()).is_ok() {
        let _ = Scan { bytes: text.as_bytes(), at: 0 }.object(members);
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn object(&mut self, members: &mut Vec<Member>) -> Option<()> {
        self.expect(b'{')?;
        loop {
            let name = self.quoted()?;
            self.expect(b':')?;
            let value = self.value()?;
            members.push(Member { name, value });
            self.expect(b',')?;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if byte > b' ' {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        let found = self.peek()? == wanted;
        self.at += 1;
        found.then_some(())
    }

    /// A string; the range is the text between the quotes.
    fn quoted(&mut self) -> Option<(u32, u32)> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let end = self.at;
        self.at += 1;
        Some((start as u32, end as u32))
    }

    /// Any value; the range is the whole of it, quotes and brackets included.
    fn value(&mut self) -> Option<(u32, u32)> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => drop(self.quoted()?),
            b'{' | b'[' => self.nested()?,
            _ => {
                while !matches!(self.bytes.get(self.at), None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')) {
                    self.at += 1;
                }
            }
        }
        Some((start as u32, self.at as u32))
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.quoted()?),
                byte => {
                    self.at += 1;
                    match byte {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::members;

    fn found(text: &str) -> Vec<(&str, &str)> {
        let mut list = Vec::new();
        members(text, &mut list);
        let part = |(from, to): (u32, u32)| text.get(from as usize..to as usize).unwrap();
        list.into_iter().map(|m| (part(m.name), part(m.value))).collect()
    }

    #[test]
    fn members_of_every_shape_are_found() {
        let text = r#" { "a" : "x\"y" ,"b":-12.5e3,"c":{"d":["}",{}]} , "e":[1,"]"],"f":null,"g":true }"#;
        let expected =
            [("a", r#""x\"y""#), ("b", "-12.5e3"), ("c", r#"{"d":["}",{}]}"#), ("e", r#"[1,"]"]"#), ("f", "null"), ("g", "true")];
        assert_eq!(found(text), expected);
        assert_eq!(found("{}"), []);
    }

    #[test]
    fn torn_text_gives_what_was_whole() {
        let text = r#"{"a":"é","b":{"c":[1,"#;
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let expected: &[(&str, &str)] = if end >= 9 { &[("a", "\"é\"")] } else { &[] };
            assert_eq!(found(&text[..end]), expected, "{end}");
        }
        assert_eq!(found("[1,2]"), []);
        assert_eq!(found(r#"{"a":"\"#), []);
    }
}
