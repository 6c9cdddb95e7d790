//! A self-contained HTML page: tiles, charts as inline SVG, tables. Pure: data in, text out.
//!
//! Colours are CSS variables, so that one drawing serves light and dark; drawings are 420 units wide, so that text stays
//! readable on a phone.

pub mod chart;
pub mod page;

pub use chart::{Heatmap, LineChart, Series};
pub use page::{Page, Section, Table, Tile};
