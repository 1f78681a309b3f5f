//! Locks that outlive a panic. Knows nobody.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what a thread that panicked may have left locked: nothing here stays half done under a lock, so the value is
/// good, and one task that dies stops no other.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
