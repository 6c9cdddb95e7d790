//! Files that are long or deep out of all measure: what is done with them must grow with their bytes, and no faster.

use crate::support::corpus::{Corpus, Form};

/// What is repeated until the file is long.
const PARTS: &[&str] = &[
    "[",
    "{\"a\":",
    "\"",
    "\\\"",
    "{}",
    "{}\n",
    "[],",
    "a=b&",
    "%",
    "|",
    ";",
    "\"a;",
    "\n",
    "\r",
    "From ",
    "From a\n",
    "\nFrom a\n\n",
    " \t",
    "\u{feff}",
];

/// Such files for a connector, of about so many bytes: parts alone, after a document, and inside of one.
pub fn files(corpus: &Corpus, bytes: usize) -> Vec<Vec<u8>> {
    let document = corpus.file(&corpus.documents[..1]);
    let long = |part: &str| part.repeat(bytes / part.len());
    let mut all: Vec<String> = PARTS.iter().flat_map(|part| [long(part), format!("{document}{}", long(part))]).collect();
    // In the middle of a document, wherever a value begins.
    if let Some(at) = document.rfind([':', '|', ';', '=']) {
        all.extend(["[", "9", "a", "\u{e9}", "{\"a\":"].map(|part| format!("{}{}{}", &document[..=at], long(part), &document[at + 1..])));
    }
    if corpus.form == Form::Mailbox {
        all.extend(mails(bytes));
    }
    all.into_iter().map(String::into_bytes).collect()
}

/// Mail as deep as parts can be nested, and with more and longer headers than anybody writes.
fn mails(bytes: usize) -> [String; 4] {
    const HEAD: &str = "Date: Mon, 2 Mar 2026 10:00:00 +0100\nFrom: ana@mail.test\nTo: support@example.com\nMessage-ID: <q1@mail.test>\n";
    let nested: String = (0..bytes / 50).map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n")).collect();
    let forwarded = "Content-Type: message/rfc822\n\n".repeat(bytes / 30);
    let ids = "<a@b.test> ".repeat(bytes / 11);
    [
        format!("{HEAD}{nested}"),
        format!("{HEAD}{forwarded}"),
        format!("{HEAD}References: {ids}\n\nx\n"),
        format!("{HEAD}{}\nx\n", "X-Y: z\n".repeat(bytes / 7)),
    ]
}
