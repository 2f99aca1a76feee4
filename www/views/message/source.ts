/** The source of a message, to read and edit: findings underlined, a part lit, and nothing of it unseen. */
import {
  history,
  historyKeymap,
  insertNewline,
  redo,
  standardKeymap,
  undo,
  undoDepth,
} from "@codemirror/commands";
import {
  EditorSelection,
  EditorState,
  RangeSet,
  RangeSetBuilder,
  StateEffect,
  StateField,
} from "@codemirror/state";
import type { Extension, Range } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  gutter,
  GutterMarker,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { DecorationSet, Tooltip } from "@codemirror/view";
import { css, LitElement } from "lit";
import { explain, HIDDEN, isBidi, nameOf } from "../../model/controls.js";
import { BARE_LF, changeBetween } from "../../model/source.js";
import { shared } from "../../parts/styles.js";

export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly severity: "error" | "warning" | "info";
  readonly rule: string;
  readonly words: string;
}

/** A part: its header, and its body. */
export interface Lit {
  readonly from: number;
  readonly body: number;
  readonly to: number;
}

/** Characters that are pasted at most; more is a message of its own. */
const LONGEST_PASTE = 1 << 19;
/** Characters of a line that is wrapped: to wrap a longer one takes a browser seconds. */
const LONGEST_LINE = 20_000;
const SIGNS = { error: "✕", warning: "▲", info: "i" } as const;
const RANK = { error: 2, warning: 1, info: 0 } as const;

const setMarks = StateEffect.define<readonly Mark[]>();
const setChosen = StateEffect.define<{ readonly from: number; readonly to: number } | undefined>();
const setLit = StateEffect.define<Lit | undefined>();

const marks = StateField.define<{ readonly under: DecorationSet; readonly beside: RangeSet<GutterMarker> }>({
  create: () => ({ under: Decoration.none, beside: RangeSet.empty }),
  update({ under, beside }, { changes, effects, state }) {
    for (const effect of effects) if (effect.is(setMarks)) return marked(effect.value, state);
    return { under: under.map(changes), beside: beside.map(changes) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ under }) => under),
});

const chosen = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, { changes, effects, state }) {
    for (const effect of effects) {
      if (!effect.is(setChosen)) continue;
      const { from, to } = effect.value ?? { from: 0, to: 0 };
      const end = Math.min(to, state.doc.length);
      return from < end ? Decoration.set(CHOSEN.range(from, end)) : Decoration.none;
    }
    return value.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const lit = StateField.define<Lit | undefined>({
  create: () => undefined,
  update(value, { changes, effects }) {
    for (const effect of effects) if (effect.is(setLit)) return effect.value;
    if (value === undefined || changes.empty) return value;
    const moved = (place: number): number => changes.mapPos(Math.min(place, changes.length));
    return { from: moved(value.from), body: moved(value.body), to: moved(value.to) };
  },
});

class Sign extends GutterMarker {
  constructor(readonly severity: keyof typeof SIGNS) {
    super();
  }
  override toDOM(): Node {
    const sign = document.createElement("span");
    sign.className = `sign ${this.severity}`;
    sign.textContent = SIGNS[this.severity];
    return sign;
  }
}

const CHOSEN = Decoration.mark({ class: "chosen" });
const LIT = Decoration.line({ class: "lit" });
const LIT_HEADER = Decoration.line({ class: "lit header" });
const UNDER = {
  error: Decoration.mark({ class: "under error" }),
  warning: Decoration.mark({ class: "under warning" }),
  info: Decoration.mark({ class: "under info" }),
};
const SIGN = { error: new Sign("error"), warning: new Sign("warning"), info: new Sign("info") };

function marked(
  found: readonly Mark[],
  state: EditorState,
): { under: DecorationSet; beside: RangeSet<GutterMarker> } {
  const under: Range<Decoration>[] = [];
  const worst = new Map<number, Mark["severity"]>();
  for (const { from, to, severity } of found) {
    const line = state.doc.lineAt(Math.min(from, state.doc.length));
    const known = worst.get(line.from);
    if (known === undefined || RANK[known] < RANK[severity]) worst.set(line.from, severity);
    // Where something is missing, what stands there is underlined.
    const end = Math.min(state.doc.length, Math.max(to, from + 1));
    if (from < end) under.push(UNDER[severity].range(from, end));
  }
  const beside = [...worst]
    .sort(([one], [other]) => one - other)
    .map(([at, severity]) => SIGN[severity].range(at));
  return { under: Decoration.set(under, true), beside: RangeSet.of(beside) };
}

/** The lines of the part that are in view. */
const litLines = EditorView.decorations.of((view) => {
  const part = view.state.field(lit);
  const builder = new RangeSetBuilder<Decoration>();
  if (part === undefined) return builder.finish();
  for (const { from, to } of view.visibleRanges) {
    let at = Math.max(from, part.from);
    while (at <= to && at < part.to) {
      const line = view.state.doc.lineAt(at);
      if (line.from >= from || at === part.from)
        builder.add(line.from, line.from, at < part.body ? LIT_HEADER : LIT);
      at = line.to + 1;
    }
  }
  return builder.finish();
});

/** The mark of a bare LF and the end of the line are one. */
const bareLineEnds = EditorView.atomicRanges.of((view) => {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges)
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      if (line.text.endsWith(BARE_LF) && line.to < view.state.doc.length)
        builder.add(line.to - 1, line.to + 1, CHOSEN);
      at = line.to + 1;
    }
  return builder.finish();
});

