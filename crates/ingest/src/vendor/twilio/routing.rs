//! TaskRouter's events about tasks, queues, workflows and reservations.
//!
//! The agent's part of a contact comes from reservations alone: events of the task tell the same again without saying who.

use serde_json::{Map, Value};

use super::task::Task;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event of a task; false when there is no rule for it.
pub(super) fn map(kind: &str, task: &Task<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match kind {
        "task.created" => emit.push(started(task))?,
        "task.updated" => updated(task, emit)?,
        "task.wrapup" => emit.push(described(task))?,
        "task.completed" => completed(task, emit)?,
        "task.canceled" => canceled(task, emit)?,
        "task.deleted" | "task.system-deleted" => emit.push(deleted(task))?,
        "task-queue.entered" => emit.push(entered(task)?)?,
        "task-queue.timeout" => emit.push(left(task, "timed_out")?)?,
        "task-queue.moved" => emit.push(left(task, "overflow")?)?,
        "workflow.timeout" if task.fields.text("TaskQueueSid").is_some() => emit.push(left(task, "timed_out")?)?,
        "workflow.entered" => emit.push(decided(task, "queued"))?,
        "workflow.target-matched" => emit.push(decided(task, "matched"))?,
        "workflow.skipped" => emit.push(decided(task, "skipped"))?,
        "workflow.timeout" => emit.push(decided(task, "timed_out"))?,
        _ => return reservation(kind, task, emit),
    }
    Ok(true)
}

