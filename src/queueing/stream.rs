//! Requests, drawn once and seen by every strategy: common random numbers.

use super::model::Model;
use crate::random::Generator;

/// One request. Times between requests are in units of their mean, so that the same stream serves every rate.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Since the request before it.
    pub gap: f64,
    /// Work that stays on the main thread, in ms.
    pub light: f64,
    /// Work that could leave it, in ms; 0 for a request without any.
    pub heavy: f64,
    /// Uniform: which of several queues it joins.
    pub route: f64,
}

/// Requests in the order of their arrival.
#[derive(Debug)]
pub struct Stream {
    /// All of them.
    pub requests: Vec<Request>,
    /// So many come first that the queues are as long as they usually are; they are not counted.
    pub warm_up: usize,
}

impl Stream {
    /// Draws `warm_up` and `counted` requests. Each takes the same number of uniforms whatever the model says, so that
    /// models which differ in one number are compared with the same luck.
    pub fn draw(model: &Model, warm_up: usize, counted: usize, mut generator: Generator) -> Self {
        let heavy = model.heavy.as_ref();
        let requests = (0..warm_up + counted)
            .map(|_| {
                let gap = generator.exponential();
                let (kind, light, long) = (
                    generator.uniform(),
                    generator.uniform(),
                    generator.uniform(),
                );
                Request {
                    gap,
                    light: model.light.at(light),
                    heavy: heavy
                        .filter(|heavy| kind < heavy.share)
                        .map_or(0.0, |heavy| heavy.service.at(long)),
                    route: generator.uniform(),
                }
            })
            .collect();
        Self { requests, warm_up }
    }
}
