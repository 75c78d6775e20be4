//! Making a new store: a file that did not exist, or the tables in an empty database. All of it is one
//! transaction, so that there is a whole store or none, however many programs make it at once.

use std::sync::Arc;

use latchkey_core::profile::check_prefix;
use latchkey_core::{AdminError, Clock, ErrorCode};

use crate::access::Access;
use crate::engine::{Engine, Pool};
use crate::fault::{Outcome, unusable};
use crate::migrate::{apply, begin_alone};
use crate::open::{APPLICATION, connect, look_at_database};
use crate::place::PostgresLogin;
use crate::schema::{STEPS, Step};
use crate::statement::sql;
use crate::store::Store;
use crate::url::StoreUrl;
use crate::{audit, dialect, file, line};

impl Store {
    /// Makes a new store: a file that did not exist, or the tables in an empty database.
    ///
    /// # Errors
    /// `invalid` at `prefix`; `store_unusable` when something is there already; `forbidden` when the account
    /// may not make tables; `busy` while somebody else makes one; `unreachable`.
    pub async fn create(url: &StoreUrl, prefix: &str, clock: Arc<dyn Clock>) -> Result<Self, AdminError> {
        Self::create_at(url, prefix, clock, STEPS).await
    }

    /// The same with these steps alone.
    pub(crate) async fn create_at(
        url: &StoreUrl,
        prefix: &str,
        clock: Arc<dyn Clock>,
        steps: &[Step],
    ) -> Result<Self, AdminError> {
        check_prefix(prefix)?;
        match url {
            StoreUrl::Sqlite(path) => file::make(path)?,
            StoreUrl::Postgres(login) => check_empty(url, login).await?,
        }
        let made = make(url, prefix, clock.as_ref(), steps).await;
        if let (Err(_), StoreUrl::Sqlite(path)) = (&made, url) {
            file::unmake(path);
        }
        let pool = made.map_err(|fault| match url {
            // Taken: somebody made one in the same moment.
            StoreUrl::Postgres(_) if fault.is_taken() => holds_a_store(url),
            StoreUrl::Postgres(login) if fault.is_denied() => AdminError::new(
                ErrorCode::Forbidden,
                format!(
                    "This account may not create tables in the schema {}. Ask the database's owner to run \
                     latchkey init, and latchkey init --grants to give your account its rights.",
                    login.place.schema
                ),
            ),
            StoreUrl::Postgres(_) | StoreUrl::Sqlite(_) => fault.into_admin_error(),
        })?;
        pool.close().await;
        Self::open_at(url, Access::ReadWrite, clock, steps).await
    }
}

async fn make(url: &StoreUrl, prefix: &str, clock: &dyn Clock, steps: &[Step]) -> Outcome<Pool> {
    let pool = connect(url).await?;
    match fill(&pool, url, prefix, clock, steps).await {
        Ok(()) => Ok(pool),
        Err(fault) => {
            pool.close().await;
            Err(fault)
        }
    }
}

/// Makes the tables and what stands in them from the beginning, all or nothing.
async fn fill(pool: &Pool, url: &StoreUrl, prefix: &str, clock: &dyn Clock, steps: &[Step]) -> Outcome<()> {
    let mut tx = begin_alone(pool).await?;
    if let (Engine::Postgres(tx), StoreUrl::Postgres(login)) = (&mut tx, url) {
        let schema = &login.place.schema;
        let (there,): (i64,) =
            sqlx::query_as(dialect::POSTGRES_HAS_SCHEMA).bind(schema).fetch_one(&mut **tx).await?;
        // PostgreSQL asks for the right to make schemas even where there is nothing to make.
        if there == 0 {
            dialect::make_schema(schema).execute(&mut **tx).await?;
        }
    }
    apply(&mut tx, steps).await?;
    let created_at = clock.now().to_string();
    for (name, value) in [("application", APPLICATION), ("prefix", prefix), ("created_at", &created_at)] {
        sql("INSERT INTO meta (name, value) VALUES ($1, $2)").bind(name).bind(value).run(&mut tx).await?;
    }
    sql("INSERT INTO numbers (noun, next) VALUES ('role', 1)").run(&mut tx).await?;
    audit::begin(&mut tx).await?;
    tx.commit().await
}

async fn check_empty(url: &StoreUrl, login: &PostgresLogin) -> Result<(), AdminError> {
    let mut reached = line::reach(login, Access::ReadWrite).await?;
    let looked = look_at_database(&mut reached, &login.place).await;
    reached.let_go().await;
    match looked {
        Ok(_) => Err(holds_a_store(url)),
        Err(error) if error.code == ErrorCode::StoreEmpty => Ok(()),
        Err(error) => Err(error),
    }
}

fn holds_a_store(url: &StoreUrl) -> AdminError {
    unusable(format!("{url} holds a Latchkey store already. Open it, or choose another database."))
}
