//! Messages as mail systems write them; people and places are made up.

use serde_json::Value;
use trunkline_events::fact::ContactFacts;
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};

use super::Email;
use crate::connector::{Connector, MapContext, RecordRef, Reject, Split, Tail};

const ASKED: &str = "Date: Mon, 2 Mar 2026 10:00:00 +0100\nFrom: Ana <Ana@mail.test>\nTo: Support <support@example.com>\nMessage-ID: <q1@mail.test>\nSubject: My parcel\n\nWhere is it?\nFrom here I see nothing.\n";
const RECEIVED: &str = "Date: Mon, 2 Mar 2026 09:00:05 GMT\nFrom: support@example.com\nTo: ana@mail.test\nMessage-ID: <auto1@example.com>\nIn-Reply-To: <q1@mail.test>\nAuto-Submitted: auto-replied\n\nWe have your message.\n";
const ANSWERED: &str = "Date: Mon, 2 Mar 2026 10:45:00 +0100\nFrom: Ben <ben@example.com>\nTo: Ana <ana@mail.test>\nMessage-ID: <a1@example.com>\nIn-Reply-To: <q1@mail.test>\nReferences: <q1@mail.test>\nContent-Type: text/html\n\n<p>Tomorrow</p>\n";
const AGAIN: &str = "Date: Mon, 2 Mar 2026 12:00:00 +0100\nFrom: ana@mail.test\nTo: Ben <ben@example.com>\nMessage-ID: <q2@mail.test>\nIn-Reply-To: <a1@example.com>\nReferences: <q1@mail.test>\n\t<a1@example.com>\n\nThank you, but when?\n";

fn records(text: &str, tail: Tail) -> (Email, Vec<String>) {
    let mut connector = Email::new();
    let mut rest = &text.as_bytes()[connector.start(text.as_bytes(), tail).unwrap().unwrap()..];
    let mut all = Vec::new();
    while !rest.is_empty() {
        let len = match connector.split(rest, tail) {
            Split::Record(len) => {
                all.push(String::from_utf8(rest[..len].to_vec()).unwrap());
                len
            }
            Split::Skip(len) => len,
            Split::NeedMore => break,
            Split::Refuse(..) => panic!("refused"),
        };
        rest = &rest[len..];
    }
    (connector, all)
}

fn mapped_from(source: &str, files: &[&str]) -> Result<EventBatch, Reject> {
    let secret = CustomerSecret::new("secret of tests");
    let context = MapContext { connector: "email", journal: "j", now: Timestamp::from_seconds(1), secret: &secret, source };
    let mut out = EventBatch::default();
    for file in files {
        let (mut connector, all) = records(file, Tail::MayGrow);
        for record in &all {
            let record = RecordRef { bytes: record.as_bytes(), offset: 0, place: 0, line: 1, before: 0 };
            connector.map(&record, &context, &mut out)?;
        }
    }
    Ok(out)
}

fn mapped(files: &[&str]) -> EventBatch {
    mapped_from("email://example.com,support@example.com", files).unwrap()
}

fn told(file: &str) -> Vec<(String, Value)> {
    mapped(&[file]).rows().map(|row| (row.kind.to_owned(), serde_json::from_str(row.data).unwrap())).collect()
}

fn folded(batch: &EventBatch, contact: &str) -> ContactFacts {
    let rows: Vec<_> = batch.rows().filter(|row| row.contact_id == Some(contact)).collect();
    Folder::default().contact(&rows, Finality { watermark: Timestamp::from_seconds(0), grace_ms: 0 })
}

fn mailbox(messages: &[&str]) -> String {
    messages.iter().map(|message| format!("From sender@mail.test Mon Mar  2 10:00:00 2026\n{message}\n")).collect()
}

