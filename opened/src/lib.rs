//! Whether stdout was there when the process began.
//!
//! Before `main`, Rust's runtime opens /dev/null in place of a stdout that is closed, and whatever is written then is lost
//! without an error. So this looks before Rust does.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

ctor::declarative::ctor! {
    #[ctor(unsafe)]
    fn look() {
        let flags = rustix::io::fcntl_getfd(rustix::stdio::stdout());
        CLOSED.store(flags.is_err(), Ordering::Relaxed);
    }
}

/// Whether there was none.
#[must_use]
pub fn stdout_was_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}
