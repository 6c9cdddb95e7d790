//! DoGet with a body of our own, and GetSchema, which arrow-flight's service does not have; that answers all other calls.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow_flight::flight_service_server::{FlightService as _, FlightServiceServer};
use arrow_flight::{FlightDescriptor, SchemaResult, Ticket};
use futures::future::BoxFuture;
use prost::Message as _;
use tokio::sync::oneshot;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{Service as Answer, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::rows::Stream;
use super::sending::Sending;
use super::service::Service;

/// Where DoGet is called (Flight.proto).
const DO_GET: &str = "/arrow.flight.protocol.FlightService/DoGet";

/// Where GetSchema is.
const GET_SCHEMA: &str = "/arrow.flight.protocol.FlightService/GetSchema";

/// Flight's calls.
#[derive(Clone)]
pub(super) struct Gets {
    service: Arc<Service>,
    others: FlightServiceServer<Service>,
    message_bytes: usize,
}

impl Gets {
    /// `message_bytes` is the most that a client may say at once.
    pub(super) fn new(service: Service, message_bytes: usize) -> Self {
        let service = Arc::new(service);
        let others = FlightServiceServer::from_arc(Arc::clone(&service)).max_decoding_message_size(message_bytes);
        Self { service, others, message_bytes }
    }
}

impl NamedService for Gets {
    const NAME: &'static str = FlightServiceServer::<Service>::NAME;
}

impl Answer<http::Request<Body>> for Gets {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (service, most) = (Arc::clone(&self.service), self.message_bytes);
        match request.uri().path() {
            DO_GET => {}
            GET_SCHEMA => {
                let mut grpc = Grpc::new(ProstCodec::default()).apply_max_message_size_config(Some(most), None);
                return Box::pin(async move { Ok(grpc.unary(Columns(service), request).await) });
            }
            _ => return self.others.call(request),
        }
        Box::pin(async move {
            let (rows, mut begun) = oneshot::channel();
            let mut grpc = Grpc::new(Tickets).apply_max_message_size_config(Some(most), None);
            let answer = grpc.server_streaming(Rows { service, rows: Some(rows) }, request).await;
            // Where nothing began, the answer says why.
            Ok(match begun.try_recv() {
                Ok(messages) => answer.map(|_| Body::new(Sending::new(messages))),
                Err(_) => answer,
            })
        })
    }
}

/// The columns of what would be answered, without a ticket for it.
struct Columns(Arc<Service>);

impl UnaryService<FlightDescriptor> for Columns {
    type Response = SchemaResult;
    type Future = BoxFuture<'static, Result<Response<SchemaResult>, Status>>;

    fn call(&mut self, request: Request<FlightDescriptor>) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move {
            let info = service.get_flight_info(request).await?.into_inner();
            Ok(Response::new(SchemaResult { schema: info.schema }))
        })
    }
}

/// Begins the rows of a ticket. They are handed over beside tonic, which would write each message as a whole.
struct Rows {
    service: Arc<Service>,
    rows: Option<oneshot::Sender<Stream>>,
}

impl ServerStreamingService<Ticket> for Rows {
    type Response = Infallible;
    type ResponseStream = futures::stream::Empty<Result<Infallible, Status>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Ticket>) -> Self::Future {
        let (service, rows) = (Arc::clone(&self.service), self.rows.take());
        Box::pin(async move {
            let messages = service.rows(request).await?;
            let handed = rows.is_some_and(|rows| rows.send(messages).is_ok());
            if handed { Ok(Response::new(futures::stream::empty())) } else { Err(Status::internal("the rows have nowhere to go")) }
        })
    }
}

/// Tickets in, and nothing out.
struct Tickets;

impl Codec for Tickets {
    type Encode = Infallible;
    type Decode = Ticket;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Tickets {
    type Item = Infallible;
    type Error = Status;

    fn encode(&mut self, message: Infallible, _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        match message {}
    }
}

impl Decoder for Tickets {
    type Item = Ticket;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<Ticket>, Status> {
        Ticket::decode(bytes).map(Some).map_err(|error| Status::invalid_argument(format!("no ticket: {error}")))
    }
}