#[test]
fn a_thread_shows_who_answered_and_after_how_long() {
    let batch = mapped(&[AGAIN, ANSWERED, RECEIVED, ASKED]);
    let facts = folded(&batch, "q1@mail.test");
    let row = facts.contact.unwrap();
    assert_eq!((row.channel.as_deref(), row.direction.as_deref(), row.outcome.as_str()), (Some("email"), Some("inbound"), "open"));
    assert_eq!((row.started_at.to_string().as_str(), row.entry_point.as_deref()), ("2026-03-02T09:00:00Z", Some("support@example.com")));
    assert!(row.customer_key.is_some() && facts.anomalies.is_empty());
    let after = |at: Option<Timestamp>| at.map(|at| at.millis_since(row.started_at) / 1_000);
    let turns: Vec<_> =
        facts.responses.iter().map(|turn| (after(turn.bot_answered_at), after(turn.answered_at), turn.agent_id.as_deref())).collect();
    assert_eq!(turns, [(Some(5), Some(2_700), Some("ben@example.com")), (None, None, None)]);
}

#[test]
fn a_mailbox_and_its_messages_give_the_same_events() {
    let messages = [ASKED, RECEIVED, ANSWERED, AGAIN];
    let rows =
        |batch: &EventBatch| -> Vec<(String, String)> { batch.rows().map(|row| (row.event_id.to_owned(), row.data.to_owned())).collect() };
    let (one, many) = (mapped(&[&mailbox(&messages)]), mapped(&messages));
    assert_eq!((rows(&one).len(), rows(&one)), (5, rows(&many)));
    let windows = ASKED.replace('\n', "\r\n");
    let copy = format!("Received: by lists.test; Mon, 2 Mar 2026 10:09:00 +0100\nDelivered-To: support@example.com\n{ASKED}");
    assert_eq!(rows(&mapped(&[&copy])), rows(&mapped(&[ASKED])), "a copy that came another way");
    assert_eq!(rows(&mapped(&[&windows])), rows(&mapped(&[ASKED])), "ends of lines");
    let reused = ASKED.replace("Ana@mail.test", "eve@mail.test");
    assert_ne!(rows(&mapped(&[&reused]))[0].0, rows(&mapped(&[ASKED]))[0].0, "another message under the same id");
}

#[test]
fn nothing_of_what_people_wrote_is_stored() {
    for (_, data) in told(&mailbox(&[ASKED, ANSWERED, AGAIN])) {
        let text = data.to_string();
        assert!(["parcel", "Where", "Tomorrow", "Ana", "ana@"].iter().all(|word| !text.contains(word)), "{text}");
    }
    let (kind, data) = &told(ANSWERED)[0];
    assert_eq!(
        (kind.as_str(), data["author"].as_str(), data["content_ref"].as_str()),
        ("message.sent", Some("agent"), Some("mid:a1@example.com"))
    );
    assert_eq!((data["content_type"].as_str(), data["in_reply_to"].as_str()), (Some("text/html"), Some("q1@mail.test")));
}

#[test]
fn a_shared_address_names_no_agent() {
    let shared = ANSWERED.replace("ben@example.com", "support@example.com");
    assert_eq!((told(&shared)[0].1["agent_id"].as_str(), told(ANSWERED)[0].1["agent_id"].as_str()), (None, Some("ben@example.com")));
}

#[test]
fn machines_open_no_thread_and_no_turn() {
    for mark in ["Precedence: bulk", "Auto-Submitted: auto-generated", "X-Autoreply: yes", "Return-Path: <>"] {
        let batch = mapped(&[&format!("{mark}\n{ASKED}")]);
        assert_eq!((batch.len(), batch.row(0).kind, batch.row(0).contact_id), (1, "message.received", None), "{mark}");
        assert!(batch.row(0).data.contains("\"automatic\":true"));
    }
    assert_eq!(mapped(&[&format!("Auto-Submitted: no\n{ASKED}")]).row(0).kind, "contact.started");
    let away = format!("X-Autoreply: yes\n{AGAIN}");
    let facts = folded(&mapped(&[ASKED, ANSWERED, &away]), "q1@mail.test");
    assert_eq!((facts.responses.len(), facts.contact.unwrap().provenance.event_count), (1, 4), "in the thread, but no question");
}