/** Between the two there is no place for a cursor. */
const noCursorBetween = EditorState.transactionFilter.of((transaction) => {
  const { newDoc, newSelection } = transaction;
  if (!transaction.selection && !transaction.docChanged) return transaction;
  const between = (place: number): boolean => newDoc.sliceString(place - 1, place) === BARE_LF;
  const { anchor, head } = newSelection.main;
  if (!between(head) && !between(anchor)) return transaction;
  const before = (place: number): number => (between(place) ? place - 1 : place);
  return [transaction, { selection: EditorSelection.single(before(anchor), before(head)), sequential: true }];
});

/** A new line ends as the one that it comes from. */
function newline(view: EditorView): boolean {
  const { from } = view.state.selection.main;
  const line = view.state.doc.lineAt(from);
  if (view.state.readOnly || !line.text.endsWith(BARE_LF)) return insertNewline(view);
  view.dispatch(view.state.replaceSelection(`${BARE_LF}\n`), { scrollIntoView: true, userEvent: "input" });
  return true;
}

/** Whether there is a line with more characters. */
function hasLine(text: string, most: number): boolean {
  for (let at = 0; at + most < text.length;) {
    const end = text.lastIndexOf("\n", at + most);
    if (end < at) return true;
    at = end + 1;
  }
  return false;
}

function seen(code: number): HTMLElement {
  const sign = document.createElement("span");
  sign.className = isBidi(code) ? "hidden bidi" : "hidden-character";
  sign.textContent = nameOf(code);
  sign.title = explain(code);
  return sign;
}

