//! What a packing policy sees: one ask, and what is free on one node.

use crate::base::ModelId;
use crate::model::{Ask, DeviceKind};

/// Most GPUs of one node that a [`NodeState`] can hold.
pub const GPUS_MAX: usize = 16;

/// A whole GPU, in thousandths.
pub const WHOLE_MILLI: u16 = 1000;

/// An ask as the FGD study has it: CPU, memory, and either one share of one GPU or some whole GPUs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PackingAsk {
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Host memory, in bytes.
    pub memory_bytes: i64,
    /// How many GPUs; 0 for a CPU-only pod.
    pub gpus: u32,
    /// Share of each GPU in thousandths: 1 to 1000, and 1000 if `gpus` is more than 1; 0 for a CPU-only pod.
    pub gpu_milli: u16,
    /// Accepted models, empty for any.
    pub models: Vec<ModelId>,
}

impl PackingAsk {
    /// The ask in these terms, or the reason why they cannot say it.
    pub fn from_ask(ask: &Ask) -> Result<PackingAsk, &'static str> {
        let mut packed =
            PackingAsk { cpu_milli: ask.cpu_milli, memory_bytes: ask.memory_bytes, gpus: 0, gpu_milli: 0, models: Vec::new() };
        match ask.devices.as_slice() {
            [] => {}
            [gpu] if gpu.kind != DeviceKind::Gpu => return Err("asks for a device that is no GPU"),
            [gpu] if gpu.memory_bytes_min > 0 => return Err("asks for device memory"),
            [gpu] if gpu.share_milli == 0 || gpu.share_milli > u32::from(WHOLE_MILLI) => {
                return Err("asks for a share of a GPU outside 1 to 1000 thousandths");
            }
            [gpu] if gpu.count > 1 && gpu.share_milli < u32::from(WHOLE_MILLI) => {
                return Err("asks for shares of several GPUs");
            }
            [gpu] if gpu.count > 0 => {
                packed.gpus = gpu.count;
                packed.gpu_milli = gpu.share_milli as u16;
                packed.models.clone_from(&gpu.models);
            }
            [_] => {}
            _ => return Err("asks for several kinds of device"),
        }
        if !ask.alignments.is_empty() {
            return Err("asks for devices close to each other");
        }
        Ok(packed)
    }

    /// Requested GPU in thousandths: the study's `num_gpu * gpu_milli`.
    pub fn total_milli(&self) -> i64 {
        i64::from(self.gpus) * i64::from(self.gpu_milli)
    }

    /// True if it asks for a part of one GPU.
    pub fn is_share(&self) -> bool {
        self.gpus > 0 && self.gpu_milli < WHOLE_MILLI
    }

    /// Class of the pod for clustering: 0 for a share of a GPU, k for k whole GPUs, `None` for a CPU-only pod or one
    /// that no [`NodeState`] can hold.
    pub fn class(&self) -> Option<usize> {
        match self.gpus as usize {
            0 => None,
            _ if self.is_share() => Some(0),
            k => (k <= GPUS_MAX).then_some(k),
        }
    }

    /// True if GPUs of `model` are accepted. A node without GPUs has no model.
    pub fn accepts(&self, model: Option<ModelId>) -> bool {
        self.models.is_empty() || model.is_some_and(|m| self.models.contains(&m))
    }
}

/// What is free on one node. Two nodes with equal states get equal points.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeState {
    /// Free CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Free memory, in bytes.
    pub memory_bytes: i64,
    /// Free pod slots.
    pub pods: i64,
    /// Model of its GPUs; `None` if it has none.
    pub model: Option<ModelId>,
    /// How many GPUs it has.
    gpus: u8,
    /// Thousandths left of each GPU; 0 beyond `gpus`.
    left: [u16; GPUS_MAX],
    /// How many pods of each class it holds, by [`PackingAsk::class`].
    classes: [u16; GPUS_MAX + 1],
}

