//! Hosts by tenths of a number that is said of them, and how many of them are right.

use std::fmt;

/// A tenth with fewer hosts says nothing.
const ENOUGH: usize = 30;

#[derive(Clone, Copy, Default)]
struct Tenth {
    hosts: usize,
    sum: f64,
    right: usize,
}

impl Tenth {
    fn said(self) -> f64 {
        self.sum / self.hosts as f64
    }

    fn share_right(self) -> f64 {
        self.right as f64 / self.hosts as f64
    }
}

/// The curve of calibration.
#[derive(Default)]
pub struct Curve {
    tenths: [Tenth; 10],
}

impl Curve {
    /// Of what is said of each host, and whether it is right.
    pub fn of(said: impl Iterator<Item = (f64, bool)>) -> Self {
        let mut curve = Self::default();
        for (number, right) in said {
            // 0.6 − 0.2 is a little less than 0.4.
            let tenth = &mut curve.tenths[((number * 10.0 + 1e-9) as usize).min(9)];
            tenth.hosts += 1;
            tenth.sum += number;
            tenth.right += usize::from(right);
        }
        curve
    }

    fn telling(&self) -> impl Iterator<Item = Tenth> {
        self.tenths
            .into_iter()
            .filter(|tenth| tenth.hosts >= ENOUGH)
    }

    /// How many tenths say something.
    pub fn width(&self) -> usize {
        self.telling().count()
    }

    /// The largest difference between what is said and what is right, of the tenths that tell.
    pub fn largest_error(&self) -> f64 {
        self.telling()
            .map(|tenth| (tenth.said() - tenth.share_right()).abs())
            .fold(0.0, f64::max)
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(out, "  tenth    hosts  mean  right")?;
        for (place, tenth) in self.tenths.iter().enumerate() {
            let from = place as f64 / 10.0;
            if tenth.hosts > 0 {
                let (said, right) = (tenth.said(), tenth.share_right());
                let few = if tenth.hosts < ENOUGH { "  (few)" } else { "" };
                let hosts = tenth.hosts;
                writeln!(
                    out,
                    "  {from:.1}-{:.1}  {hosts:5}  {said:.2}  {right:.2}{few}",
                    from + 0.1
                )?;
            }
        }
        Ok(())
    }
}
