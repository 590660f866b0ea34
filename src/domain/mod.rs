//! The words of the field, without any I/O.
//!
//! A **deployment** is one entry of `model_list`. A **call** is what is asked of it, in OpenAI's
//! shape; an adapter turns a call into a **wire request**. What came back is an **outcome**, and
//! what we conclude from it is a **verdict**.
//!
//! Invariant: nothing here imports another module of this crate, and nothing here waits, reads the
//! environment or knows a clock.

mod access;
mod aws;
mod aws_profiles;
mod azure;
mod call;
mod deployment;
mod environment;
mod exchange;
mod fails;
mod fields;
mod google;
mod maintenance;
mod mode;
mod oci;
mod outcome;
mod redact;
mod secret;
mod usage;
mod verdict;
mod wire;

pub use access::{AccessKey, Glob, Role};
pub use aws::{
    AwsContainer, AwsCredential, AwsKeys, AwsProfile, AwsRole, AwsSource, AwsSts, AwsWebIdentity,
    IdentityToken,
};
pub use aws_profiles::AwsProfiles;
pub use azure::{AzureAdCredential, AzureApplication, AzureIdentityHost, AzureManagedIdentity, AzureProof};
pub use call::Call;
pub use deployment::{Defect, Deployment, Fleet, HealthCheck, Method, Params};
pub use environment::Environment;
pub use exchange::{TokenAsk, TokenExchange, TokenHeader};
pub use fails::{ErrorClass, FailPolicy, OwnFails, is_about_content, is_about_length};
pub use fields::{Fields, Pool};
pub use google::GoogleCredential;
pub use maintenance::{CronError, MaintenanceWindow};
pub use mode::{Mode, UnknownMode};
pub use oci::{OciCredential, OciKey};
pub use outcome::{Failure, FailureKind, Outcome, RateLimit};
pub use redact::Redactor;
pub use secret::Secret;
pub use usage::{TokenPrice, Usage};
pub use verdict::{Status, Verdict};
pub use wire::{AuthPlan, Body, Part, PartContent, SignedBody, SignedRequest, WireRequest, WireResponse};
