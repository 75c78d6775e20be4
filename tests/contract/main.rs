//! The contract: one behaviour a test, in every room. Written against "somewhere operations can be
//! performed"; time moves only by `clock.advance`. What is one engine's own is tested in its crate.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly

/// Runs every test of a file in every room.
macro_rules! in_every_room {
    ($($(#[$meta:meta])* async fn $name:ident($room:ident) $body:block)+) => {
        $($(#[$meta])* async fn $name($room: latchkey_tests::Room) $body)+

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(latchkey_tests::Room::sqlite().await).await })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(latchkey_tests::Room::postgres().await).await })+
        }

        mod pgbouncer {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(latchkey_tests::Room::pgbouncer().await).await })+
        }

        mod server_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(latchkey_tests::Room::server_sqlite().await).await })+
        }

        mod server_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(latchkey_tests::Room::server_postgres().await).await })+
        }
    };
}

mod audit;
mod bad_input;
mod events;
mod grants_held;
mod idempotency;
mod issuing;
mod listing;
mod migrating;
mod operators;
mod pooler;
mod racing;
mod revocation;
mod roles;
mod rotation;
mod tenant_ip;
mod tenants;
mod usage;
mod verification;
