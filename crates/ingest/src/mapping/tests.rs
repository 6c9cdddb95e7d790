//! Specs, rows and rulings, on invented data.

use std::sync::Arc;

use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};

use super::{DryRun, Mapping, MappingConnector, SpecError, dry_run};
use crate::connector::{Connector, MapContext, RecordRef, Split, Tail};

const HEAD: &str = "mapping: 1\nsource: test://calls\n";

fn run(spec: &str, data: impl AsRef<[u8]>) -> DryRun {
    let mapping = Mapping::parse(&format!("{HEAD}{spec}"), "spec.yaml").unwrap_or_else(|e| panic!("{e}"));
    dry_run(&Arc::new(mapping), data.as_ref()).unwrap_or_else(|e| panic!("{e}"))
}

fn spec_error(spec: &str) -> SpecError {
    Mapping::parse(&format!("{HEAD}{spec}"), "spec.yaml").unwrap_err()
}

fn misfit(spec: &str, data: &str) -> SpecError {
    let mapping = Arc::new(Mapping::parse(&format!("{HEAD}{spec}"), "spec.yaml").unwrap());
    dry_run(&mapping, data.as_bytes()).unwrap_err()
}

fn events(run: &DryRun) -> Vec<serde_json::Value> {
    run.events.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn codes(run: &DryRun) -> Vec<(u64, &str)> {
    run.rejects.iter().map(|r| (r.line, r.code.as_str())).collect()
}

/// One event per row: contact `id`, time `at`, and a note with column `x`.
fn simple(input: &str, time: &str) -> String {
    format!(
        "input: {{{input}}}\ntime: {{{time}}}\nemit: [{{type: contact.updated, time: {{col: at}}, set: {{contact_id: {{col: id}}, x: {{col: x}}}}}}]\n"
    )
}

const ISO: &str = "format: iso8601";
const BERLIN: &str = "format: '%d.%m.%Y %H:%M:%S', zone: Europe/Berlin";

fn instant(time: &str, text: &str) -> Result<String, String> {
    let run = run(&simple("format: csv, delimiter: ';'", time), format!("id;at;x\nc1;{text};1\n"));
    match run.rejects.first() {
        Some(reject) => Err(reject.code.clone()),
        None => Ok(events(&run)[0]["time"].as_str().unwrap().to_owned()),
    }
}

#[test]
fn one_row_becomes_many_events_with_conditions() {
    let spec = "
input: {format: csv, delimiter: ';', null_values: ['-']}
time: {format: '%d.%m.%Y %H:%M:%S', zone: Europe/Berlin}
let: {iid: {concat: [{col: Start}, '|', {col: Tel}], hash: sha256}}
identity: {event_key: [iid, '@type']}
emit:
  - {type: interaction.started, time: {col: Start}, set: {interaction_id: $iid, channel: voice, customer.phone: {col: Tel, pii: phone}}}
  - {type: queue.exited, when: {is_null: {col: Taken}}, time: {col: End}, set: {interaction_id: $iid, outcome: abandoned}}
  - {type: participant.connected, when: {not_null: {col: Taken}}, time: {col: Taken}, set: {interaction_id: $iid, role: agent, agent: {col: Agent}}}
checks: [{assert: 'End >= Start', else: quarantine}]
";
    let data = "Tel;Start;Taken;End;Agent;Note\n\
                +4930901;12.01.2026 10:00:00;12.01.2026 10:00:05;12.01.2026 10:02:00;\"Weber; Lena\";x\n\
                +4930902;12.01.2026 10:01:00; - ;12.01.2026 10:01:30;;x\n\
                +4930903;12.01.2026 10:01:00;-;12.01.2026 09:59:59;;x\n";
    let run = run(spec, data);
    let events = events(&run);
    let kinds: Vec<_> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["contact.started", "participant.connected", "contact.started", "queue.exited"]);
    assert_eq!(events[1]["data"]["agent_id"], "Weber; Lena");
    assert_eq!(events[0]["time"], "2026-01-12T09:00:00Z");
    assert_eq!(events[0]["subject"], events[1]["subject"]);
    assert!(!run.events[0].contains("4930901"), "a dry run shows no phone number: {}", run.events[0]);
    assert_eq!(codes(&run), [(4, "check_failed")]);
    assert!(run.rejects[0].message.contains("`End` is `12.01.2026 09:59:59`"), "{}", run.rejects[0].message);
    assert_eq!(run.unread_columns, ["Note"]);
}

