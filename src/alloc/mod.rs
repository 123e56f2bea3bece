//! TODO-ROOM alloc
