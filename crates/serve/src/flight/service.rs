//! The calls of Flight SQL, each in a few lines: who, what, answer.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::Array as _;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::metadata::{SqlInfoData, XdbcTypeInfoData};
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionBeginTransactionRequest, ActionBeginTransactionResult, ActionCancelQueryRequest, ActionCancelQueryResult,
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, Any, Command,
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandGetXdbcTypeInfo,
    CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementIngest, CommandStatementQuery,
    CommandStatementSubstraitPlan, CommandStatementUpdate, DoPutPreparedStatementResult, ProstMessageExt, SqlInfo, TicketStatementQuery,
};
use arrow_flight::{
    Action, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest,
    HandshakeResponse, Ticket,
};
use datafusion::common::ScalarValue;
use futures::{Stream, TryStreamExt as _};
use prost::Message as _;
use tonic::{Request, Response, Status, Streaming};

use super::options::{self, SetSessionOptions};
use super::prepared::Prepared;
use super::running::{Id, Running, new_id};
use super::{catalogue, login, offers, rows, ticket};
use crate::question::Question;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::session::Session;

/// What all calls share.
pub(super) struct Service {
    pub(super) server: Arc<Server>,
    pub(super) running: Arc<Running>,
    pub(super) prepared: Prepared,
    offers: SqlInfoData,
    types: XdbcTypeInfoData,
}

type Answered = Result<Response<rows::Listed>, Status>;
type Informed = Result<Response<FlightInfo>, Status>;

impl Service {
    pub(super) fn new(server: Arc<Server>) -> Result<Self, Status> {
        let prepared = Prepared::new(server.limits.prepared);
        Ok(Self { prepared, offers: offers::server(&server.limits)?, types: offers::types()?, server, running: Arc::default() })
    }

    async fn plan<T>(&self, request: &Request<T>, sql: &str) -> Result<(String, Question), Refusal> {
        let user = login::user(&self.server, request)?;
        let question = self.plan_of(&user, request, sql, std::future::pending()).await?;
        Ok((user, question))
    }

    pub(super) async fn plan_of<T>(
        &self,
        user: &str,
        request: &Request<T>,
        sql: &str,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Question, Refusal> {
        let settings = login::settings(&self.server, user, request.metadata())?;
        Question::plan(&self.server, login::visit(request)?, user, settings, sql, stop).await
    }

    /// A session for a call that asks what there is, by its name in the log.
    async fn browse<T>(&self, request: &Request<T>, call: &'static str) -> Result<Session, Refusal> {
        let user = login::user(&self.server, request)?;
        login::visit(request)?.browses(&user, call).await?;
        let settings = login::settings(&self.server, &user, request.metadata())?;
        Session::begin(Arc::clone(&self.server), &user, settings, 0).await
    }

    /// Asks the statement of a ticket to stop.
    fn cancel<T>(&self, request: &Request<T>, info: Option<FlightInfo>) -> Result<bool, Status> {
        let user = login::user(&self.server, request)?;
        let tickets = info.into_iter().flat_map(|info| info.endpoint).filter_map(|endpoint| endpoint.ticket);
        let id = |ticket: Ticket| match Any::decode(&*ticket.ticket).ok().and_then(|any| Command::try_from(any).ok())? {
            Command::TicketStatementQuery(query) => ticket::statement(&query.statement_handle).ok().map(|(id, _)| id),
            Command::CommandPreparedStatementQuery(query) => Id::try_from(&*query.prepared_statement_handle).ok(),
            _ => None,
        };
        let asked: Vec<bool> = tickets.filter_map(id).map(|id| self.running.cancel(&id, &user)).collect();
        Ok(asked.contains(&true))
    }
}

/// Where the rows are to be had: at this server, for a ticket.
fn info(columns: &Schema, ticket: &impl ProstMessageExt, descriptor: FlightDescriptor) -> Informed {
    let ticket = Ticket { ticket: ticket.as_any().encode_to_vec().into() };
    let info = FlightInfo::new().try_with_schema(columns).map_err(FlightError::from)?;
    let info = info.with_endpoint(FlightEndpoint::new().with_ticket(ticket)).with_descriptor(descriptor);
    Ok(Response::new(info.with_ordered(true)))
}

/// Parameters as columns of one row.
fn parameter_columns(question: &Question) -> Result<Schema, Refusal> {
    let kinds = question.parameters()?.into_iter().enumerate();
    let field = |(at, kind): (usize, Option<DataType>)| Field::new(format!("${}", at + 1), kind.unwrap_or(DataType::Utf8), true);
    Ok(Schema::new(kinds.map(field).collect::<Vec<_>>()))
}

/// The values that a client sends for parameters: one row.
async fn values(request: Request<PeekableFlightDataStream>) -> Result<Vec<ScalarValue>, Status> {
    let batches = FlightRecordBatchStream::new_from_flight_data(request.into_inner().map_err(FlightError::from));
    let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(Status::from)?;
    let several = || Refusal::unsupported("a statement with several rows of values").hint("send one row, and ask again for the next");
    let mut filled = batches.iter().filter(|batch| batch.num_rows() > 0);
    let (first, more) = (filled.next(), filled.next());
    let Some(batch) = first else { return Ok(Vec::new()) };
    if more.is_some() || batch.num_rows() > 1 {
        return Err(several().into());
    }
    let value = |array: &arrow::array::ArrayRef| ScalarValue::try_from_array(array, array.len() - 1);
    batch.columns().iter().map(value).collect::<Result<_, _>>().map_err(|error| Status::invalid_argument(error.to_string()))
}

#[tonic::async_trait]
impl FlightSqlService for Service {
    type FlightService = Self;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>>, Status> {
        let (token, header) = login::handshake(&self.server, &request)?;
        let answer = HandshakeResponse { protocol_version: 0, payload: token.into() };
        let stream: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(futures::stream::iter([Ok(answer)]));
        let mut response = Response::new(stream);
        response.metadata_mut().insert("authorization", header);
        Ok(response)
    }