#[test]
fn the_same_row_gives_the_same_ids_and_another_row_others() {
    let keyed = format!("{}identity: {{event_key: [id, at]}}\n", simple("format: csv", ISO));
    let (a, b) = (run(&keyed, "id,at,x\nc,2026-01-01T00:00:00Z,1\n"), run(&keyed, "x,at,id\n\n1,2026-01-01T00:00:00Z,c\n"));
    assert_eq!(events(&a)[0]["id"], events(&b)[0]["id"]);
    let by_place = run(&simple("format: csv", ISO), "id,at,x\nc,2026-01-01T00:00:00Z,1\nc,2026-01-01T00:00:00Z,1\n");
    let ids = events(&by_place);
    assert_ne!(ids[0]["id"], ids[1]["id"]);
}

#[test]
fn clock_changes_follow_the_declared_policy_and_are_counted() {
    assert_eq!(instant(BERLIN, "26.10.2025 02:30:00").unwrap(), "2025-10-26T00:30:00Z");
    assert_eq!(instant(&format!("{BERLIN}, on_ambiguous: latest"), "26.10.2025 02:30:00").unwrap(), "2025-10-26T01:30:00Z");
    assert_eq!(instant(&format!("{BERLIN}, on_ambiguous: reject"), "26.10.2025 02:30:00").unwrap_err(), "ambiguous_time");
    assert_eq!(instant(BERLIN, "30.03.2025 02:30:00").unwrap(), "2025-03-30T01:30:00Z");
    assert_eq!(instant(&format!("{BERLIN}, on_gap: reject"), "30.03.2025 02:30:00").unwrap_err(), "missing_time");
    let run = run(&simple("format: csv", BERLIN), "id,at,x\na,26.10.2025 02:30:00,\nb,30.03.2025 02:30:00,\nc,1.1.2026 0:00:00,\n");
    assert_eq!((run.ambiguous_times, run.missing_times, run.rejects.len()), (1, 1, 0));
}

#[test]
fn dates_are_read_strictly() {
    assert_eq!(instant(BERLIN, "1.2.2026 7:05:09").unwrap(), "2026-02-01T06:05:09Z");
    for bad in ["1.1.26 10:00:00", "01.01.2026 24:00:00", "01.01.2026 10:00:60", "01.01.2026 10:00:00 Uhr", "31.02.2026 10:00:00", "NULL"] {
        assert_eq!(instant(BERLIN, bad).unwrap_err(), "bad_time", "{bad}");
    }
    let short = "format: '%y%m%d %H:%M:%S', zone: UTC";
    assert_eq!(instant(short, "990201 7:02:47").unwrap(), "1999-02-01T07:02:47Z");
    assert_eq!(instant("format: '%m/%d/%Y %I:%M %p', zone: UTC", "3/4/2026 12:05 AM").unwrap(), "2026-03-04T00:05:00Z");
    assert_eq!(instant("format: '%d %b %Y %H:%M %z'", "4 Mar 2026 12:05 +0200").unwrap(), "2026-03-04T10:05:00Z");
}

#[test]
fn iso_epoch_and_spreadsheet_times() {
    let iso = "format: iso8601, zone: Europe/Berlin";
    assert_eq!(instant(iso, "2026-01-05T10:00:00.1234567+05:00").unwrap(), "2026-01-05T05:00:00.123456Z");
    assert_eq!(instant(iso, "20260105T100000Z").unwrap(), "2026-01-05T10:00:00Z");
    assert_eq!(instant(iso, "2026-01-05 10:00").unwrap(), "2026-01-05T09:00:00Z");
    assert_eq!(instant(ISO, "2026-01-05 10:00").unwrap_err(), "bad_time", "no zone is not UTC by silence");
    assert_eq!(instant("format: epoch_ms", "1767605400123").unwrap(), "2026-01-05T09:30:00.123Z");
    assert_eq!(instant("format: epoch_s", "1767605400").unwrap(), "2026-01-05T09:30:00Z");
    assert_eq!(instant("format: excel_1900, zone: UTC", "61.5").unwrap(), "1900-03-01T12:00:00Z");
    assert_eq!(instant("format: excel_1900, zone: UTC", "1").unwrap(), "1900-01-01T00:00:00Z");
    assert_eq!(instant("format: excel_1900, zone: UTC", "60").unwrap_err(), "bad_time");
    assert_eq!(instant("format: excel_1904, zone: UTC", "0.25").unwrap(), "1904-01-01T06:00:00Z");
    assert_eq!(instant("format: excel_1900, zone: UTC", "46027.395833333336").unwrap(), "2026-01-05T09:30:00Z");
}