export class Source extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        min-height: 0;
        overflow: hidden;
      }
    `,
  ];

  #view: EditorView | undefined;
  #marks: readonly Mark[] = [];
  /** The number of the first line. */
  #first = 1;
  #readOnly = false;
  #wrap = true;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#view?.destroy();
    this.#view = undefined;
  }

  get text(): string {
    return this.#view?.state.doc.toString() ?? "";
  }

  get canUndo(): boolean {
    return this.#view !== undefined && undoDepth(this.#view.state) > 0;
  }

  /** Shows another message. */
  load(text: string, { readOnly = false, firstLine = 1 } = {}): void {
    this.#readOnly = readOnly;
    this.#first = firstLine;
    this.#wrap = !hasLine(text, LONGEST_LINE);
    this.#marks = [];
    const state = EditorState.create({ doc: text, extensions: this.#extensions() });
    if (this.#view !== undefined) this.#view.setState(state);
    else this.#view = new EditorView({ state, parent: this.renderRoot, root: this.renderRoot as ShadowRoot });
  }

  /** Makes it this text, in one step that can be undone. */
  change(text: string, { undoable = true } = {}): void {
    const view = this.#view!;
    const change = changeBetween(this.text, text);
    if (change.from === change.to && change.insert === "") return;
    view.dispatch({
      changes: change,
      userEvent: undoable ? "input.fix" : "canonical",
      scrollIntoView: false,
    });
  }

  mark(found: readonly Mark[]): void {
    this.#marks = found;
    this.#view?.dispatch({ effects: setMarks.of(found) });
  }

  light(part: Lit | undefined): void {
    this.#view?.dispatch({ effects: setLit.of(part) });
  }

  /** Scrolls to a place, and marks it. */
  reveal(from: number, to: number, choose = true): void {
    const view = this.#view;
    if (view === undefined) return;
    const end = view.state.doc.length;
    const at = EditorSelection.cursor(Math.min(from, end));
    view.dispatch({
      selection: at,
      effects: [
        EditorView.scrollIntoView(at, { y: "center" }),
        setChosen.of(choose ? { from: Math.min(from, end), to: Math.max(to, from + 1) } : undefined),
      ],
    });
  }

  undo(): boolean {
    return this.#view !== undefined && undo(this.#view);
  }

  override focus(): void {
    this.#view?.focus();
  }

  #extensions(): Extension {
    return [
      lineNumbers({ formatNumber: (number) => String(number + this.#first - 1) }),
      gutter({
        class: "signs",
        markers: (view) => view.state.field(marks).beside,
        initialSpacer: () => SIGN.error,
      }),
      highlightSpecialChars({ specialChars: new RegExp(HIDDEN), render: seen }),
      history(),
      marks,
      chosen,
      lit,
      litLines,
      bareLineEnds,
      noCursorBetween,
      hoverTooltip((view, place) => this.#explained(view, place)),
      this.#wrap ? EditorView.lineWrapping : [],
      EditorState.readOnly.of(this.#readOnly),
      EditorView.contentAttributes.of({
        "aria-label": this.#readOnly ? "The source of the message, to read" : "The source of the message",
        tabindex: "0",
        spellcheck: "false",
        autocapitalize: "off",
        autocorrect: "off",
      }),
      keymap.of([
        { key: "Enter", run: newline },
        {
          key: "Escape",
          run: (view) => {
            view.contentDOM.blur();
            return true;
          },
        },
        { key: "Mod-y", run: redo },
        ...historyKeymap,
        ...standardKeymap,
      ]),
      EditorView.domEventHandlers({
        drop: (event) => (event.dataTransfer?.files.length ?? 0) > 0,
        paste: (event) => this.#paste(event),
      }),
      EditorView.updateListener.of(({ docChanged, selectionSet, state, transactions }) => {
        if (docChanged) {
          const silent = transactions.every((transaction) => transaction.isUserEvent("canonical"));
          if (!silent) this.dispatchEvent(new CustomEvent("edit"));
        } else if (selectionSet)
          this.dispatchEvent(new CustomEvent("cursor", { detail: state.selection.main.head }));
      }),
      look,
    ];
  }

  /** A file, or what is too much for the editor, is a message of its own. */
  #paste(event: ClipboardEvent): boolean {
    const file = event.clipboardData?.files[0];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (file === undefined && text.length <= LONGEST_PASTE) return false;
    event.preventDefault();
    this.dispatchEvent(
      new CustomEvent("bring", { detail: file ?? new Blob([text.replace(/\r?\n/g, "\r\n")]) }),
    );
    return true;
  }

  #explained(view: EditorView, place: number): Tooltip | null {
    const here = this.#marks
      .filter(({ from, to }) => from <= place && place <= Math.max(to, from + 1))
      .slice(0, 6);
    if (here.length === 0) return null;
    const from = Math.max(...here.map(({ from }) => from));
    return {
      pos: Math.min(from, view.state.doc.length),
      above: true,
      create: () => {
        const dom = document.createElement("div");
        dom.className = "explained";
        for (const { severity, rule, words } of here) {
          const line = document.createElement("p");
          const name = document.createElement("b");
          name.className = severity;
          name.textContent = `${SIGNS[severity]} ${rule}`;
          line.append(name, ` ${words}`);
          dom.append(line);
        }
        return { dom };
      },
    };
  }
}

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "12.5px", color: "var(--ink)", backgroundColor: "var(--field)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  "& ::selection": { backgroundColor: "color-mix(in srgb, var(--focus) 35%, transparent)" },
  ".cm-gutters": { color: "var(--soft)", backgroundColor: "var(--raised)", border: "none" },
  ".signs": { minWidth: "16px" },
  ".sign": { display: "block", textAlign: "center", fontSize: "11px", fontWeight: "700" },
  ".sign.error, .explained .error": { color: "var(--bad)" },
  ".sign.warning, .explained .warning": { color: "var(--warn)" },
  ".sign.info, .explained .info": { color: "var(--link)" },
  ".under": { textDecorationLine: "underline", textDecorationSkipInk: "none", textUnderlineOffset: "3px" },
  ".under.error": { textDecorationStyle: "wavy", textDecorationColor: "var(--bad)" },
  ".under.warning": { textDecorationStyle: "dashed", textDecorationColor: "var(--warn)" },
  ".under.info": { textDecorationStyle: "dotted", textDecorationColor: "var(--link)" },
  ".chosen": { backgroundColor: "var(--warn-wash)", boxShadow: "0 0 0 1px var(--warn)" },
  ".lit": { backgroundColor: "var(--link-wash)", boxShadow: "inset 3px 0 var(--link)" },
  ".lit.header": { backgroundColor: "var(--server-wash)", boxShadow: "inset 3px 0 var(--server)" },
  ".hidden-character, .hidden": {
    display: "inline-block",
    padding: "0 3px",
    border: "1px solid var(--line)",
    borderRadius: "3px",
    backgroundColor: "var(--raised)",
    color: "var(--soft)",
    fontSize: "10px",
    lineHeight: "14px",
  },
  ".hidden.bidi": { color: "var(--bad)", borderColor: "var(--bad)", backgroundColor: "var(--bad-wash)" },
  ".cm-tooltip": {
    maxWidth: "min(440px, 90vw)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    boxShadow: "0 4px 16px rgb(0 0 0 / 25%)",
  },
  ".explained": { padding: "6px 10px", fontFamily: "var(--sans)", fontSize: "13px" },
  ".explained p": { margin: "2px 0" },
});

customElements.define("ep-source", Source);
