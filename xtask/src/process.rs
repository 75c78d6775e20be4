//! Starting other programs: what is said before, what an error says after, and that an
//! interrupt ends them and still lets this program clean up.
//! It must not know which programs there are.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// How strongly a program is told to end.
#[derive(Clone, Copy)]
pub enum Ending {
    /// It may clean up (SIGTERM).
    Asked,
    /// It may clean up, and waits for nobody (SIGINT: PostgreSQL takes its clients' connections away).
    Soon,
    /// At once, without writing anything more (SIGQUIT: how PostgreSQL stops fastest).
    Quick,
    /// It has no say (SIGKILL).
    Killed,
}

/// Says what is being done, so that a long step has a name.
pub fn say(what: &str) {
    println!("==> {what}");
}

/// From now on Ctrl-C and SIGTERM end the running program, not this one, which then cleans up.
pub fn notice_interrupts() -> anyhow::Result<()> {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(interrupt_flag()))
            .context("cannot listen for Ctrl-C")?;
    }
    Ok(())
}

/// Whether somebody asked this program to stop.
pub fn interrupted() -> bool {
    interrupt_flag().load(Ordering::SeqCst)
}

fn interrupt_flag() -> &'static Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(Arc::default)
}

/// Runs a program to its end in the terminal's foreground; its failure is an error.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let mut child = start(command)?;
    finish(command, wait(&mut child, false)?)
}

/// Runs a program in a process group of its own and ends whatever of the group outlives it.
/// It has no standard input: a background group that reads the terminal would be stopped.
pub fn run_in_group(command: &mut Command) -> anyhow::Result<()> {
    own_group(command).stdin(Stdio::null());
    let mut child = start(command)?;
    let status = wait(&mut child, true);
    end(&child, Ending::Killed, true);
    finish(command, status?)
}

/// What a program prints; its failure is an error that carries what it wrote to standard error.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", words(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be started and ends well; it prints nothing.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// A command as one would type it.
pub fn words(command: &Command) -> String {
    let mut words = command.get_program().to_string_lossy().into_owned();
    // The whole path of cargo says nothing to the reader.
    if let Some(name) = Path::new(&words).file_name() {
        words = name.to_string_lossy().into_owned();
    }
    for argument in command.get_args() {
        words.push(' ');
        words.push_str(&argument.to_string_lossy());
    }
    words
}

/// A program that runs beside the tests and ends, with its group, when this value is dropped.
pub struct Server {
    child: Child,
    ending: Ending,
}

impl Server {
    /// Starts it in a process group of its own.
    pub fn start(command: &mut Command, ending: Ending) -> anyhow::Result<Self> {
        let child = start(own_group(command))?;
        Ok(Self { child, ending })
    }

    /// Its standard output, if that was piped and nobody has taken it.
    pub fn stdout(&mut self) -> Option<impl Read + use<>> {
        self.child.stdout.take()
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it in another way than it was to end.
    pub fn end(mut self, ending: Ending) {
        self.ending = ending;
    }

    /// Kills it and its children in one go, as a power cut does: none of them may write anything more.
    #[cfg(target_os = "linux")]
    pub fn cut_power(self) {
        let children = children(self.child.id());
        end(&self.child, Ending::Killed, true);
        for child in children {
            // The only failure is that it has ended already, which is what is wanted.
            let _ = rustix::process::kill_process(child, rustix::process::Signal::KILL);
        }
    }
}

/// Those whom this process started itself.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<rustix::process::Pid> {
    let listed =
        std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let numbers = listed.split_whitespace().filter_map(|word| word.parse().ok());
    numbers.filter_map(rustix::process::Pid::from_raw).collect()
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_running() {
            end(&self.child, self.ending, true);
            let asked = Instant::now();
            while self.is_running() && asked.elapsed() < PATIENCE {
                thread::sleep(POLL);
            }
        }
        end(&self.child, Ending::Killed, true);
        // Reaps it; it cannot fail in a way that anybody could act on.
        drop(self.child.wait());
    }
}

/// Asks `ready` every few milliseconds until it says yes; false when the time is up.
pub fn wait_until(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if ready() {
            return true;
        }
        if begun.elapsed() > limit || interrupted() {
            return false;
        }
        thread::sleep(POLL);
    }
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    command.spawn().with_context(|| cannot_start(command))
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`; is it installed and on the PATH?", words(command))
}

fn finish(command: &Command, status: ExitStatus) -> anyhow::Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    if !status.success() {
        bail!("`{}` failed ({status})", words(command));
    }
    Ok(())
}

fn wait(child: &mut Child, group: bool) -> io::Result<ExitStatus> {
    let mut asked: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match asked {
            None if interrupted() => {
                end(child, Ending::Asked, group);
                asked = Some(Instant::now());
            }
            Some(since) if since.elapsed() > PATIENCE => end(child, Ending::Killed, group),
            None | Some(_) => {}
        }
        thread::sleep(POLL);
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0)
}

#[cfg(not(unix))]
fn own_group(command: &mut Command) -> &mut Command {
    command
}

#[cfg(unix)]
fn end(child: &Child, ending: Ending, group: bool) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let signal = match ending {
        Ending::Asked => Signal::TERM,
        Ending::Soon => Signal::INT,
        Ending::Quick => Signal::QUIT,
        Ending::Killed => Signal::KILL,
    };
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    // The only failure is that it has ended already, which is what is wanted.
    let _ = if group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
}

#[cfg(not(unix))]
fn end(child: &Child, _ending: Ending, _group: bool) {
    // Windows has no signals; `taskkill /T` ends a program with those it started.
    drop(Command::new("taskkill").args(["/F", "/T", "/PID", &child.id().to_string()]).output());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_command_without_the_path_of_its_program() {
        let command = Command::new("/somewhere/bin/cargo");
        assert_eq!(words(&command), "cargo");
        let mut build = Command::new("cargo");
        build.args(["build", "--workspace"]);
        assert_eq!(words(&build), "cargo build --workspace");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_says_so() {
        let error = run(&mut Command::new("latchkey-no-such-program")).unwrap_err();
        assert!(error.to_string().contains("is it installed"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_server_ends_with_everything_it_started_when_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let note = directory.path().join("grandchild");
        let script = format!("sleep 60 & echo $! > '{}'; wait", note.display());
        let server = Server::start(Command::new("sh").args(["-c", &script]), Ending::Asked).unwrap();
        assert!(
            wait_until(PATIENCE, || std::fs::read_to_string(&note).is_ok_and(|text| text.ends_with('\n')))
        );
        let grandchild = std::fs::read_to_string(&note).unwrap();
        let alive = || succeeds(Command::new("kill").args(["-0", grandchild.trim()]));
        assert!(alive());
        drop(server);
        assert!(wait_until(PATIENCE, || !alive()), "process {} outlived its server", grandchild.trim());
    }
}
