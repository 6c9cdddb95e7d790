//! What all protocols share: the newest snapshot, the users, the limits, the threads that answer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use trunkline_query::views::Views;
use trunkline_query::{Engine, Snapshots};

use crate::admission::Admission;
use crate::answer::ByUser;
use crate::audit::Audit;
use crate::health::Health;
use crate::http;
use crate::meters::{Glance, Meters};
use crate::open::Open;
use crate::planning::Plannings;
use crate::refusal::Refusal;
use crate::statement::TextLimits;
use crate::users::Users;
use crate::views;

/// Name of the one database there is.
pub const DATABASE: &str = "trunkline";

/// Limits of serving.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once; default 500.
    pub connections: usize,
    /// Questions answered at once; default 8. Others wait.
    pub questions: usize,
    /// Questions of one user at once, waiting ones included; default 200: tools ask for many people as one user.
    pub questions_per_user: usize,
    /// Statements planned at once, those nobody waits for any more included; default 8. Others wait.
    pub plannings: usize,
    /// Of these for one user; default 6.
    pub plannings_per_user: usize,
    /// Bytes of memory one question may hold of what all have together; default 2 GiB. Beyond it a question spills, or ends where it cannot.
    pub question_bytes: usize,
    /// How long a question may wait for its turn, and before that a statement to be planned; default 60 s.
    pub queue_time: Duration,
    /// How long a statement may take, whatever the client set; default 10 min.
    pub statement_time: Duration,
    /// How long a login may take; default 30 s.
    pub login_time: Duration,
    /// Failed logins of one address, or of one user, within a minute; default 10.
    pub failed_logins: u32,
    /// Bytes of one message of a client; default 16 MiB.
    pub message_bytes: usize,
    /// Rows of a result; default 100,000,000.
    pub result_rows: u64,
    /// Bytes of a result as it is in memory; default 64 GiB.
    pub result_bytes: u64,
    /// Prepared statements and portals of one session, each; default 10,000.
    pub prepared: usize,
    /// Of the text of statements.
    pub text: TextLimits,
    /// How often the newest state of the lake and the users are looked for; default 1 s.
    pub refresh: Duration,
    /// How long ago the lake may have been looked at for the server to call itself ready; default 30 s.
    pub stale: Duration,
    /// Of HTTP alone.
    pub http: http::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 500,
            questions: 8,
            questions_per_user: 200,
            plannings: 8,
            plannings_per_user: 6,
            question_bytes: 2 << 30,
            queue_time: Duration::from_secs(60),
            statement_time: Duration::from_secs(600),
            login_time: Duration::from_secs(30),
            failed_logins: 10,
            message_bytes: 16 << 20,
            result_rows: 100_000_000,
            result_bytes: 64 << 30,
            prepared: 10_000,
            text: TextLimits::default(),
            refresh: Duration::from_secs(1),
            stale: Duration::from_secs(30),
            http: http::Limits::default(),
        }
    }
}

/// Says a line to whoever runs the server.
pub type Report = Arc<dyn Fn(&str) + Send + Sync>;

/// Where the server's own things are.
#[derive(Debug, Clone)]
pub struct Files {
    /// Users, as `trunkline user` keeps them.
    pub users: PathBuf,
    /// Saved views, kept by the server itself.
    pub views: PathBuf,
}

/// What is served.
pub struct Server {
    snapshots: Snapshots,
    pub(crate) files: Files,
    /// When the file of views was written that is served; whoever holds this is the one to change it.
    pub(crate) views_at: AsyncMutex<Option<SystemTime>>,
    now: RwLock<Now>,
    /// Limits.
    pub limits: Limits,
    /// Threads of their own for questions, so that logins and cancels are answered whatever they cost.
    pub(crate) questions: Handle,
    /// Places for questions.
    pub(crate) places: Arc<Semaphore>,
    /// Places for planning.
    pub(crate) plannings: Plannings,
    /// Questions of each user.
    pub(crate) by_user: Arc<ByUser>,
    /// Who was let in, and who tried.
    pub(crate) admission: Admission,
    /// How following the lake goes.
    health: Mutex<Health>,
    /// Counters of all protocols.
    pub(crate) meters: Arc<Meters>,
    /// Connections, so that one can stop another.
    pub(crate) open: Arc<Open>,
    /// Who asked what, for whoever answers for the server.
    pub(crate) audit: Audit,
    /// Lines for the operator: logins, refusals, what went wrong inside.
    pub report: Report,
}

/// The state of things at some moment.
#[derive(Clone)]
pub(crate) struct Now {
    pub(crate) engine: Arc<Engine>,
    pub(crate) users: Arc<Users>,
    pub(crate) views: Arc<Views>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("lake", &self.snapshots.location()).finish_non_exhaustive()
    }
}

