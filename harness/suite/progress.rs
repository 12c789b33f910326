//! What runs now and how long it will take: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The least time between two lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Tells the user, on stderr, what happens.
pub struct Progress {
    bar: Option<ProgressBar>,
    /// How long everything is expected to take, in seconds.
    total: f64,
    /// How much of that is done.
    done: f64,
    begun: Instant,
    last_line: Option<Instant>,
}

impl Progress {
    /// Progress through what is expected to take this long, in seconds.
    pub fn new(total: f64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let length = Some(total.ceil() as u64);
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
            let template = "{bar:30.cyan/dim} {percent:>3} %  {msg}";
            bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
            bar
        });
        Progress {
            bar,
            total,
            done: 0.0,
            begun: Instant::now(),
            last_line: None,
        }
    }

    /// Says something that stays on the screen.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| tell(text)),
            None => tell(text),
        }
    }

    /// Shows something that the next message replaces.
    pub fn show(&mut self, text: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(text.to_owned());
                bar.tick();
            }
            None => self.line(text),
        }
    }

    /// The clock of the time left starts now: what came before is not like the trials to come.
    pub fn start(&mut self) {
        self.begun = Instant::now();
    }

    /// A trial begins.
    pub fn trial(&mut self, round: u32, rounds: u32, point: &str) {
        self.step(&format!("round {round} of {rounds}: {point}"));
    }

    /// A long trial begins.
    pub fn long(&mut self, number: usize, of: usize, point: &str) {
        self.step(&format!("long trial {number} of {of}: {point}"));
    }

    /// A trial begins in which the work of commits is counted.
    pub fn counting(&mut self, number: usize, of: usize, point: &str) {
        self.step(&format!(
            "counting what commits cost, {number} of {of}: {point}"
        ));
    }

    /// An experiment begins.
    pub fn experiment(&mut self, number: usize, of: usize, name: &str, seconds: f64) {
        let long = in_words(Duration::from_secs_f64(seconds));
        self.step(&format!(
            "experiment {number} of {of}: {name}, about {long}"
        ));
    }

    fn step(&mut self, what: &str) {
        let left = match time_left(self.done, self.total, self.begun.elapsed()) {
            Some(left) => format!("; {} left", in_words(left)),
            None => String::new(),
        };
        let text = format!("{what}{left}");
        match &self.bar {
            Some(_) => self.show(&text),
            None => {
                let percent = (self.done * 100.0 / self.total.max(1.0)).min(100.0) as u64;
                self.line(&format!("{percent:>3} %  {text}"));
            }
        }
    }

    /// What was expected to take this long, in seconds, is done.
    pub fn done(&mut self, seconds: f64) {
        self.done += seconds;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done as u64);
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// A line, unless there was one a moment ago.
    fn line(&mut self, text: &str) {
        if self
            .last_line
            .is_none_or(|last| last.elapsed() >= BETWEEN_LINES)
        {
            tell(text);
            self.last_line = Some(Instant::now());
        }
    }
}

/// Writes a line to stderr. One that nobody can read, because a pipe or a terminal was closed or a
/// disk is full, is no reason to lose what was measured.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// How long the rest will take if it goes on as it went; `None` before anything was done.
fn time_left(done: f64, total: f64, elapsed: Duration) -> Option<Duration> {
    (done > 0.0).then(|| elapsed.mul_f64((total - done).max(0.0) / done))
}

/// A duration as a person says it, e.g. `2 min 5 s`.
pub fn in_words(duration: Duration) -> String {
    match duration.as_secs_f64().ceil() as u64 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_what_is_to_come() {
        assert_eq!(time_left(0.0, 10.0, Duration::from_secs(5)), None);
        assert_eq!(
            time_left(2.0, 10.0, Duration::from_secs(6)),
            Some(Duration::from_secs(24))
        );
        assert_eq!(
            time_left(10.0, 10.0, Duration::from_secs(6)),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (125, "2 min 5 s"),
            (7_260, "2 h 1 min"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
