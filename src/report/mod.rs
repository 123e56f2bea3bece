//! TODO-ROOM report
