function enginePage(section) {
  if (ready.engine) { return; }
  ready.engine = true;
  var place = el("div", {}), rows = table("validation");
  section.querySelector(".grid-place").appendChild(place);
  rows.forEach(function (row) { row.share = row.evaluated ? row.unexpected / row.evaluated : 0; row.state = row.skipped ? words.not_run : row.success ? words.passed : words.failed; });
  hay(rows, function (row) { return [row.rule, row.name, row.arguments, row.expectation, row.suite, row.figures, row.skipped]; });
  grid(place, "engine", rows, [
    { title: words.rule, field: "rule", width: 110 }, { title: words.title, field: "name", widthGrow: 2, formatter: wrapped }, { title: words.status, field: "state", width: 90 },
    { title: words.evaluated, field: "evaluated", width: 84, hozAlign: "right" }, { title: words.unexpected, field: "unexpected", width: 84, hozAlign: "right", headerSortStartingDir: "desc" },
    { title: words.share, field: "share", width: 84, hozAlign: "right", headerSortStartingDir: "desc", formatter: node(function (row) { return (100 * row.share).toFixed(2) + "%"; }) },
    { title: words.reported, field: "reported", width: 84, hozAlign: "right" }, { title: words.expectation, field: "expectation", widthGrow: 2, formatter: wrapped },
    { title: words["arguments"], field: "arguments", widthGrow: 4, formatter: wrapped }, { title: words.figures, field: "figures", widthGrow: 1, formatter: wrapped },
    { title: words.suite, field: "suite", width: 110, formatter: wrapped }, { title: words.source, field: "source", widthGrow: 1, formatter: wrapped }, { title: words.skipped, field: "skipped", widthGrow: 2, formatter: wrapped }
  ]).on("tableBuilt", function () {
    filterBar(place.parentNode, "engine", rows, [{ name: "text", label: words.search_engine }, { name: "state", label: words.status, choices: pairs(distinct(rows, "state")) }],
      function (row, state) { return !state.state || row.state === state.state; }).apply();
  });
}
