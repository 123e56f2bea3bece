//! TODO-ROOM trace
