//! From the first byte to a session: TLS, start-up, SCRAM. Whatever fails here ends the connection; nothing a client sent after it is read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::backend::{self, Status};
use super::frontend::{self, First, Malformed, Message};
use super::io::{Ended, Stream, Wire};
use super::listen::Door;
use crate::audit::Visit;
use crate::meters::Protocol;
use crate::refusal::Refusal;
use crate::scram::{Exchange, MECHANISM};
use crate::server::DATABASE;
use crate::session::Session;
use crate::settings::{REPORTED, Settings};

/// What became of a connection's beginning.
pub(crate) enum Begun {
    /// A session may begin.
    Session(Wire, Box<Session>, Arc<Visit>),
    /// Nothing more is to be done.
    Over,
}

/// Does the whole of it.
pub(crate) async fn begin(door: &Door, stream: Box<dyn Stream>, peer: SocketAddr, is_secure: bool, pid: i32) -> Result<Begun, Ended> {
    let mut wire = Wire::new(stream);
    let (mut is_secure, mut asked) = (is_secure, (false, false));
    let (minor, parameters) = loop {
        match wire.first().await? {
            First::Cancel { pid, secret } => {
                door.server.open.ask(pid, secret);
                return Ok(Begun::Over);
            }
            First::Gss if !asked.0 => {
                asked.0 = true;
                wire.out.extend_from_slice(b"N");
                wire.flush().await?;
            }
            First::Tls if !asked.1 && !is_secure => {
                asked.1 = true;
                let Some(tls) = &door.tls else {
                    wire.out.extend_from_slice(b"N");
                    wire.flush().await?;
                    continue;
                };
                wire.out.extend_from_slice(b"S");
                wire.flush().await?;
                // What came before the handshake was not protected by it.
                let plain = wire.into_stream().ok_or(Ended::Malformed(Malformed::Short))?;
                let stream = tls.accept(plain).await?;
                wire = Wire::new(Box::new(stream));
                is_secure = true;
            }
            First::Tls | First::Gss => return Err(Ended::Malformed(Malformed::Short)),
            First::Startup { minor, parameters } => break (minor, parameters),
        }
    };
    let visit = Visit::new(&door.server.audit, Protocol::Postgres, peer, is_secure, Some(pid));
    visit.is_called(parameters.get("application_name").map_or("", String::as_str));
    let named = parameters.get("user").cloned();
    let from = Origin { peer, is_secure, pid };
    match login(door, &mut wire, &from, minor, parameters).await {
        Ok(session) => Ok(Begun::Session(wire, Box::new(session), visit)),
        Err(Stop::Ended(ended)) => Err(ended),
        Err(Stop::Refused(refusal)) => {
            visit.sent_away(&door.server, named.as_deref(), "scram", &refusal);
            let refusal = Refusal { is_fatal: true, ..refusal };
            backend::error(&refusal, &mut wire.out);
            wire.close().await;
            Ok(Begun::Over)
        }
    }
}

/// Where a login comes from.
struct Origin {
    peer: SocketAddr,
    is_secure: bool,
    /// Number of the connection.
    pid: i32,
}

/// Why there is no session.
enum Stop {
    Ended(Ended),
    Refused(Refusal),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Ended(Ended::Malformed(malformed))
    }
}

async fn login(door: &Door, wire: &mut Wire, from: &Origin, minor: u16, parameters: BTreeMap<String, String>) -> Result<Session, Stop> {
    if door.needs_tls && !from.is_secure {
        return Err(Refusal::fatal("28000", "this server is spoken to over TLS only")
            .hint("connect with sslmode=require or better")
            .into());
    }
    let unknown: Vec<&str> = parameters.keys().map(String::as_str).filter(|name| name.starts_with("_pq_.")).collect();
    if minor > 0 || !unknown.is_empty() {
        backend::negotiate(&unknown, &mut wire.out);
    }
    let user = parameters.get("user").filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| Refusal::fatal("28000", "no user name was given"))?.clone();
    authenticate(door, wire, from.peer, &user).await?;
    let database = parameters.get("database").unwrap_or(&user);
    if database != DATABASE {
        return Err(Refusal::fatal("3D000", format!("database \"{database}\" does not exist"))
            .hint("the database is called trunkline")
            .into());
    }
    if parameters.get("replication").is_some_and(|value| !matches!(value.as_str(), "false" | "off" | "no" | "0")) {
        return Err(Refusal::fatal("0A000", "there is no replication here").into());
    }
    let settings = settings(&user, &parameters)?;
    let session = Session::begin(Arc::clone(&door.server), &user, settings, from.pid).await?;
    Ok(session)
}

