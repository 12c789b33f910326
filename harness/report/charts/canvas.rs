//! A drawing surface for charts: plotters' SVG backend with the few marks that charts here need.
//!
//! What is drawn in black becomes `currentColor`, so that a chart follows the page into the dark.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// plotters divides the size of a font by this when it writes SVG.
const FONT_SCALE: f64 = 1.24;

/// A point in pixels from the upper left corner.
pub type At = (i32, i32);

/// A colour with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paint(pub RGBAColor);

/// Text and lines in the colour of the page's text.
pub const INK: Paint = Paint(RGBAColor(0, 0, 0, 1.0));
/// Text that says less.
pub const MUTED: Paint = Paint(RGBAColor(0, 0, 0, 0.72));
/// Axes.
pub const AXIS: Paint = Paint(RGBAColor(0, 0, 0, 0.5));
/// Lines of a grid.
pub const GRID: Paint = Paint(RGBAColor(0, 0, 0, 0.13));

impl Paint {
    /// The colour written as `#rrggbb`; grey if it is not.
    pub fn hex(text: &str) -> Paint {
        let channel = |at: usize| {
            text.get(at..at + 2)
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        };
        match (
            text.len(),
            text.starts_with('#'),
            channel(1),
            channel(3),
            channel(5),
        ) {
            (7, true, Some(red), Some(green), Some(blue)) => {
                Paint(RGBAColor(red, green, blue, 1.0))
            }
            _ => Paint(RGBAColor(0x77, 0x77, 0x77, 1.0)),
        }
    }

    /// The same colour with another opacity, from 0 to 1.
    pub fn faded(self, opacity: f64) -> Paint {
        Paint(RGBAColor(self.0.0, self.0.1, self.0.2, opacity))
    }

    /// As `#rrggbb`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0.0, self.0.1, self.0.2)
    }
}

/// How text is set.
#[derive(Clone, Copy)]
pub struct Type {
    /// Size in pixels.
    pub size: f64,
    /// Colour.
    pub paint: Paint,
    /// Where the given point lies in it.
    pub anchor: HPos,
    /// Whether it is bold.
    pub bold: bool,
}

/// Text of the usual size, beginning at its point.
pub const PLAIN: Type = Type {
    size: 13.0,
    paint: INK,
    anchor: HPos::Left,
    bold: false,
};
/// Smaller text that says less.
pub const SMALL: Type = Type {
    size: 12.0,
    paint: MUTED,
    anchor: HPos::Left,
    bold: false,
};

impl Type {
    /// Ending at its point.
    pub fn end(self) -> Type {
        Type {
            anchor: HPos::Right,
            ..self
        }
    }

    /// Centred on its point.
    pub fn middle(self) -> Type {
        Type {
            anchor: HPos::Center,
            ..self
        }
    }

    /// In bold.
    pub fn bold(self) -> Type {
        Type { bold: true, ..self }
    }
}

/// A surface to draw on.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a chart of the given size in pixels, and returns its SVG element.
pub fn draw(size: (u32, u32), content: impl FnOnce(&Canvas) -> Result<()>) -> Result<String> {
    let mut svg = String::new();
    {
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
        };
        content(&canvas)?;
        canvas
            .area
            .present()
            .map_err(|e| anyhow!("cannot draw: {e}"))?;
    }
    Ok(svg
        .replace("\"#000000\"", "\"currentColor\"")
        .replace("\n</text>", "</text>")
        .replace(" font-family=\"sans-serif\"", ""))
}