    async fn get_flight_info_statement(&self, query: CommandStatementQuery, request: Request<FlightDescriptor>) -> Informed {
        let (_, question) = self.plan(&request, &query.query).await?;
        let ticket = TicketStatementQuery { statement_handle: ticket::handle(&new_id()?, &query.query).into() };
        info(&rows::told(&question.columns()), &ticket, request.into_inner())
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let (user, question) = self.plan(&request, &query.query).await?;
        let parameters = parameter_columns(&question)?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: self.prepared.add(&user, &query.query)?.to_vec().into(),
            dataset_schema: rows::schema_bytes(&rows::told(&question.columns()))?,
            parameter_schema: rows::schema_bytes(&parameters)?,
        })
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let user = login::user(&self.server, &request)?;
        let values = values(request).await?;
        self.prepared.bind(&query.prepared_statement_handle, &user, values)?;
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(query.prepared_statement_handle) })
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Informed {
        let user = login::user(&self.server, &request)?;
        let (_, statement) = self.prepared.get(&query.prepared_statement_handle, &user)?;
        let (_, question) = self.plan(&request, &statement.sql).await?;
        // A driver asks for the columns before it gives values, too.
        let question = if statement.values.is_empty() { question } else { question.bind(statement.values)? };
        info(&rows::told(&question.columns()), &query, request.into_inner())
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let user = login::user(&self.server, &request)?;
        self.prepared.close(&query.prepared_statement_handle, &user);
        Ok(())
    }

    async fn do_action_cancel_query(
        &self,
        query: ActionCancelQueryRequest,
        request: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        let is_asked = self.cancel(&request, FlightInfo::decode(query.info).ok())?;
        let result = if is_asked { CancelStatus::Cancelled } else { CancelStatus::NotCancellable };
        Ok(ActionCancelQueryResult { result: result as i32 })
    }

    async fn do_action_fallback(&self, request: Request<Action>) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        let body = match request.get_ref().r#type.as_str() {
            "CancelFlightInfo" => {
                let asked = CancelFlightInfoRequest::decode(request.get_ref().body.clone());
                let asked = asked.map_err(|error| Status::invalid_argument(error.to_string()))?;
                let status = if self.cancel(&request, asked.info)? { CancelStatus::Cancelled } else { CancelStatus::NotCancellable };
                CancelFlightInfoResult { status: status as i32 }.encode_to_vec()
            }
            "SetSessionOptions" => {
                login::user(&self.server, &request)?;
                let asked = SetSessionOptions::decode(request.get_ref().body.clone());
                let asked = asked.map_err(|error| Status::invalid_argument(error.to_string()))?;
                login::with_session(&self.server, request.metadata(), |session| options::set(asked, session)).encode_to_vec()
            }
            "GetSessionOptions" => {
                let user = login::user(&self.server, &request)?;
                options::get(&login::settings(&self.server, &user, request.metadata())?).encode_to_vec()
            }
            "CloseSession" => {
                login::user(&self.server, &request)?;
                login::leave(&self.server, request.metadata());
                // CloseSessionResult with status CLOSED.
                vec![0x08, 0x01]
            }
            other => return Err(Refusal::unsupported(&format!("action {other:?}")).into()),
        };
        let answer = arrow_flight::Result { body: body.into() };
        Ok(Response::new(Box::pin(futures::stream::iter([Ok(answer)]))))
    }

    async fn get_flight_info_catalogs(&self, query: CommandGetCatalogs, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&query.into_builder().schema(), &query, request.into_inner())
    }

    async fn do_get_catalogs(&self, query: CommandGetCatalogs, request: Request<Ticket>) -> Answered {
        login::user(&self.server, &request)?;
        Ok(Response::new(rows::of_batch(catalogue::catalogs(query)?)))
    }

    async fn get_flight_info_schemas(&self, query: CommandGetDbSchemas, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&query.clone().into_builder().schema(), &query, request.into_inner())
    }

    async fn do_get_schemas(&self, query: CommandGetDbSchemas, request: Request<Ticket>) -> Answered {
        Ok(Response::new(rows::of_batch(catalogue::schemas(query, &self.browse(&request, "get_schemas").await?)?)))
    }

    async fn get_flight_info_tables(&self, query: CommandGetTables, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&query.clone().into_builder().schema(), &query, request.into_inner())
    }

    async fn do_get_tables(&self, query: CommandGetTables, request: Request<Ticket>) -> Answered {
        Ok(Response::new(rows::of_batch(catalogue::tables(query, &self.browse(&request, "get_tables").await?).await?)))
    }

    async fn get_flight_info_table_types(&self, query: CommandGetTableTypes, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&catalogue::table_types()?.schema(), &query, request.into_inner())
    }

    async fn do_get_table_types(&self, _: CommandGetTableTypes, request: Request<Ticket>) -> Answered {
        login::user(&self.server, &request)?;
        Ok(Response::new(rows::of_batch(catalogue::table_types()?)))
    }

    async fn get_flight_info_sql_info(&self, query: CommandGetSqlInfo, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&self.offers.schema(), &query, request.into_inner())
    }

    async fn do_get_sql_info(&self, query: CommandGetSqlInfo, request: Request<Ticket>) -> Answered {
        login::user(&self.server, &request)?;
        Ok(Response::new(rows::of_batch(query.into_builder(&self.offers).build()?)))
    }

    async fn get_flight_info_xdbc_type_info(&self, query: CommandGetXdbcTypeInfo, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&self.types.schema(), &query, request.into_inner())
    }

    async fn do_get_xdbc_type_info(&self, query: CommandGetXdbcTypeInfo, request: Request<Ticket>) -> Answered {
        login::user(&self.server, &request)?;
        Ok(Response::new(rows::of_batch(self.types.record_batch(query.data_type)?)))
    }

    async fn get_flight_info_primary_keys(&self, query: CommandGetPrimaryKeys, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&catalogue::primary_key_columns(), &query, request.into_inner())
    }

    async fn do_get_primary_keys(&self, query: CommandGetPrimaryKeys, request: Request<Ticket>) -> Answered {
        Ok(Response::new(rows::of_batch(catalogue::primary_keys(&query, &self.browse(&request, "get_primary_keys").await?).await?)))
    }

    async fn get_flight_info_exported_keys(&self, query: CommandGetExportedKeys, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&catalogue::foreign_key_columns(), &query, request.into_inner())
    }

    async fn do_get_exported_keys(&self, _: CommandGetExportedKeys, request: Request<Ticket>) -> Answered {
        self.no_keys(&request)
    }

    async fn get_flight_info_imported_keys(&self, query: CommandGetImportedKeys, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&catalogue::foreign_key_columns(), &query, request.into_inner())
    }

    async fn do_get_imported_keys(&self, _: CommandGetImportedKeys, request: Request<Ticket>) -> Answered {
        self.no_keys(&request)
    }

    async fn get_flight_info_cross_reference(&self, query: CommandGetCrossReference, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        info(&catalogue::foreign_key_columns(), &query, request.into_inner())
    }

    async fn do_get_cross_reference(&self, _: CommandGetCrossReference, request: Request<Ticket>) -> Answered {
        self.no_keys(&request)
    }

    async fn do_put_statement_update(
        &self,
        update: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.read_only(&request, "an update", &update.query)
    }

    async fn do_put_prepared_statement_update(
        &self,
        _: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.read_only(&request, "an update", "")
    }

    async fn do_put_statement_ingest(&self, _: CommandStatementIngest, request: Request<PeekableFlightDataStream>) -> Result<i64, Status> {
        self.read_only(&request, "ingestion", "")
    }

    async fn get_flight_info_substrait_plan(&self, _: CommandStatementSubstraitPlan, request: Request<FlightDescriptor>) -> Informed {
        login::user(&self.server, &request)?;
        Err(Refusal::unsupported("Substrait").hint("ask in SQL").into())
    }

    async fn do_action_begin_transaction(
        &self,
        _: ActionBeginTransactionRequest,
        request: Request<Action>,
    ) -> Result<ActionBeginTransactionResult, Status> {
        login::user(&self.server, &request)?;
        Err(Refusal::unsupported("a transaction over Flight SQL").hint("PostgreSQL's protocol has them").into())
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}

impl Service {
    fn no_keys(&self, request: &Request<Ticket>) -> Answered {
        login::user(&self.server, request)?;
        Ok(Response::new(rows::of_batch(RecordBatch::new_empty(catalogue::foreign_key_columns()))))
    }

    fn read_only<T>(&self, request: &Request<T>, what: &str, sql: &str) -> Result<i64, Status> {
        let (user, refusal) = (login::user(&self.server, request)?, Refusal::read_only(what));
        self.server.refused(&user, &refusal);
        login::visit(request)?.ask(&user, sql, Instant::now(), None).ended(Some(&refusal));
        Err(refusal.into())
    }
}
