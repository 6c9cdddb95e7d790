//! A client that fills and inspects streams, blocking.

use std::time::{Duration, Instant};

use async_nats::jetstream::context::{Context, ContextBuilder, PublishAckFuture};
use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use futures::stream::FuturesOrdered;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::runtime::{Builder, Runtime};

use super::{Access, PublishAck, PublishError, StreamConfig, StreamInfo, StreamMessage};

/// Messages on their way at one time in [`Publisher::publish_all`].
const IN_FLIGHT: usize = 500;
/// Pause between two rounds of [`Publisher::publish_until_stored`], so that a dead server is not asked in a tight loop.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(50);

/// How long the server may take to clear the folder of a stream that was deleted.
const STORE_FREED_WITHIN: Duration = Duration::from_secs(10);

/// A message to be published.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// `Nats-Msg-Id`: the stream stores an id once within its duplicate window.
    pub id: Option<String>,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub payload: Bytes,
}

impl Outgoing {
    /// A message with an id.
    #[must_use]
    pub fn new(id: &str, payload: impl Into<Bytes>) -> Self {
        Self { id: Some(id.to_string()), headers: Vec::new(), payload: payload.into() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(name.as_str(), value.as_str());
        }
        if let Some(id) = &self.id {
            map.insert(async_nats::header::NATS_MESSAGE_ID, id.as_str());
        }
        map
    }
}

/// A file stream with these subjects that rejects what does not fit, with direct reads allowed; everything else is NATS's default.
#[must_use]
pub fn stream_config(name: &str, subjects: &[&str]) -> StreamConfig {
    StreamConfig {
        name: name.to_string(),
        subjects: subjects.iter().map(ToString::to_string).collect(),
        discard: super::DiscardPolicy::New,
        allow_direct: true,
        ..StreamConfig::default()
    }
}

/// A blocking client on a runtime of its own; it reconnects by itself. Do not use it inside another runtime.
#[derive(Debug)]
pub struct Publisher {
    context: Context,
    runtime: Runtime,
}

impl Publisher {
    /// Connects; the error is the client library's, as text.
    ///
    /// # Errors
    /// The server is not there, does not take the login or the certificate.
    pub fn connect(url: &str, access: &Access) -> Result<Self, String> {
        // One worker beside the caller: the connection is served between two calls as well.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be made");
        let client = runtime.block_on(access.connect_options().connect(url)).map_err(|e| chain(&e))?;
        let context = runtime.block_on(async { ContextBuilder::new().timeout(access.answer_within).build(client) });
        Ok(Self { context, runtime })
    }

    /// Creates a stream.
    pub fn create_stream(&self, config: StreamConfig) -> StreamInfo {
        let deadline = Instant::now() + STORE_FREED_WITHIN;
        loop {
            match self.runtime.block_on(self.context.create_stream(config.clone())) {
                Ok(created) => return created.cached_info().clone(),
                // The folder of a stream of that name, deleted just now, is still being cleared.
                Err(error) if chain(&error).contains("creating store") && Instant::now() < deadline => std::thread::sleep(BETWEEN_ROUNDS),
                Err(error) => panic!("stream {} cannot be created: {}", config.name, chain(&error)),
            }
        }
    }

    /// Changes a stream's configuration.
    pub fn update_stream(&self, config: &StreamConfig) -> StreamInfo {
        let updated = self.runtime.block_on(self.context.update_stream(config));
        updated.unwrap_or_else(|e| panic!("stream {} cannot be changed: {}", config.name, chain(&e)))
    }

    /// What the server says about a stream now: `created`, `state.first_sequence`, `state.last_sequence`, `state.messages`,
    /// `state.consumer_count`.
    #[must_use]
    pub fn stream_info(&self, name: &str) -> StreamInfo {
        self.stream(name).cached_info().clone()
    }

    /// One stored message, by its sequence; none if the stream does not hold it.
    #[must_use]
    pub fn message(&self, stream: &str, sequence: u64) -> Option<StreamMessage> {
        let stream = self.stream(stream);
        self.runtime.block_on(stream.get_raw_message(sequence)).ok()
    }

    /// Deletes one stored message, which leaves a hole in the sequences.
    pub fn delete_message(&self, stream: &str, sequence: u64) {
        let stream = self.stream(stream);
        self.runtime.block_on(stream.delete_message(sequence)).expect("a stored message can be deleted");
    }

    /// Deletes a stream.
    pub fn delete_stream(&self, name: &str) {
        self.runtime
            .block_on(self.context.delete_stream(name))
            .unwrap_or_else(|e| panic!("stream {name} cannot be deleted: {}", chain(&e)));
    }

    /// Deletes every message of a stream; the sequences go on. Returns how many.
    pub fn purge(&self, name: &str) -> u64 {
        let stream = self.stream(name);
        self.runtime.block_on(async { stream.purge().await }).expect("a stream can be purged").purged
    }

