//! Users with signed tokens: an operator, an account and a user of one test, as `nsc` would make them.
//!
//! Format of the tokens: <https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt>. The server asks for
//! the claims below and checks the signatures; it does not check `jti`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

/// An operator with one account that may use JetStream, and one user of it.
#[derive(Debug, Clone)]
pub struct Operator {
    operator: String,
    account: String,
    account_key: String,
    system: String,
    system_key: String,
    user: String,
    user_seed: String,
}

impl Default for Operator {
    fn default() -> Self {
        Self::new()
    }
}

impl Operator {
    /// With fresh keys.
    #[must_use]
    pub fn new() -> Self {
        Self::with_permissions(json!({}), json!({}))
    }

    /// With fresh keys and a user who may publish and subscribe to these subjects only: `{"allow": ["evt.>"]}`, `{}` for all.
    #[must_use]
    pub fn with_permissions(publish: Value, subscribe: Value) -> Self {
        let (operator, account, system, user) =
            (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account(), KeyPair::new_user());
        let jetstream = json!({ "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1 });
        let user_claims = json!({ "type": "user", "version": 2, "pub": publish, "sub": subscribe, "subs": -1, "data": -1, "payload": -1 });
        Self {
            operator: token(&operator, &operator.public_key(), "operator", json!({ "type": "operator", "version": 2 })),
            account: token(&operator, &account.public_key(), "account", account_claims(jetstream)),
            account_key: account.public_key(),
            system: token(&operator, &system.public_key(), "system", account_claims(json!({}))),
            system_key: system.public_key(),
            user: token(&account, &user.public_key(), "user", user_claims),
            user_seed: user.seed().expect("a fresh key has its seed"),
        }
    }

    /// The content of the user's `.creds` file.
    #[must_use]
    pub fn credentials(&self) -> String {
        format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            self.user, self.user_seed
        )
    }

    /// The lines of the server's configuration file.
    pub(crate) fn config(&self) -> String {
        let Self { operator, account, account_key, system, system_key, .. } = self;
        format!(
            "operator: {operator}\nsystem_account: {system_key}\nresolver: MEMORY\nresolver_preload: {{ {account_key}: {account}, {system_key}: {system} }}\n"
        )
    }
}

fn account_claims(jetstream: Value) -> Value {
    let mut limits =
        json!({ "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1 });
    if let (Some(limits), Value::Object(more)) = (limits.as_object_mut(), jetstream) {
        limits.extend(more);
    }
    json!({ "type": "account", "version": 2, "limits": limits })
}

/// A token about `subject`, signed by `issuer`.
fn token(issuer: &KeyPair, subject: &str, name: &str, nats: Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let claims = json!({ "jti": name, "iat": 1_700_000_000, "iss": issuer.public_key(), "name": name, "sub": subject, "nats": nats });
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = issuer.sign(signed.as_bytes()).expect("a fresh key signs");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
