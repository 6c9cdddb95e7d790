//! Load for a JetStream stream, and the barest reader of one: what `benches/live.py` measures live collection with.
//!
//! `cargo run --release -p trunkline-ingest --example nats_load -- make  --url U --stream S --subject S [--max-bytes N]`
//! `… -- fill  --url U --subject S --file events.jsonl --count N`  lines of a file, again with other ids where it has fewer
//! `… -- drop  --url U --stream S`                                 reads all there is and drops it
//! `… -- pace  --url U --subject S --rate N --seconds N`           canonical events at a steady rate, `time` is when each was published
//!
//! Each prints one line of JSON. A stream made with `--max-bytes` lets go of its oldest messages, any other refuses publishers when it is full.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Seek as _};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull::Config as Pull;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::context::{Context, ContextBuilder, PublishAckFuture};
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::json;
use tokio::sync::mpsc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Messages published and not acknowledged yet, at most.
const IN_FLIGHT: usize = 4096;
/// Time within which a message must be acknowledged.
const ACK_WITHIN: Duration = Duration::from_secs(30);
/// Messages that the bare reader asks for at a time, as `collect` does.
const ASK_MESSAGES: usize = 10_000;
/// Replies that the client holds before it drops some.
const REPLIES: usize = 65_536;
/// Pause between two looks at what is due to be published.
const TICK: Duration = Duration::from_millis(2);
/// Contacts that go on at the same time: each of their events follows so many others.
const TOGETHER: u64 = 5_000;
/// Agents that take part in turn.
const AGENTS: u64 = 10_000;

/// Type and payload of the events of one contact, with `@` for its number and `#` for its agent's.
const CONTACT: [(&str, &str); 6] = [
    ("contact.started", r#"{"channel":"voice","direction":"inbound","from_addr":"k@","to_addr":"+34900100200","initiator":"customer"}"#),
    ("queue.entered", r#"{"queue":"billing","visit_id":"v@","priority":3,"position":2}"#),
    ("queue.exited", r##"{"queue":"billing","visit_id":"v@","outcome":"answered","agent_id":"a-#"}"##),
    ("participant.connected", r##"{"participant_id":"p@","role":"agent","agent_id":"a-#","mode":"talk","queue":"billing"}"##),
    ("participant.disconnected", r##"{"participant_id":"p@","reason":"completed","by":"customer","agent_id":"a-#"}"##),
    ("contact.ended", r#"{"ended_by":"customer","reason":"completed"}"#),
];

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1);
    let verb = words.next().unwrap_or_default();
    let mut options = Options::default();
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} has no value"))?;
        options.0.insert(name, value);
    }
    let said = match verb.as_str() {
        "make" => make(&options).await?,
        "fill" => fill(&options).await?,
        "drop" => read_and_drop(&options).await?,
        "pace" => pace(&options).await?,
        _ => return Err("say make, fill, drop or pace; the head of this example shows their options".into()),
    };
    println!("{said}");
    Ok(())
}

/// Options of the command line, `--name value`.
#[derive(Debug, Default)]
struct Options(HashMap<String, String>);

impl Options {
    fn text(&self, name: &str) -> Outcome<&str> {
        Ok(self.0.get(name).ok_or_else(|| format!("{name} is missing"))?)
    }

    fn number(&self, name: &str) -> Outcome<u64> {
        Ok(self.text(name)?.replace('_', "").parse().map_err(|cause| format!("{name}: {cause}"))?)
    }

    async fn context(&self) -> Outcome<Context> {
        let client = async_nats::ConnectOptions::new().subscription_capacity(REPLIES).connect(self.text("--url")?).await?;
        Ok(ContextBuilder::new().ack_timeout(ACK_WITHIN).max_ack_inflight(IN_FLIGHT).backpressure_on_inflight(true).build(client))
    }
}

async fn make(options: &Options) -> Outcome<serde_json::Value> {
    let (name, subject) = (options.text("--stream")?, options.text("--subject")?);
    let max_bytes = match options.0.contains_key("--max-bytes") {
        true => i64::try_from(options.number("--max-bytes")?)?,
        false => -1,
    };
    let config = Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        storage: StorageType::File,
        discard: if max_bytes < 0 { DiscardPolicy::New } else { DiscardPolicy::Old },
        max_bytes,
        allow_direct: true,
        ..Config::default()
    };
    options.context().await?.create_stream(config).await?;
    Ok(json!({ "stream": name }))
}

async fn fill(options: &Options) -> Outcome<serde_json::Value> {
    let (context, subject, count) = (options.context().await?, options.text("--subject")?.to_owned(), options.number("--count")?);
    let mut lines = BufReader::with_capacity(1 << 20, std::fs::File::open(options.text("--file")?)?);
    let began = Instant::now();
    let (acks, settled) = Acks::gather();
    let (mut line, mut round, mut sent, mut bytes) = (Vec::new(), 0_u64, 0_u64, 0_u64);
    while sent < count {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            if sent == 0 {
                return Err("the file is empty".into());
            }
            lines.rewind()?;
            round += 1;
            continue;
        }
        let payload = of_round(line.trim_ascii_end(), round)?;
        bytes += payload.len() as u64;
        acks.expect(context.publish(subject.clone(), payload).await?).await?;
        sent += 1;
    }
    drop(acks);
    let settled = settled.await?;
    if settled.failed > 0 {
        return Err(format!("{} of {count} messages were not stored: {}", settled.failed, settled.last_failure).into());
    }
    Ok(json!({ "messages": sent, "bytes": bytes, "rounds": round + 1, "seconds": began.elapsed().as_secs_f64() }))
}

