//! How large the values are of which there is one for each deployment: a fleet may have a hundred thousand.

use llmhealth::domain::{Deployment, Fields, Outcome};
use llmhealth::state::{Judged, Standing};

#[test]
fn what_there_is_of_every_deployment_is_small() {
    let sizes = [
        ("Deployment", size_of::<Deployment>(), 112),
        ("Fields", size_of::<Fields>(), 16),
        ("Standing", size_of::<Standing>(), 144),
        ("Judged", size_of::<Judged>(), 16),
        ("Outcome", size_of::<Outcome>(), 112),
    ];
    for (name, bytes, limit) in sizes {
        assert!(bytes <= limit, "{name} has {bytes} bytes, more than {limit}");
    }
}
