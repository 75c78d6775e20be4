//! Who may do what in a PostgreSQL store: a group role each for administrators, viewers and verifiers, as
//! SQL that the database's owner reads and applies. None of them may change or delete an audit row.

use latchkey_core::{AdminError, ErrorCode};

use crate::dialect;
use crate::engine::{Engine, Pool};
use crate::fault::{Fault, Outcome};
use crate::migrate::begin_alone;
use crate::open::{check_version, connect, look};
use crate::place::{PostgresPlace, is_plain_name};
use crate::schema::{STEPS, latest};
use crate::store::Store;
use crate::url::StoreUrl;

/// The group roles that get the rights. They cannot log in; a person's login gets one by
/// `GRANT latchkey_admin TO dana`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantNames {
    /// May do every operation.
    pub admin: String,
    /// May read everything: sees a read-only console.
    pub viewer: String,
    /// May read what a verification needs and write what it gathers: use, events, tags.
    pub verifier: String,
}

impl Default for GrantNames {
    fn default() -> Self {
        Self {
            admin: "latchkey_admin".to_owned(),
            viewer: "latchkey_viewer".to_owned(),
            verifier: "latchkey_verifier".to_owned(),
        }
    }
}

impl GrantNames {
    /// Refuses names that need quotes or mean something else, and two groups of one name.
    ///
    /// # Errors
    /// `invalid` at `admin`, `viewer` or `verifier`.
    pub fn check(&self) -> Result<(), AdminError> {
        let mut seen = Vec::new();
        for (field, name) in [("admin", &self.admin), ("viewer", &self.viewer), ("verifier", &self.verifier)]
        {
            if !is_plain_name(name) {
                let words = "Use small letters, digits and _, a letter first, at most 63 characters.";
                return Err(AdminError::invalid(field, words));
            }
            // To PostgreSQL these are everybody and nobody, whatever stands around them.
            if ["public", "none"].contains(&name.as_str()) {
                return Err(AdminError::invalid(field, format!("{name} is no role's name. Choose another.")));
            }
            if seen.contains(&name) {
                return Err(AdminError::invalid(field, "Give each group a name of its own."));
            }
            seen.push(name);
        }
        Ok(())
    }
}

/// A table and what may be done with it by administrators, viewers and verifiers.
struct Rights(&'static str, [&'static str; 3]);

/// Every table. Administrators change what operations change, add to the audit, and take away what was gathered long
/// ago; a verification reads what decides about a key, and of the audit its head, its entries' hashes and which things
/// were changed, not how. It counts use, keeps events and fills in tags, takes nothing away, and changes nothing that
/// has an audit entry: confirming a secret by its first use is left to servers with an administrator's account.
const RIGHTS: &[Rights] = &[
    Rights("_sqlx_migrations", ["SELECT", "SELECT", "SELECT"]),
    Rights("meta", ["SELECT", "SELECT", "SELECT"]),
    Rights("numbers", ["SELECT, UPDATE", "SELECT", ""]),
    Rights("tenants", ["SELECT, INSERT, UPDATE", "SELECT", "SELECT"]),
    Rights("roles", ["SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT"]),
    Rights("keys", ["SELECT, INSERT, UPDATE", "SELECT", "SELECT"]),
    Rights("secrets", ["SELECT, INSERT, UPDATE", "SELECT", "SELECT, UPDATE (tag, pepper_id)"]),
    Rights("usage", ["SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"]),
    Rights("usage_hours", ["SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT, INSERT, UPDATE"]),
    Rights("tenant_hours", ["SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT, INSERT, UPDATE"]),
    Rights("events", ["SELECT, INSERT, DELETE", "SELECT", "INSERT"]),
    Rights("audit", ["SELECT, INSERT", "SELECT", "SELECT (seq, hash)"]),
    Rights("audit_targets", ["SELECT, INSERT", "SELECT", "SELECT"]),
    Rights("audit_head", ["SELECT, UPDATE", "SELECT", "SELECT"]),
    Rights("idempotency", ["SELECT, INSERT, DELETE", "SELECT", ""]),
];

