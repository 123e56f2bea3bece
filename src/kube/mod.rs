//! TODO-ROOM kube