    /// Deletes a stream's messages before this sequence. Returns how many.
    pub fn purge_before(&self, name: &str, sequence: u64) -> u64 {
        let stream = self.stream(name);
        self.runtime.block_on(async { stream.purge().sequence(sequence).await }).expect("a stream can be purged").purged
    }

    /// Names of a stream's consumers.
    #[must_use]
    pub fn consumers(&self, name: &str) -> Vec<String> {
        let stream = self.stream(name);
        self.runtime.block_on(stream.consumer_names().try_collect()).expect("consumers can be listed")
    }

    /// Deletes a consumer, as the server does with one that was silent too long.
    pub fn delete_consumer(&self, stream: &str, consumer: &str) {
        let stream = self.stream(stream);
        self.runtime.block_on(stream.delete_consumer(consumer)).expect("a consumer can be deleted");
    }

    /// Publishes one message and waits until it is stored: `sequence`, `duplicate`.
    ///
    /// # Errors
    /// Not acknowledged in time (it may be stored all the same), no stream, too large, stream full.
    pub fn publish(&self, subject: &str, message: &Outgoing) -> Result<PublishAck, PublishError> {
        self.runtime.block_on(async { self.send(subject, message).await?.await })
    }

    /// Publishes many, up to 500 on their way at a time, and waits until all are stored. Acknowledgements in the order of the messages.
    ///
    /// # Errors
    /// As for [`Publisher::publish`], the first one met; others may be stored all the same.
    pub fn publish_all(&self, subject: &str, messages: &[Outgoing]) -> Result<Vec<PublishAck>, PublishError> {
        self.round(subject, messages).into_iter().collect()
    }

    /// Publishes many again and again, each with the same id, until each was acknowledged once: what an honest sender does whose server dies
    /// or whose acknowledgements are lost. Acknowledgements in the order of the messages; those sent after a failure may be stored out of it.
    ///
    /// # Panics
    /// Not all are acknowledged within `deadline`.
    pub fn publish_until_stored(&self, subject: &str, messages: &[Outgoing], deadline: Duration) -> Vec<PublishAck> {
        let end = Instant::now() + deadline;
        let mut acks: Vec<Option<PublishAck>> = vec![None; messages.len()];
        loop {
            let missing: Vec<usize> = (0..messages.len()).filter(|i| acks[*i].is_none()).collect();
            if missing.is_empty() {
                return acks.into_iter().flatten().collect();
            }
            let batch: Vec<Outgoing> = missing.iter().map(|i| messages[*i].clone()).collect();
            let mut last_error = None;
            for (index, outcome) in missing.iter().zip(self.round(subject, &batch)) {
                match outcome {
                    Ok(ack) => acks[*index] = Some(ack),
                    Err(error) => last_error = Some(error),
                }
            }
            if let Some(error) = last_error {
                let left = acks.iter().filter(|a| a.is_none()).count();
                assert!(Instant::now() < end, "{left} of {} messages were never acknowledged: {}", messages.len(), chain(&error));
                std::thread::sleep(BETWEEN_ROUNDS);
            }
        }
    }

    /// Publishes without JetStream: nobody acknowledges; returns once the server has read it.
    pub fn publish_unstored(&self, subject: &str, message: &Outgoing) {
        let client = self.context.client();
        self.runtime.block_on(async {
            client
                .publish_with_headers(subject.to_string(), message.header_map(), message.payload.clone())
                .await
                .expect("a message can be sent");
            client.flush().await.expect("a connection can be flushed");
        });
    }

    /// One attempt for each message, in order.
    fn round(&self, subject: &str, messages: &[Outgoing]) -> Vec<Result<PublishAck, PublishError>> {
        self.runtime.block_on(async {
            let mut outcomes = Vec::with_capacity(messages.len());
            // Sent one after the other, so that they are stored in order; waited for together, so that a round of lost acknowledgements
            // takes one wait, not one for each.
            let mut waiting = FuturesOrdered::new();
            for message in messages {
                if waiting.len() == IN_FLIGHT
                    && let Some(outcome) = waiting.next().await
                {
                    outcomes.push(outcome);
                }
                waiting.push_back(settle(self.send(subject, message).await));
            }
            while let Some(outcome) = waiting.next().await {
                outcomes.push(outcome);
            }
            outcomes
        })
    }

    async fn send(&self, subject: &str, message: &Outgoing) -> Result<PublishAckFuture, PublishError> {
        self.context.publish_with_headers(subject.to_string(), message.header_map(), message.payload.clone()).await
    }

    fn stream(&self, name: &str) -> jetstream::stream::Stream {
        let found = self.runtime.block_on(self.context.get_stream(name));
        found.unwrap_or_else(|e| panic!("stream {name}: {}", chain(&e)))
    }
}

async fn settle(sent: Result<PublishAckFuture, PublishError>) -> Result<PublishAck, PublishError> {
    sent?.await
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