/// The SQL that gives `names` their rights in the store at `url`, and takes every other right from them
/// and from everybody. Applying it again changes nothing; after a migration it is needed again.
///
/// # Errors
/// `invalid` at `store` for a file; as [`GrantNames::check`] and [`PostgresPlace::check`].
pub fn grants(url: &StoreUrl, names: &GrantNames) -> Result<String, AdminError> {
    text_for(place_of(url)?, names)
}

/// Only a database has accounts. Whoever may write to a file may do everything.
fn place_of(url: &StoreUrl) -> Result<&PostgresPlace, AdminError> {
    match url {
        StoreUrl::Postgres(login) => Ok(&login.place),
        StoreUrl::Sqlite(_) => Err(AdminError::invalid(
            "store",
            "A file has no accounts and no rights to give. Name a PostgreSQL database instead.",
        )),
    }
}

fn text_for(place: &PostgresPlace, names: &GrantNames) -> Result<String, AdminError> {
    names.check()?;
    place.check()?;
    let schema = &place.schema;
    let GrantNames { admin, viewer, verifier } = names;
    let groups = [admin, viewer, verifier];
    let everybody = format!("PUBLIC, \"{admin}\", \"{viewer}\", \"{verifier}\"");
    let tables: Vec<String> =
        RIGHTS.iter().map(|Rights(table, _)| format!("\"{schema}\".\"{table}\"")).collect();
    let mut lines = vec![
        format!(
            "-- Rights in Latchkey's schema {schema}. Apply them as the owner of its tables, who may make roles."
        ),
        format!("-- A person's own login then gets one: GRANT {admin} TO dana;"),
    ];
    lines.extend(groups.map(|group| {
        format!(
            "DO $$ BEGIN\n    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{group}') THEN\n        \
             CREATE ROLE \"{group}\" NOLOGIN;\n    END IF;\nEND $$;"
        )
    }));
    // Other programs may live in the schema that every database begins with.
    let of_public = if schema == "public" { "CREATE" } else { "ALL" };
    lines.push(format!("REVOKE {of_public} ON SCHEMA \"{schema}\" FROM PUBLIC;"));
    lines.push(format!("REVOKE ALL ON {}\n    FROM {everybody};", tables.join(", ")));
    lines.push(format!("REVOKE ALL ON FUNCTION \"{schema}\".audit_stays() FROM {everybody};"));
    for (place, group) in groups.into_iter().enumerate() {
        lines.push(format!("GRANT USAGE ON SCHEMA \"{schema}\" TO \"{group}\";"));
        for (Rights(_, rights), table) in RIGHTS.iter().zip(&tables) {
            if !rights[place].is_empty() {
                lines.push(format!("GRANT {} ON {table} TO \"{group}\";", rights[place]));
            }
        }
    }
    Ok(lines.join("\n") + "\n")
}

impl Store {
    /// Gives `names` their rights in the store at `url`, all or none: applies what [`grants`] writes.
    ///
    /// # Errors
    /// `invalid` at `store` for a file; `forbidden` when the account does not own the tables or may not make
    /// roles; as [`GrantNames::check`] and [`Store::open`].
    pub async fn grant(url: &StoreUrl, names: &GrantNames) -> Result<(), AdminError> {
        let place = place_of(url)?;
        let text = text_for(place, names)?;
        check_version(url, &look(url).await?, latest(STEPS))?;
        let pool = connect(url).await?;
        let applied = give(&pool, place, text).await;
        pool.close().await;
        applied
            .map_err(|fault| if fault.is_denied() { may_not_give(place) } else { fault.into_admin_error() })
    }
}