#[test]
fn times_after_midnight_belong_to_the_next_day() {
    let spec = "
input: {format: tsv}
time: {format: '%Y-%m-%d %H:%M:%S', zone: Asia/Jerusalem}
let:
  begin: {time: [{col: day}, ' ', {col: a}]}
  end: {time: [{col: day}, ' ', {col: b}], not_before: $begin, slack: 2m}
emit: [{type: contact.ended, time: $end, set: {contact_id: {col: id}, ms: {between: [$begin, $end]}}}]
";
    let run =
        run(spec, "id\tday\ta\tb\n1\t2026-02-01\t23:59:50\t0:00:10\n2\t2026-02-01\t10:00:00\t9:59:00\n3\t2026-02-01\t10:00:00\t9:57:00\n");
    let ms: Vec<_> = events(&run).iter().map(|e| e["data"]["ms"].as_i64().unwrap()).collect();
    assert_eq!(ms, [20_000, -60_000, 86_220_000]);
}

#[test]
fn quotes_field_counts_and_blank_lines() {
    let spec = simple("format: csv", ISO);
    let t = "2026-01-01T00:00:00Z";
    let data = format!(
        "id,at,x\r\n\r\na,{t},\"two\nlines, \"\"q\"\"\"\r\nb,{t}\r\nc,{t},1,2\r\n  \r\nd,{t},\"open\r\ne,{t},ok\r\nf,{t},\"x\"y\r\n\"g\",{t},\" z \""
    );
    let run = run(&spec, data);
    let rows = events(&run);
    assert_eq!(rows.iter().map(|e| e["data"]["contact_id"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "e", "g"]);
    assert_eq!(rows[0]["data"]["x"], "two\nlines, \"q\"");
    assert_eq!(rows[2]["data"]["x"], "z");
    assert_eq!(codes(&run), [(5, "too_few_fields"), (6, "too_many_fields"), (8, "unclosed_quote"), (10, "bad_quote")]);
    assert_eq!(run.records, 7);
    assert!(run.rejects[0].message.contains("column `x`"), "{}", run.rejects[0].message);
}

#[test]
fn trailing_delimiters_and_short_rows_only_where_allowed() {
    let t = "2026-01-01T00:00:00Z";
    let trailing = run(&simple("format: tsv, allow_trailing_delimiter: true", ISO), format!("id\tat\tx\t\na\t{t}\t1\t\nb\t{t}\t1\n"));
    assert_eq!((trailing.events.len(), trailing.rejects.len()), (2, 0));
    let short = run(&simple("format: csv, allow_missing_trailing: true", ISO), format!("id,at,x\na,{t}\n"));
    assert_eq!((short.events.len(), short.rejects.len()), (1, 0));
}

#[test]
fn a_spec_that_does_not_fit_names_the_columns() {
    let absent = misfit(&simple("format: csv", ISO), "id,when,x\n");
    assert!(absent.to_string().contains("column `at` is not in the file; the file has the columns `id`, `when`, `x`"), "{absent}");
    assert!(absent.place.is_some());
    let twice = misfit(&simple("format: csv", ISO), "id,at,at,x\n");
    assert!(twice.to_string().contains("`at` occurs more than once"), "{twice}");
    let spec = simple("format: csv", ISO).replace("{col: at}", "{col: 'at#2'}").replace("{col: x}", "{col: '#1'}");
    let run = run(&spec, "id,at,at\na,x,2026-01-01T00:00:00Z\n");
    assert_eq!(events(&run)[0]["data"]["x"], "a");
    assert_eq!(run.unread_columns, ["at"]);
}

#[test]
fn encodings() {
    let t = "2026-01-01T00:00:00Z";
    let text = format!("id,at,x\r\nä,{t},€\r\n");
    let wide: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(events(&run(&simple("format: csv, encoding: utf-16le", ISO), wide))[0]["data"]["x"], "€");
    let cp1252 = [b"id,at,x\n\xE4,".as_slice(), t.as_bytes(), b",\x80\n"].concat();
    assert_eq!(events(&run(&simple("format: csv, encoding: windows-1252", ISO), &cp1252))[0]["data"]["x"], "€");
    assert_eq!(events(&run(&simple("format: csv, encoding: iso-8859-1", ISO), &cp1252))[0]["subject"], "ä");
    assert_eq!(codes(&run(&simple("format: csv", ISO), &cp1252)), [(2, "bad_encoding")]);
    assert_eq!(events(&run(&simple("format: csv", ISO), format!("\u{feff}{text}")))[0]["subject"], "ä");
    assert!(misfit(&simple("format: csv, encoding: utf-16be", ISO), "\u{feff}id,at,x\n").message.contains("utf-8"));
}

#[test]
fn json_lines_rulings() {
    let at = "\"at\":\"2026-01-01T00:00:00Z\"";
    let data = format!(
        "{{\"id\":18446744073709551617,{at},\"x\":9007199254740993}}\r\n\r\n{{\"id\":\"a\",\"id\":\"b\",{at}}}\n{{\"id\":\"c\",{at},\"x\":NaN}}\n\
         {{\"id\":\"d\",{at},\"x\":\"\\ud800\"}}\nnot json\n[1]\n{{\"id\":\"e\",{at},\"x\":{{\"deep\":[1,2]}},\"extra\":1}} x\n{{\"id\":\"f\",{at},\"x\":\"\\ud83d\\ude00\",\"extra\":0}}"
    );
    let run = run(&simple("format: jsonl", ISO), data);
    assert_eq!(codes(&run), [(3, "duplicate_key"), (4, "bad_json"), (5, "bad_json"), (6, "bad_json"), (7, "bad_json"), (8, "bad_json")]);
    assert!(run.events[0].contains("\"contact_id\":\"18446744073709551617\""), "{}", run.events[0]);
    assert!(run.events[0].contains("\"x\":9007199254740993"), "digits are kept: {}", run.events[0]);
    assert_eq!(events(&run)[1]["data"]["x"], "😀");
    assert_eq!(run.unread_columns, ["extra"]);
}

#[test]
fn numbers_and_durations() {
    let value = |input: &str, node: &str, text: &str| -> Result<String, String> {
        let spec = simple(&format!("format: csv, delimiter: ';'{input}"), ISO).replace("{col: x}", node);
        let run = run(&spec, format!("id;at;x\na;2026-01-01T00:00:00Z;{text}\n"));
        match run.rejects.first() {
            Some(reject) => Err(format!("{} {}", reject.code, reject.message)),
            None => Ok(events(&run)[0]["data"]["x"].to_string()),
        }
    };
    let seconds = "{col: x, as: duration, unit: s}";
    assert_eq!(value("", seconds, " 12 ").unwrap(), "12000");
    assert_eq!(value(", decimal: ','", seconds, "12,5").unwrap(), "12500");
    assert_eq!(value("", "{col: x, as: duration, unit: hms}", "1:02:03").unwrap(), "3723000");
    assert_eq!(value(", decimal: ',', thousands: '.'", "{col: x, as: number}", "1.234.567,5").unwrap(), "1234567.5");
    assert_eq!(value(", decimal: ','", "{expr: 'x > 12.4 AND x * 2 = 25'}", "12,5").unwrap(), "true");
    assert_eq!(value("", "{col: x, lookup: {1: yes, 2: 0}}", "1").unwrap(), "\"yes\"");
    for (input, node, text) in [
        (", decimal: ','", seconds, "12.5"),
        ("", seconds, "-1"),
        ("", seconds, "1e3"),
        (", decimal: ',', thousands: '.'", "{col: x, as: int}", "12.34"),
        ("", "{col: x, as: int}", "abc"),
    ] {
        let error = value(input, node, text).unwrap_err();
        assert!(error.starts_with("bad_number column `x`: ") && error.contains(text), "{error}");
    }
}

#[test]
fn sql_expressions() {
    let value = |expr: &str| -> String {
        let spec = simple("format: csv", ISO).replace("{col: x}", &format!("{{expr: \"{expr}\"}}"));
        let run = run(&spec, "id,at,x,odd name\na,2026-01-01T00:00:00Z,7,\n");
        assert!(run.rejects.is_empty(), "{expr}: {:?}", run.rejects);
        events(&run)[0]["data"]["x"].to_string()
    };
    for (expr, expected) in [
        ("cast(x as int) * 2 + 1", "15"),
        ("upper(id) || '-' || x", "\"A-7\""),
        ("CASE WHEN x > 5 AND x IS NOT NULL THEN 'big' ELSE 'small' END", "\"big\""),
        ("CASE x WHEN '6' THEN 'six' WHEN '7' THEN 'seven' END", "\"seven\""),
        ("coalesce(\\\"odd name\\\", nullif(x, '7'), 'none')", "\"none\""),
        ("id IN ('b', 'a') AND NOT x BETWEEN 8 AND 9", "true"),
        ("substr('abcdef', 2, 3)", "\"bcd\""),
        ("length(replace(trim('  a-b '), '-', ''))", "2"),
        ("greatest(1, 2.5, least(9, 8))", "8"),
        ("\\\"odd name\\\" || 'x'", "null"),
        ("\\\"odd name\\\" = 'x' OR true", "true"),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn choices_lookups_and_nested_fields() {
    let spec = "
input: {format: csv}
time: {format: iso8601}
emit:
  - type: contact.updated
    time: {plus: [{col: at, format: iso8601}, {col: x, as: duration, unit: min}]}
    set:
      contact_id: {col: id}
      a.b.c: {col: x, lookup: {'1': one}, default: other}
      a.d: {if: {gt: [{col: x, as: int}, 1]}, then: many, else: single}
      a.list: [{lower: {col: id}}, {col: none}]
";
    let run = run(spec, "id,at,x,none\nA,2026-01-01T00:00:00Z,1,\nB,2026-01-01T00:00:00Z,2,\n");
    let rows = events(&run);
    assert_eq!(rows[0]["data"]["a"].to_string(), "{\"d\":\"single\",\"list\":[\"a\"],\"b\":{\"c\":\"one\"}}");
    assert_eq!((&rows[1]["data"]["a"]["b"]["c"], &rows[1]["time"]), (&"other".into(), &"2026-01-01T00:02:00Z".into()));
}

#[test]
fn a_row_no_rule_applies_to_is_not_lost() {
    let spec = simple("format: csv", ISO).replace("time: {col: at}", "time: {col: at}, when: {eq: [{col: x}, go]}");
    let run = run(&spec, "id,at,x\na,2026-01-01T00:00:00Z,stop\n,2026-01-01T00:00:00Z,go\nb,,go\n");
    assert_eq!(codes(&run), [(2, "no_rule"), (3, "missing_subject"), (4, "bad_time")]);
}

#[test]
fn spec_errors_have_a_place_and_a_caret() {
    let error = spec_error("input: {format: csv, delimitre: ';'}\nemit: []\n");
    assert_eq!(error.place, Some((3, 22)), "{error}");
    assert!(error.to_string().contains("spec.yaml:3:22: ") && error.to_string().ends_with('^'), "{error}");
    for (spec, part) in [
        (simple("format: csv", "format: '%d.%m.%Y'"), "zone required"),
        (simple("format: csv", "format: '%d.%m.%Y', zone: Europe/Berlim"), "unknown time zone `Europe/Berlim`"),
        (simple("format: csv", "format: '%d.%m.%Q', zone: UTC"), "unknown time directive `%Q`"),
        (simple("format: csv, encoding: klingon", ISO), "unknown encoding `klingon`"),
        (simple("format: csv", ISO).replace("{col: x}", "$nix"), "unknown value `$nix`"),
        (simple("format: csv", ISO).replace("{col: x}", "{expr: 'frob(x)'}"), "unknown function `frob`"),
        (simple("format: csv", ISO).replace("{col: x}", "{expr: 'x +'}"), "bad expression"),
        (simple("format: csv", ISO).replace("{col: x}", "{col: x, concat: []}"), "exactly one"),
        (format!("{}let: {{a: $b, b: $a}}\n", simple("format: csv", ISO)), "is defined by itself"),
        (simple("format: csv", ISO).replace("{col: x}", "{col: x, lookup: none.csv}"), "lookup file `none.csv`"),
    ] {
        let error = spec_error(&spec);
        assert!(error.message.contains(part) && error.place.is_some(), "{part}: {error}");
    }
}

#[test]
fn empty_and_blank_files_are_no_error() {
    for data in ["", "\n", " \r\n\r\n"] {
        let run = run(&simple("format: csv", ISO), data);
        assert_eq!((run.records, run.events.len(), run.rejects.len()), (0, 0, 0));
    }
}

#[test]
fn the_examples_in_the_project_compile() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/examples");
    for name in ["anonymous_bank.yaml", "calls_semicolon.yaml", "chat_jsonl.yaml", "freshdesk.yaml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        Mapping::parse(&text, name).unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn addresses_reach_the_batch_only_as_keys_and_one_customer_has_one_key() {
    let spec = "
input: {format: csv}
time: {format: iso8601}
emit:
  - {type: contact.started, time: {col: at}, set: {contact_id: {col: id}, channel: voice, customer.phone: {col: tel, pii: phone}}}
  - {type: contact.started, time: {col: at}, set: {contact_id: {col: id}, channel: voice, from_addr: {col: tel, pii: phone}}}
  - {type: contact.updated, time: {col: at}, set: {contact_id: {col: id}, set.callback_number: {col: tel, pii: phone}}}
";
    let mapping = Arc::new(Mapping::parse(&format!("{HEAD}{spec}"), "spec.yaml").unwrap());
    let mut connector = MappingConnector::new(mapping);
    connector.start(b"id,at,tel\n", Tail::MayGrow).unwrap();
    let secret = CustomerSecret::new("secret");
    let context = MapContext { connector: "mapping", journal: "j", now: Timestamp::default(), secret: &secret, source: "cli://override" };
    let mut batch = EventBatch::default();
    let record =
        RecordRef { bytes: b"c1,2026-01-01T00:00:00Z,0049 (30) 901-820\n", offset: 10, place: 10, line: 2, before: Default::default() };
    assert_eq!(connector.map(&record, &context, &mut batch).unwrap(), 3);
    let key = secret.customer_key("+4930901820").unwrap();
    assert_eq!(batch.row(0).customer_key, Some(key.as_str()));
    assert_eq!(batch.row(1).customer_key, Some(key.as_str()));
    assert!(batch.row(2).data.contains(&key), "{}", batch.row(2).data);
    assert!(batch.rows().all(|row| !row.data.contains("901") && row.source == "cli://override" && row.contact_id == Some("c1")));
}

fn splitter(input: &str, head: &str) -> MappingConnector {
    let mapping = Mapping::parse(&format!("{HEAD}{}", simple(input, ISO)), "spec.yaml").unwrap();
    let mut connector = MappingConnector::new(Arc::new(mapping));
    assert_eq!(connector.start(head.as_bytes(), Tail::MayGrow).unwrap(), Some(head.len()));
    connector
}

#[test]
fn a_last_record_without_line_end_counts_when_complete_and_waits_when_torn() {
    let mut csv = splitter("format: csv", "id,at,x\n");
    let whole = b"a,2026-01-01T00:00:00Z,1".as_slice();
    assert_eq!(csv.split(whole, Tail::MayGrow), Split::Record(whole.len()));
    assert_eq!(csv.split(b"a,2026", Tail::MayGrow), Split::NeedMore);
    assert_eq!(csv.split(b"a,2026", Tail::More), Split::NeedMore);
    assert!(matches!(csv.split(b"a,2026", Tail::Final), Split::Refuse(6, reject) if reject.code == "torn_record"));
    let mut json = splitter("format: jsonl", "");
    assert_eq!(json.split(b"{\"id\":\"a\"}", Tail::MayGrow), Split::Record(10));
    assert_eq!(json.split(b"{\"id\":\"a", Tail::MayGrow), Split::NeedMore);
    assert!(matches!(json.split(b"{\"id\":", Tail::Final), Split::Refuse(6, _)));
}

#[test]
fn a_quote_still_being_written_waits_and_a_forgotten_one_does_not() {
    let mut csv = splitter("format: csv", "id,at,x\n");
    let begin = b"a,2026-01-01T00:00:00Z,\"first\n".as_slice();
    assert_eq!(csv.split(&[begin, b"second li"].concat(), Tail::MayGrow), Split::NeedMore);
    assert_eq!(csv.split(&[begin, b"second\"\nb"].concat(), Tail::MayGrow), Split::Record(begin.len() + 8));
    assert_eq!(csv.split(&[begin, b"b,2026-01-01T00:00:00Z,2\nc,"].concat(), Tail::MayGrow), Split::Record(begin.len()));
    assert_eq!(csv.split(begin, Tail::MayGrow), Split::Record(begin.len()));
}
