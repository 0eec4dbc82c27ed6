//! Templates and replies: what the gateway says, parsed once when policies are compiled.
//!
//! This file owns the syntax of replies (minijinja) and the choice of a reply's language. It
//! refuses to know which rule sends what. A render never fails outward: what a policy promised to
//! say is said, in the worst case with its placeholders still in it.

use std::sync::{Arc, LazyLock};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};

/// The variables that a template may use, with what they stand for.
pub const VARIABLES: [(&str, &str); 6] = [
    ("id", "the id of the exchange"),
    ("policy", "the name of the policy"),
    ("rule", "the id of the rule"),
    ("title", "the title of the policy"),
    ("entity", "what was found, such as `email`"),
    ("category", "the category of the finding"),
];

/// What a template is rendered with. An empty text stands for nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct RenderContext<'a> {
    /// Id of the exchange.
    pub id: &'a str,
    /// Name of the policy.
    pub policy: &'a str,
    /// Id of the rule within the policy.
    pub rule: &'a str,
    /// Title of the policy.
    pub title: &'a str,
    /// Kind of entity that was found.
    pub entity: &'a str,
    /// Category of the finding.
    pub category: &'a str,
}

/// A minijinja template, parsed and checked at compile time.
#[derive(Debug, Clone)]
pub struct Template {
    /// As written.
    pub source: Arc<str>,
    /// Whether it has no variables, so that rendering is a copy.
    pub constant: bool,
    program: Program,
}

#[derive(Debug, Clone)]
enum Program {
    /// What it always renders to.
    Text(Arc<str>),
    /// An environment that holds this one template.
    Parsed(Arc<Environment<'static>>),
}

/// The name of the one template of an environment. It has no extension, so nothing is escaped.
const NAME: &str = "reply";

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Template {}

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It is not a template.
    #[error("{0}")]
    Syntax(String),
    /// It uses something that no render provides.
    #[error("the variable `{0}` does not exist")]
    UnknownVariable(String),
    /// It parses, and fails when it is rendered (an unknown filter, for one).
    #[error("{0}")]
    Render(String),
}

impl Template {
    /// Parses and checks a template.
    ///
    /// # Errors
    /// Where it is not one, uses a variable that is not in [`VARIABLES`], or fails on a trial.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let explain = |error: &minijinja::Error| match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        let environment = environment(source).map_err(|error| TemplateError::Syntax(explain(&error)))?;
        let template =
            environment.get_template(NAME).map_err(|error| TemplateError::Syntax(explain(&error)))?;
        let mut variables: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        variables.sort();
        let known = |variable: &String| VARIABLES.iter().any(|(name, _)| name == variable);
        if let Some(unknown) = variables.iter().find(|variable| !known(variable)) {
            return Err(TemplateError::UnknownVariable(unknown.clone()));
        }
        let trial = values(&RenderContext::default());
        let text = template.render(trial).map_err(|error| TemplateError::Render(explain(&error)))?;
        let constant = variables.is_empty();
        let program =
            if constant { Program::Text(text.into()) } else { Program::Parsed(Arc::new(environment)) };
        Ok(Self { source: source.into(), constant, program })
    }

    /// A text that is rendered as it stands, whatever is in it.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let source: Arc<str> = text.into();
        Self { source: Arc::clone(&source), constant: true, program: Program::Text(source) }
    }

    /// What it says in this context. Where rendering fails, the source as written: nothing of what
    /// was to be said is lost.
    #[must_use]
    pub fn render(&self, context: &RenderContext<'_>) -> String {
        match &self.program {
            Program::Text(text) => (**text).to_owned(),
            Program::Parsed(environment) => environment
                .get_template(NAME)
                .and_then(|template| template.render(values(context)))
                .unwrap_or_else(|_| (*self.source).to_owned()),
        }
    }
}

fn environment(source: &str) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    environment.add_template_owned(NAME, source.to_owned())?;
    Ok(environment)
}

fn values(context: &RenderContext<'_>) -> minijinja::Value {
    let RenderContext { id, policy, rule, title, entity, category } = *context;
    context! { id, policy, rule, title, entity, category }
}

/// A reply in one or more languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Name in the policy's `replies:`.
    pub name: Arc<str>,
    /// Language code and template; the first as written is the fallback's last resort. A reply
    /// that was written as one text for all languages has the code [`ANY_LANGUAGE`].
    pub texts: Vec<(Arc<str>, Template)>,
}

/// The code of a text that is for all languages: ISO 639's "undetermined".
pub const ANY_LANGUAGE: &str = "und";

