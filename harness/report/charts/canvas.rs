//! A drawing surface for charts: plotters' SVG backend with the few marks that charts here need.
//!
//! What is drawn in black becomes `currentColor`, so that a chart follows the page into the dark.

use std::cell::RefCell;

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
    /// The dashes of every line drawn so far.
    dashes: RefCell<Vec<&'static [u32]>>,
}

/// Draws a chart of the given size in pixels, and returns its SVG element.
pub fn draw(size: (u32, u32), content: impl FnOnce(&Canvas) -> Result<()>) -> Result<String> {
    let mut svg = String::new();
    let canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
        dashes: RefCell::default(),
    };
    content(&canvas)?;
    canvas
        .area
        .present()
        .map_err(|e| anyhow!("Cannot draw: {e}"))?;
    let dashes = canvas.dashes.take();
    drop(canvas);
    Ok(with_dashes(&svg, &dashes)
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
        self.dashed(points, paint, width, &[])
    }

    /// A line through points with dashes: lengths in pixels of line and gap in turn; none is a whole line.
    pub fn dashed(
        &self,
        points: &[At],
        paint: Paint,
        width: u32,
        dashes: &'static [u32],
    ) -> Result<()> {
        if points.len() < 2 {
            return Ok(());
        }
        self.dashes.borrow_mut().push(dashes);
        let style = paint.0.stroke_width(width);
        self.put(self.area.draw(&PathElement::new(points.to_vec(), style)))
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
        drawn.map_err(|e| anyhow!("Cannot draw: {e}"))
    }
}

/// Writes the dashes of each line into the SVG, where plotters has only whole lines.
fn with_dashes(svg: &str, dashes: &[&[u32]]) -> String {
    let mut pieces = svg.split("<polyline ");
    let mut dashed = pieces.next().unwrap_or_default().to_owned();
    for (piece, dashes) in pieces.zip(dashes) {
        dashed.push_str("<polyline ");
        if !dashes.is_empty() {
            let lengths: Vec<String> = dashes.iter().map(u32::to_string).collect();
            dashed.push_str(&format!("stroke-dasharray=\"{}\" ", lengths.join(" ")));
        }
        dashed.push_str(piece);
    }
    dashed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dashed_line_is_dashed() {
        let svg = draw((100, 20), |canvas| {
            canvas.line(&[(0, 1), (9, 1)], INK, 1)?;
            canvas.dashed(&[(0, 2), (9, 2)], INK, 1, &[4, 2])?;
            canvas.line(&[(0, 3), (9, 3)], INK, 1)
        });
        let svg = svg.unwrap();
        let lines: Vec<&str> = svg
            .lines()
            .filter(|line| line.contains("polyline"))
            .collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains("stroke-dasharray=\"4 2\"") && lines[1].contains("0,2 9,2"));
        assert_eq!(svg.matches("dasharray").count(), 1);
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
