/* Problems: every problem, to be searched, chosen, sorted and copied. */
function problemsPage(section, _, query) {
  const first = !ready.problems;
  if (first) { ready.problems = makeProblems(section); }
  if (first || query !== undefined) { ready.problems.bar.set(chosen(query)); }
}
function makeProblems(section) {
  const rows = table("problems");
  const paged = pagedTable({
    label: words.problems, rows, sort: { n: 0, down: false }, columns: [
      { title: words.level, width: 7, by: row => row.severity, cell: row => chip(row.severity) },
      { title: words.place, width: 8, by: row => row.place, cell: row => [row.place, row.group ? say(words.in_group, row) : ""].filter(filled).join(" ") },
      { title: words.household, width: 13, by: row => row.household, cell: row => (row.household ? [link("household", row.household), " ", row.who || ""] : row.hush && has("household") ? say(words.unnamed, row) : row.who) },
      { title: words.message, width: 19, by: row => row.message, cell: row => row.message },
      { title: words.value, width: 9, by: row => row.value, cell: row => row.value },
      { title: words.fix, width: 17, cell: row => row.fix },
      { title: words.where, width: 18, by: row => (row.file || "") + "|" + (row.tab || "") + "|" + String(row.row || 0).padStart(9, "0"), cell: where, cls: "quiet" },
      { title: words.rule, width: 9, by: row => row.rule, cell: row => [link("rules", row.rule), " ", copyButton(row)] }
    ]
  });
  const bar = filterBar({
    page: "problems", paged, rows,
    text: row => [row.message, row.household, row.who, row.place, row.file, row.header, row.value, row.rule, row.id],
    controls: [
      { name: "text", label: words.search_problems },
      { name: "place", label: words.place, choices: pairs(distinct(rows, "place")) },
      { name: "severity", label: words.level, choices: words.severity.slice(0, 3).map((name, n) => [String(n), name]) },
      { name: "dimension", label: words.dimension, choices: pairs(distinct(rows, "dimension")) },
      { name: "rule", label: words.kind, choices: data.rules.filter(rule => rule.count).map(rule => [rule.rule, rule.title + " " + rule.rule]) },
      { name: "owner", label: words.owner, choices: distinct(rows, "owner").map(key => [key, words.owners[key] || key]) },
      { name: "status", label: words.status, choices: pairs(distinct(rows, "status")) }
    ]
  });
  bar.node.appendChild(button(words.copy_page, event => copyText(paged.page().map(line).join("\n"), event.currentTarget)));
  [heading("problems"), bar.node, paged.node].forEach(part => section.appendChild(part));
  return { bar, paged };
}
