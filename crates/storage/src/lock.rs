//! The lock of the one writer: who holds it appends to the lake and maintains it.

use std::fs::{File, TryLockError};

use crate::durable;
use crate::error::StorageError;
use crate::lake::Lake;

/// Held until dropped, or until the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock without waiting.
    pub(crate) fn take(lake: &Lake) -> Result<Self, StorageError> {
        let path = lake.own_folder().join("writer.lock");
        durable::create_folders(&lake.own_folder())?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(StorageError::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StorageError::Locked { lock: path }),
            Err(TryLockError::Error(source)) => Err(StorageError::Io { path, source }),
        }
    }
}