/// SCRAM, or a refusal that is the same whatever was wrong.
async fn authenticate(door: &Door, wire: &mut Wire, peer: SocketAddr, user: &str) -> Result<(), Stop> {
    // PostgreSQL's clients know 28000.
    let attempt = door.server.attempt(Some(user), peer).map_err(|refusal| Refusal { code: "28000", ..refusal })?;
    let outcome = exchange(door, wire, user).await;
    match &outcome {
        Ok(()) => {
            attempt.succeeded();
            (door.server.report)(&format!("login of {user:?} from {peer}"));
        }
        Err(Stop::Refused(_)) => attempt.failed(),
        Err(Stop::Ended(_)) => {}
    }
    outcome
}

async fn exchange(door: &Door, wire: &mut Wire, user: &str) -> Result<(), Stop> {
    let users = door.server.now().users;
    backend::authentication(10, format!("{MECHANISM}\0\0").as_bytes(), &mut wire.out);
    let (mechanism, first) = frontend::sasl_initial(answer(wire).await?)?;
    if mechanism != MECHANISM {
        return Err(Refusal::fatal("28000", format!("login by {mechanism:?} is not offered")).into());
    }
    let nonce = nonce()?;
    let failed = || Refusal::fatal("28P01", format!("password authentication failed for user \"{user}\""));
    let (exchange, challenge) = Exchange::begin(users.verifier(user), &first, &nonce).map_err(|_| failed())?;
    backend::authentication(11, challenge.as_bytes(), &mut wire.out);
    let last = exchange.finish(&answer(wire).await?).map_err(|_| failed())?;
    // A role has no password, and of a name that nobody has no proof fits; rights are looked up all the same.
    if users.rights(user).is_none() {
        return Err(failed().into());
    }
    backend::authentication(12, last.as_bytes(), &mut wire.out);
    backend::authentication(0, &[], &mut wire.out);
    Ok(())
}

/// Sends what waits and takes the answer, which must be one of a login.
async fn answer(wire: &mut Wire) -> Result<bytes::Bytes, Stop> {
    wire.flush().await?;
    let (kind, body) = wire.frame(frontend::MAX_STARTUP_BYTES).await?;
    match frontend::message(kind, body)? {
        Message::Password(body) => Ok(body),
        _ => Err(Refusal::fatal("08P01", "expected an answer to the login").into()),
    }
}

fn nonce() -> Result<String, Refusal> {
    let mut bytes = [0_u8; 18];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::fatal("XX000", "no random bytes"))?;
    Ok(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes))
}

/// Settings that the session begins with: parameters of the start-up, and those in `options`.
fn settings(user: &str, parameters: &BTreeMap<String, String>) -> Result<Settings, Refusal> {
    let mut settings = Settings::of(user);
    for (name, value) in parameters {
        match name.as_str() {
            "user" | "database" | "replication" => {}
            "options" => {
                for (name, value) in options(value) {
                    settings.begin_with(&name, &value)?;
                }
            }
            name if name.starts_with("_pq_.") => {}
            name => settings.begin_with(name, value)?,
        }
    }
    Ok(settings)
}

/// `-c name=value` and `--name=value`; a backslash keeps a space together.
fn options(text: &str) -> Vec<(String, String)> {
    let (mut words, mut word, mut is_kept) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '\\' if !is_kept => is_kept = true,
            c if c.is_whitespace() && !is_kept => words.push(std::mem::take(&mut word)),
            c => {
                word.push(c);
                is_kept = false;
            }
        }
    }
    words.push(word);
    let words = words.iter().filter(|word| !word.is_empty() && *word != "-c");
    let pairs = words.filter_map(|word| word.strip_prefix("--").or_else(|| word.strip_prefix("-c")).unwrap_or(word).split_once('='));
    pairs.map(|(name, value)| (name.replace('-', "_"), value.to_string())).collect()
}

/// What a client is told when its session begins.
pub(crate) fn greet(wire: &mut Wire, settings: &Settings, key: (i32, i32)) {
    for (name, shown) in REPORTED {
        backend::parameter_status(shown, settings.get(name).unwrap_or_default(), &mut wire.out);
    }
    backend::key_data(key.0, key.1, &mut wire.out);
    backend::ready(Status::Idle, &mut wire.out);
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_are_settings() {
        let pairs = |text| options(text).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(
            pairs("-c search_path=kpi -cstatement_timeout=5s --application-name=a\\ b"),
            ["search_path=kpi", "statement_timeout=5s", "application_name=a b"]
        );
        assert!(pairs("").is_empty());
    }
}