fn reservation(kind: &str, task: &Task<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let Some(change) = kind.strip_prefix("reservation.") else { return transfer(kind, task, emit) };
    let part = |kind: &'static str, id: &'static str| -> Result<NewEvent, Reject> {
        let event = task.event(kind).text(id, task.fields.need("ReservationSid")?).maybe("agent_id", task.agent());
        Ok(event.maybe("agent_sid", task.fields.text("WorkerSid")).maybe("queue", task.queue()))
    };
    let reason = task.fields.first(&["Reason", "ReservationReasonCode"]);
    let refused = |outcome: &str| part("offer.ended", "offer_id").map(|event| event.text("outcome", outcome).maybe("reason", reason));
    match change {
        "created" => emit.push(part("offer.made", "offer_id")?)?,
        "accepted" => {
            emit.push(part("offer.ended", "offer_id")?.text("outcome", "accepted"))?;
            emit.push(part("participant.connected", "participant_id")?.text("role", "agent").text("mode", "talk"))?;
        }
        "rejected" => emit.push(refused("declined")?)?,
        "timeout" => emit.push(refused("no_answer")?)?,
        "canceled" => emit.push(refused("caller_gone")?)?,
        "rescinded" => emit.push(refused("rescinded")?)?,
        "failed" => emit.push(refused("error")?)?,
        "wrapup" => {
            emit.push(part("participant.disconnected", "participant_id")?.maybe("by", task.ended_by()))?;
            emit.push(part("wrapup.started", "participant_id")?)?;
        }
        "completed" => emit.push(part("wrapup.ended", "participant_id")?)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Transfers that TaskRouter itself carries out; the task stays the same, the agent it comes from is named by the reservation.
fn transfer(kind: &str, task: &Task<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let phase = match kind {
        "task.transfer-initiated" => "initiated",
        "task.transfer-failed" | "task.transfer-attempt-failed" => "failed",
        "task.transfer-canceled" => "cancelled",
        "task.transfer-completed" => "completed",
        _ => return Ok(false),
    };
    let fields = task.fields;
    let to_queue = fields.text("TransferType").is_some_and(|kind| kind.eq_ignore_ascii_case("queue"));
    let mode = fields.text("TransferMode").map(str::to_ascii_lowercase);
    let how = match mode.as_deref() {
        Some("warm") => "attended",
        Some("cold") if to_queue => "queue",
        Some("cold") => "blind",
        _ => "unknown",
    };
    let target = fields.text("TransferTo").map_or(Value::Null, |to| {
        let kind = if to_queue { "queue" } else { "agent" };
        Value::from(Map::from_iter([("kind".to_owned(), Value::from(kind)), ("id".to_owned(), Value::from(to))]))
    });
    // Who hands over without asking is gone from then on; that somebody took it is told only when they did.
    let is_handed_over = phase == "completed" && mode.as_deref() == Some("cold");
    let started = fields.instant(&["TransferStarted"]).ok().flatten().filter(|_| is_handed_over);
    let event = task.event_at("transfer.updated", started.unwrap_or(task.at)).text("phase", phase).text("kind", how);
    let event = event.maybe("transfer_id", fields.text("TaskTransferSid")).json("target", target);
    let event = event.maybe("by", fields.text("TransferInitiatingReservationSid")).maybe("reason", fields.text("TransferFailedReason"));
    // One agent of several did not take it; the transfer itself goes on.
    let event = event.flag("is_attempt", (kind == "task.transfer-attempt-failed").then_some(true));
    emit.push(event)?;
    Ok(true)
}

fn started(task: &Task<'_>) -> NewEvent {
    let event = task.event("contact.started").text("channel", task.channel().unwrap_or("task")).maybe("subchannel", task.subchannel());
    let event = event.maybe("subject", task.attribute("subject")).maybe("language", task.attribute("language"));
    match task.direction() {
        // The customer is on the other side, as customer_id: as to_addr it would be taken for the line the contact came in by.
        Some("outbound") => event.maybe("from_addr", task.own_address()),
        _ => event.maybe("from_addr", task.customer()).maybe("to_addr", task.own_address()),
    }
}

/// What is known about the task now, as attributes of the contact.
fn described(task: &Task<'_>) -> NewEvent {
    let mut set = Map::new();
    for (name, field) in [("task_priority", "TaskPriority"), ("task_status", "TaskAssignmentStatus"), ("workflow", "WorkflowName")] {
        if let Some(value) = task.fields.text(field) {
            set.insert(name.to_owned(), Value::from(value));
        }
    }
    for (name, value) in task.conversations().into_iter().flatten() {
        // Nested parts are the customer's, and this one is a number outside.
        if (value.is_string() || value.is_number() || value.is_boolean()) && name != "external_contact" {
            set.insert(name.clone(), value.clone());
        }
    }
    task.event("contact.updated").json("set", Value::Object(set))
}

/// The outcome that an agent chose.
fn disposition(task: &Task<'_>) -> Option<NewEvent> {
    let outcome = task.analysis("outcome")?;
    Some(task.event("disposition.set").text("code", outcome).text("scheme", "conversations.outcome"))
}

fn updated(task: &Task<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    emit.push(described(task))?;
    disposition(task).map_or(Ok(()), |event| emit.push(event))
}

fn completed(task: &Task<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    if let Some(event) = disposition(task) {
        emit.push(event)?;
    }
    let event = task.event("contact.ended").maybe("ended_by", task.ended_by());
    emit.push(event.maybe("reason", task.fields.first(&["TaskCompletedReason", "Reason"])))
}

/// Nobody takes the task any more: it was waiting, or on offer. Who gave up is in the reason, which is free text.
fn canceled(task: &Task<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let reason = task.fields.first(&["TaskCanceledReason", "Reason"]);
    let said = reason.unwrap_or_default().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let is_abandoned = task.analysis("abandoned").is_some_and(|word| word.eq_ignore_ascii_case("yes"));
    let (outcome, by) = if is_abandoned || says(&["hangup", "hang up", "hang-up", "hung up", "abandon", "customer left", "caller left"]) {
        (Some("abandoned"), "customer")
    } else if says(&["timeout", "timed out", "ttl"]) {
        // The queue or the workflow said so before; a task that outlived itself was dropped.
        (None, "system")
    } else if said.is_empty() {
        (None, "unknown")
    } else {
        (Some("withdrawn"), "system")
    };
    if let (Some(outcome), Some(_)) = (outcome, task.fields.text("TaskQueueSid")) {
        emit.push(left(task, outcome)?)?;
    }
    emit.push(task.event("contact.ended").text("ended_by", by).maybe("reason", reason))
}

/// Finished tasks are cleaned away some minutes later, which ends nothing.
fn deleted(task: &Task<'_>) -> NewEvent {
    match task.fields.text("TaskAssignmentStatus") {
        Some("completed" | "canceled") => described(task),
        _ => task.event("contact.ended").text("ended_by", "system").text("reason", "deleted"),
    }
}

fn entered(task: &Task<'_>) -> Result<NewEvent, Reject> {
    let sid = task.fields.need("TaskQueueSid")?;
    let event = task.event("queue.entered").text("queue", task.queue().unwrap_or(sid)).text("queue_id", sid);
    Ok(event.text("visit_id", &task.visit(sid)).number("priority", task.fields.number("TaskPriority")?))
}

fn left(task: &Task<'_>, outcome: &str) -> Result<NewEvent, Reject> {
    // An event about a move may name both queues.
    let previous = task.fields.text("PreviousTaskQueueSid").filter(|_| outcome == "overflow");
    let (sid, name) = match previous {
        Some(sid) => (sid, task.fields.text("PreviousTaskQueueName")),
        None => (task.fields.need("TaskQueueSid")?, task.queue()),
    };
    let event = task.event("queue.exited").text("outcome", outcome).text("visit_id", &task.visit(sid)).text("queue_id", sid);
    Ok(event.maybe("queue", name))
}

fn decided(task: &Task<'_>, result: &str) -> NewEvent {
    let target = task.fields.first(&["WorkflowFilterTargetName", "WorkflowFilterName", "TaskQueueName", "WorkflowName"]);
    let event = task.event("routing.decided").text("result", result).maybe("target", target);
    event.maybe("workflow", task.fields.text("WorkflowName")).maybe("priority", task.fields.text("TaskPriority"))
}
