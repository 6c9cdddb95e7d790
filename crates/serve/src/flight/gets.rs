//! DoGet with an encoding of our own; all other calls are answered by arrow-flight's service.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow_flight::Ticket;
use arrow_flight::flight_service_server::FlightServiceServer;
use futures::future::BoxFuture;
use prost::Message as _;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{Service as Answer, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::{Request, Response, Status};

use super::message::Message;
use super::rows::Stream;
use super::service::Service;

/// Where DoGet is called (Flight.proto).
const DO_GET: &str = "/arrow.flight.protocol.FlightService/DoGet";

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
        if request.uri().path() != DO_GET {
            return self.others.call(request);
        }
        let (service, most) = (Arc::clone(&self.service), self.message_bytes);
        Box::pin(async move {
            let mut grpc = Grpc::new(Parts).apply_max_message_size_config(Some(most), None);
            Ok(grpc.server_streaming(Rows(service), request).await)
        })
    }
}

struct Rows(Arc<Service>);

impl ServerStreamingService<Ticket> for Rows {
    type Response = Message;
    type ResponseStream = Stream;
    type Future = BoxFuture<'static, Result<Response<Stream>, Status>>;

    fn call(&mut self, request: Request<Ticket>) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move { service.rows(request).await.map(Response::new) })
    }
}

/// Tickets in, messages out.
struct Parts;

impl Codec for Parts {
    type Encode = Message;
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

impl Encoder for Parts {
    type Item = Message;
    type Error = Status;

    fn encode(&mut self, message: Message, room: &mut EncodeBuf<'_>) -> Result<(), Status> {
        room.reserve(message.encoded_len());
        message.encode(room);
        Ok(())
    }
}

impl Decoder for Parts {
    type Item = Ticket;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<Ticket>, Status> {
        Ticket::decode(bytes).map(Some).map_err(|error| Status::invalid_argument(format!("no ticket: {error}")))
    }
}
