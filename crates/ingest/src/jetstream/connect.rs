//! The server, the stream and a consumer of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config as Pull, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, ConnectOptions};

use super::told::Told;

/// How to reach the servers.
#[derive(Clone, Default)]
pub struct Access {
    /// URLs of servers of one cluster.
    pub servers: Vec<String>,
    /// Who we are.
    pub login: Login,
    /// TLS beyond what the URL's scheme `tls://` asks for.
    pub tls: Tls,
}

impl std::fmt::Debug for Access {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("servers", &self.servers).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// How to log in. `S` is a secret, or where one is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Login<S = String> {
    /// Not at all.
    #[default]
    Nobody,
    /// With a name and a password.
    User(String, S),
    /// With a token.
    Token(S),
    /// With the seed of an nkey.
    Nkey(S),
    /// With a file of credentials (JWT and seed).
    Credentials(PathBuf),
}

impl<S> Login<S> {
    /// The same with its secret looked up.
    ///
    /// # Errors
    /// Of the look-up.
    pub fn looked_up<T, E>(&self, look_up: impl Fn(&S) -> Result<T, E>) -> Result<Login<T>, E> {
        Ok(match self {
            Self::Nobody => Login::Nobody,
            Self::User(user, password) => Login::User(user.clone(), look_up(password)?),
            Self::Token(token) => Login::Token(look_up(token)?),
            Self::Nkey(seed) => Login::Nkey(look_up(seed)?),
            Self::Credentials(path) => Login::Credentials(path.clone()),
        })
    }
}

impl<S> std::fmt::Debug for Login<S> {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login")
    }
}

/// What TLS needs.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Refuse a connection in clear.
    pub is_required: bool,
    /// Certificates of authorities, PEM; the system's where there are none.
    pub authorities: Vec<PathBuf>,
    /// Our own certificate and its key, PEM.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Which stream, and how it is made where it is not there.
#[derive(Debug, Clone)]
pub struct StreamOptions {
    /// Its name.
    pub name: String,
    /// Subjects to read, and to be made with; none: all that it has.
    pub subjects: Vec<String>,
    /// Make it where it is not there.
    pub creates: bool,
    /// Bytes at most; publishers are refused beyond it, nothing is thrown away. Default 10 GiB.
    pub max_bytes: i64,
    /// Age at most; default 14 days.
    pub max_age: Duration,
    /// Copies in a cluster; default 1.
    pub replicas: usize,
    /// Address of the server's monitoring page, where its fsync interval can be seen.
    pub monitor: Option<String>,
}

/// Time within which the server must answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Time after which the server forgets a consumer that nobody reads.
const FORGET_AFTER: Duration = Duration::from_secs(30);
/// Messages asked for at a time.
const ASK_MESSAGES: usize = 10_000;
/// How often an idle server must say that it is there.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long a request for messages stands.
const ASK_FOR: Duration = Duration::from_secs(30);
/// Replies held for a subscription before the client drops some, which the consumer's count tells.
const REPLIES: usize = 65_536;
/// Window in which the broker recognises a message published twice.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A connection that keeps trying: a server that is not there yet is waited for.
///
/// # Errors
/// Credentials that cannot be read, an address that is none.
pub(super) async fn connect(access: &Access, name: &str, told: &Arc<Told>) -> Result<Client, String> {
    let told = Arc::clone(told);
    // Two providers of cryptography are in the tree, so TLS must be told which one; a second telling changes nothing.
    let _ = async_nats::rustls::crypto::ring::default_provider().install_default();
    let options = ConnectOptions::new()
        .name(format!("trunkline {name}"))
        .require_tls(access.tls.is_required)
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempt| Duration::from_millis((100 << attempt.min(6)).min(5_000)))
        .event_callback(move |event| {
            told.hear(&event);
            std::future::ready(())
        })
        .request_timeout(Some(ANSWER_WITHIN))
        .subscription_capacity(REPLIES);
    let options = access.tls.authorities.iter().cloned().fold(options, ConnectOptions::add_root_certificates);
    let options = match &access.tls.client {
        Some((certificate, key)) => options.add_client_certificate(certificate.clone(), key.clone()),
        None => options,
    };
    let options = match &access.login {
        Login::Nobody => options,
        Login::User(user, password) => options.user_and_password(user.clone(), password.clone()),
        Login::Token(token) => options.token(token.clone()),
        Login::Nkey(seed) => options.nkey(seed.clone()),
        Login::Credentials(path) => {
            options.credentials_file(path).await.map_err(|cause| format!("credentials {}: {cause}", path.display()))?
        }
    };
    options.connect(access.servers.clone()).await.map_err(|cause| cause.to_string())
}

