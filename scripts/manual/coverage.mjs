// The chapter on coverage as text: a row for each document or extension, and below it the tests that show it.

/** `{ text, faults }` for these rows and the tags of all tests. */
export function coverage(rows, tags) {
  const faults = [];
  const shown = new Map(rows.map((row) => [row, { client: [], server: [], all: [] }]));
  for (const tag of tags) {
    const row = rowOf(rows, tag);
    if (!row) {
      faults.push(`${tag.file}: ${tag.document} has no row in scripts/manual/rows.mjs`);
      continue;
    }
    shown.get(row).all.push(tag);
    for (const side of tag.sides) shown.get(row)[side].push(tag);
  }
  for (const [row, tests] of shown)
    for (const side of row.required)
      if (tests[side].length === 0) faults.push(`no test shows ${nameOf(row)} (${row.what}) for the ${side}`);
  const used = [...shown].filter(([row, { all }]) => row.required.length > 0 || all.length > 0);
  const text = [HEAD, table(used), TESTS, ...used.map(list)].join("\n\n");
  return { text: `${text}\n`, faults };
}

const HEAD = `# What is spoken, and the tests that show it

Made from the tags in the tests by \`npm run manual\`; \`npm run check\` fails when it is stale, or when a side has no test
for what it has to speak. The numbers count tests; a transcript is a test at every split of its bytes.

<!-- Generated: do not edit. -->`;

const TESTS = "## The tests";

/** The row of the longest section that the tag's section is in, else that of the whole document. */
function rowOf(rows, { document, section = "" }) {
  const within = (row) => row.section === undefined || `${section}.`.startsWith(`${row.section}.`);
  return rows
    .filter((row) => row.document === document && within(row))
    .sort((a, b) => (b.section ?? "").length - (a.section ?? "").length)[0];
}

const nameOf = ({ document, section }) => (section ? `${document} section ${section}` : document);

function table(used) {
  const cell = (row, side, tests) =>
    tests.length > 0 ? String(tests.length) : row.required.includes(side) ? "none" : "";
  const lines = used.map(([row, tests]) => {
    const cells = ["client", "server"].map((side) => cell(row, side, tests[side]));
    return `| ${linked(row)} | ${row.title ?? ""} | ${row.what} | ${cells.join(" | ")} |`;
  });
  return ["| document | title | what | client | server |", "|---|---|---|---|---|", ...lines].join("\n");
}

function linked(row) {
  const number = /^RFC (\d+)$/.exec(row.document)?.[1];
  if (!number) return nameOf(row);
  const part = /^\d/.test(row.section ?? "") ? "section" : "appendix";
  const anchor = row.section ? `#${part}-${row.section}` : "";
  return `[${nameOf(row)}](https://www.rfc-editor.org/rfc/rfc${number}${anchor})`;
}

function list([row, { all }]) {
  const lines = all.map(({ file, test, section, sides }) => {
    const of = section && section !== row.section ? `, section ${section}` : "";
    return `- \`${file}\`${test ? `: ${escaped(test)}` : ""} (${sides.join(" and ")}${of})`;
  });
  const tests = [...new Set(lines)].sort().join("\n") || "No test yet.";
  return `### ${nameOf(row)}: ${row.what}\n\n${tests}`;
}

/** A test's name as text that Markdown leaves alone. */
const escaped = (name) => (/^\w+$/.test(name) ? `\`${name}\`` : name.replaceAll(/[\\`*_[\]<>|]/g, "\\$&"));
