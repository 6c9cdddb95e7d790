//! Queue logs: what each line becomes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod support;

use support::{Memory, file, options, run};
use trunkline_ingest::{Asterisk, Connector, IngestError, Summary};

fn asterisk() -> Box<dyn Connector> {
    Box::new(Asterisk::new())
}

fn ingest(log: &[u8]) -> (Memory, Summary) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Memory::default();
    let summary = run(&mut store, &[file(dir.path(), "queue_log", log)], &asterisk, &options()).unwrap();
    (store, summary)
}

fn data(store: &Memory, kind: &str) -> Vec<serde_json::Value> {
    store.events.iter().filter(|e| e.kind == kind).map(|e| serde_json::from_str(&e.data).unwrap()).collect()
}

#[test]
fn a_call_from_entry_to_end() {
    let (store, summary) = ingest(
        b"100|50.1|sales|NONE|DID|4930123\n100|50.1|sales|NONE|ENTERQUEUE||49151777|1\n106|50.1|sales|Bob|RINGNOANSWER|5000\n\
          112|50.1|sales|Alice|CONNECT|12|50.2|5\n170|50.1|sales|Alice|COMPLETECALLER|12|58|1\n",
    );
    assert_eq!((summary.receipt.received, summary.receipt.stored), (5, 5));
    let kinds = [
        "contact.updated",
        "contact.started",
        "queue.entered",
        "offer.made",
        "offer.ended",
        "offer.made",
        "offer.ended",
        "queue.exited",
        "participant.connected",
        "participant.disconnected",
        "contact.ended",
    ];
    assert_eq!(store.kinds("50.1"), kinds);
    assert_eq!(data(&store, "queue.exited")[0]["wait_ms"], 12_000);
    assert_eq!(store.events[3].at, 101);
    assert!(store.events[1].customer.is_some());
    assert!(store.events.iter().all(|e| !e.data.contains("49151777")), "no number in clear");
}

#[test]
fn every_line_leaves_an_event_or_a_reject() {
    let verbs = "QUEUESTART CONFIGRELOAD DID ENTERQUEUE CONNECT COMPLETEAGENT COMPLETECALLER ABANDON EXITWITHTIMEOUT EXITWITHKEY EXITEMPTY \
        LEAVEEMPTY WITHDRAW RINGNOANSWER RINGCANCELED AGENTDUMP SYSCOMPAT BLINDTRANSFER ATTENDEDTRANSFER TRANSFER AGENTLOGIN AGENTLOGOFF \
        AGENTCALLBACKLOGIN AGENTCALLBACKLOGOFF ADDMEMBER REMOVEMEMBER PAUSE UNPAUSE PAUSEALL UNPAUSEALL PENALTY RINGINUSE OUTCALL FULL CLOSED \
        JOINEMPTY DIVERT_CA_RATIO DIVERT_HOLDTIME WRAPUPSTART CALLOUTBOUND CALLSTATUS PAUSEREASON CALLERONHOLD CALLEROFFHOLD ADDMEMBER2 INFO \
        EXITCODE EXITHANGUP MYCUSTOM";
    let mut log = String::new();
    let mut lines = 0;
    for verb in verbs.split_whitespace() {
        for head in ["1.1|q|A", "NONE|NONE|NONE", "1.1|q|", "NONE||A"] {
            for rest in ["", "1", "1|2|3|4|5|6", "x||"] {
                log += &format!("{}|{head}|{verb}|{rest}\n", 1000 + lines);
                lines += 1;
            }
        }
    }
    let bad = "garbage\n\0\0\0\0\n12x|1|q|a|ABANDON|\n\n";
    let (store, summary) = ingest((log + bad).as_bytes());
    assert_eq!((summary.receipt.received, summary.receipt.stored, summary.receipt.rejected), (lines + 3, lines, 3));
    assert!(store.rejected.iter().all(|r| r.code == "not_queue_log"), "{:?}", store.rejected);
}

