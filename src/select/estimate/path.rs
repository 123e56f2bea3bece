//! Paths from a variable to what an expression is a part of.
//!
//! Upstream keeps a path in a Go slice and extends it by `append`, which writes into the same array as long as there is
//! room: a second extension of one path overwrites the first, and the estimate of a text that was an id becomes that of an
//! attribute. So here paths share arrays in the same way.

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A variable or a field.
    Name(String),
    /// The elements of a list.
    Items,
    /// The indices of a list.
    Indices,
    /// The keys of a map.
    Keys,
    /// The values of a map.
    Values,
}

/// A path: the first `length` steps of an array.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path {
    array: Option<usize>,
    length: usize,
}

/// All arrays.
#[derive(Debug, Default)]
pub struct Paths {
    /// The steps that were written, and how many have room.
    arrays: Vec<(Vec<Step>, usize)>,
}

impl Path {
    /// True for no path.
    pub fn is_none(self) -> bool {
        self.array.is_none()
    }
}

impl Paths {
    /// The path of a variable.
    pub fn root(&mut self, name: &str) -> Path {
        self.arrays.push((vec![Step::Name(name.to_owned())], 1));
        Path { array: Some(self.arrays.len() - 1), length: 1 }
    }

    /// The path and one step more.
    pub fn append(&mut self, path: Path, step: Step) -> Path {
        let length = path.length + 1;
        if let Some(array) = path.array {
            let (steps, room) = &mut self.arrays[array];
            if path.length < *room {
                match steps.get_mut(path.length) {
                    Some(place) => *place = step,
                    None => steps.push(step),
                }
                return Path { array: Some(array), length };
            }
        }
        let mut steps = self.steps(path).to_vec();
        // Go doubles an array of up to 256 steps.
        let room = (path.length * 2).max(1);
        steps.push(step);
        self.arrays.push((steps, room));
        Path { array: Some(self.arrays.len() - 1), length }
    }

    /// A path that shares nothing with others, and one step more.
    pub fn copied(&mut self, path: Path, step: Step) -> Path {
        let mut steps = self.steps(path).to_vec();
        steps.push(step);
        let length = steps.len();
        self.arrays.push((steps, length));
        Path { array: Some(self.arrays.len() - 1), length }
    }

    /// The steps as they are now.
    pub fn steps(&self, path: Path) -> &[Step] {
        path.array.map_or(&[], |array| &self.arrays[array].0[..path.length])
    }
}
