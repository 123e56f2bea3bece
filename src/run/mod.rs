//! TODO-ROOM run
