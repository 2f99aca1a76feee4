// Chapters, from Markdown to HTML, when the page is built: what is ours is trusted, and nothing of this is in the page.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Marked } from "marked";

const FOLDER = fileURLToPath(new URL("chapters", import.meta.url));

/** All chapters in order: `{ id, number, title, about, exercises, studio, words, markdown, html, file }`. */
export function chapters() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => chapterOf(name, readFileSync(join(FOLDER, name), "utf8")));
}

/** The files that chapters are made of. */
export function sources() {
  return readdirSync(FOLDER).map((name) => join(FOLDER, name));
}

function chapterOf(name, source) {
  const [, number, id] = /^(\d\d)-([a-z0-9-]+)\.md$/.exec(name) ?? fail(name, "is named as 01-name.md");
  const [, front, markdown] =
    /^---\n(.*?)\n---\n(.*)$/s.exec(source) ?? fail(name, "begins with front matter");
  const { title, about } = Object.fromEntries(
    front
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
  if (!title || !about) fail(name, "has a title, and says what it is about");
  const found = { exercises: [], studio: [] };
  const html = marked(found).parse(markdown);
  const hash = createHash("sha256").update(html).digest("hex").slice(0, 8);
  const words = markdown.replace(/```exercise\n.*?```/gs, "").match(/[\p{L}\p{N}'’]+/gu)?.length ?? 0;
  const file = `lessons/${number}-${id}-${hash}.html`;
  return { id, number: Number(number), title, about, words, markdown, html, file, ...found };
}

function fail(name, what) {
  throw new Error(`a chapter ${what}: ${name} does not`);
}

/** A compiler that notes which exercises and sessions a chapter names. */
function marked(found) {
  const compiler = new Marked({
    extensions: [references],
    // An address in a text is no link.
    tokenizer: { url: () => undefined },
    renderer: {
      heading({ tokens, depth, text }) {
        const id = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
        return `<h${depth + 1} id="${id}">${this.parser.parseInline(tokens)}</h${depth + 1}>\n`;
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const [kind, name] = href.split(":");
        if (kind === "studio") {
          found.studio.push(name);
          return `<button type="button" data-studio="${name}">${words}</button>`;
        }
        if (kind === "chapter") return `<a href="#learn" data-chapter="${name}">${words}</a>`;
        throw new Error(`a link in a chapter leads to a chapter, the studio or an RFC, not to ${href}`);
      },
      code({ text, lang }) {
        if (lang === "exercise") return exercise(text);
        return BLOCKS[lang]?.(text) ?? `<pre class="code">${escape(text)}</pre>\n`;
      },
    },
  });
  /** The exercise's name, and its words: `task`, `hint`, and the `label` of its field. */
  const exercise = (text) => {
    const [id, ...lines] = text.trim().split("\n");
    found.exercises.push(id);
    const words = Object.fromEntries(
      lines.map((line) => /^(task|hint|label): (.+)$/.exec(line)?.slice(1) ?? []),
    );
    const slot = (name) =>
      `<p slot="${name}">${compiler.parseInline(words[name] ?? fail(id, `has a ${name}`))}</p>`;
    return `<ep-exercise name="${id}" number="${found.exercises.length}" label="${escape(words.label ?? "")}">${slot("task")}${slot("hint")}</ep-exercise>\n`;
  };
  return compiler;
}

/** `{5321#4.1.1 2920#3.1}` in a text: where it is written. */
const references = {
  name: "references",
  level: "inline",
  start: (source) => source.match(/\{\d/)?.index,
  tokenizer(source) {
    const match = /^\{(\d+(?:#[\w.]+)?(?: \d+(?:#[\w.]+)?)*)\}/.exec(source);
    return match ? { type: "references", raw: match[0], references: match[1].split(" ") } : undefined;
  },
  renderer: ({ references }) => `<span class="refs">${references.map(rfc).join(", ")}</span>`,
};

function rfc(reference) {
  const [number, section] = reference.split("#");
  const appendix = section !== undefined && /^[A-Z]/.test(section);
  const anchor = section === undefined ? "" : `#${appendix ? "appendix" : "section"}-${section}`;
  const words = section === undefined ? "" : appendix ? ` appendix ${section}` : ` §${section}`;
  const address = `https://www.rfc-editor.org/rfc/rfc${number}${anchor}`;
  return `<a class="rfc" href="${address}" rel="noreferrer" target="_blank">RFC&nbsp;${number}${words}</a>`;
}

/** Blocks that are no code. */
const BLOCKS = {
  base64: () => "<ep-base64></ep-base64>\n",
  session: (text) => `<div class="talk">${text.split("\n").map(said).join("")}</div>\n`,
  flow: (text) => `<figure class="flow">${text.split("\n").map(station).join("")}</figure>\n`,
  tree: (text) => `<figure class="tree">${tree(text.split("\n"))}</figure>\n`,
};

/** `C: EHLO client.example`; a line without a side is a note. */
function said(line) {
  const [, side, text] = /^([CS]): ?(.*)$/.exec(line) ?? [];
  if (side === undefined) return `<p class="note">${escape(line)}</p>`;
  const who = side === "C" ? "client" : "server";
  return `<p class="${who}"><b title="${who}">${side}:</b> <code>${escape(text) || "&nbsp;"}</code></p>`;
}

/** `-> how` between boxes; else `side: name | what it is`. */
function station(line) {
  if (line.startsWith("->"))
    return `<p class="arrow"><span class="head" aria-hidden="true"></span>${escape(line.slice(2).trim())}</p>`;
  const [, kind = "", name, text = ""] =
    /^(?:(client|server|plain): )?([^|]+?)(?: \| (.*))?$/.exec(line) ?? [];
  return `<p class="box ${kind}"><b>${escape(name)}</b> <span>${escape(text)}</span></p>`;
}

/** Lines that are in each other by their indent. */
function tree(lines) {
  const depth = (line) => /^ */.exec(line)[0].length;
  let html = "<ul>";
  for (let at = 0; at < lines.length;) {
    let end = at + 1;
    while (end < lines.length && depth(lines[end]) > depth(lines[at])) end++;
    const [name, text = ""] = lines[at].trim().split(" | ");
    const inner = end > at + 1 ? tree(lines.slice(at + 1, end)) : "";
    html += `<li><b>${escape(name)}</b> <span>${escape(text)}</span>${inner}</li>`;
    at = end;
  }
  return `${html}</ul>`;
}

function escape(text) {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
