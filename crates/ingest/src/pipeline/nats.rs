//! The part of a pipeline under `nats:`: servers, stream, who we are.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Text;
use crate::jetstream::{Login, StreamOptions, Tls};
use crate::mapping::SpecError;

/// Reading from JetStream.
#[derive(Debug, Clone)]
pub struct Nats {
    /// URLs of servers of one cluster.
    pub servers: Vec<String>,
    /// Who we are.
    pub login: Login<Variable>,
    /// TLS.
    pub tls: Tls,
    /// The stream.
    pub stream: StreamOptions,
}

/// The name of an environment variable that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable(pub String);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NatsDoc {
    #[schemars(with = "Vec<String>")]
    servers: Vec<Spanned<String>>,
    #[schemars(with = "String")]
    stream: Spanned<String>,
    #[serde(default)]
    subjects: Vec<String>,
    create: Option<CreateDoc>,
    monitor: Option<String>,
    #[schemars(with = "Option<String>")]
    user: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    password: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    token: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    nkey_seed: Option<Spanned<String>>,
    credentials: Option<PathBuf>,
    tls: Option<TlsDoc>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateDoc {
    max_bytes: Option<i64>,
    max_age_days: Option<u32>,
    #[schemars(with = "Option<usize>")]
    replicas: Option<Spanned<usize>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TlsDoc {
    #[serde(default)]
    authorities: Vec<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// Seconds of a day.
const DAY_S: u64 = 86_400;

impl NatsDoc {
    pub(super) fn read(&self, text: &Text<'_>) -> Result<Nats, SpecError> {
        if self.servers.is_empty() {
            return Err(text.wrong(&self.stream, "servers is empty; write servers: [\"nats://127.0.0.1:4222\"]"));
        }
        for server in &self.servers {
            if !["nats://", "tls://"].iter().any(|scheme| server.value.starts_with(scheme)) {
                return Err(text.wrong(server, format!("server {:?} must begin with nats:// or tls://", server.value)));
            }
            if server.value.contains('@') {
                return Err(text.wrong(server, "name and password do not belong into the URL: write user and password: ${NAME}"));
            }
        }
        let is_name = |name: &str| !name.is_empty() && !name.contains(['.', '*', '>', ' ', '/', '\\', '@', '~']);
        if !is_name(&self.stream.value) {
            return Err(text.wrong(&self.stream, format!("stream {:?} cannot be the name of one", self.stream.value)));
        }
        let create = self.create.as_ref();
        if create.is_some() && self.subjects.is_empty() {
            return Err(text.wrong(&self.stream, "a stream to be made needs its subjects: write subjects: [\"name.>\"]"));
        }
        let replicas = match create.and_then(|create| create.replicas.as_ref()) {
            Some(given) if !(1..=5).contains(&given.value) => return Err(text.wrong(given, "replicas are 1 to 5")),
            given => given.map_or(1, |given| given.value),
        };
        let days = create.and_then(|create| create.max_age_days).unwrap_or(14);
        let stream = StreamOptions {
            name: self.stream.value.clone(),
            subjects: self.subjects.clone(),
            creates: create.is_some(),
            max_bytes: create.and_then(|create| create.max_bytes).unwrap_or(10 << 30),
            max_age: Duration::from_secs(u64::from(days) * DAY_S),
            replicas,
            monitor: self.monitor.clone(),
        };
        let servers: Vec<String> = self.servers.iter().map(|server| server.value.clone()).collect();
        let is_required = self.tls.is_some() || servers.iter().any(|server| server.starts_with("tls://"));
        let (authorities, client) = match &self.tls {
            Some(tls) => (tls.authorities.clone(), tls.certificate.clone().zip(tls.key.clone())),
            None => (Vec::new(), None),
        };
        Ok(Nats { servers, login: self.login(text)?, tls: Tls { is_required, authorities, client }, stream })
    }

    fn login(&self, text: &Text<'_>) -> Result<Login<Variable>, SpecError> {
        let variable = |given| super::variable(text, given).map(Variable);
        match (&self.user, &self.password, &self.token, &self.nkey_seed, &self.credentials) {
            (None, None, None, None, None) => Ok(Login::Nobody),
            (Some(user), Some(password), None, None, None) => Ok(Login::User(user.value.clone(), variable(password)?)),
            (None, None, Some(token), None, None) => Ok(Login::Token(variable(token)?)),
            (None, None, None, Some(seed), None) => Ok(Login::Nkey(variable(seed)?)),
            (None, None, None, None, Some(path)) => Ok(Login::Credentials(path.clone())),
            _ => Err(text.wrong(&self.stream, "log in with one of user and password, token, nkey_seed, credentials")),
        }
    }
}
