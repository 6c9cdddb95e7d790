//! How far views lie in each other, known from their texts before anything is planned.

use std::collections::HashMap;

use super::{Reads, ViewError, ViewLimits, ViewName, Views};

/// A view with all it is made of.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    /// Views within views, itself included.
    depth: usize,
    /// Views, each as often as it is read.
    views: u64,
    /// Bytes of their questions.
    bytes: u64,
}

impl Views {
    /// The views that a question is made of, each after those it reads.
    ///
    /// # Errors
    /// A view that reads itself, views that lie in each other too deeply, too many or too long ones.
    pub fn order(&self, reads: &Reads, limits: &ViewLimits) -> Result<Vec<ViewName>, ViewError> {
        let mut walk = Walk { views: self, limits, known: HashMap::new(), open: Vec::new(), order: Vec::new() };
        let all = walk.sum(reads)?;
        if all.views > limits.expansions {
            return Err(ViewError::TooMany { most: limits.expansions });
        }
        if all.bytes > limits.expanded_bytes {
            return Err(ViewError::TooLongTogether { most: limits.expanded_bytes });
        }
        Ok(walk.order)
    }
}

struct Walk<'a> {
    views: &'a Views,
    limits: &'a ViewLimits,
    known: HashMap<&'a ViewName, Measure>,
    open: Vec<&'a ViewName>,
    order: Vec<ViewName>,
}

impl Walk<'_> {
    fn sum(&mut self, reads: &Reads) -> Result<Measure, ViewError> {
        let mut sum = Measure::default();
        for (name, times) in reads.iter() {
            let Some(one) = self.measure(name)? else { continue };
            sum.depth = sum.depth.max(one.depth);
            sum.views = sum.views.saturating_add(one.views.saturating_mul(times));
            sum.bytes = sum.bytes.saturating_add(one.bytes.saturating_mul(times));
        }
        Ok(sum)
    }

    /// Nothing for what is no view.
    fn measure(&mut self, name: &ViewName) -> Result<Option<Measure>, ViewError> {
        let Some((name, view)) = self.views.entry(name) else { return Ok(None) };
        if let Some(known) = self.known.get(name) {
            return Ok(Some(*known));
        }
        if self.open.contains(&name) {
            return Err(ViewError::Cycle { name: name.clone() });
        }
        let too_deep = || ViewError::TooDeep { name: name.clone(), most: self.limits.depth };
        // The walk goes no deeper than is allowed.
        if self.open.len() >= self.limits.depth {
            return Err(too_deep());
        }
        self.open.push(name);
        let inner = self.sum(view.reads())?;
        self.open.pop();
        if inner.depth >= self.limits.depth {
            return Err(ViewError::TooDeep { name: name.clone(), most: self.limits.depth });
        }
        let measure = Measure {
            depth: inner.depth + 1,
            views: inner.views.saturating_add(1),
            bytes: inner.bytes.saturating_add(view.text().len() as u64),
        };
        self.known.insert(name, measure);
        self.order.push(name.clone());
        Ok(Some(measure))
    }
}
