//! Charts as SVG text. Width is fixed in drawing units, the page scales it.

use std::fmt::Write;

/// Width of every drawing, in units of about a pixel on a phone.
const WIDTH: f64 = 420.0;
/// Height of a line chart.
const HEIGHT: f64 = 200.0;
/// Room for labels: left, right, top, bottom.
const MARGIN: (f64, f64, f64, f64) = (40.0, 12.0, 12.0, 24.0);

/// One line: a name and a value per x position, `None` where there is none.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// One value per label of the chart.
    pub values: Vec<Option<f64>>,
}

/// A chart of lines over labelled positions.
#[derive(Debug, Clone)]
pub struct LineChart {
    /// What it shows, for people and for screen readers.
    pub title: String,
    /// Labels of the positions, for example days.
    pub labels: Vec<String>,
    /// At most four lines; more cannot be told apart.
    pub series: Vec<Series>,
    /// A target drawn as a dashed line.
    pub target: Option<f64>,
    /// Values are shares of one: axis in per cent.
    pub is_ratio: bool,
}

impl LineChart {
    /// The drawing.
    #[must_use]
    pub fn svg(&self) -> String {
        let (low, high) = self.range();
        let (left, right, top, bottom) = MARGIN;
        let x = |i: usize| left + (WIDTH - left - right) * i as f64 / (self.labels.len().max(2) - 1) as f64;
        let y = |v: f64| top + (HEIGHT - top - bottom) * (1.0 - (v - low) / (high - low));
        let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">", escape(&self.title));
        for step in 0..=4 {
            let value = low + (high - low) * f64::from(step) / 4.0;
            let at = y(value);
            let _ = write!(out, "<line class=\"grid\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>", WIDTH - right);
            let _ = write!(
                out,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 4.0,
                at + 4.0,
                self.tick(value)
            );
        }
        let every = self.labels.len().div_ceil(5).max(1);
        for (i, label) in self.labels.iter().enumerate().step_by(every) {
            let anchor = if i == 0 { "start" } else { "middle" };
            let _ = write!(
                out,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                x(i),
                HEIGHT - 6.0,
                escape(label)
            );
        }
        if let Some(target) = self.target {
            let at = y(target.clamp(low, high));
            let _ = write!(out, "<line class=\"target\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>", WIDTH - right);
        }
        for (number, series) in self.series.iter().enumerate() {
            let _ = write!(out, "<path class=\"line s{number}\" d=\"{}\"/>", path(series, &x, &y));
        }
        out.push_str("</svg>");
        out + &self.legend()
    }

    fn range(&self) -> (f64, f64) {
        let values = self.series.iter().flat_map(|s| s.values.iter().flatten().copied()).chain(self.target);
        let high = values.fold(f64::MIN, f64::max);
        if self.is_ratio && high <= 1.0 {
            let top = if high <= 0.2 { 0.2 } else { 1.0 };
            return (0.0, top);
        }
        (0.0, nice_ceiling(high))
    }

    fn tick(&self, value: f64) -> String {
        if self.is_ratio {
            return format!("{:.0} %", value * 100.0);
        }
        if value >= 10_000.0 {
            return format!("{:.0}k", value / 1_000.0);
        }
        if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
    }

    fn legend(&self) -> String {
        if self.series.len() < 2 && self.target.is_none() {
            return String::new();
        }
        let mut out = String::from("<div class=\"legend\">");
        for (number, series) in self.series.iter().enumerate() {
            let _ = write!(out, "<span><i class=\"b{number}\"></i>{}</span>", escape(&series.name));
        }
        if let Some(target) = self.target {
            let _ = write!(out, "<span><i class=\"bt\"></i>target {}</span>", self.tick(target));
        }
        out + "</div>"
    }
}

fn path(series: &Series, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let mut out = String::new();
    let mut pen_down = false;
    for (i, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            pen_down = false;
            continue;
        };
        let _ = write!(out, "{}{:.1} {:.1}", if pen_down { 'L' } else { 'M' }, x(i), y(*value));
        pen_down = true;
    }
    out
}

/// The next number at or above a value whose quarters, the ticks, are easy to read; 1 for nothing.
fn nice_ceiling(value: f64) -> f64 {
    if value.is_nan() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 6.0, 8.0, 10.0].iter().map(|m| m * power).find(|c| *c >= value).unwrap_or(value)
}

/// Values by row and column, as shades.
#[derive(Debug, Clone)]
pub struct Heatmap {
    /// What it shows.
    pub title: String,
    /// Row labels, top to bottom.
    pub rows: Vec<String>,
    /// Column labels, left to right.
    pub columns: Vec<String>,
    /// `values[row][column]`.
    pub values: Vec<Vec<Option<f64>>>,
    /// Unit for the tooltips.
    pub unit: String,
}

impl Heatmap {
    /// The drawing; every cell has a tooltip with its value.
    #[must_use]
    pub fn svg(&self) -> String {
        let (left, cell_height) = (34.0, 18.0);
        let cell = (WIDTH - left - 4.0) / self.columns.len().max(1) as f64;
        let height = 20.0 + cell_height * self.rows.len() as f64;
        let high = self.values.iter().flatten().flatten().copied().fold(0.0, f64::max);
        let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">", escape(&self.title));
        for (r, row) in self.values.iter().enumerate() {
            let top = 2.0 + cell_height * r as f64;
            let _ = write!(
                out,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 4.0,
                top + 13.0,
                escape(&self.rows[r])
            );
            for (c, value) in row.iter().enumerate() {
                let share = value.map_or(0.0, |v| if high > 0.0 { v / high } else { 0.0 });
                let shown = value.map_or_else(|| "none".to_string(), |v| format!("{v:.0} {}", self.unit));
                let _ = write!(
                    out,
                    "<rect class=\"cell\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill-opacity=\"{:.2}\"><title>{} {}: {}</title></rect>",
                    left + cell * c as f64,
                    cell - 1.0,
                    cell_height - 1.0,
                    0.06 + 0.94 * share,
                    escape(&self.rows[r]),
                    escape(&self.columns[c]),
                    escape(&shown)
                );
            }
        }
        for (c, label) in self.columns.iter().enumerate().step_by(3) {
            let _ =
                write!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + cell * c as f64, height - 4.0, escape(label));
        }
        out + "</svg>"
    }
}

/// Text made safe inside HTML and SVG.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{LineChart, Series, nice_ceiling};

    #[test]
    fn a_gap_in_the_data_is_a_gap_in_the_line() {
        let chart = LineChart {
            title: "t".into(),
            labels: (0..4).map(|i| i.to_string()).collect(),
            series: vec![Series { name: "a".into(), values: vec![Some(1.0), None, Some(2.0), Some(3.0)] }],
            target: None,
            is_ratio: false,
        };
        let svg = chart.svg();
        let d = svg.split("d=\"").nth(1).and_then(|s| s.split('"').next()).unwrap_or_default().to_string();
        assert_eq!((d.matches('M').count(), d.matches('L').count()), (2, 1), "{d}");
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        let chart = LineChart { title: "<script>".into(), labels: vec!["a".into()], series: vec![], target: Some(0.5), is_ratio: true };
        assert!(!chart.svg().contains("<script>"));
    }

    #[test]
    fn axis_ends_are_round() {
        assert_eq!([nice_ceiling(37.0), nice_ceiling(210.0), nice_ceiling(2760.0), nice_ceiling(0.0)], [40.0, 240.0, 3000.0, 1.0]);
    }
}
