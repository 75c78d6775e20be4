//! The `latchkey` program: every operation of the table as a command, and a few commands of its own.
//! Starts `program`; holds nothing else.

mod exit;
mod incoming;
mod mint_output;
mod output;
mod own;
mod parse;
mod program;
mod secret;
mod seed_frame;
mod session;
mod signals;
mod store_choice;
mod table;
mod views;

/// What a key went through on its way (buffers of streams, of JSON, of argon2id) is wiped when it is freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    program::run(&words).into()
}
