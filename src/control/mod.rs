//! TODO-ROOM control
