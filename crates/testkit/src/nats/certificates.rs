//! Certificates for one test, made with `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

/// An authority and two certificates it signed: the server's, for `localhost` and 127.0.0.1, and a client's. Files in a temporary folder
/// that lives as long as the last clone.
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: Arc<TempDir>,
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

impl Certificates {
    /// Fresh ones, valid for a day.
    #[must_use]
    pub fn new() -> Self {
        Self::with_server_days("1")
    }

    /// Fresh ones, the server's expired since yesterday.
    #[must_use]
    pub fn expired() -> Self {
        Self::with_server_days("-1")
    }

    fn with_server_days(days: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let at = folder.path();
        let subject = ["-subj", "/CN=testkit authority"];
        openssl(
            at,
            &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
            &["-keyout", "ca.key", "-out", "ca.pem", subject[0], subject[1], "-addext", "basicConstraints=critical,CA:TRUE"],
        );
        sign(at, "server", "serverAuth", "DNS:localhost,IP:127.0.0.1", days);
        sign(at, "client", "clientAuth", "DNS:client", "1");
        Self { folder: Arc::new(folder) }
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// The server's certificate, PEM.
    #[must_use]
    pub fn server_certificate(&self) -> PathBuf {
        self.file("server.pem")
    }

    /// The server's key, PEM.
    #[must_use]
    pub fn server_key(&self) -> PathBuf {
        self.file("server.key")
    }

    /// The client's certificate, PEM.
    #[must_use]
    pub fn client_certificate(&self) -> PathBuf {
        self.file("client.pem")
    }

    /// The client's key, PEM.
    #[must_use]
    pub fn client_key(&self) -> PathBuf {
        self.file("client.key")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A key and a certificate for it, signed by the authority in the same folder.
fn sign(at: &Path, name: &str, usage: &str, names: &str, days: &str) {
    let extensions = format!("basicConstraints=critical,CA:FALSE\nextendedKeyUsage={usage}\nsubjectAltName={names}\n");
    std::fs::write(at.join("extensions"), extensions).expect("a file can be written");
    let (key, request, certificate) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
    let subject = format!("/CN={name}");
    openssl(
        at,
        &["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        &["-keyout", &key, "-out", &request, "-subj", &subject],
    );
    openssl(
        at,
        &["x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"],
        &["-in", &request, "-out", &certificate, "-days", days],
    );
}

fn openssl(at: &Path, arguments: &[&str], more: &[&str]) {
    let output = Command::new("openssl").args(arguments).args(more).current_dir(at).output().expect("tests with TLS need `openssl`");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
