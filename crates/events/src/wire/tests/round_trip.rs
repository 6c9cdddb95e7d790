//! An event that is written and read again is the same event, so that importing our own export makes nothing new.

use super::{read, read_with};
use crate::identity::content_hash;
use crate::wire::write_event;

/// Numbers that look random and are the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// An object of up to six members, some of them personal or reserved, with blanks and escapes here and there.
    fn object(&mut self, depth: usize) -> String {
        const NAMES: [&str; 17] = [
            "data",
            "queue",
            "a",
            "customer_id",
            "from_addr",
            "to_addr",
            "direction",
            "_seq",
            "_ext",
            "customer_key",
            "data_base64",
            "set",
            "email",
            "kind",
            "id",
            r"q\u0022\n",
            "é",
        ];
        let mut names: Vec<&str> = Vec::new();
        for _ in 0..self.below(7) {
            let name = self.pick(&NAMES);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let members: Vec<String> =
            names.iter().map(|name| format!("{}\"{name}\"{}:{}", self.blank(), self.blank(), self.value(depth))).collect();
        format!("{{{}{}}}", members.join(","), self.blank())
    }

    fn blank(&mut self) -> &'static str {
        self.pick(&["", "", "", " ", "\t"])
    }

    fn value(&mut self, depth: usize) -> String {
        const SCALARS: [&str; 18] = [
            "null",
            "true",
            "0",
            "-1.50",
            "123456789012345678901234567890",
            r#""""#,
            r#"" ""#,
            r#""+34600111222""#,
            r#""outbound""#,
            r#""internal""#,
            r#""a\"b\\""#,
            r#""\u00e9\ud83d\ude00""#,
            r#""customer""#,
            r#""AAE=""#,
            r#""0123456789abcdef0123456789abcdef""#,
            "7",
            r#"{"a1": "x", "b":5}"#,
            r#"{"time":"x"}"#,
        ];
        match self.below(8) {
            0 if depth > 0 => self.object(depth - 1),
            1 if depth > 0 => format!("[{}{},{}]", self.blank(), self.value(depth - 1), self.value(depth - 1)),
            _ => self.pick(&SCALARS).to_string(),
        }
    }

    fn event(&mut self) -> String {
        const KINDS: [&str; 7] = [
            "com.example.x",
            "contact.updated",
            "hold.started",
            "org.trunkline.contact.ended.v1",
            "org.trunkline.thing.v3",
            "note.added",
            "org.trunkline.hold.ended.v0",
        ];
        const ATTRIBUTES: [&str; 7] = [
            r#""time":"2026-03-02T09:15:04.250001Z""#,
            r#""recordedtime":"2026-03-02T10:16:00+01:00""#,
            r#""subject":"c-1""#,
            r#""sequence":"0042""#,
            r#""sequence":7"#,
            r#""seq2":7,"flag":true,"email":"+34600111222","traceparent":"00 \"\u00e9""#,
            r#""datacontenttype":"application/x+json""#,
        ];
        let mut json =
            format!(r#"{{ "specversion":"1.0","id":"{}","source":"/s","type":"{}""#, self.pick(&["1", r#"a\"\n1"#]), self.pick(&KINDS));
        for attribute in ATTRIBUTES {
            if self.below(3) == 0 {
                json.push_str(&format!(" ,{attribute}"));
            }
        }
        let data = match self.below(8) {
            0 => r#""data_base64":"AAE=""#.to_string(),
            1 | 2 => format!(r#""data" : {}"#, self.value(2)),
            _ => format!(r#""data":{}"#, self.object(2)),
        };
        format!("{json},{data}}}\n")
    }
}

#[test]
fn what_is_written_reads_back_as_the_same_row_whatever_the_secret() {
    let (mut dice, mut kept) = (Dice(0x9E37_79B9_7F4A_7C15), 0);
    for _ in 0..20_000 {
        let json = dice.event();
        let Ok(first) = read(&json) else { continue };
        kept += 1;
        let mut once = Vec::new();
        write_event(&first.row(0), &mut once);
        let shown = String::from_utf8_lossy(&once).into_owned();
        let second = read_with(&once, "another secret").unwrap_or_else(|code| panic!("{code}: {json} -> {shown}"));
        assert_eq!(first.row(0), second.row(0), "{json} -> {shown}");
        assert_eq!(content_hash(&first.row(0)), content_hash(&second.row(0)));
        let mut twice = Vec::new();
        write_event(&second.row(0), &mut twice);
        assert_eq!(once, twice, "{json}");
        for name in ["customer_id", "email", "customer_key"] {
            assert!(!first.row(0).data.contains(&format!("\"{name}\":\"+34")), "{json}");
        }
    }
    assert!(kept > 8_000, "only {kept} events were valid");
}

#[test]
fn our_export_is_cloudevents_with_everything_where_it_belongs() {
    let json = r#"{"specversion":"1.0","id":"a\"1","source":"/s","type":"queue.exited","time":"2026-03-02T09:15:04.250001Z","recordedtime":"2026-03-02T09:16:00Z","subject":"c-1","sequence":"0042","traceparent":"00-ab","data":{"outcome":"abandoned","wait_ms":5000}}"#;
    let mut out = Vec::new();
    write_event(&read(json).unwrap().row(0), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"specversion":"1.0","id":"a\"1","source":"/s","type":"org.trunkline.queue.exited.v1","time":"2026-03-02T09:15:04.250001Z","recordedtime":"2026-03-02T09:16:00Z","subject":"c-1","sequence":"0042","traceparent":"00-ab","customerkeyed":true,"data":{"outcome":"abandoned","wait_ms":5000}}"#
    );
    let binary = r#"{"specversion":"1.0","id":"1","source":"/s","type":"com.example.x","datacontenttype":"application/octet-stream","data_base64":"AAE="}"#;
    let mut out = Vec::new();
    write_event(&read(binary).unwrap().row(0), &mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with(r#","datacontenttype":"application/octet-stream","customerkeyed":true,"data_base64":"AAE="}"#), "{text}");
}
