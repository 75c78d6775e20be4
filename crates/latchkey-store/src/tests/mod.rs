//! What is the store's own to prove: opening, the schema's checks, the audit's chain, transactions. The
//! behaviour of operations is the contract's (`tests/` of the workspace). Both engines; no server, no pass.

mod audit_chain;
mod checks;
mod clocks;
mod faults;
mod first_operator;
mod forgetting;
mod grants;
mod line;
mod listing;
mod migrating;
mod opening;
mod read_only;
mod room;
mod samples;
mod story;
mod summing;
mod told;
mod verifier_account;
mod verifying;
mod wire;
