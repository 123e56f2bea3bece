//! Every finding code of the trace readers.

/// The file is not CSV text at all, or has no header line.
pub const NOT_A_TABLE: &str = "E2001";
/// A column that the format needs is missing, or a column appears twice.
pub const HEADER: &str = "E2002";
/// A row has more or fewer fields than the header.
pub const ARITY: &str = "E2003";
/// A field is not a whole number within the allowed range.
pub const NUMBER: &str = "E2004";
/// A name appears twice.
pub const DUPLICATE: &str = "E2005";
/// Fields of one row contradict each other.
pub const CONTRADICTION: &str = "E2006";
/// A field holds a word that the format does not know, or is empty where it must not be.
pub const WORD: &str = "E2007";
/// The file has a header but no usable row.
pub const EMPTY: &str = "E2008";
/// An order file lacks the seed, or its line does not suit the pod list or the nodes.
pub const ORDER: &str = "E2009";
/// A list without times is replayed by time.
pub const NO_TIMES: &str = "E2010";
/// A column that the format does not have; it is ignored.
pub const UNKNOWN_COLUMN: &str = "W2001";
/// A value that is ignored because another field makes it meaningless.
pub const IGNORED_VALUE: &str = "W2002";
/// Demands of a trace that no node of the cluster could ever hold; they stay pending.
pub const UNPLACEABLE: &str = "W2003";
/// Rows before the chosen start of the trace.
pub const BEFORE_START: &str = "N2001";
/// Something of a Kubernetes cluster that the simulation does not know.
pub const NOT_SIMULATED: &str = "W2004";
/// A device of a Kubernetes cluster with a value that cannot be read.
pub const DEVICE: &str = "E2011";
