// The results as text: a table for each measure.

/** A number with three significant digits or more. */
function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}

function value(series) {
  return series ? `${figure(series.median)} (${figure(series.min)}-${figure(series.max)})` : "-";
}

export function table({ title, unit, better, note, rows }) {
  const head = ["against", "edgepost", "", "peer", "", "ratio", "goal", "met"];
  const lines = rows.map((row) => [
    row.against,
    row.how ?? "",
    value(row.ours),
    row.peer ?? "",
    value(row.theirs),
    row.ratio === undefined ? "" : `${figure(row.ratio)} x`,
    row.goal?.text ?? "",
    row.goal ? (row.goal.met ? "yes" : "NO") : "",
  ]);
  const wide = head.map((text, at) => Math.max(text.length, ...lines.map((line) => line[at].length)));
  const join = (line) =>
    line
      .map((text, at) => text.padEnd(wide[at]))
      .join("  ")
      .trimEnd();
  const name = `${title} (${unit}, ${better} is better; median (min-max))`;
  const below = note ? [`  ${note}`] : [];
  return [name, ...[head, ...lines].map((line) => `  ${join(line)}`), ...below, ""].join("\n");
}
