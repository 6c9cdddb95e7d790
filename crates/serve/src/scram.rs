//! Login by SCRAM-SHA-256 (RFC 5802, RFC 7677) against a stored verifier, which nobody can log in with. Pure.
//!
//! A verifier is what PostgreSQL keeps in `pg_authid`: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, base64. An exchange is
//! made for one login and used up by it. Whom nobody knows gets an exchange with a salt of his own that always stays the same, and fails
//! at the proof, as a wrong password does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The mechanism's name.
pub const MECHANISM: &str = "SCRAM-SHA-256";

/// Rounds of hashing of a new verifier, as PostgreSQL's default.
pub const ITERATIONS: u32 = 4096;

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier")
    }
}

impl Verifier {
    /// Of a password. Printable ASCII is hashed as it is; other text is prepared by SASLprep first, which is the caller's to do.
    #[must_use]
    pub fn of(password: &str, salt: &[u8], iterations: u32) -> Self {
        // PBKDF2 with one block (RFC 8018, 5.2): as long as the hash.
        let mut block = mac(password.as_bytes(), &[salt, &[0, 0, 0, 1]]);
        let mut salted = block;
        for _ in 1..iterations {
            block = mac(password.as_bytes(), &[&block]);
            salted.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
        }
        let client_key = mac(&salted, &[b"Client Key"]);
        let stored_key = Sha256::digest(client_key).into();
        Self { iterations, salt: salt.to_vec(), stored_key, server_key: mac(&salted, &[b"Server Key"]) }
    }

    /// Of nobody's password: what there is instead for a name that nobody has. `secret` is the server's own, so that salts cannot be told from real ones.
    #[must_use]
    pub fn of_nobody(name: &str, secret: &[u8]) -> Self {
        let salt = mac(secret, &[b"salt", name.as_bytes()])[..16].to_vec();
        let (stored_key, server_key) = (mac(secret, &[b"stored", name.as_bytes()]), mac(secret, &[b"server", name.as_bytes()]));
        Self { iterations: ITERATIONS, salt, stored_key, server_key }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (cost, keys) = text.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
        let ((iterations, salt), (stored, server)) = (cost.split_once(':')?, keys.split_once(':')?);
        let key = |text: &str| BASE64.decode(text).ok()?.try_into().ok();
        let iterations = iterations.parse().ok().filter(|rounds| (1..=10_000_000).contains(rounds))?;
        Some(Self { iterations, salt: BASE64.decode(salt).ok()?, stored_key: key(stored)?, server_key: key(server)? })
    }

    /// The stored form.
    #[must_use]
    pub fn text(&self) -> String {
        let (salt, stored, server) = (BASE64.encode(&self.salt), BASE64.encode(self.stored_key), BASE64.encode(self.server_key));
        format!("SCRAM-SHA-256${}:{salt}${stored}:{server}", self.iterations)
    }

    /// Whether this is the password it was made of, for protocols that send it (inside TLS).
    #[must_use]
    pub fn is_of(&self, password: &str) -> bool {
        let other = Self::of(password, &self.salt, self.iterations);
        is_same(&other.stored_key, &self.stored_key)
    }
}

/// Why a login fails. The client is told the same for all of them but a message it should not have sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// Not a message of this exchange.
    Malformed,
    /// Channel binding or an identity other than the user's was asked for.
    Unsupported,
    /// The proof does not fit.
    Wrong,
}

/// One login, after the client's first message.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    header: String,
    nonce: String,
    messages: String,
}

