//! Which store is open, and opening another. One that was open is closed behind the back of the next; what comes
//! after somebody gave up on it is closed and never shown. Performs no operation and finds no secret.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use latchkey_connections::{Admin, Connection, ConnectionId, DataFolder, Kind};
use latchkey_core::{AdminError, Clock, ErrorCode};
use latchkey_store::{Access, Password};
use tokio::sync::watch;

use crate::attempt::{Attempt, Attempts};
use crate::leaving::close_behind;
use crate::logins::{Given, Logins, Prompts, secret_of};
use crate::opening::{Arrived, Login};
use crate::place::{Place, PlaceId};
use crate::settings::SettingsFile;
use crate::standing::{Opened, Standing, StoreState, Whereabouts};

/// What is around the stores.
pub struct Around {
    /// Tells the window that something else stands now, and what its title is.
    pub tell: Box<dyn Fn(&str) + Send + Sync>,
    /// Clears the desk before another store takes the place of the open one; refuses while a key waits there.
    pub leave: Box<dyn Fn() -> Result<(), AdminError> + Send + Sync>,
}

/// The store that is open, and opening another.
pub struct Stores {
    /// The saved connections and their secrets.
    pub logins: Logins,
    pub(crate) data: DataFolder,
    pub(crate) clock: Arc<dyn Clock>,
    /// Openings: the last one stands.
    pub(crate) openings: Attempts,
    /// Tests and looks, which leave what is open alone.
    pub(crate) trials: Attempts,
    settings: Arc<SettingsFile>,
    standing: RwLock<Standing>,
    moved: watch::Sender<()>,
    /// Held while the window is told, so that what stood before is never told last.
    telling: Mutex<()>,
    pub(crate) around: Around,
}

impl Stores {
    /// Nothing is open yet.
    pub fn new(
        data: DataFolder,
        settings: Arc<SettingsFile>,
        clock: Arc<dyn Clock>,
        logins: Logins,
        around: Around,
    ) -> Self {
        let standing = RwLock::new(Standing::None);
        let (openings, trials) = (Attempts::new(), Attempts::new());
        Self {
            logins,
            data,
            clock,
            openings,
            trials,
            settings,
            standing,
            moved: watch::Sender::new(()),
            telling: Mutex::new(()),
            around,
        }
    }

    /// The open store.
    ///
    /// # Errors
    /// As [`Standing::place`].
    pub fn current(&self) -> Result<Place<Admin>, AdminError> {
        self.read().place()
    }

    /// What the window is told.
    pub fn state(&self) -> StoreState {
        self.read().state(self.own(PlaceId::Local))
    }

    /// After how many idle minutes the window locks; none: never, or it is locked already.
    pub fn locks_after(&self) -> Option<u32> {
        match &*self.read() {
            Standing::Open(opened) => opened.at.connection.as_ref()?.lock_after_minutes,
            Standing::None | Standing::Opening(_) | Standing::Failed { .. } | Standing::Locked(_) => None,
        }
    }

    /// Whether the window is locked.
    pub fn is_locked(&self) -> bool {
        matches!(&*self.read(), Standing::Locked(_))
    }

    /// Waits until the store of the last time is open or is not, `at_most` so long.
    pub async fn settled(&self, at_most: Duration) {
        let mut moved = self.moved.subscribe();
        let settling =
            async { while matches!(&*self.read(), Standing::Opening(_)) && moved.changed().await.is_ok() {} };
        // Then it is told that it is still being opened.
        let _ = tokio::time::timeout(at_most, settling).await;
    }

    /// Says which store is opened again at the start: that of the last time, else the local one.
    pub fn prepare(&self) {
        let last = self.settings.get().last_store.unwrap_or(PlaceId::Local);
        let there =
            [last, PlaceId::Local].into_iter().filter_map(|id| self.whereabouts(id).ok()).find(|at| {
                // A saved connection is tried, whatever is behind it.
                at.connection.is_some() || exists(Path::new(&at.path))
            });
        if let Some(at) = there {
            self.replace(Standing::Opening(at));
        }
    }

