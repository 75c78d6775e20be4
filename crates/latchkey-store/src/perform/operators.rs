//! Operators: list, create, update, remove, rotate; and as whom one asks.

use latchkey_core::operation::Minted;
use latchkey_core::operations::{
    CurrentOperator, Issued, OperatorDetails, OperatorsCreate, OperatorsCurrent, OperatorsList,
    OperatorsRemove, OperatorsRotate, OperatorsUpdate, Rotated,
};
use latchkey_core::page::Page;
use latchkey_core::{AdminError, Call};

use super::Work;
use crate::fault::Outcome;
use crate::store::Store;

impl Work for OperatorsList {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<Page<OperatorDetails>> {
        Err(AdminError::internal().into())
    }
}
impl Work for OperatorsCreate {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<Minted<Issued>> {
        Err(AdminError::internal().into())
    }
}
impl Work for OperatorsUpdate {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<OperatorDetails> {
        Err(AdminError::internal().into())
    }
}
impl Work for OperatorsRemove {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<OperatorDetails> {
        Err(AdminError::internal().into())
    }
}
impl Work for OperatorsRotate {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<Minted<Rotated>> {
        Err(AdminError::internal().into())
    }
}
impl Work for OperatorsCurrent {
    async fn work(_: &Store, call: Call<Self>) -> Outcome<CurrentOperator> {
        let caller = call.caller;
        Ok(CurrentOperator {
            actor: caller.actor,
            permissions: caller.permissions,
            operator: caller.operator,
        })
    }
}
