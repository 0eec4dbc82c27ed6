//! Which top-level members of a request matter, over all APIs.
//!
//! One table for every dialect: a member that one server ignores is read by the next, and the
//! gateway cannot know which one stands behind it. Refuses to know how a member is read.

/// How a top-level member of a request is treated. What has no treatment is carried through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The name of the model.
    Model,
    /// Whether the reply is to be streamed.
    Stream,
    /// What a stream is to have beside its texts.
    StreamOptions,
    /// How many choices there are to be.
    Choices,
    /// A conversation.
    Messages,
    /// One text or several, of the user.
    Prompts,
    /// Which tool is to be called: a word, or a tool named in an object.
    ToolChoice,
    /// Any JSON, whose strings and keys are texts of the application.
    SystemTexts,
    /// Any JSON, whose strings and keys are texts of the user.
    UserTexts,
    /// Texts as numbers, which cannot be screened.
    Tokens,
    /// Pictures and sounds, which cannot be screened.
    Media,
    /// Kinds of reply that are asked for.
    Modalities,
}

/// The treatment of a member.
pub(super) fn field(name: &str) -> Option<Field> {
    Some(match name {
        "model" => Field::Model,
        "stream" => Field::Stream,
        "stream_options" => Field::StreamOptions,
        "n" | "best_of" => Field::Choices,
        "messages" => Field::Messages,
        "prompt" | "input" => Field::Prompts,
        "suffix" | "input_prefix" | "input_suffix" | "input_extra" => Field::UserTexts,
        "tool_choice" | "function_call" => Field::ToolChoice,
        "tools"
        | "functions"
        | "response_format"
        | "format"
        | "documents"
        | "chat_template"
        | "chat_template_kwargs"
        | "prediction"
        | "structured_outputs"
        | "structural_tag"
        | "grammar"
        | "json_schema"
        | "regex"
        | "ebnf"
        | "template"
        | "system"
        | "instructions"
        | "response_prefix"
        | "template_vars"
        | "prompt_template" => Field::SystemTexts,
        "prompt_token_ids" | "input_ids" | "prompt_embeds" | "input_embeds" | "context" => Field::Tokens,
        "images" | "image" | "image_data" | "audio" | "video" | "videos" | "multi_modal_data" => Field::Media,
        "modalities" => Field::Modalities,
        _ if name.starts_with("guided_") => Field::SystemTexts,
        _ if name.starts_with("mm_") => Field::Media,
        _ => return None,
    })
}
