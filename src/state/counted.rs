//! Counts by key, and by size.

/// How often each of a few things happened. Small: for keys that are compared sooner than hashed.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted<K>(Vec<(K, u64)>);

impl<K> Default for Counted<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq> Counted<K> {
    /// Counts one more, and answers with how many there are now.
    pub fn add(&mut self, key: K) -> u64 {
        self.add_many(key, 1)
    }

    /// Counts so many more, and answers with how many there are now.
    pub fn add_many(&mut self, key: K, more: u64) -> u64 {
        if let Some((_, count)) = self.0.iter_mut().find(|(other, _)| *other == key) {
            *count += more;
            return *count;
        }
        self.0.push((key, more));
        more
    }

    /// All keys with their counts, in the order in which they first came.
    pub fn iter(&self) -> impl Iterator<Item = (&K, u64)> {
        self.0.iter().map(|(key, count)| (key, *count))
    }

    /// How often anything happened.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

/// How often values were how large.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Upper bounds, in ascending order.
    pub bounds: &'static [f64],
    /// How many values were no larger than the bound of the same index and larger than the one before; the last ones
    /// are larger than all bounds.
    pub counts: Vec<u64>,
    /// All values together.
    pub sum: f64,
}

impl Histogram {
    /// Without values.
    #[must_use]
    pub fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }

    /// Counts a value.
    pub fn observe(&mut self, value: f64) {
        let bucket = self.bounds.partition_point(|&bound| bound < value);
        self.counts[bucket] += 1;
        self.sum += value;
    }

    /// Whether no value was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_belongs_below_it() {
        let mut histogram = Histogram::new(&[0.5, 1.0]);
        assert!(histogram.is_empty());
        for value in [0.0, 0.5, 0.75, 1.5] {
            histogram.observe(value);
        }
        assert_eq!((histogram.counts, histogram.sum), (vec![2, 1, 1], 2.75));
    }

    #[test]
    fn keys_keep_their_counts() {
        let mut counted = Counted::default();
        assert_eq!(["a", "b", "a"].map(|key| counted.add(key)), [1, 1, 2]);
        assert_eq!(counted.iter().collect::<Vec<_>>(), [(&"a", 2), (&"b", 1)]);
        assert_eq!(counted.total(), 3);
    }
}