    /// Opens what [`Stores::prepare`] named. Nobody is asked for anything.
    pub async fn reopen(&self) {
        let attempt = self.openings.begin();
        let Some(at) = self.at_if(|standing| matches!(standing, Standing::Opening(_))) else { return };
        // What goes wrong stands where the window finds it.
        let _ = self.go_to(&attempt, at, &Given::Nothing, Prompts::Refused).await;
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    /// `not_found`; as [`Logins::login`] and [`Login::open`]; `busy` when it was cancelled.
    pub async fn connect(&self, id: PlaceId, given: &Given) -> Result<(), AdminError> {
        let attempt = self.openings.begin();
        let at = self.whereabouts(id)?;
        self.go_to(&attempt, at, given, Prompts::Allowed).await
    }

    async fn go_to(
        &self,
        attempt: &Attempt,
        at: Whereabouts,
        given: &Given,
        prompts: Prompts,
    ) -> Result<(), AdminError> {
        let opened = attempt
            .wait(async {
                let login = self.login(&at, given, prompts).await?;
                login.open(access(&at), self.clock.clone()).await
            })
            .await;
        // What was typed serves the next step too (setting up, say), unless the server refused it.
        if !opened.as_ref().is_err_and(|error| error.code == ErrorCode::AuthFailed) {
            self.remember_typed(attempt, &at, given);
        }
        match opened {
            Ok(arrived) => self.stand(attempt, at, arrived).await,
            Err(error) => {
                tracing::warn!(code = error.code.word(), "the store cannot be opened");
                self.fail(attempt, at, &error);
                Err(error)
            }
        }
    }

    /// Keeps in memory what was typed, unless somebody gave up on it. Whoever locks the window gives up on
    /// everything under the same lock and forgets afterwards: nothing typed comes in behind that.
    fn remember_typed(&self, attempt: &Attempt, at: &Whereabouts, given: &Given) {
        let _standing = self.read();
        if let (Some(connection), Some(typed)) = (&at.connection, given.secret())
            && attempt.is_wanted()
        {
            self.logins.credentials.remember(connection.id, Arc::clone(typed));
        }
    }

    /// Lets an opened store stand; one that came too late is closed.
    ///
    /// # Errors
    /// `busy` when it was cancelled; `secret_unconfirmed` while a key of the open one waits.
    pub(crate) async fn stand(
        &self,
        attempt: &Attempt,
        at: Whereabouts,
        arrived: Arrived,
    ) -> Result<(), AdminError> {
        // What it is called is worth no failure.
        let engine = attempt.wait(arrived.engine()).await.ok();
        let id = at.id;
        let (admin, server, notes) = arrived.take_apart();
        let opened =
            Standing::Open(Box::new(Opened { at, attempt: attempt.number(), admin, server, engine, notes }));
        let (stands, other) = {
            let mut standing = self.write();
            match self.may_follow(attempt, &standing) {
                Ok(()) => (Ok(()), std::mem::replace(&mut *standing, opened)),
                Err(error) => (Err(error), opened),
            }
        };
        close_behind(other);
        stands?;
        self.announce();
        self.settings.change(|settings| settings.last_store = Some(id));
        if let PlaceId::Connection(id) = id {
            let (connections, now) = (self.logins.connections.clone(), self.clock.now());
            // Nobody waits for a note.
            tokio::task::spawn_blocking(move || {
                if let Err(error) = connections.used(id, now) {
                    tracing::warn!(code = error.code.word(), "the use of a connection cannot be noted");
                }
            });
        }
        Ok(())
    }

    /// Whether something else may stand in the place of what does.
    fn may_follow(&self, attempt: &Attempt, standing: &Standing) -> Result<(), AdminError> {
        if !attempt.is_wanted() {
            return Err(crate::attempt::cancelled());
        }
        // A key may have been made while the other store was being opened.
        if matches!(standing, Standing::Open(_)) { (self.around.leave)() } else { Ok(()) }
    }

    /// Says why a store is not open. A locked window stays locked; and a person who has only to type something
    /// goes on with what was open.
    fn fail(&self, attempt: &Attempt, at: Whereabouts, error: &AdminError) {
        let old = {
            let mut standing = self.write();
            let next = match &*standing {
                Standing::Locked(_) => return,
                Standing::Open(_) if error.code == ErrorCode::CredentialNeeded => return,
                // What followed may fail before it has anything to show: nothing is on its way any more.
                Standing::Opening(_) if !attempt.is_wanted() => Standing::None,
                Standing::None | Standing::Opening(_) | Standing::Open(_) | Standing::Failed { .. } => {
                    if self.may_follow(attempt, &standing).is_err() {
                        return;
                    }
                    Standing::Failed { at, error: error.clone() }
                }
            };
            std::mem::replace(&mut *standing, next)
        };
        close_behind(old);
        self.announce();
    }

    /// Keeps the secret that opened a connection; where that fails, the window is told so while it is open.
    pub async fn remember(&self, id: ConnectionId, secret: &Arc<Password>) {
        let remembered = self.logins.remember(id, secret).await;
        if let Err(error) = remembered
            && let Standing::Open(opened) = &mut *self.write()
            && opened.at.id == PlaceId::Connection(id)
        {
            let noun = opened.at.connection.as_ref().map_or("secret", secret_of);
            opened.notes.push(format!("The {noun} was not saved. {}", error.message));
        }
        if let Some(connection) = self.logins.saved(id) {
            self.renamed(&connection);
        }
    }

    /// A connection was saved: what stands is called as it is called now.
    pub fn renamed(&self, connection: &Connection) {
        let id = PlaceId::Connection(connection.id);
        if let Some(at) = self.write().at_mut().filter(|at| at.id == id) {
            at.connection = Some(connection.clone());
        }
        self.announce();
    }

    /// Which store stands, open or not.
    pub fn about(&self) -> Option<PlaceId> {
        self.read().at().map(|at| at.id)
    }

    /// What there is to know of a store before it is opened.
    ///
    /// # Errors
    /// `not_found`; `store_unusable` where the connections cannot be read.
    pub(crate) fn whereabouts(&self, id: PlaceId) -> Result<Whereabouts, AdminError> {
        let PlaceId::Connection(connection) = id else { return Ok(self.own(id)) };
        self.logins.connections.find(connection).map(Whereabouts::of)
    }

    /// A store of the data folder.
    fn own(&self, id: PlaceId) -> Whereabouts {
        Whereabouts { id, path: self.file(id).display().to_string(), connection: None }
    }

    fn file(&self, id: PlaceId) -> PathBuf {
        match id {
            PlaceId::Sample => self.data.sample_store(),
            PlaceId::Local | PlaceId::Connection(_) => self.data.local_store(),
        }
    }

    /// Whether the local store of the data folder is there.
    pub fn has_local(&self) -> bool {
        exists(&self.data.local_store())
    }

    /// The way into a store that should be there.
    pub(crate) async fn login(
        &self,
        at: &Whereabouts,
        given: &Given,
        prompts: Prompts,
    ) -> Result<Login, AdminError> {
        let Some(connection) = &at.connection else { return Ok(Login::to_file(self.file(at.id))) };
        if let Kind::Local { path } = &connection.kind
            && !exists(path)
        {
            let words = "There is no file yet where this connection leads. Make a new key database there, or choose another file.";
            return Err(AdminError::new(ErrorCode::StoreEmpty, words));
        }
        self.logins.login(connection, given, prompts).await
    }

    pub(crate) fn at_if(&self, wanted: impl Fn(&Standing) -> bool) -> Option<Whereabouts> {
        let standing = self.read();
        standing.at().filter(|_| wanted(&standing)).cloned()
    }

    pub(crate) fn replace(&self, next: Standing) {
        close_behind(std::mem::replace(&mut *self.write(), next));
        self.announce();
    }

    pub(crate) fn announce(&self) {
        self.moved.send_replace(());
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let title = self.read().title();
        (self.around.tell)(&title);
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Standing> {
        self.standing.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a store is opened for.
pub fn access(at: &Whereabouts) -> Access {
    at.connection.as_ref().map_or(Access::ReadWrite, Connection::access)
}

/// Whether there is anything at `path`, a link that leads nowhere too: nothing is made over it.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