#[test]
fn a_message_of_ours_begins_an_outbound_thread_and_one_among_us_answers_nobody() {
    let offer = "Date: Mon, 2 Mar 2026 10:00:00 +0100\nFrom: ben@example.com\nTo: ana@mail.test\nMessage-ID: <o1@example.com>\n\nHello\n";
    let all = told(offer);
    assert_eq!(
        (all[0].0.as_str(), all[0].1["direction"].as_str(), all[1].0.as_str()),
        ("contact.started", Some("outbound"), "message.sent")
    );
    assert_eq!(all[0].1["from_addr"].as_str(), Some("ben@example.com"), "ours stays readable");
    let forward = ANSWERED.replace("To: Ana <ana@mail.test>", "To: carl@example.com");
    let batch = mapped(&[ASKED, &forward]);
    assert_eq!(batch.row(2).kind, "note.added");
    assert_eq!(folded(&batch, "q1@mail.test").responses[0].answered_at, None);
}

fn report(kind: &str, part: &str, enclosed: &str) -> String {
    format!(
        "Date: Mon, 2 Mar 2026 10:50:00 +0100\nFrom: \"\" (Mail Delivery System)\nTo: ben@example.com\nMessage-ID: <d1@relay.test>\nReturn-Path: <>\nContent-Type: multipart/report; report-type={kind}; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: message/{kind}\n\n{part}\n\n{enclosed}--b--\n"
    )
}

#[test]
fn a_bounce_says_which_message_did_not_arrive_and_why() {
    let status = "Reporting-MTA: dns; relay.test\n\nFinal-Recipient: rfc822; Ana@mail.test\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 554 <ana@mail.test>:\n    rejected";
    let enclosed = format!("--b\nContent-Type: message/rfc822\n\n{ANSWERED}\n");
    let batch = mapped(&[&report("delivery-status", status, &enclosed)]);
    let (row, data) = (batch.row(0), serde_json::from_str::<Value>(batch.row(0).data).unwrap());
    assert_eq!(
        (batch.len(), row.kind, row.contact_id),
        (1, "message.delivery_updated", Some("q1@mail.test")),
        "in the thread of what was sent"
    );
    assert_eq!(
        (data["message_id"].as_str(), data["state"].as_str(), data["error"]["status"].as_str()),
        (Some("a1@example.com"), Some("failed"), Some("5.7.1"))
    );
    assert!(row.customer_key.is_some() && !row.data.to_lowercase().contains("ana@"));
    assert_eq!(row.customer_key, mapped(&[ASKED]).row(0).customer_key, "the same customer");
    let headers = "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <o1@example.com>\nTo: ana@mail.test\n\n";
    assert_eq!(mapped(&[&report("delivery-status", status, headers)]).row(0).contact_id, Some("o1@example.com"));
    let lost = mapped(&[&report("delivery-status", &status.replace("failed", "delayed"), "")]);
    assert_eq!((lost.row(0).contact_id, lost.row(0).data.contains("\"state\":\"delayed\"")), (None, true));
}

#[test]
fn a_receipt_says_that_a_message_was_read() {
    let receipt = "Final-Recipient: rfc822; ana@mail.test\nOriginal-Message-ID: <a1@example.com>\nDisposition: manual-action/MDN-sent-manually; displayed";
    let (kind, data) = &told(&report("disposition-notification", receipt, ""))[0];
    assert_eq!(
        (kind.as_str(), data["state"].as_str(), data["message_id"].as_str()),
        ("message.delivery_updated", Some("read"), Some("a1@example.com"))
    );
    let deleted = report("disposition-notification", &receipt.replace("displayed", "deleted"), "");
    assert_eq!(told(&deleted)[0].1["vendor_type"].as_str(), Some("disposition:deleted"));
}

