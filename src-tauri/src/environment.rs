//! What the process is before anything else starts: variables the web engine reads, who may drive the window,
//! no core files. Runs while there is one thread. Holds nothing that lasts.

use std::ffi::OsString;

/// The argument that draws without the graphics card.
pub const SAFE_GRAPHICS: &str = "--safe-graphics";
const SAFE_GRAPHICS_VARIABLE: &str = "LATCHKEY_SAFE_GRAPHICS";

/// Whoever sets one of these for a normal build could script the window or look into it.
const DRIVERS: &[&str] =
    &["TAURI_WEBVIEW_AUTOMATION", "WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"];

/// What a PostgreSQL client takes from here and nothing overrules. A connection says everything itself.
const OF_POSTGRES: &[&str] = &["PGOPTIONS", "PGSSLCERT", "PGSSLKEY"];

/// What of the computer decides about graphics.
#[derive(Clone, Copy, Debug, Default)]
struct Graphics {
    nvidia: bool,
    wayland: bool,
    safe: bool,
}

/// Whether the person asked for drawing without the graphics card, on the command line or by variable.
pub fn asks_for_safe_graphics() -> bool {
    std::env::args_os().any(|argument| argument == SAFE_GRAPHICS)
        || std::env::var_os(SAFE_GRAPHICS_VARIABLE).is_some_and(|value| value == "1")
}

/// Prepares the process. The first thing `main` does, before any thread.
pub fn prepare(safe_graphics: bool) {
    let graphics = Graphics {
        nvidia: cfg!(target_os = "linux") && std::path::Path::new("/sys/module/nvidia").exists(),
        wayland: std::env::var_os("WAYLAND_DISPLAY").is_some(),
        safe: safe_graphics,
    };
    let added: Vec<_> = if cfg!(target_os = "linux") {
        to_set(graphics).filter(|name| std::env::var_os(name).is_none()).collect()
    } else {
        Vec::new()
    };
    change_environment(&added, OF_POSTGRES);
    if cfg!(not(feature = "e2e")) {
        change_environment(&[], DRIVERS);
    }
    refuse_core_files();
}

/// Which variables make WebKitGTK draw on this computer; each is set to `1` where it is not set yet.
fn to_set(graphics: Graphics) -> impl Iterator<Item = &'static str> {
    [
        ("WEBKIT_DISABLE_DMABUF_RENDERER", graphics.nvidia || graphics.safe),
        ("__NV_DISABLE_EXPLICIT_SYNC", graphics.nvidia && graphics.wayland),
        ("WEBKIT_DISABLE_COMPOSITING_MODE", graphics.safe),
    ]
    .into_iter()
    .filter_map(|(name, wanted)| wanted.then_some(name))
}

#[allow(
    unsafe_code,
    reason = "the environment is changed before there is a second thread that could read it"
)]
fn change_environment(added: &[&str], removed: &[&str]) {
    let one = OsString::from("1");
    // SAFETY: `main` calls this before it starts a thread.
    unsafe {
        for name in added {
            std::env::set_var(name, &one);
        }
        for name in removed {
            std::env::remove_var(name);
        }
    }
}

/// A crash must not write a key to the disk. The web processes inherit the limit.
fn refuse_core_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Refused only where the limit is lower already.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(graphics: Graphics) -> Vec<&'static str> {
        to_set(graphics).collect()
    }

    #[test]
    fn a_computer_without_trouble_keeps_its_graphics() {
        assert_eq!(set(Graphics { wayland: true, ..Graphics::default() }), [""; 0]);
    }

    #[test]
    fn nvidia_draws_without_shared_buffers_and_on_wayland_without_explicit_sync() {
        let x11 = Graphics { nvidia: true, ..Graphics::default() };
        assert_eq!(set(x11), ["WEBKIT_DISABLE_DMABUF_RENDERER"]);
        let wayland = Graphics { wayland: true, ..x11 };
        assert_eq!(set(wayland), ["WEBKIT_DISABLE_DMABUF_RENDERER", "__NV_DISABLE_EXPLICIT_SYNC"]);
    }

    #[test]
    fn safe_graphics_draws_without_the_card() {
        let safe = Graphics { safe: true, ..Graphics::default() };
        assert_eq!(set(safe), ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE"]);
    }
}
