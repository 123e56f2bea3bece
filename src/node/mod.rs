//! TODO-ROOM node
