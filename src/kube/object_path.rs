//! Paths inside an object, as Kubernetes writes them: `spec.devices[1].attributes[dra.net/rdma]`.

use std::fmt;

/// One step of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Into a field or a key of a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// A path from the object down.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct ObjectPath(pub Vec<Step>);

impl ObjectPath {
    /// A path of field names separated by dots.
    pub fn fields(path: &str) -> ObjectPath {
        ObjectPath(path.split('.').filter(|name| !name.is_empty()).map(|name| Step::Key(name.to_owned())).collect())
    }

    /// The path to a field or key below this one.
    pub fn key(&self, key: impl Into<String>) -> ObjectPath {
        self.with(Step::Key(key.into()))
    }

    /// The path to an item below this one.
    pub fn index(&self, at: usize) -> ObjectPath {
        self.with(Step::Index(at))
    }

    fn with(&self, step: Step) -> ObjectPath {
        let mut steps = self.0.clone();
        steps.push(step);
        ObjectPath(steps)
    }

    /// The path without positions, by which equal mistakes are known.
    pub fn pattern(&self) -> String {
        let key = |step: &Step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(_) => "[]".to_owned(),
        };
        self.0.iter().map(key).collect::<Vec<_>>().join(".")
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => write!(f, "[{key}]")?,
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_kubernetes_own() {
        let path = ObjectPath::fields("spec.devices").index(1).key("attributes").key("dra.net/rdma").key("bool");
        assert_eq!(path.to_string(), "spec.devices[1].attributes[dra.net/rdma].bool");
        assert_eq!(path.pattern(), "spec.devices.[].attributes.dra.net/rdma.bool");
        assert_eq!(ObjectPath::default().to_string(), "");
    }
}
