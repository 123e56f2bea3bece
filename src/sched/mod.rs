//! TODO-ROOM sched
