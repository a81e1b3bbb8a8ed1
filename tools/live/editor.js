/* The editor of a cell, by CodeMirror, and the colors of a listing: what page.js asks for. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python, pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { classHighlighter, highlightCode } from "@lezer/highlight";

/* Put an editor into an element; `keys` are {key, run} of the caller, `changed` is told of edits. */
function editor(parent, text, label, keys, changed) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([...keys, indentWithTab, ...defaultKeymap, ...historyKeymap]),
        history(), python(), indentUnit.of("    "), indentOnInput(), bracketMatching(),
        syntaxHighlighting(classHighlighter),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
      ],
    }),
  });
  return {
    get text() { return view.state.doc.toString(); },
    set text(words) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } }); },
    focus: () => view.focus(),
  };
}

/* Return Python code in colors, as a part of a page. */
function colored(code) {
  const made = document.createDocumentFragment();
  const add = (words, classes) => {
    const node = document.createTextNode(words);
    if (!classes) return made.append(node);
    const span = document.createElement("span");
    span.className = classes;
    span.append(node);
    made.append(span);
  };
  highlightCode(code, pythonLanguage.parser.parse(code), classHighlighter, add, () => add("\n"));
  return made;
}

globalThis.tlbEditor = { editor, colored };
