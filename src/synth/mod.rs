//! TODO-ROOM synth