impl NodeState {
    /// An empty node. Panics if it has more than [`GPUS_MAX`] GPUs.
    pub fn empty(cpu_milli: i64, memory_bytes: i64, pods: i64, gpus: usize, model: Option<ModelId>) -> NodeState {
        assert!(gpus <= GPUS_MAX, "a node state holds {GPUS_MAX} GPUs, not {gpus}");
        let mut left = [0; GPUS_MAX];
        left[..gpus].fill(WHOLE_MILLI);
        NodeState { cpu_milli, memory_bytes, pods, model, gpus: gpus as u8, left, classes: [0; GPUS_MAX + 1] }
    }

    /// Thousandths left of each GPU, by index on the node.
    pub fn left(&self) -> &[u16] {
        &self.left[..usize::from(self.gpus)]
    }

    /// Thousandths left over all GPUs: `T` of the study.
    pub fn left_milli(&self) -> i64 {
        self.left.iter().map(|&l| i64::from(l)).sum()
    }

    /// How many GPUs nobody holds a share of.
    pub fn idle(&self) -> usize {
        self.left.iter().filter(|&&l| l == WHOLE_MILLI).count()
    }

    /// How many pods of each class it holds, by [`PackingAsk::class`].
    pub fn classes(&self) -> &[u16; GPUS_MAX + 1] {
        &self.classes
    }

    /// True if `ask` can run here now: CPU, memory, a pod slot, the model, and enough GPUs with enough left.
    pub fn fits(&self, ask: &PackingAsk) -> bool {
        self.cpu_milli >= ask.cpu_milli
            && self.memory_bytes >= ask.memory_bytes
            && self.pods > 0
            && (ask.gpus == 0
                || self.left().iter().filter(|&&l| l >= ask.gpu_milli).count() >= ask.gpus as usize && ask.accepts(self.model))
    }

    /// Takes what `ask` wants from the named GPUs. Panics if it is not there: a policy cannot give a GPU twice, whatever
    /// it does.
    pub fn take(&mut self, ask: &PackingAsk, gpus: &[u32]) {
        assert_eq!(gpus.len(), ask.gpus as usize, "an ask for {} GPUs got {gpus:?}", ask.gpus);
        assert!(self.cpu_milli >= ask.cpu_milli && self.memory_bytes >= ask.memory_bytes && self.pods > 0, "node is full");
        self.take_cpu_and_gpus(ask, gpus);
        self.memory_bytes -= ask.memory_bytes;
        self.pods -= 1;
        if let Some(class) = ask.class() {
            self.hold_class(class, 1);
        }
    }

    /// Counts `pods` more pods of a class.
    pub fn hold_class(&mut self, class: usize, pods: u16) {
        self.classes[class] = self.classes[class].checked_add(pods).expect("more than 65,535 pods of a class on one node");
    }

    /// The part of [`NodeState::take`] that fragmentation looks at, for what-if questions.
    pub fn take_cpu_and_gpus(&mut self, ask: &PackingAsk, gpus: &[u32]) {
        self.cpu_milli -= ask.cpu_milli;
        for (i, &gpu) in gpus.iter().enumerate() {
            assert!(!gpus[..i].contains(&gpu), "GPU {gpu} is given twice: {gpus:?}");
            let left = &mut self.left[..usize::from(self.gpus)][gpu as usize];
            *left = left.checked_sub(ask.gpu_milli).unwrap_or_else(|| panic!("GPU {gpu} has {left} left"));
        }
    }

    /// As [`NodeState::take_cpu_and_gpus`] with the idle GPUs of lowest index, for an ask for whole GPUs or none.
    pub fn take_lowest_idle(&mut self, ask: &PackingAsk) {
        self.cpu_milli -= ask.cpu_milli;
        self.left.iter_mut().filter(|left| **left == WHOLE_MILLI).take(ask.gpus as usize).for_each(|left| *left = 0);
    }
}
