//! Who a call is of.

use std::str::FromStr as _;
use std::sync::Arc;

use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Status};

use crate::admission::Credentials;
use crate::audit::Visit;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::settings::Settings;

/// Header with the zone in which a question's local times are meant; UTC without it.
const ZONE: &str = "trunkline-zone";

/// Lets the caller in.
pub(super) fn user<T>(server: &Server, request: &Request<T>) -> Result<String, Refusal> {
    let visit = visit(request)?;
    let shown = shown(request.metadata()).inspect_err(|refusal| visit.sent_away(server, None, "password", refusal))?;
    visit.admit(server, &shown)
}

/// Settings of a call: those of the session, and what it brings itself.
pub(super) fn settings(server: &Server, user: &str, metadata: &MetadataMap) -> Result<Settings, Refusal> {
    let mut settings = with_session(server, metadata, |settings| settings.cloned()).unwrap_or_else(|| Settings::of(user));
    if let Some(zone) = metadata.get(ZONE) {
        let zone = zone.to_str().map_err(|_| Refusal::error("22023", "the zone is no text"))?;
        settings.begin_with("timezone", zone)?;
    }
    Ok(settings)
}

/// Lets in who shows a name and password, and gives him the header by which he is known from then on.
pub(super) fn handshake<T>(server: &Server, request: &Request<T>) -> Result<(String, MetadataValue<tonic::metadata::Ascii>), Status> {
    let user = user(server, request)?;
    let token = server.issue(&user)?;
    (server.report)(&format!("login of {user:?} from {} (Flight SQL)", visit(request)?.peer()));
    let header = MetadataValue::from_str(&format!("Bearer {token}")).map_err(|_| Status::internal("no token"))?;
    Ok((token, header))
}

/// Does something with the settings of the session that a call belongs to; `None` where it has none.
pub(super) fn with_session<T>(server: &Server, metadata: &MetadataMap, work: impl FnOnce(Option<&mut Settings>) -> T) -> T {
    match shown(metadata) {
        Ok(Credentials::Token(token)) => server.with_session(&token, work),
        _ => work(None),
    }
}

/// Ends the session of the token that a call brings; a token for good and a password have none.
pub(super) fn leave(server: &Server, metadata: &MetadataMap) {
    if let Ok(Credentials::Token(token)) = shown(metadata) {
        server.revoke(&token);
    }
}

/// What a call shows. Clients that had a handshake send the password along with the token: the token counts, since a password costs work.
fn shown(metadata: &MetadataMap) -> Result<Credentials, Refusal> {
    let nothing = || Refusal::fatal("28000", "nobody is logged in").hint("send a name and password, or a token");
    let mut last = Err(nothing());
    for value in metadata.get_all("authorization") {
        let read = value.to_str().map_err(|_| nothing()).and_then(Credentials::of_header);
        if matches!(read, Ok(Credentials::Token(_))) {
            return read;
        }
        last = read;
    }
    last
}

/// The connection that a call came by.
pub(super) fn visit<T>(request: &Request<T>) -> Result<&Arc<Visit>, Refusal> {
    request.extensions().get().ok_or_else(|| Refusal::fatal("28000", "a call from nowhere"))
}
