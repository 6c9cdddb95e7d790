//! Publishing events: many on their way at a time, each sent again with the same id until the server says that it is stored.
//!
//! An event that is sent twice because its acknowledgement was lost has the same `Nats-Msg-Id`; the stream stores it once within its
//! duplicate window, and the log stores it once for ever, since the id is the event's own `source#id`.

use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::connection::State;
use async_nats::header::{HeaderValue, NATS_MESSAGE_ID};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use bytes::Bytes;
use futures::StreamExt;
use serde::Deserialize;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use super::connect::{self, Access};
use super::told::Told;

/// Messages on their way at a time.
const IN_FLIGHT: usize = 256;
/// Time within which the server must acknowledge, before the message is sent again.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(10);
/// Pause before a message is sent again.
const PAUSE: Duration = Duration::from_millis(200);

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    id: String,
    payload: Bytes,
}

/// The names of an event.
#[derive(Deserialize)]
struct Named {
    source: String,
    id: String,
}

impl Outgoing {
    /// A CloudEvent in JSON; its message id is `source#id`.
    ///
    /// # Errors
    /// It is none, or its names cannot stand in a header.
    pub fn event(json: impl Into<Bytes>) -> Result<Self, String> {
        let payload: Bytes = json.into();
        let Named { source, id } = serde_json::from_slice(&payload).map_err(|cause| format!("no CloudEvent: {cause}"))?;
        let id = format!("{source}#{id}");
        if id.chars().any(char::is_control) {
            return Err(format!("{id:?} cannot be the id of a message"));
        }
        Ok(Self { id, payload })
    }
}

/// Where and how to publish.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// The servers.
    pub access: Access,
    /// Subject of the messages; a stream must listen on it.
    pub subject: String,
    /// Messages a second at most; `None`: as fast as the server stores them.
    pub rate: Option<u32>,
    /// How long to try one message, before all is given up.
    pub patience: Duration,
}

/// What the server said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Messages acknowledged as new.
    pub stored: u64,
    /// Messages that the stream knew already.
    pub duplicate: u64,
}

/// Why publishing ended early.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// Nothing was sent.
    #[error("{0}")]
    Connect(String),
    /// A message was not acknowledged. All before it were; those behind it, on their way at the same time, may be stored or not.
    #[error("message {number} ({id}) was not acknowledged: {why}; the {} before it were, up to {IN_FLIGHT} from it on may be stored or not", .number - 1)]
    Unacknowledged {
        /// Its number, from 1.
        number: u64,
        /// Its id.
        id: String,
        /// What the server said last.
        why: String,
    },
}

/// Publishes messages in their order; returns once the channel is closed and all are acknowledged.
///
/// # Errors
/// [`NotPublished`] when one was not within [`PublishOptions::patience`], or can never be.
pub async fn publish(options: &PublishOptions, mut messages: Receiver<Outgoing>) -> Result<Published, NotPublished> {
    let told = Arc::new(Told::default());
    let client = connect::connect(&options.access, "publish", &told).await.map_err(NotPublished::Connect)?;
    let sender = Sender { context: ContextBuilder::new().timeout(ACKNOWLEDGE_WITHIN).build(client), options, told };
    let begin = Instant::now();
    let messages = futures::stream::poll_fn(move |waker| messages.poll_recv(waker));
    let paced = messages.enumerate().then(|(index, message)| async move {
        if let Some(rate) = options.rate {
            tokio::time::sleep_until(begin + Duration::from_secs(1).mul_f64(index as f64 / f64::from(rate.max(1)))).await;
        }
        (index as u64 + 1, message)
    });
    // In order, so that the first that fails says exactly what is behind it.
    let outcomes = paced.map(|(number, message)| sender.deliver(number, message)).buffered(IN_FLIGHT);
    let mut outcomes = std::pin::pin!(outcomes);
    let mut published = Published::default();
    while let Some(outcome) = outcomes.next().await {
        if outcome?.duplicate {
            published.duplicate += 1;
        } else {
            published.stored += 1;
        }
    }
    Ok(published)
}

/// The connection.
struct Sender<'a> {
    context: Context,
    options: &'a PublishOptions,
    told: Arc<Told>,
}

impl Sender<'_> {
    /// Sends a message until it is acknowledged.
    async fn deliver(&self, number: u64, message: Outgoing) -> Result<PublishAck, NotPublished> {
        let give_up = Instant::now() + self.options.patience;
        let mut is_again = false;
        loop {
            let error = match self.attempt(&message).await {
                // A server that stored it, and whose acknowledgement was lost, calls our own message a duplicate.
                Ok(ack) => return Ok(PublishAck { duplicate: ack.duplicate && !is_again, ..ack }),
                Err(error) => error,
            };
            is_again = true;
            let can_never_be = error.kind() == PublishErrorKind::MaxPayloadExceeded;
            if can_never_be || Instant::now() + PAUSE > give_up {
                return Err(NotPublished::Unacknowledged { number, id: message.id, why: self.reason(&error) });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn attempt(&self, message: &Outgoing) -> Result<PublishAck, PublishError> {
        let mut headers = HeaderMap::new();
        if let Ok(id) = message.id.parse::<HeaderValue>() {
            headers.insert(NATS_MESSAGE_ID, id);
        }
        self.context.publish_with_headers(self.options.subject.clone(), headers, message.payload.clone()).await?.await
    }

    /// What a person can do something about.
    fn reason(&self, error: &PublishError) -> String {
        let seconds = self.options.patience.as_secs();
        let trouble = self.told.trouble().map(|text| format!(": {text}")).unwrap_or_default();
        if self.context.client().connection_state() != State::Connected {
            return format!("no connection to {} for {seconds} s{trouble}", self.options.access.servers.join(", "));
        }
        match error.kind() {
            PublishErrorKind::StreamNotFound => format!("no stream listens on {}", self.options.subject),
            PublishErrorKind::TimedOut => format!("no answer within {seconds} s{trouble}"),
            _ => std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Outgoing;

    #[test]
    fn a_message_is_named_as_its_event_is() {
        let named = Outgoing::event(r#"{"id":"7","source":"sim://centre","type":"x"}"#).unwrap();
        assert_eq!(named.id, "sim://centre#7");
        assert!(Outgoing::event("no json").is_err());
        assert!(Outgoing::event(r#"{"id":"7\nNats-Rollup: all","source":"s"}"#).is_err(), "a header of the sender's making");
    }
}
