//! The verifier over real stores: what it answers, what that costs, how soon a change holds, what is left behind. Its
//! rooms alone are tested in its crate.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests fail loudly

macro_rules! in_both_rooms {
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
    };
}

mod answering;
mod floods;
mod following;
mod gathering;
mod limits;
mod random;
mod service;