impl Canvas<'_> {
    /// Text, its middle at the height of the point.
    pub fn text(&self, at: At, text: &str, kind: Type) -> Result<()> {
        let weight = if kind.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let style = TextStyle::from(("sans-serif", kind.size * FONT_SCALE, weight).into_font())
            .color(&kind.paint.0)
            .pos(Pos::new(kind.anchor, VPos::Center));
        self.put(self.area.draw_text(text, &style, at))
    }

    /// A line through points.
    pub fn line(&self, points: &[At], paint: Paint, width: u32) -> Result<()> {
        let style = paint.0.stroke_width(width);
        self.put(self.area.draw(&PathElement::new(points.to_vec(), style)))
    }

    /// A line through points with dashes: lengths in pixels of line and gap in turn; none is a whole line.
    pub fn dashed(&self, points: &[At], paint: Paint, width: u32, dashes: &[f64]) -> Result<()> {
        if dashes.is_empty() {
            return self.line(points, paint, width);
        }
        for piece in cut(points, dashes) {
            self.line(&piece, paint, width)?;
        }
        Ok(())
    }

    /// A filled rectangle from its upper left to its lower right corner.
    pub fn fill(&self, from: At, to: At, paint: Paint) -> Result<()> {
        self.put(
            self.area
                .draw(&Rectangle::new([from, to], paint.0.filled())),
        )
    }

    /// A filled circle.
    pub fn dot(&self, at: At, radius: u32, paint: Paint) -> Result<()> {
        self.put(self.area.draw(&Circle::new(at, radius, paint.0.filled())))
    }

    /// The outline of a circle.
    pub fn ring(&self, at: At, radius: u32, paint: Paint, width: u32) -> Result<()> {
        let style = paint.0.stroke_width(width);
        self.put(self.area.draw(&Circle::new(at, radius, style)))
    }

    /// A filled shape with these corners.
    pub fn shape(&self, corners: &[At], paint: Paint) -> Result<()> {
        self.put(
            self.area
                .draw(&Polygon::new(corners.to_vec(), paint.0.filled())),
        )
    }

    fn put<E: std::error::Error + Send + Sync>(
        &self,
        drawn: Result<(), DrawingAreaErrorKind<E>>,
    ) -> Result<()> {
        drawn.map_err(|e| anyhow!("cannot draw: {e}"))
    }
}

/// Cuts a line into dashes; the pattern runs on round its corners.
fn cut(points: &[At], dashes: &[f64]) -> Vec<Vec<At>> {
    let mut pieces = Vec::new();
    let (mut index, mut left) = (0, dashes[0]);
    for pair in points.windows(2) {
        let (from, to) = ((f64::from(pair[0].0), f64::from(pair[0].1)), pair[1]);
        let (dx, dy) = (f64::from(to.0) - from.0, f64::from(to.1) - from.1);
        let length = dx.hypot(dy);
        let at = |done: f64| {
            let share = if length > 0.0 { done / length } else { 0.0 };
            (
                (from.0 + dx * share).round() as i32,
                (from.1 + dy * share).round() as i32,
            )
        };
        let mut done = 0.0;
        while done < length {
            let step = left.min(length - done);
            if index % 2 == 0 {
                pieces.push(vec![at(done), at(done + step)]);
            }
            done += step;
            left -= step;
            if left <= 0.0 {
                index = (index + 1) % dashes.len();
                left = dashes[index].max(1.0);
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashed_line_is_half_drawn() {
        let pieces = cut(&[(0, 0), (100, 0)], &[10.0, 10.0]);
        assert_eq!(pieces.len(), 5);
        assert_eq!(pieces[1], [(20, 0), (30, 0)]);
    }

    #[test]
    fn a_colour_that_is_none_is_grey() {
        assert_eq!(Paint::hex("#0072B2").css(), "#0072b2");
        for wrong in ["", "red", "#12345", "#12345g", "\u{e9}\u{e9}\u{e9}é"] {
            assert_eq!(Paint::hex(wrong).css(), "#777777");
        }
    }

    #[test]
    fn black_becomes_the_colour_of_the_page() {
        let svg = draw((100, 20), |canvas| canvas.text((0, 10), "a < b", PLAIN)).unwrap();
        assert!(
            svg.contains("fill=\"currentColor\"") && svg.contains("a &lt; b"),
            "{svg}"
        );
    }
}
