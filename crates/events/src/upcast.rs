//! upcast
