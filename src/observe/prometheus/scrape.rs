//! What a scrape finds: series of families, each with its labels and its value.

use std::borrow::Cow;

use crate::observe::prometheus::{Family, Histogram};

/// The value of a series.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sample {
    /// A counter or a gauge.
    Number(u64),
    /// A histogram.
    Histogram(Histogram),
}

/// One series of a family.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// Values of the labels, in the order of their names in the family.
    pub labels: Vec<Cow<'static, str>>,
    /// Its value.
    pub sample: Sample,
}

/// What all components expose at one instant, by family in the order in which families were added.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scrape {
    families: Vec<(&'static Family, Vec<Series>)>,
}

impl Scrape {
    /// Adds a series to a family. Panics if the family is not in the table, or if its labels or kind are others: a bug of ours.
    pub fn add<L: Into<Cow<'static, str>>>(&mut self, name: &str, labels: impl IntoIterator<Item = L>, sample: Sample) {
        let family = Family::named(name);
        let labels: Vec<Cow<'static, str>> = labels.into_iter().map(Into::into).collect();
        assert_eq!(labels.len(), family.labels.len(), "{name} has other labels");
        let is_histogram = matches!(sample, Sample::Histogram(_));
        assert_eq!(is_histogram, !family.kind.bounds().is_empty(), "{name} is of another kind");
        let series = Series { labels, sample };
        match self.families.iter_mut().find(|(known, _)| known.name == name) {
            Some((_, all)) => all.push(series),
            None => self.families.push((family, vec![series])),
        }
    }

    /// Families that have series, with these.
    pub fn families(&self) -> impl Iterator<Item = (&'static Family, &[Series])> {
        self.families.iter().map(|(family, series)| (*family, series.as_slice()))
    }

    /// The value of a series, by its labels.
    pub fn sample(&self, name: &str, labels: &[&str]) -> Option<&Sample> {
        let (_, series) = self.families.iter().find(|(family, _)| family.name == name)?;
        series.iter().find(|one| one.labels == labels).map(|one| &one.sample)
    }

    /// The value of a counter or gauge, or how many observations a histogram has; 0 where there is no such series.
    pub fn count(&self, name: &str, labels: &[&str]) -> u64 {
        match self.sample(name, labels) {
            None => 0,
            Some(Sample::Number(number)) => *number,
            Some(Sample::Histogram(histogram)) => histogram.count(),
        }
    }

    /// True if nothing is exposed, as after a sequence replay.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }
}
