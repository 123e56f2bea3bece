//! TODO-ROOM select
