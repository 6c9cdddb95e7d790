//! What a ticket is for: the rows of a statement, or one of the lists that arrow-flight's service answers.

use arrow_flight::Ticket;
use arrow_flight::flight_service_server::FlightService as _;
use arrow_flight::sql::{Any, Command, CommandPreparedStatementQuery, TicketStatementQuery};
use futures::{StreamExt as _, TryStreamExt as _};
use prost::Message as _;
use tonic::{Request, Status};

use super::message::Message;
use super::service::Service;
use super::{login, rows, ticket};

impl Service {
    /// The rows that a ticket is for.
    pub(super) async fn rows(&self, request: Request<Ticket>) -> Result<rows::Stream, Status> {
        // What is no command is refused by the service.
        let command = Any::decode(&*request.get_ref().ticket).ok().and_then(|any| Command::try_from(any).ok());
        match command {
            Some(Command::TicketStatementQuery(ticket)) => self.statement(&ticket, &request).await,
            Some(Command::CommandPreparedStatementQuery(query)) => self.prepared_statement(&query, &request).await,
            _ => Ok(self.do_get(request).await?.into_inner().map_ok(|data| Message::whole(&data)).boxed()),
        }
    }

    async fn statement(&self, ticket: &TicketStatementQuery, request: &Request<Ticket>) -> Result<rows::Stream, Status> {
        let (id, sql) = ticket::statement(&ticket.statement_handle)?;
        let user = login::user(&self.server, request)?;
        let place = self.running.enter(id, &user);
        let question = self.plan_of(&user, request, sql, place.cancelled()).await?;
        rows::of_question(question.start()?, place, &self.server.questions)
    }

    async fn prepared_statement(&self, query: &CommandPreparedStatementQuery, request: &Request<Ticket>) -> Result<rows::Stream, Status> {
        let user = login::user(&self.server, request)?;
        let (id, statement) = self.prepared.get(&query.prepared_statement_handle, &user)?;
        let place = self.running.enter(id, &user);
        let question = self.plan_of(&user, request, &statement.sql, place.cancelled()).await?;
        rows::of_question(question.bind(statement.values)?.start()?, place, &self.server.questions)
    }
}
