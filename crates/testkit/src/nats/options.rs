//! How a test's server is set up and how a client gets in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Certificates, Operator};

/// Who may connect.
#[derive(Debug, Clone, Default)]
pub enum Login {
    /// Anybody.
    #[default]
    Open,
    /// One user with a password.
    Password {
        /// The user's name.
        user: String,
        /// The password.
        password: String,
    },
    /// One user with a key pair; the server knows only the public half.
    Nkey {
        /// The private half, `SU…`.
        seed: String,
    },
    /// Users with a signed token and a key, as in a `.creds` file.
    Operator(Operator),
}

impl Login {
    /// One user with a fresh key pair.
    #[must_use]
    pub fn new_nkey() -> Self {
        Self::Nkey { seed: nkeys::KeyPair::new_user().seed().expect("a fresh key has its seed") }
    }
}

/// How the server is set up; the default is an open server that syncs every write before it acknowledges.
#[derive(Debug, Clone, Default)]
pub struct NatsOptions {
    /// Sync the store every two minutes, NATS's own default, in place of before every acknowledgement.
    pub sync_lazily: bool,
    /// Who may connect.
    pub login: Login,
    /// Speak TLS with these certificates.
    pub tls: Option<Certificates>,
    /// With TLS: refuse clients without a certificate of the same authority.
    pub tls_verify_client: bool,
    /// With TLS: handshake before the server's first line.
    pub tls_first: bool,
    /// Largest message in bytes, headers included; NATS's own default is 1 MiB.
    pub max_payload: Option<u64>,
    /// Bytes all streams together may hold; default 256 MiB.
    pub max_file_store: Option<u64>,
    /// Lines added to the configuration file, at top level.
    pub extra: String,
}

impl NatsOptions {
    /// The configuration file's text, for a server with its store in this folder.
    pub(crate) fn config(&self, store: &Path) -> String {
        let mut text = format!("server_name: testkit\njetstream {{ store_dir: {:?}, ", store.display().to_string());
        write_all(&mut text, format_args!("max_file_store: {}, ", self.max_file_store.unwrap_or(256 << 20)));
        text.push_str(if self.sync_lazily { "sync_interval: \"2m\" }\n" } else { "sync_interval: always }\n" });
        match &self.login {
            Login::Open => {}
            Login::Password { user, password } => {
                write_all(&mut text, format_args!("authorization {{ users: [ {{ user: {user:?}, password: {password:?} }} ] }}\n"));
            }
            Login::Nkey { seed } => {
                let public = nkeys::KeyPair::from_seed(seed).expect("the seed is one of NATS").public_key();
                write_all(&mut text, format_args!("authorization {{ users: [ {{ nkey: {public} }} ] }}\n"));
            }
            Login::Operator(operator) => text.push_str(&operator.config()),
        }
        if let Some(tls) = &self.tls {
            let (cert, key, authority) = (quoted(&tls.server_certificate()), quoted(&tls.server_key()), quoted(&tls.authority()));
            let (verify, first) = (self.tls_verify_client, self.tls_first);
            write_all(
                &mut text,
                format_args!(
                    "tls {{ cert_file: {cert}, key_file: {key}, ca_file: {authority}, verify: {verify}, handshake_first: {first} }}\n"
                ),
            );
        }
        if let Some(bytes) = self.max_payload {
            write_all(&mut text, format_args!("max_payload: {bytes}\n"));
        }
        text.push_str(&self.extra);
        text.push('\n');
        text
    }

    /// What a client needs to get in.
    pub(crate) fn access(&self) -> Access {
        Access {
            login: self.login.clone(),
            authority: self.tls.as_ref().map(Certificates::authority),
            client_certificate: self.tls.as_ref().map(|t| (t.client_certificate(), t.client_key())),
            tls_first: self.tls_first,
            ..Access::default()
        }
    }
}

fn write_all(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a string takes all text");
}

fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

/// How a [`super::Publisher`] gets in; [`super::NatsServer::access`] gives what fits its server.
#[derive(Debug, Clone)]
pub struct Access {
    /// Who it is.
    pub login: Login,
    /// Certificate of the authority to trust (PEM); with one, TLS is required.
    pub authority: Option<PathBuf>,
    /// The client's own certificate and key (PEM).
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Handshake before the server's first line.
    pub tls_first: bool,
    /// How long to wait for the acknowledgement of a message and for an answer; default 5 s.
    pub answer_within: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self { login: Login::Open, authority: None, client_certificate: None, tls_first: false, answer_within: Duration::from_secs(5) }
    }
}

impl Access {
    /// The client library's options.
    pub(crate) fn connect_options(&self) -> async_nats::ConnectOptions {
        // Beside others there are two providers of cryptography in the tree, so TLS must be told which one.
        let _ = async_nats::rustls::crypto::ring::default_provider().install_default();
        let mut options = async_nats::ConnectOptions::new().name("testkit").request_timeout(Some(self.answer_within));
        options = match &self.login {
            Login::Open => options,
            Login::Password { user, password } => options.user_and_password(user.clone(), password.clone()),
            Login::Nkey { seed } => options.nkey(seed.clone()),
            Login::Operator(operator) => options.credentials(&operator.credentials()).expect("credentials made here are readable"),
        };
        if let Some(authority) = &self.authority {
            options = options.add_root_certificates(authority.clone()).require_tls(true);
        }
        if let Some((certificate, key)) = &self.client_certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        if self.tls_first { options.tls_first() } else { options }
    }
}
