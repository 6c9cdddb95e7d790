//! Agents: states and assignments.

use super::{Any, Text};

words! {
    /// What kind of change a state change is.
    Transition { Login = "login", Logout = "logout", Change = "change" }
    /// State of an agent.
    AgentStateWord {
        Offline = "offline", Available = "available", NotReady = "not_ready", Offered = "offered", Busy = "busy", Wrapup = "wrapup", Idle = "idle",
    }
    /// What an agent was assigned to.
    AssignmentKind {
        Queue = "queue", Skill = "skill", Capacity = "capacity", RoutingProfile = "routing_profile", Team = "team", Penalty = "penalty",
    }
}

payloads! {
    /// An agent went to another state, logged in or out.
    AgentStateChanged {
        state: AgentStateWord,
        agent_id: Option<Text>,
        transition: Option<Transition>,
        reason: Option<Text>,
        channel: Option<Text>,
        /// `all`, or the one queue it holds for.
        scope: Option<Any>,
        /// It holds for the channel named only.
        channel_only: Option<bool>,
        next_state: Option<Text>,
        /// The source's own word.
        source_label: Option<Text>,
    }
    /// An agent was given or lost queues, skills, capacity.
    AgentAssignmentChanged {
        kind: AssignmentKind,
        agent_id: Option<Text>,
        added: Option<Vec<Any>>,
        removed: Option<Vec<Any>>,
        value: Option<Any>,
    }
}
