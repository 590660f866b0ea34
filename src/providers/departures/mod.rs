//! Providers that speak OpenAI's format but for a mode, a URL or a model's name. One file each.

mod baseten;
mod clarifai;
mod cloudflare;
mod dashscope;
mod deepinfra;
mod fireworks;
mod groq;
mod jina_ai;
mod minimax;
mod nvidia_nim;
mod perplexity;
mod ragflow;

pub(super) use baseten::Baseten;
pub(super) use cloudflare::Cloudflare;
pub(super) use dashscope::DashScope;
pub(super) use deepinfra::DeepInfra;
pub(super) use groq::Groq;
pub(super) use jina_ai::JinaAi;
pub(super) use minimax::MiniMax;
pub(super) use nvidia_nim::NvidiaNim;
pub(super) use perplexity::Perplexity;
pub(super) use ragflow::RagFlow;

pub(super) use clarifai::model_url as clarifai_model;
pub(super) use fireworks::model_name as fireworks_model;