/// The line, with another id where the file is read again.
fn of_round(line: &[u8], round: u64) -> Outcome<Bytes> {
    if round == 0 {
        return Ok(Bytes::copy_from_slice(line));
    }
    let text = std::str::from_utf8(line)?;
    let (head, rest) = text.split_once(r#""id":""#).ok_or("a line has no id")?;
    Ok(format!(r#"{head}"id":"r{round}-{rest}"#).into())
}

async fn read_and_drop(options: &Options) -> Outcome<serde_json::Value> {
    let (began, context) = (Instant::now(), options.context().await?);
    let stream = context.get_stream(options.text("--stream")?).await?;
    let there = stream.cached_info().state.messages;
    let config = Pull {
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::None,
        inactive_threshold: ACK_WITHIN,
        memory_storage: true,
        num_replicas: 1,
        ..Pull::default()
    };
    let consumer: Consumer<Pull> = stream.create_consumer(config).await?;
    let (mut messages, mut count, mut bytes) = (consumer.stream().max_messages_per_batch(ASK_MESSAGES).messages().await?, 0_u64, 0_u64);
    while count < there {
        let message = messages.next().await.ok_or("the broker ended the subscription")??;
        count += 1;
        bytes += message.payload.len() as u64;
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(json!({ "messages": count, "bytes": bytes, "seconds": seconds, "rate": count as f64 / seconds }))
}

async fn pace(options: &Options) -> Outcome<serde_json::Value> {
    let (context, subject) = (options.context().await?, options.text("--subject")?.to_owned());
    let (rate, seconds) = (options.number("--rate")?, options.number("--seconds")?);
    let (run, count) = (jiff::Timestamp::now().as_second(), rate * seconds);
    let (began, mut sent, mut behind) = (Instant::now(), 0_u64, 0_u64);
    let (acks, settled) = Acks::gather();
    let mut tick = tokio::time::interval(TICK);
    while sent < count {
        tick.tick().await;
        let due = count.min((began.elapsed().as_secs_f64() * rate as f64) as u64);
        behind = behind.max(due.saturating_sub(sent));
        for number in sent..due {
            acks.expect(context.publish(subject.clone(), event(run, number)).await?).await?;
        }
        sent = sent.max(due);
    }
    let elapsed = began.elapsed().as_secs_f64();
    drop(acks);
    let settled = settled.await?;
    Ok(json!({
        "messages": sent - settled.failed, "failed": settled.failed, "failure": settled.last_failure, "seconds": elapsed,
        "rate": sent as f64 / elapsed, "behind_s": behind as f64 / rate as f64, "kept_the_rate": elapsed < 1.02 * seconds as f64,
        "ack_ms": { "p50": settled.percentile(0.5), "p99": settled.percentile(0.99), "max": settled.percentile(1.0) },
    }))
}

/// The event of that number, published now: contacts go on beside each other, event after event of each.
fn event(run: i64, number: u64) -> Bytes {
    let (block, within) = (number / (TOGETHER * CONTACT.len() as u64), number % (TOGETHER * CONTACT.len() as u64));
    let contact = block * TOGETHER + within % TOGETHER;
    let (kind, data) = CONTACT[(within / TOGETHER) as usize];
    let data = data.replace('@', &contact.to_string()).replace('#', &(contact % AGENTS).to_string());
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
    format!(
        r#"{{"specversion":"1.0","id":"p{run}-{number}","source":"load://pace","type":"{kind}","time":"{now}","subject":"c{run}-{contact}","data":{data}}}"#
    )
    .into()
}

/// Where acknowledgements are waited for, in the order of the messages.
struct Acks(mpsc::Sender<(PublishAckFuture, Instant)>);

/// What became of messages.
#[derive(Debug, Default)]
struct Settled {
    failed: u64,
    last_failure: String,
    /// How many were acknowledged within so many milliseconds.
    within_ms: Vec<u64>,
}

impl Acks {
    /// The task ends when this is dropped and all acknowledgements are in.
    fn gather() -> (Self, tokio::task::JoinHandle<Settled>) {
        let (to, mut from) = mpsc::channel::<(PublishAckFuture, Instant)>(IN_FLIGHT);
        let task = tokio::spawn(async move {
            let mut settled = Settled::default();
            while let Some((ack, sent_at)) = from.recv().await {
                match ack.await {
                    Ok(_) => settled.enter(sent_at.elapsed()),
                    Err(cause) => {
                        settled.failed += 1;
                        settled.last_failure = cause.to_string();
                    }
                }
            }
            settled
        });
        (Self(to), task)
    }

    async fn expect(&self, ack: PublishAckFuture) -> Outcome<()> {
        self.0.send((ack, Instant::now())).await.map_err(|_| "nobody waits for acknowledgements any more".into())
    }
}

impl Settled {
    fn enter(&mut self, took: Duration) {
        let ms = usize::try_from(took.as_millis()).unwrap_or(usize::MAX).min(ACK_WITHIN.as_millis() as usize);
        if self.within_ms.len() <= ms {
            self.within_ms.resize(ms + 1, 0);
        }
        self.within_ms[ms] += 1;
    }

    /// Milliseconds within which that share was acknowledged.
    fn percentile(&self, share: f64) -> usize {
        let wanted = (self.within_ms.iter().sum::<u64>() as f64 * share).ceil() as u64;
        let mut so_far = 0;
        self.within_ms
            .iter()
            .position(|n| {
                so_far += n;
                so_far >= wanted
            })
            .unwrap_or_default()
    }
}