#[test]
fn messages_of_a_mailbox_end_where_they_end() {
    let unquoted = ASKED.replace("From here", "\nFrom Ana to Ben: at 12:30 we\nmeet\n\nFrom here");
    let text = mailbox(&[&unquoted, ANSWERED]);
    let (_, all) = records(&text, Tail::MayGrow);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(records(&text[..text.len() - 4], Tail::MayGrow).1.len(), 1, "a torn last line waits");
    assert_eq!(records(&text[..text.len() - 4], Tail::Final).1.len(), 2);
    let mut connector = Email::new();
    connector.start(text.as_bytes(), Tail::MayGrow).unwrap();
    assert_eq!(connector.split(text.as_bytes(), Tail::More), Split::Record(all[0].len()));
    let rest = format!("a body that goes on\n\n{}", mailbox(&[AGAIN]));
    assert_eq!(connector.split(rest.as_bytes(), Tail::MayGrow), Split::Skip("a body that goes on\n\n".len()));
    assert_eq!(connector.split(&all[1].as_bytes()[..60], Tail::More), Split::NeedMore);
}

#[test]
fn a_large_message_is_read_as_far_as_its_attachments_however_it_comes() {
    let large = format!("{}{}", ANSWERED.replace("text/html", "text/plain"), "QUJDREVGR0g=\n".repeat(700_000));
    let text = mailbox(&[ASKED, &large, AGAIN]);
    let small = mapped(&[ASKED, &large, AGAIN]);
    assert_eq!(small.len(), 4);
    let (mut connector, mut at, mut found) = (Email::new(), 0, Vec::new());
    connector.start(text.as_bytes(), Tail::More).unwrap();
    // As the reader does: block by block, asking again with more when the connector wants more.
    let mut upto = 0;
    while at < text.len() {
        upto = (upto + (1 << 20)).min(text.len());
        let tail = if upto == text.len() { Tail::MayGrow } else { Tail::More };
        loop {
            match connector.split(&text.as_bytes()[at..upto], tail) {
                Split::Record(len) => {
                    found.push(&text[at..at + len]);
                    at += len;
                }
                Split::Skip(len) => at += len,
                Split::NeedMore | Split::Refuse(..) => break,
            }
            if at == upto {
                break;
            }
        }
        assert!(upto - at < 6 << 20, "what is held stays small");
    }
    let whole = records(&text, Tail::Final).1;
    assert_eq!((found.len(), found == whole), (3, true));
    assert!(found[2].contains("when?") && found[1].len() < large.len());
}

#[test]
fn what_is_no_mail_or_cannot_be_placed_is_refused_by_name() {
    let refused = |source: &str, file: &str, code: &str, words: &str| {
        let refused = mapped_from(source, &[file]).unwrap_err();
        assert!(refused.code == code && refused.message.contains(words), "{refused:?}");
    };
    let source = "email://example.com";
    refused(source, &ASKED.replace("Mon, 2 Mar 2026 10:00:00 +0100", "yesterday"), "no_time", "'yesterday'");
    refused(source, &ASKED.replace("Ana <Ana@mail.test>", "Ana"), "missing_field", "'Ana'");
    refused(source, "%PDF-1.7\nbinary\n", "bad_mail", "%PDF-1.7");
    refused("email://archive", ASKED, "no_own_address", "email://archive");
    assert!(Email::new().start(b"{\"From\":1}", Tail::Final).unwrap_err().0.contains("JSON"));
    let late = format!("Received: by mx.test; Mon, 2 Mar 2026 10:00:09 +0100\n{}", ASKED.replace("Mon, 2 Mar 2026 10:00:00 +0100", ""));
    assert_eq!(mapped(&[&late]).row(0).occurred_at.to_string(), "2026-03-02T09:00:09Z", "the time of receipt stands in");
}
