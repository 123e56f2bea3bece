//! TODO-ROOM scenario
