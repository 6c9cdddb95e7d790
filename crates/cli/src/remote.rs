//! Another process that answers: `trunkline serve --flight`, over Arrow Flight SQL. It plans and runs there, with the rights of the user who is logged in.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::{FlightInfo, Ticket};
use datafusion_common::ScalarValue;
use futures::TryStreamExt as _;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tonic::transport::{Channel, Endpoint, Uri};

use crate::failure::Failure;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// Bytes of one message of the server; its batches are smaller.
const MESSAGE_BYTES: usize = 256 << 20;

/// A server and the session with it.
pub struct Remote {
    client: FlightSqlServiceClient<Channel>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("server", &self.server).field("user", &self.user).finish_non_exhaustive()
    }
}

/// Who asks where.
pub struct Login<'a> {
    /// `grpc://host:port`, or `grpc+tls://host:port`.
    pub server: &'a str,
    /// Name of the user.
    pub user: &'a str,
    /// His password.
    pub password: &'a str,
    /// Certificates that are believed instead of the machine's own (PEM).
    pub authority: Option<&'a Path>,
    /// Zone in which local times are meant.
    pub zone: &'a str,
}

impl Remote {
    /// Connects and logs in.
    ///
    /// # Errors
    /// An address that is none, nobody there, a certificate that is not believed, a login that is refused.
    pub async fn connect(login: &Login<'_>) -> Result<Self, Failure> {
        let wrong = || Failure::usage(format!("'{}' names no server", login.server)).hint("write grpc://HOST:PORT or grpc+tls://HOST:PORT");
        let (scheme, address) = login.server.split_once("://").ok_or_else(wrong)?;
        let is_secure = match scheme {
            "grpc" | "grpc+tcp" => false,
            "grpc+tls" => true,
            _ => return Err(wrong()),
        };
        let endpoint = Endpoint::try_from(format!("{}://{address}", if is_secure { "https" } else { "http" })).map_err(|_| wrong())?;
        let endpoint = endpoint.connect_timeout(CONNECTING);
        let none = |cause: tonic::transport::Error| {
            let mut causes = cause.to_string();
            let mut next = std::error::Error::source(&cause);
            while let Some(cause) = next {
                causes.push_str(&format!(": {cause}"));
                next = cause.source();
            }
            Failure::failed(format!("no connection to {}: {causes}", login.server))
                .hint("the server is `trunkline serve --flight ADDRESS:PORT`")
        };
        let channel = match is_secure {
            false => endpoint.connect().await.map_err(none)?,
            true => {
                let tls = TlsConnector::from(Arc::new(believed(login.authority)?));
                endpoint.connect_with_connector(tower::service_fn(move |uri: Uri| secured(tls.clone(), uri))).await.map_err(none)?
            }
        };
        let inner = FlightServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES);
        let mut client = FlightSqlServiceClient::new_from_inner(inner);
        client.set_header("trunkline-zone", login.zone);
        client.handshake(login.user, login.password).await.map_err(explain)?;
        Ok(Self { client })
    }

    /// Asks one question; `$name` takes its value from `params`. All rows, in at least one batch.
    ///
    /// # Errors
    /// What the server says.
    pub async fn ask(&self, sql: &str, params: &BTreeMap<String, ScalarValue>) -> Result<Vec<RecordBatch>, Failure> {
        let mut client = self.client.clone();
        let (sql, values) = numbered(sql, params);
        if values.is_empty() {
            let info = client.execute(sql, None).await.map_err(explain)?;
            return fetch(&mut client, info).await;
        }
        let mut prepared = client.prepare(sql, None).await.map_err(explain)?;
        let fields: Vec<Field> =
            values.iter().enumerate().map(|(at, value)| Field::new(format!("${}", at + 1), value.data_type(), true)).collect();
        let arrays = values.iter().map(|value| value.to_array()).collect::<Result<Vec<_>, _>>().map_err(Failure::failed)?;
        let row = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(Failure::failed)?;
        prepared.set_parameters(row).map_err(explain)?;
        let info = prepared.execute().await.map_err(explain)?;
        let rows = fetch(&mut client, info).await;
        let _ = prepared.close().await;
        rows
    }
}

