//! `report.html`: one file with everything, no network, readable in light and dark, on paper and at 400 px.

mod document;
mod method;
mod sections;
mod style;
mod tables;
mod unfit;

pub use document::page;
