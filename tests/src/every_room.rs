//! Tests that run in several rooms: each once a room, in a module called like it. Holds no test.

/// Runs every test of a file in these rooms.
#[doc(hidden)]
#[macro_export]
macro_rules! in_rooms {
    ($rooms:tt $($(#[$meta:meta])* async fn $name:ident($room:ident) $body:block)+) => {
        $($(#[$meta])* async fn $name($room: $crate::Room) $body)+

        $crate::in_rooms! { @rooms $rooms [$($name)+] }
    };
    (@rooms [$($room:ident)+] $names:tt) => {
        $($crate::in_rooms! { @room $room $names })+
    };
    (@room $room:ident [$($name:ident)+]) => {
        mod $room {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::Room::$room().await).await })+
        }
    };
}

/// Runs every test of a file on either engine.
#[macro_export]
macro_rules! in_both_rooms {
    ($($tests:tt)+) => { $crate::in_rooms! { [sqlite postgres] $($tests)+ } };
}

/// Runs every test of a file in every room: on either engine, through a pooler, and behind a server on either.
#[macro_export]
macro_rules! in_every_room {
    ($($tests:tt)+) => { $crate::in_rooms! { [sqlite postgres pgbouncer server_sqlite server_postgres] $($tests)+ } };
}