async fn fetch(client: &mut FlightSqlServiceClient<Channel>, info: FlightInfo) -> Result<Vec<RecordBatch>, Failure> {
    let columns = info.clone().try_decode_schema().map_err(Failure::failed)?;
    let mut batches = Vec::new();
    for ticket in info.endpoint.into_iter().filter_map(|endpoint| endpoint.ticket) {
        let ticket: Ticket = ticket;
        let rows = client.do_get(ticket).await.map_err(explain)?;
        let found: Vec<RecordBatch> = rows.try_collect().await.map_err(explain)?;
        batches.extend(found.into_iter().filter(|batch| batch.num_rows() > 0));
    }
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(Arc::new(columns)));
    }
    Ok(batches)
}

/// Names of parameters as numbers, in the order in which they come, and their values. What stands in quotes is no parameter.
fn numbered(sql: &str, params: &BTreeMap<String, ScalarValue>) -> (String, Vec<ScalarValue>) {
    let (mut out, mut names, mut rest): (String, Vec<&str>, &str) = (String::with_capacity(sql.len()), Vec::new(), sql);
    while let Some(at) = rest.find(['$', '\'', '"']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..=at];
        let after = &rest[at + 1..];
        let end = match mark {
            "$" => after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len()),
            quote => after.find(quote).map_or(after.len(), |end| end + 1),
        };
        match params.get_key_value(&after[..end]).filter(|_| mark == "$") {
            Some((name, _)) => {
                let number = names.iter().position(|known| known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                out.push_str(&format!("${}", number + 1));
            }
            None => {
                out.push_str(mark);
                out.push_str(&after[..end]);
            }
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    (out, names.into_iter().filter_map(|name| params.get(name).cloned()).collect())
}

/// What the server said: it is a sentence with SQLSTATE, hint and place already.
fn explain(error: FlightError) -> Failure {
    let told = match error {
        FlightError::Tonic(status) => status.message().to_string(),
        other => in_quotes(&other.to_string()),
    };
    match told.split_once("; hint: ") {
        Some((message, hint)) => Failure::usage(message).hint(hint),
        None => Failure::usage(told),
    }
}

/// Of a handshake the client library gives only a text in which the server's stands in quotes.
fn in_quotes(text: &str) -> String {
    let Some((_, told)) = text.split_once("message: \"") else { return text.to_string() };
    told.strip_suffix('"').unwrap_or(told).replace("\\\"", "\"")
}

fn believed(authority: Option<&Path>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(path) => {
            let wrong = |cause: String| Failure::usage(format!("{}: {cause}", path.display()));
            let bytes = std::fs::read(path).map_err(|cause| wrong(cause.to_string()))?;
            for certificate in CertificateDer::pem_slice_iter(&bytes) {
                roots.add(certificate.map_err(|cause| wrong(cause.to_string()))?).map_err(|cause| wrong(cause.to_string()))?;
            }
        }
        None => {
            let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(Failure::usage("there is no authority whose certificates could be believed").hint("name one with --server-ca FILE"));
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(Failure::failed)?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

async fn secured(tls: TlsConnector, uri: Uri) -> std::io::Result<TokioIo<tokio_rustls::client::TlsStream<TcpStream>>> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_string();
    let stream = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(443))).await?;
    let name = ServerName::try_from(host).map_err(std::io::Error::other)?;
    Ok(TokioIo::new(tls.connect(name, stream).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &str, values: usize) {
        let params = BTreeMap::from([("a".to_string(), ScalarValue::from(1_i64)), ("b".to_string(), ScalarValue::from("x"))]);
        let (numbered, given) = numbered(sql, &params);
        assert_eq!((numbered.as_str(), given.len()), (expected, values));
    }

    #[test]
    fn what_the_server_said_is_found_in_what_the_library_says() {
        assert_eq!(in_quotes("code: 'no', message: \"failed for \\\"anna\\\"\""), "failed for \"anna\"");
        assert_eq!(in_quotes("something else"), "something else");
    }

    #[test]
    fn parameters_are_numbered_in_their_order_and_texts_are_left_alone() {
        check("SELECT $b, $a, $b", "SELECT $1, $2, $1", 2);
        check("SELECT '$a', \"$b\", $a::int", "SELECT '$a', \"$b\", $1::int", 1);
        check("SELECT $other, 'it''s $a'", "SELECT $other, 'it''s $a'", 0);
        check("SELECT 'open $a", "SELECT 'open $a", 0);
    }
}