#[test]
fn a_call_may_enter_a_queue_twice_and_an_open_stay_ends_there() {
    let (store, _) = ingest(
        b"1|1.1|q|NONE|ENTERQUEUE||5|1\n9|1.1|q|NONE|EXITWITHTIMEOUT|1|1|8\n9|1.1|q|NONE|ENTERQUEUE||5|1\n12|1.1|r|NONE|ENTERQUEUE||5|1\n",
    );
    let visits: Vec<_> = data(&store, "queue.entered").iter().map(|d| d["visit_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(visits, ["q#1", "q#2", "r#1"]);
    let exits = data(&store, "queue.exited");
    assert_eq!(
        (&exits[0]["outcome"], &exits[1]["outcome"], &exits[1]["visit_id"]),
        (&"timed_out".into(), &"flow_out".into(), &"q#2".into())
    );
    assert_eq!(data(&store, "contact.started").len(), 1);
}

#[test]
fn a_restart_drops_the_waiting_and_ends_the_talking() {
    let (store, _) = ingest(
        b"1|1.1|q|NONE|ENTERQUEUE||5|1\n2|2.2|q|NONE|ENTERQUEUE||6|1\n3|2.2|q|A|CONNECT|1|x|1\n4|NONE|NONE|B|PAUSEALL|x\n9|NONE|NONE|NONE|QUEUESTART|\n",
    );
    let ends = data(&store, "contact.ended");
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|e| e["ended_by"] == "system" && e["reason"] == "restart"));
    assert_eq!(ends[1]["talk_unknown"], true);
    assert_eq!(data(&store, "agent.state_changed").last().unwrap()["state"], "unknown");
}

#[test]
fn an_attended_transfer_into_a_queue_is_one_stay_of_the_customer() {
    for caller in ["7009", "anonymous"] {
        let log = format!(
            "100|10.1|1501|NONE|ENTERQUEUE||9031|1\n112|10.1|1501|PJSIP/7009|CONNECT|12|x|11\n231|20.2|1509|NONE|DID|\n\
             231|20.2|1509|NONE|ENTERQUEUE||{caller}|1\n232|20.2|1501|PJSIP/7009|ATTENDEDTRANSFER|APP|Queue|12|120|1\n\
             238|10.1|1509|PJSIP/7051|CONNECT|7|y|6\n400|10.1|1509|PJSIP/7051|COMPLETEAGENT|7|173|1\n"
        );
        let (store, summary) = ingest(log.as_bytes());
        assert_eq!(summary.receipt.stored, 7);
        let exits = data(&store, "queue.exited");
        assert_eq!(exits.iter().map(|e| e["outcome"].as_str().unwrap()).collect::<Vec<_>>(), ["answered", "answered"], "{caller}");
        assert_eq!((&exits[1]["queue"], &exits[1]["wait_ms"]), (&"1509".into(), &7000.into()));
        assert_eq!(data(&store, "queue.entered").len(), 2);
        let legs = data(&store, "participant.disconnected");
        assert_eq!((&legs[0]["agent_id"], &legs[0]["contact_id"]), (&"PJSIP/7009".into(), &"10.1".into()));
        assert_eq!(data(&store, "entity.linked").len(), 1);
    }
}

#[test]
fn pauses_of_queues_are_one_pause_of_the_agent() {
    let (store, _) = ingest(
        b"1|NONE|NONE|B|PAUSEALL|lunch\n1|NONE|q|B|PAUSE|lunch\n2|NONE|q|B|UNPAUSE|\n3|NONE|NONE|B|UNPAUSEALL|\n3|NONE|q|B|UNPAUSE|\n",
    );
    let effective: Vec<_> = data(&store, "agent.state_changed").into_iter().filter(|d| d["scope"] == "all").collect();
    assert_eq!(effective.iter().map(|d| d["state"].as_str().unwrap()).collect::<Vec<_>>(), ["not_ready", "available"]);
}

#[test]
fn a_clock_stepped_back_never_reverses_a_call_and_the_wait_is_the_field() {
    let (store, _) = ingest(b"100|1.1|q|NONE|ENTERQUEUE|| |1\n90|1.1|q|A|CONNECT|12|x|0\n95|1.1|q|A|COMPLETEAGENT|12|5|1\n");
    assert!(store.events.iter().all(|e| e.at >= 100));
    assert_eq!(data(&store, "queue.exited")[0]["wait_ms"], 12_000);
    assert!(store.events.iter().all(|e| e.customer.is_none()), "a blank caller id has no key");
}

#[test]
fn a_realtime_export_is_refused_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "t.csv", b"time,callid,queuename,agent,event,data1\n2015-05-06 11:59:52,1.2,q,NONE,ENTERQUEUE,\n");
    let error = run(&mut Memory::default(), &[path], &asterisk, &options()).unwrap_err();
    assert!(matches!(&error, IngestError::Misfit { .. }) && error.to_string().contains("--connector mapping"), "{error}");
}
