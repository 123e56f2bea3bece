//! Claims, slices and classes as the scheduler keeps them (`plugins/dynamicresources/dra_manager.go`).

pub mod manager;

pub use manager::Manager;