impl Reply {
    /// The text for a language: that of exactly this code (`zh-Hant-TW`), of a wider one (`zh-Hant`,
    /// `zh`), of the same language in another form, of the language it is counted to (`cmn` → `zh`),
    /// English, or the first as written.
    #[must_use]
    pub fn text_for(&self, language: &str) -> &Template {
        let written = |code: &str| self.texts.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
        let mut wider = Some(language);
        let mut found = None;
        while let (None, Some(code)) = (found, wider) {
            found = written(code);
            wider = code.rfind(['-', '_']).and_then(|at| code.get(..at));
        }
        let primary = |code: &str| code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let wanted = primary(language);
        found
            .or_else(|| self.texts.iter().find(|(known, _)| primary(known) == wanted))
            .or_else(|| counted_to(&wanted).and_then(written))
            .or_else(|| written("en"))
            .or_else(|| self.texts.first())
            .map_or_else(|| &*NOTHING, |(_, template)| template)
    }
}

/// A reply without texts does not compile; a reader of one is handed this.
static NOTHING: LazyLock<Template> = LazyLock::new(|| Template::literal(""));

/// The macro-language in which a speaker of `code` is answered.
fn counted_to(code: &str) -> Option<&'static str> {
    Some(match code {
        "cmn" | "yue" | "wuu" | "nan" | "hak" | "zho" => "zh",
        "nb" | "nn" | "nob" | "nno" => "no",
        "arb" | "arz" | "ary" | "apc" => "ar",
        "pes" | "prs" => "fa",
        "ekk" => "et",
        "eng" => "en",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_says_what_it_says() {
        let context =
            RenderContext { id: "01", policy: "p", rule: "r", title: "T", entity: "", category: "<c>" };
        let check = |source: &str, constant: bool, expected: &str| {
            let template = Template::parse(source).expect(source);
            assert_eq!(template.constant, constant, "{source}");
            assert_eq!(template.render(&context), expected, "{source}");
        };
        check("", true, "");
        check("No.\n", true, "No.\n");
        check("<b>& \"quotes\"</b>", true, "<b>& \"quotes\"</b>");
        check("{# for editors #}No.", true, "No.");
        check("{{ '{{' }} is literal", true, "{{ is literal");
        check("你好 (编号 {{ id }})\n", false, "你好 (编号 01)\n");
        check("{{ policy }}/{{ rule }} {{ title|upper }} {{ category }}", false, "p/r T <c>");
        check("[{% if entity %}{{ entity }}{% else %}redacted{% endif %}]", false, "[redacted]");
    }

    #[test]
    fn a_faulty_template_says_why() {
        let check = |source: &str, expected: &str| {
            let error = Template::parse(source).map(|_| ()).expect_err(source);
            assert!(error.to_string().contains(expected), "{source}: {error}");
        };
        check("{{ id", "unexpected end of input");
        check("{% if id %}", "unexpected end of input");
        check("{{ user }}", "`user` does not exist");
        check("{{ range(1000000000) }}", "`range` does not exist");
        check("{{ id|shout }}", "shout");
        check("{% include 'x' %}", "template not found");
    }

    #[test]
    fn a_render_that_fails_says_the_source() {
        let template =
            Template::parse("{{ 1 / (id|length) if id }}").expect("it parses and passes the trial");
        assert!(!template.constant);
        let template = Template::parse("{% if id %}{{ id.a.b }}{% endif %}").expect("the trial has no id");
        let context = RenderContext { id: "01", ..RenderContext::default() };
        assert_eq!(template.render(&context), "{% if id %}{{ id.a.b }}{% endif %}");
    }

    #[test]
    fn a_reply_falls_back_by_language() {
        let check = |written: &[&str], wanted: &str, expected: &str| {
            let texts = written.iter().map(|code| ((*code).into(), Template::literal(code))).collect();
            let reply = Reply { name: "r".into(), texts };
            assert_eq!(&*reply.text_for(wanted).source, expected, "{wanted} in {written:?}");
        };
        check(&["en", "zh"], "zh", "zh");
        check(&["en", "zh"], "ZH", "zh");
        check(&["en", "zh"], "zh-Hans", "zh");
        check(&["en", "zh-Hans", "zh"], "zh-Hans-CN", "zh-Hans");
        check(&["en", "zh-Hant"], "zh", "zh-Hant");
        check(&["en", "zh-Hant"], "zh-Hans", "zh-Hant");
        check(&["en", "zh"], "cmn", "zh");
        check(&["de", "en"], "fr", "en");
        check(&["de", "fr"], "zh", "de");
        check(&["de", "fr"], "", "de");
        check(&["und"], "zh", "und");
        check(&[], "zh", "");
    }
}
