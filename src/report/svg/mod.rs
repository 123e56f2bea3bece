//! The pictures: one file a chart, on a common canvas and palette.
//!
//! Charts with axes are drawn by plotters on its SVG backend; bars and heat maps are written directly. Every colour is a
//! presentation attribute that is right on white, and a style sheet overrides it by attribute where the reader prefers dark,
//! so a picture is right in any viewer, in the page and in print.

mod axis;
mod canvas;
mod capacity;
mod curve;
mod heat;
mod latency;
pub mod load_curve;
mod palette;
mod pictures;
mod plot;
mod stages;
mod utilization;

pub use canvas::Picture;
pub use palette::{series_colour, style_sheet};
pub use pictures::pictures;