impl Server {
    /// Serves a lake to the users of a file; `questions` are threads of their own.
    ///
    /// # Errors
    /// A lake or users that cannot be read; no users at all.
    pub async fn open(
        snapshots: Snapshots,
        files: Files,
        limits: Limits,
        questions: Handle,
        (report, audit): (Report, Audit),
    ) -> Result<Arc<Self>, Refusal> {
        let users = Users::load(&files.users).map_err(|error| Refusal::error("F0000", error.to_string()))?;
        let users = users.filter(|users| users.iter().any(|(_, user)| user.can_log_in())).ok_or_else(|| {
            let message = format!("nobody may log in: {} has no user", files.users.display());
            Refusal::error("F0000", message).hint("trunkline user add NAME, then trunkline user grant NAME '*'")
        })?;
        let views_at = modified(&files.views);
        let views = views::load(&files.views, limits.text)
            .map_err(|error| Refusal::error("F0000", error.to_string()).hint("repair the file, or move it away to begin without views"))?;
        let engine = snapshots.open().await.map_err(|error| Refusal::of(error, ""))?;
        let now = RwLock::new(Now { engine: Arc::new(engine), users: Arc::new(users), views: Arc::new(views) });
        let places = Arc::new(Semaphore::new(limits.questions));
        let plannings = Plannings::new(limits.plannings, limits.plannings_per_user);
        Ok(Arc::new(Self {
            snapshots,
            files,
            views_at: AsyncMutex::new(views_at),
            now,
            limits,
            questions,
            places,
            plannings,
            by_user: Arc::default(),
            admission: Admission::default(),
            health: Mutex::new(Health::good(Instant::now())),
            meters: Arc::new(Meters::new(&audit.lost())),
            open: Arc::default(),
            audit,
            report,
        }))
    }

    /// The newest snapshot, users and views.
    pub(crate) fn now(&self) -> Now {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Follows the lake, the users' file and that of views for ever. What cannot be read is reported, and the state before goes on being served.
    pub async fn follow(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.limits.refresh);
        let (mut entries, mut users_at) = (self.snapshots.newest(), modified(&self.files.users));
        loop {
            ticks.tick().await;
            let newest = self.snapshots.newest();
            let mut trouble = None;
            if newest != entries {
                match self.questions.spawn(open(self.snapshots.clone())).await {
                    Ok(Ok(engine)) => {
                        self.change(|now| now.engine = Arc::new(engine));
                        entries = newest;
                    }
                    Ok(Err(error)) => trouble = Some(error.to_string()),
                    Err(error) => trouble = Some(error.to_string()),
                }
            }
            self.looked(trouble);
            let changed = modified(&self.files.users);
            if changed != users_at {
                match Users::load(&self.files.users) {
                    Ok(Some(users)) => self.change(|now| now.users = Arc::new(users)),
                    Ok(None) => (self.report)("the users' file is gone; the users before may still log in"),
                    Err(error) => (self.report)(&format!("the users before go on being served: {error}")),
                }
                users_at = changed;
            }
            self.look_for_views().await;
        }
    }

    /// Whether answers are of the newest state of the lake.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn ready(&self) -> Result<(), String> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).ready(Instant::now(), self.limits.stale)
    }

    /// All meters in the OpenMetrics text format.
    pub(crate) fn metrics(&self) -> String {
        let engine = self.now().engine;
        let newest_event_s = engine.watermark().map(|at| at.micros() as f64 / 1e6);
        self.meters.text(Glance { memory: engine.memory(), is_ready: self.ready().is_ok(), newest_event_s })
    }

    /// The lake was looked at. What is wrong is told when it begins, not every second.
    fn looked(&self, trouble: Option<String>) {
        let is_news = self.health.lock().unwrap_or_else(PoisonError::into_inner).looked(trouble.is_none(), Instant::now());
        match trouble {
            Some(reason) if is_news => (self.report)(&format!("the newest state of the lake cannot be read: {reason}")),
            None if is_news => (self.report)("the newest state of the lake can be read again"),
            _ => {}
        }
    }

    /// Tells the operator of statements that would have changed something, or read what is not granted.
    pub(crate) fn refused(&self, user: &str, refusal: &Refusal) {
        if matches!(refusal.code, "25006" | "42501") {
            (self.report)(&format!("refused to {user:?}: {}", refusal.message));
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// When a file was written last; nothing where there is none.
pub(crate) fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

async fn open(snapshots: Snapshots) -> Result<Engine, trunkline_query::QueryError> {
    snapshots.open().await
}