impl Exchange {
    /// Reads the client's first message and gives the server's; `nonce` is the server's part: printable, no comma, new for each login.
    ///
    /// # Errors
    /// What is no such message.
    pub fn begin(verifier: Verifier, first: &[u8], nonce: &str) -> Result<(Self, String), Failed> {
        let first = std::str::from_utf8(first).map_err(|_| Failed::Malformed)?;
        let mut parts = first.splitn(3, ',');
        let (flag, identity, bare) = (parts.next(), parts.next(), parts.next());
        let (Some(flag), Some(identity), Some(bare)) = (flag, identity, bare) else { return Err(Failed::Malformed) };
        // "y": the client could bind the channel but believes that we cannot, which is so.
        if !matches!(flag, "n" | "y") || !identity.is_empty() {
            return Err(Failed::Unsupported);
        }
        // The user's name comes with the start of the session; what stands here is not looked at, as in PostgreSQL.
        let (_, client) = bare.strip_prefix("n=").and_then(|rest| rest.split_once(",r=")).ok_or(Failed::Malformed)?;
        let client = client.split(',').next().filter(|nonce| !nonce.is_empty()).ok_or(Failed::Malformed)?;
        let nonce = format!("{client}{nonce}");
        let answer = format!("r={nonce},s={},i={}", BASE64.encode(&verifier.salt), verifier.iterations);
        let messages = format!("{bare},{answer}");
        Ok((Self { verifier, header: format!("{flag},{identity},"), nonce, messages }, answer))
    }

    /// Reads the client's last message and gives the server's, which proves that the server knows the verifier.
    ///
    /// # Errors
    /// A proof that is wrong, or no such message.
    pub fn finish(self, last: &[u8]) -> Result<String, Failed> {
        let last = std::str::from_utf8(last).map_err(|_| Failed::Malformed)?;
        let (without_proof, proof) = last.rsplit_once(",p=").ok_or(Failed::Malformed)?;
        let (binding, nonce) = without_proof.strip_prefix("c=").and_then(|rest| rest.split_once(",r=")).ok_or(Failed::Malformed)?;
        let proof: [u8; 32] = BASE64.decode(proof).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(Failed::Malformed)?;
        if BASE64.decode(binding).ok().as_deref() != Some(self.header.as_bytes()) || nonce != self.nonce {
            return Err(Failed::Malformed);
        }
        let signed = format!("{},{without_proof}", self.messages);
        let mut client_key = mac(&self.verifier.stored_key, &[signed.as_bytes()]);
        client_key.iter_mut().zip(proof).for_each(|(byte, proof)| *byte ^= proof);
        if !is_same(&Sha256::digest(client_key).into(), &self.verifier.stored_key) {
            return Err(Failed::Wrong);
        }
        Ok(format!("v={}", BASE64.encode(mac(&self.verifier.server_key, &[signed.as_bytes()]))))
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // A key may have any length, so this cannot fail; were it to, no proof would fit.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Compares in the same time whatever differs.
fn is_same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3.
    #[test]
    fn the_published_exchange_is_ours() {
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = Verifier::of("pencil", &salt, 4096);
        let (exchange, first) = Exchange::begin(verifier, b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0").unwrap();
        assert_eq!(first, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        let last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(exchange.finish(last.as_bytes()).unwrap(), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn a_wrong_proof_another_nonce_and_another_binding_fail() {
        let begin = || Exchange::begin(Verifier::of("pencil", b"salt", 1), b"n,,n=,r=abc", "xyz").unwrap().0;
        let proof = BASE64.encode([0; 32]);
        let finish = |last: String| begin().finish(last.as_bytes());
        assert_eq!(finish(format!("c=biws,r=abcxyz,p={proof}")), Err(Failed::Wrong));
        assert_eq!(finish(format!("c=biws,r=abc,p={proof}")), Err(Failed::Malformed));
        assert_eq!(finish(format!("c=eSws,r=abcxyz,p={proof}")), Err(Failed::Malformed));
        assert_eq!(Exchange::begin(Verifier::of("p", b"s", 1), b"p=tls-unique,,n=,r=a", "x").unwrap_err(), Failed::Unsupported);
    }

    #[test]
    fn a_verifier_is_the_same_after_writing_and_is_no_password() {
        let verifier = Verifier::of("pencil", b"0123456789abcdef", 4096);
        assert_eq!(Verifier::parse(&verifier.text()), Some(verifier.clone()));
        assert!(verifier.is_of("pencil"));
        assert!(!verifier.is_of("pencils"));
        assert_eq!(Verifier::parse("SCRAM-SHA-256$0:AA==$AA==:AA=="), None);
        assert_eq!(Verifier::of_nobody("eve", b"key"), Verifier::of_nobody("eve", b"key"));
    }
}
