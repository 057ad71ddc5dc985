/* Engine: what Great Expectations itself says of every rule; a rule's own line opens the rest. */
function enginePage(section) {
  if (ready.engine) { return; }
  const rows = table("validation");
  rows.forEach(row => {
    row.share = row.evaluated ? row.unexpected / row.evaluated : 0;
    row.state = row.skipped ? words.not_run : row.success ? words.passed : words.failed;
  });
  const paged = pagedTable({
    label: heading("engine").textContent, rows, columns: [
      { title: words.rule, width: 11, by: row => row.rule, cell: row => row.rule },
      { title: words.title, width: 37, by: row => row.name, cell: row => row.name, opens: expectationOf },
      { title: words.status, width: 10, by: row => row.state, cell: row => row.state },
      { title: words.evaluated, width: 12, desc: true, by: row => row.evaluated, cell: row => row.evaluated },
      { title: words.unexpected, width: 11, desc: true, by: row => row.unexpected, cell: row => row.unexpected },
      { title: words.share, width: 9, desc: true, by: row => row.share, cell: row => (row.skipped ? "" : (100 * row.share).toFixed(2) + "%"), cls: "n" },
      { title: words.reported, width: 10, desc: true, by: row => row.reported, cell: row => row.reported }
    ]
  });
  const bar = filterBar({
    page: "engine", paged, rows, text: row => [row.rule, row.name, row.arguments, row.expectation, row.suite, row.figures, row.skipped, row.source],
    controls: [
      { name: "text", label: words.search_engine },
      { name: "state", label: words.status, choices: pairs(distinct(rows, "state")) },
      { name: "suite", label: words.suite, choices: pairs(distinct(rows, "suite").sort()) },
      { name: "expectation", label: words.expectation, choices: pairs(distinct(rows, "expectation").sort()) }
    ]
  });
  [bar.node, paged.node].forEach(part => section.querySelector(".rows-place").appendChild(part));
  bar.set({});
  ready.engine = { bar, paged };
}
function expectationOf(row) {
  return facts([[words.expectation, row.expectation], [words["arguments"], row.arguments], [words.figures, row.figures], [words.suite, row.suite],
    [words.source, row.source], [words.skipped, row.skipped]]);
}
