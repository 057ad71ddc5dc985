var problemBar = null;
function problemsPage(section, query) {
  if (!ready.problems) {
    ready.problems = true;
    var place = el("div", {}), rows = table("problems");
    section.appendChild(el("h2", { text: document.querySelector("[data-page=problems]").textContent }));
    section.appendChild(el("div", {}, place));
    hay(rows, function (row) { return [row.message, row.household, row.who, row.place, row.file, row.header, row.value, row.rule, row.id]; });
    grid(place, "problems", rows, [
      { title: words.level, field: "severity", width: 76, formatter: node(function (row) { return chip(row.severity); }) },
      { title: words.place, field: "place", width: 96 },
      { title: words.group, field: "group", width: 60, sorter: "number" },
      { title: words.household, field: "household", width: 146, formatter: node(function (row) { return row.household ? link("household", row.household) : null; }) },
      { title: words.message, field: "message", widthGrow: 4, minWidth: 200, formatter: wrapped },
      { title: words.value, field: "value", widthGrow: 1, minWidth: 90, formatter: wrapped },
      { title: words.fix, field: "fix", widthGrow: 3, minWidth: 160, formatter: wrapped },
      { title: words.where, field: "file", widthGrow: 3, minWidth: 170, formatter: node(function (row) { return el("span", { text: where(row) }); }), cssClass: "wrap quiet" },
      { title: words.rule, field: "rule", width: 104, formatter: node(function (row) { return link("rules", row.rule); }) },
      { title: words.copy, field: "n", width: 84, headerSort: false, formatter: node(copyButton) }
    ]).on("tableBuilt", function () {
      problemBar = filterBar(place.parentNode, "problems", rows, [{ name: "text", label: words.search_problems },
        { name: "place", label: words.place, choices: pairs(distinct(rows, "place")) },
        { name: "severity", label: words.level, choices: words.severity.slice(0, 3).map(function (name, n) { return [String(n), name]; }) },
        { name: "dimension", label: words.dimension, choices: pairs(distinct(rows, "dimension")) },
        { name: "rule", label: words.kind, choices: data.rules.filter(function (rule) { return rule.count; }).map(function (rule) { return [rule.rule, rule.title + " " + rule.rule]; }) },
        { name: "owner", label: words.owner, choices: Object.keys(words.owners).map(function (key) { return [key, words.owners[key]]; }) },
        { name: "status", label: words.status, choices: pairs(distinct(rows, "status")) }],
        function (row, state) {
          return (!state.place || row.place === state.place) && (!state.severity || row.severity === Number(state.severity)) && (!state.dimension || row.dimension === state.dimension) &&
            (!state.rule || row.rule === state.rule) && (!state.owner || row.owner === state.owner) && (!state.status || row.status === state.status);
        });
      problemBar.set(asked(query));
    });
  } else if (problemBar && query) { problemBar.set(asked(query)); }
}
function asked(query) {
  var wanted = {};
  (query || "").split("&").filter(Boolean).forEach(function (part) { var pair = part.split("="); wanted[pair[0]] = decodeURIComponent(pair[1] || ""); });
  return wanted;
}
