//! What runs along time, drawn by plotters as SVG. Colours are classes, so that the page's style decides them, in light
//! and in dark; each picture is drawn for a wide and for a narrow screen, because letters must not shrink.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::figures;
use super::summary::{Step, Timeline};

/// Pixels of a picture.
#[derive(Debug, Clone, Copy)]
struct Size {
    class: &'static str,
    width: u32,
    height: u32,
    /// Labels along time.
    labels: usize,
}

/// For screens from a tablet on, and for phones.
const SIZES: [Size; 2] = [
    Size { class: "wide", width: 960, height: 230, labels: 8 },
    Size { class: "narrow", width: 340, height: 210, labels: 4 },
];
/// Of letters. Plotters divides it by 1.24.
const LETTERS: u32 = 16;
/// The width of what stands beside the vertical axis.
const AXIS_WIDTH: u32 = 56;
const AXIS_HEIGHT: u32 = 32;
/// Bars that one picture has at most; more steps are drawn together.
const BARS_MAX: usize = 120;

/// What a class of the page's style colours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub u8);

/// Lines of the grid, letters, and the line of the quota. Others are those of a [`Layer`].
const GRID: Paint = Paint(1);
const TEXT: Paint = Paint(2);
const QUOTA: Paint = Paint(3);

impl Paint {
    /// A colour that stands for the class until [`classes`].
    fn color(self) -> RGBColor {
        RGBColor(0, 0, self.0)
    }
}

/// A layer of stacked bars.
pub(super) struct Layer {
    /// The class of the page's style, from 4 on.
    pub paint: Paint,
    pub of: fn(&Step) -> f64,
}

/// What a picture shows.
pub(super) struct Plot<'a> {
    pub timeline: &'a Timeline,
    pub layers: &'a [Layer],
    /// A line across.
    pub line: Option<f64>,
    /// How the numbers of the vertical axis are told.
    pub label: fn(&f64) -> String,
    /// What a person who does not see the picture hears.
    pub says: &'a str,
    /// Whether values are counts, to be told per second; else they are means.
    pub per_second: bool,
    /// The end of the vertical axis, where it is known.
    pub top: Option<f64>,
}

/// A bar: from when to when, and its layers from the ground.
struct Bar {
    from: f64,
    to: f64,
    layers: Vec<f64>,
}

