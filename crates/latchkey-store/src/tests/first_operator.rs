//! The first operator of a store, whoever makes it: one, however many try at once.

use std::sync::Arc;

use latchkey_core::ErrorCode;
use latchkey_core::operations::*;
use serde_json::json;
use tokio::sync::Barrier;

use super::room::{Room, in_both_rooms, op, perform};

in_both_rooms! {
    async fn of_several_who_make_the_first_operator_at_once_one_does(room) {
        let names = ["ann", "ben", "cleo", "dana", "emma", "finn"];
        let together = Arc::new(Barrier::new(names.len()));
        let mut each = tokio::task::JoinSet::new();
        for name in names {
            let (store, together) = (room.second().await, Arc::clone(&together));
            each.spawn(async move {
                // Each has seen that there is none.
                assert_eq!(store.operator_count().await.unwrap(), 0);
                together.wait().await;
                let create = op::<OperatorsCreate>(json!({ "name": name, "role": "admin", "confirm": "later" }));
                perform(&store.for_the_first_operator(), create).await.map(|minted| minted.value.key.name)
            });
        }
        let (made, refused): (Vec<_>, Vec<_>) = each.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1, "{made:?}");
        for error in refused.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.code, ErrorCode::Conflict, "{error:?}");
        }
        let listed = room.does(op::<OperatorsList>(json!({}))).await;
        assert_eq!(vec![Ok(listed.items[0].key.name.clone())], made);
        assert_eq!((listed.total, room.store.operator_count().await.unwrap()), (1, 1));
        // Who may administer operators makes as many as they like.
        let other = op::<OperatorsCreate>(json!({ "name": "other", "role": "admin" }));
        room.does(other).await;
    }

    async fn where_nobody_administers_any_more_a_first_operator_is_made_again(room) {
        let create = |name: &str, expires: &str| {
            op::<OperatorsCreate>(json!({ "name": name, "role": "admin", "expires": expires }))
        };
        let first = room.store.for_the_first_operator();
        perform(&first, create("ann", "1d")).await.unwrap();
        let refused = perform(&first, create("ben", "1d")).await.map(|_| ()).unwrap_err();
        assert!(refused.message.contains("latchkey operators create"), "{}", refused.message);
        room.clock.advance(latchkey_core::Span::days(2));
        perform(&first, create("ben", "1d")).await.unwrap();
    }
}