async fn give(pool: &Pool, place: &PostgresPlace, text: String) -> Outcome<()> {
    let mut tx = begin_alone(pool).await?;
    if let Engine::Postgres(tx) = &mut tx {
        let tables: Vec<&str> = RIGHTS.iter().map(|Rights(table, _)| *table).collect();
        let of_others = sqlx::query_as(dialect::POSTGRES_OF_OTHERS).bind(&place.schema).bind(tables);
        let (of_others,): (i64,) = of_others.fetch_one(&mut **tx).await?;
        // PostgreSQL only warns of rights that were not its asker's to give.
        if of_others > 0 {
            return Err(Fault::Refused(may_not_give(place)));
        }
        sqlx::raw_sql(sqlx::QueryBuilder::<sqlx::Postgres>::new(text).into_sql()).execute(&mut **tx).await?;
    }
    tx.commit().await
}

fn may_not_give(place: &PostgresPlace) -> AdminError {
    let words = format!(
        "This account may not give rights in the schema {}. Run this as the owner of its tables, who may also make \
         roles, or give the database's administrator what latchkey init --grants prints.",
        place.schema
    );
    AdminError::new(ErrorCode::Forbidden, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> PostgresPlace {
        crate::read_url::read_url("postgres://ann@localhost/keys").ok().unwrap().login.place
    }

    #[test]
    fn no_group_may_change_or_delete_audit_rows_viewers_change_nothing_and_verifiers_what_they_gather() {
        for Rights(table, [admin, viewer, verifier]) in RIGHTS {
            assert!(["", "SELECT"].contains(viewer), "{table}");
            let gathers = ["secrets", "usage", "usage_hours", "tenant_hours", "events"].contains(table);
            assert!(gathers || ["", "SELECT", "SELECT (seq, hash)"].contains(verifier), "{table}");
            let of_history = ["audit", "audit_targets"].contains(table);
            assert!(!of_history || *admin == "SELECT, INSERT", "{table}");
            assert!(!admin.contains("TRUNCATE") && !admin.contains("TRIGGER"), "{table}");
        }
    }

    #[test]
    fn the_sql_names_the_groups_and_the_schema_that_were_chosen() {
        let names = GrantNames { admin: "keepers".into(), ..GrantNames::default() };
        let text = text_for(&PostgresPlace { schema: "keys".into(), ..place() }, &names).unwrap();
        for words in [
            "GRANT keepers TO dana",
            "CREATE ROLE \"keepers\" NOLOGIN;",
            "REVOKE ALL ON SCHEMA \"keys\" FROM PUBLIC;",
            "GRANT SELECT, INSERT ON \"keys\".\"audit\" TO \"keepers\";",
            "GRANT SELECT ON \"keys\".\"audit\" TO \"latchkey_viewer\";",
        ] {
            assert!(text.contains(words), "{words} is not in:\n{text}");
        }
        let of_the_audit = text.lines().filter(|line| line.contains("\"audit\" TO \"latchkey_verifier\""));
        assert_eq!(
            of_the_audit.collect::<Vec<_>>(),
            ["GRANT SELECT (seq, hash) ON \"keys\".\"audit\" TO \"latchkey_verifier\";"]
        );
        let shared = text_for(&PostgresPlace { schema: "public".into(), ..place() }, &names).unwrap();
        assert!(shared.contains("REVOKE CREATE ON SCHEMA \"public\" FROM PUBLIC;"));
    }

    #[test]
    fn names_that_mean_something_else_are_refused_at_their_field() {
        for (field, name) in [
            ("admin", "public"),
            ("viewer", "none"),
            ("verifier", "x\" SUPERUSER"),
            ("viewer", ""),
            ("admin", "pg_read_all_data"),
            ("verifier", "latchkey_viewer"),
        ] {
            let mut names = GrantNames::default();
            match field {
                "admin" => names.admin = name.into(),
                "viewer" => names.viewer = name.into(),
                _ => names.verifier = name.into(),
            }
            let error = text_for(&place(), &names).unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some(field)), "{name}");
        }
    }
}