impl Plot<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a picture")]
    fn bars(&self, seconds: f64) -> Vec<Bar> {
        let Timeline { steps, step_seconds, .. } = self.timeline;
        let at_once = steps.len().div_ceil(BARS_MAX).max(1);
        let mut from = 0.0;
        let bar = |steps: &[Step]| {
            let to = (from + step_seconds * steps.len() as f64).min(seconds.max(from));
            // The last step may have just begun, and a count of its moments would tower.
            let length = (to - from).max(step_seconds.min(1.0));
            let over = if self.per_second { length } else { steps.len() as f64 };
            let layers = self.layers.iter().map(|layer| steps.iter().map(layer.of).sum::<f64>() / over).collect();
            let bar = Bar { from, to, layers };
            from = to;
            bar
        };
        steps.chunks(at_once).map(bar).collect()
    }

    /// The picture for each size of screen, of a run of so many seconds.
    pub(super) fn draw(&self, seconds: f64) -> Markup {
        let seconds = seconds.max(0.1);
        let bars = self.bars(seconds);
        let heights = bars.iter().map(|bar| bar.layers.iter().sum::<f64>());
        let highest = heights.chain(self.line).fold(0.0, f64::max);
        let top = self.top.unwrap_or(if highest > 0.0 { highest * 1.12 } else { 1.0 });
        let one = |size: Size| match self.svg(&bars, seconds, top, size) {
            Ok(svg) => {
                html! { div class=(size.class) role="img" aria-label=(self.says) { (PreEscaped(classes(&svg))) } }
            }
            Err(_) => html! {},
        };
        html! { @for size in SIZES { (one(size)) } }
    }

    fn svg(&self, bars: &[Bar], seconds: f64, top: f64, size: Size) -> Result<String, Box<dyn std::error::Error>> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (size.width, size.height)).into_drawing_area();
            self.plot(&area, bars, (seconds, top), size.labels)?;
            area.present()?;
        }
        Ok(svg)
    }

    fn plot(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
        bars: &[Bar],
        (seconds, top): (f64, f64),
        labels: usize,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let unit = figures::unit(seconds);
        let text = ("sans-serif", LETTERS).into_font().color(&TEXT.color());
        let mut chart = ChartBuilder::on(area)
            .margin_top(10)
            .margin_right(22)
            .x_label_area_size(AXIS_HEIGHT)
            .y_label_area_size(AXIS_WIDTH)
            .build_cartesian_2d(0.0..seconds / unit, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.color())
            .axis_style(GRID.color())
            .set_all_tick_mark_size(6)
            .x_labels(labels)
            .y_labels(5)
            .x_label_formatter(&|at| figures::moment(*at * unit, seconds))
            .y_label_formatter(&|value| (self.label)(value))
            .label_style(text)
            .draw()?;
        for bar in bars {
            let gap = (bar.to - bar.from) * 0.12;
            let mut ground = 0.0;
            for (layer, height) in self.layers.iter().zip(&bar.layers).filter(|(_, height)| **height > 0.0) {
                let corners = [((bar.from + gap) / unit, ground), ((bar.to - gap) / unit, (ground + height).min(top))];
                chart.draw_series([Rectangle::new(corners, layer.paint.color().filled())])?;
                ground += height;
            }
        }
        if let Some(line) = self.line {
            let ends = vec![(0.0, line), (seconds / unit, line)];
            chart.draw_series([PathElement::new(ends, QUOTA.color().stroke_width(2))])?;
        }
        Ok(())
    }
}

/// Puts classes in the place of colours, and takes out what names another place or another font.
fn classes(svg: &str) -> String {
    let mut svg = svg.replace(r#" xmlns="http://www.w3.org/2000/svg""#, "").replace(r#" font-family="sans-serif""#, "");
    for paint in 1..=9_u8 {
        let color = format!("#0000{paint:02X}");
        svg = svg
            .replace(&format!(r#"fill="{color}""#), &format!(r#"class="f{paint}""#))
            .replace(&format!(r#"stroke="{color}""#), &format!(r#"class="s{paint}""#));
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(steps: usize) -> Timeline {
        let step = |at: usize| Step {
            requests: 10 + at as u64 % 3,
            refusals: u64::from(at.is_multiple_of(7)),
            ..Step::default()
        };
        Timeline { requests_per_second: 10.0, step_seconds: 1.0, steps: (0..steps).map(step).collect() }
    }

    fn drawn(timeline: &Timeline, seconds: f64) -> String {
        let layers = [
            Layer { paint: Paint(4), of: |step| step.requests as f64 },
            Layer { paint: Paint(5), of: |step| step.refusals as f64 },
        ];
        let plot = Plot {
            timeline,
            layers: &layers,
            line: Some(10.0),
            label: |value| format!("{value:.0}"),
            says: "requests",
            per_second: true,
            top: None,
        };
        plot.draw(seconds).into_string()
    }

    #[test]
    fn a_picture_has_classes_and_nothing_from_elsewhere() {
        let svg = drawn(&timeline(30), 29.5);
        assert!(!svg.contains("http") && !svg.contains('#') && !svg.contains("font-family"), "{svg}");
        assert_eq!(svg.matches("<svg").count(), 2);
        assert_eq!(svg.matches(r#"class="f4""#).count(), 2 * 30);
        assert_eq!(svg.matches(r#"class="s3""#).count(), 2);
    }

    #[test]
    fn long_and_empty_runs_have_pictures_too() {
        assert_eq!(drawn(&timeline(240), 240.0).matches(r#"class="f4""#).count(), 2 * BARS_MAX);
        assert!(drawn(&Timeline::default(), 0.0).contains("<svg"));
    }
}
