//! One line of a queue log: `epoch|callid|queue|agent|event|data`.

use std::borrow::Cow;

use trunkline_events::Timestamp;

use crate::connector::Reject;

/// Last second of the year 9999: a larger number is no time of a telephone exchange.
const LAST_EPOCH: i64 = 253_402_300_799;

/// A parsed line. Text that is not UTF-8 is decoded with replacement characters; the line is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Whole seconds since the Unix epoch, UTC.
    pub(super) epoch: i64,
    /// Channel's unique id; `None` for `NONE`, `REALTIME`, `MANAGER`, `CLI` and blank.
    pub(super) call: Option<Cow<'a, str>>,
    /// `None` for `NONE` and blank.
    pub(super) queue: Option<Cow<'a, str>>,
    /// `None` for `NONE` and blank.
    pub(super) agent: Option<Cow<'a, str>>,
    /// The verb.
    pub(super) verb: Cow<'a, str>,
    /// Everything behind the verb; `|` may be part of a value.
    pub(super) rest: Cow<'a, str>,
}

impl<'a> Line<'a> {
    /// Parses a line without its terminator.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Reject> {
        let refuse = |what: String| Reject::new("not_queue_log", what);
        if bytes.contains(&0) {
            return Err(refuse("the line holds NUL bytes, as after a power cut".to_owned()));
        }
        let mut fields = bytes.splitn(6, |b| *b == b'|').map(String::from_utf8_lossy);
        let mut next = |what: &str| fields.next().ok_or_else(|| refuse(format!("no field {what}: {:?}", shown(bytes))));
        let time = next("time")?;
        let is_number = !time.is_empty() && time.len() <= 12 && time.bytes().all(|b| b.is_ascii_digit());
        let epoch = if is_number { time.parse::<i64>().ok().filter(|n| *n <= LAST_EPOCH) } else { None };
        let epoch = epoch.ok_or_else(|| refuse(format!("the time {:?} is no number of seconds since 1970", shown(time.as_bytes()))))?;
        let (call, queue, agent, verb) = (next("callid")?, next("queue")?, next("agent")?, next("event")?);
        if verb.trim().is_empty() {
            return Err(refuse(format!("the event is blank: {:?}", shown(bytes))));
        }
        let known = |text: Cow<'a, str>, none: &[&str]| (!text.trim().is_empty() && !none.contains(&&*text)).then_some(text);
        Ok(Self {
            epoch,
            call: known(call, &["NONE", "REALTIME", "MANAGER", "CLI"]),
            queue: known(queue, &["NONE"]),
            agent: known(agent, &["NONE"]),
            verb,
            rest: fields.next().unwrap_or_default(),
        })
    }

    /// When the line was written.
    pub(super) const fn time(&self) -> Timestamp {
        Timestamp::from_seconds(self.epoch)
    }

    /// Data field `n`, 0-based; `None` when missing or blank.
    pub(super) fn field(&self, n: usize) -> Option<&str> {
        self.rest.split('|').nth(n).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Data field `n` as a number that is not negative.
    pub(super) fn number(&self, n: usize) -> Option<i64> {
        self.field(n)?.parse().ok().filter(|n| *n >= 0)
    }

    /// Data field `n`, in seconds, as milliseconds.
    pub(super) fn seconds(&self, n: usize) -> Option<i64> {
        self.number(n)?.checked_mul(1_000)
    }
}

/// The beginning of a line for a message.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Line;

    #[test]
    fn placeholders_are_nothing_and_pipes_stay_in_the_rest() {
        let line = Line::parse(b"1754460930|NONE|sales||MYCUSTOM|note with | pipe").unwrap();
        assert_eq!((line.call, line.queue.as_deref(), line.agent), (None, Some("sales"), None));
        assert_eq!(line.rest, "note with | pipe");
    }

    #[test]
    fn other_lines_are_refused_and_foreign_bytes_are_not() {
        for bad in [&b"hello"[..], b"|1|q|a|ABANDON|", b"17544x|1|q|a|ABANDON|", b"1754460930|1.2|q", b"\0\0\0", b"1|2|3|4||"] {
            assert_eq!(Line::parse(bad).unwrap_err().code, "not_queue_log");
        }
        assert_eq!(Line::parse(b"1|2|q|M\xFCller|CONNECT|1").unwrap().agent.as_deref(), Some("M\u{FFFD}ller"));
    }
}
