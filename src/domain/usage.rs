//! What an answer took, in tokens, and what these cost.

/// Tokens as the provider counted them. Zero where it did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Those of the request, cached ones included.
    pub input: u64,
    /// Those of the answer, reasoning included.
    pub output: u64,
    /// How many of the request's the provider had in its cache.
    pub cached: u64,
    /// How many of the answer's were reasoning.
    pub reasoning: u64,
}

impl Usage {
    /// Adds what another answer took.
    pub fn add(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cached = self.cached.saturating_add(other.cached);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}

/// What tokens cost, in US dollars for each.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TokenPrice {
    /// One of a request; `None` where that is not known.
    pub input: Option<f64>,
    /// One of an answer; `None` where that is not known.
    pub output: Option<f64>,
}

impl TokenPrice {
    /// What an answer cost, in US dollars. `None` if it took tokens whose price is not known.
    #[must_use]
    pub fn cost_usd(self, usage: Usage) -> Option<f64> {
        Some(cost(usage.input, self.input)? + cost(usage.output, self.output)?)
    }
}

fn cost(tokens: u64, price: Option<f64>) -> Option<f64> {
    if tokens == 0 {
        return Some(0.0);
    }
    Some(f64::from(u32::try_from(tokens).ok()?) * price?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_taken_needs_a_price() {
        let price = TokenPrice { input: Some(0.5), output: None };
        assert_eq!(price.cost_usd(Usage { input: 3, ..Usage::default() }), Some(1.5));
        assert_eq!(price.cost_usd(Usage { input: 3, output: 1, ..Usage::default() }), None);
    }
}