/// The stream, made where it is not there and may be; and what about it does not keep the promise that nothing is lost.
///
/// # Errors
/// Why there is none.
pub(super) async fn stream(client: &Client, wanted: &StreamOptions) -> Result<(Stream, Vec<String>), String> {
    let context = ContextBuilder::new().timeout(ANSWER_WITHIN).build(client.clone());
    let found = match context.get_stream(&wanted.name).await {
        Ok(found) => found,
        Err(cause) if is_missing(&cause) && wanted.creates => make(&context, wanted).await?,
        Err(cause) if is_missing(&cause) => {
            return Err(format!("there is no stream {}; make it, or write create: true with its subjects", wanted.name));
        }
        Err(cause) => return Err(cause.to_string()),
    };
    let mut doubts = doubts(&found.cached_info().config);
    doubts.extend(fsync_doubt(wanted.monitor.as_deref()).await);
    Ok((found, doubts))
}

fn is_missing(cause: &jetstream::context::GetStreamError) -> bool {
    use jetstream::context::GetStreamErrorKind::JetStream;
    matches!(cause.kind(), JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// A stream that keeps what it acknowledged until it is old: a full one refuses publishers, nobody can delete or purge.
async fn make(context: &jetstream::Context, wanted: &StreamOptions) -> Result<Stream, String> {
    let config = Config {
        name: wanted.name.clone(),
        subjects: wanted.subjects.clone(),
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: wanted.replicas,
        discard: DiscardPolicy::New,
        max_bytes: wanted.max_bytes,
        max_age: wanted.max_age,
        max_messages: -1,
        max_messages_per_subject: -1,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        description: Some("events on their way to Trunkline".to_owned()),
        ..Config::default()
    };
    context.get_or_create_stream(config).await.map_err(|cause| format!("cannot make stream {}: {cause}", wanted.name))
}

/// What of a stream's settings may lose messages without a word.
fn doubts(config: &Config) -> Vec<String> {
    let rules = [
        (config.storage != StorageType::File, "it is kept in memory: a restart of the server loses it"),
        (config.retention != RetentionPolicy::Limits, "its retention is not limits: the server deletes what others have read"),
        (config.discard != DiscardPolicy::New, "full, it deletes its oldest messages, read or not; set discard to new"),
        (config.no_ack, "it does not acknowledge: publishers cannot know what was stored"),
        (config.max_messages_per_subject > 0, "it keeps only so many messages of a subject"),
        (!config.max_age.is_zero() && config.max_age < Duration::from_secs(86_400), "it forgets messages within a day, read or not"),
    ];
    rules.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| format!("stream {}: {text}", config.name)).collect()
}

/// Whether the server writes to disk before it acknowledges. Only its monitoring page tells.
async fn fsync_doubt(monitor: Option<&str>) -> Option<String> {
    let Some(monitor) = monitor else {
        return Some(
            "whether the server writes to disk before it acknowledges cannot be seen from here: set sync_interval: always there, and nats.monitor here"
                .to_owned(),
        );
    };
    let url = format!("{}/varz", monitor.trim_end_matches('/'));
    let answer = async { reqwest::Client::new().get(&url).timeout(ANSWER_WITHIN).send().await?.text().await };
    let text = match answer.await {
        Ok(text) => text,
        Err(cause) => return Some(format!("nats.monitor: {cause}")),
    };
    let page: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let config = &page["jetstream"]["config"];
    if config["sync_always"].as_bool() == Some(true) {
        return None;
    }
    let seconds = config["sync_interval"].as_f64().unwrap_or_default() / 1e9;
    Some(format!(
        "the server writes to disk every {seconds} s only: what it acknowledged since is lost with the power; set sync_interval: always"
    ))
}

/// Messages from a sequence on. The consumer is named (permissions can then be given for it), lives in memory, and acknowledges nothing.
///
/// # Errors
/// What the server says.
pub(super) async fn messages(stream: &Stream, subjects: &[String], from: u64) -> Result<Messages, String> {
    let config = Pull {
        name: Some(format!("trunkline-{}", uuid::Uuid::new_v4().simple())),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from },
        ack_policy: AckPolicy::None,
        filter_subjects: subjects.to_vec(),
        inactive_threshold: FORGET_AFTER,
        memory_storage: true,
        num_replicas: 1,
        ..Pull::default()
    };
    let consumer: Consumer<Pull> = stream.create_consumer(config).await.map_err(|cause| format!("no consumer: {cause}"))?;
    let asked = consumer.stream().max_messages_per_batch(ASK_MESSAGES).heartbeat(HEARTBEAT).expires(ASK_FOR).messages().await;
    asked.map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};

    use super::doubts;

    #[test]
    fn settings_that_may_lose_messages_are_told() {
        let sound = Config { name: "S".into(), discard: DiscardPolicy::New, ..Config::default() };
        assert!(doubts(&sound).is_empty());
        let doubtful = Config { storage: StorageType::Memory, discard: DiscardPolicy::Old, max_age: Duration::from_secs(60), ..sound };
        let said = doubts(&doubtful).join("\n");
        assert!(said.contains("memory") && said.contains("oldest") && said.contains("within a day"), "{said}");
    }
}
