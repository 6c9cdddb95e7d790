//! The line editor: completion menu, history, several lines until the semicolon.

use std::borrow::Cow;
use std::path::Path;
use std::process::Command;

use reedline::{
    ColumnarMenu, Completer, CompletionResult, EditCommand, Emacs, FileBackedHistory, KeyCode, KeyModifiers, MenuBuilder, Prompt,
    PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, Span, Suggestion, ValidationResult, Validator,
    default_emacs_keybindings,
};

use super::words::{self, Words};
use crate::failure::Failure;

/// Lines kept in the history file.
const HISTORY_LINES_MAX: usize = 5_000;

/// An editor with completion of `words` and history in `history`, a file; without a file the history lives in memory.
pub(super) fn editor(words: Words, history: Option<&Path>) -> Result<Reedline, Failure> {
    let mut keys = default_emacs_keybindings();
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu("completion".to_string()), ReedlineEvent::MenuNext]),
    );
    keys.add_binding(KeyModifiers::ALT, KeyCode::Enter, ReedlineEvent::Edit(vec![EditCommand::InsertNewline]));
    let menu = ColumnarMenu::default().with_name("completion");
    let mut editor = Reedline::create()
        .with_completer(Box::new(WordCompleter(words)))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_validator(Box::new(Statements));
    if let Some(path) = history {
        let file = FileBackedHistory::with_file(HISTORY_LINES_MAX, path.to_path_buf()).map_err(Failure::failed)?;
        editor = editor.with_history(Box::new(file));
    }
    Ok(editor)
}

/// Lets the user edit `text` in `$VISUAL`, `$EDITOR` or vi, and returns what was saved.
pub(super) fn edit(text: &str) -> Result<String, Failure> {
    let program = std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_string());
    let path = std::env::temp_dir().join(format!("trunkline-{}.sql", std::process::id()));
    std::fs::write(&path, text)?;
    let outcome = Command::new(&program).arg(&path).status();
    let edited = std::fs::read_to_string(&path);
    let _ = std::fs::remove_file(&path);
    match outcome {
        Ok(status) if status.success() => Ok(edited?),
        Ok(status) => Err(Failure::failed(format!("editor '{program}' ended with {status}"))),
        Err(cause) => {
            Err(Failure::failed(format!("editor '{program}' cannot be started: {cause}")).hint("set EDITOR to an editor you have"))
        }
    }
}

struct WordCompleter(Words);

impl Completer for WordCompleter {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let suggestions: Vec<Suggestion> = words::offers(line, position, &self.0)
            .into_iter()
            .map(|offer| Suggestion {
                value: offer.text,
                description: Some(offer.kind.to_string()),
                span: Span::new(offer.start, position),
                append_whitespace: false,
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::Fresh { suggestions: suggestions.into(), partial: None }
    }
}

struct Statements;

impl Validator for Statements {
    fn validate(&self, line: &str) -> ValidationResult {
        if words::is_complete(line) { ValidationResult::Complete } else { ValidationResult::Incomplete }
    }
}

/// `trunkline=>`, and `->` on further lines.
#[derive(Debug)]
pub(super) struct TrunklinePrompt;

impl Prompt for TrunklinePrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("trunkline")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("=> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("        -> ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("(search '{}') ", search.term))
    }
}
