function householdPage(section, number) {
  if (!ready.household) {
    ready.household = { detail: el("div", { "class": "detail" }) };
    var place = el("div", {}), rows = table("households"), counts = new Map();
    table("problems").forEach(function (row) {
      var found = counts.get(row.household) || [0, 0, 0, 0];
      found[row.severity] += 1;
      counts.set(row.household, found);
    });
    rows.forEach(function (row) { var c = counts.get(row.no) || [0, 0, 0, 0]; row.a = c[0]; row.b = c[1]; row.c = c[2]; row.all = c[0] + c[1] + c[2] + c[3]; });
    hay(rows, function (row) { return [row.no, row.place, row.head]; });
    section.appendChild(el("h2", { text: document.querySelector("[data-page=household]").textContent }));
    section.appendChild(ready.household.detail);
    section.appendChild(el("div", {}, place));
    grid(place, "household", rows, [
      { title: words.household, field: "no", width: 160, formatter: node(function (row) { return link("household", row.no); }) },
      { title: words.head, field: "head", minWidth: 80 }, { title: words.place, field: "place", minWidth: 100 }, { title: words.group, field: "group", width: 70, sorter: "number" },
      { title: words.severity[0], field: "a", hozAlign: "right", width: 80, headerSortStartingDir: "desc" }, { title: words.severity[1], field: "b", hozAlign: "right", width: 80, headerSortStartingDir: "desc" },
      { title: words.severity[2], field: "c", hozAlign: "right", width: 80, headerSortStartingDir: "desc" }, { title: words.problems, field: "all", hozAlign: "right", width: 90, headerSortStartingDir: "desc" }
    ], [{ column: "all", dir: "desc" }]).on("tableBuilt", function () {
      filterBar(place.parentNode, "household", rows, [{ name: "text", label: words.search_household }, { name: "place", label: words.place, choices: pairs(distinct(rows, "place")) }],
        function (row, state) { return !state.place || row.place === state.place; }).apply();
    });
  }
  var detail = ready.household.detail;
  detail.textContent = "";
  if (number) { detail.appendChild(householdDetail(number)); }
}
function householdDetail(number) {
  var home = homeOf(number), labels = words.labels, article = el("article", {});
  article.appendChild(el("h3", { text: [number, home ? home.head : "", home ? home.place : "", home && home.group ? say(words.in_group, home) : ""].filter(Boolean).join(" ") }));
  function shown(row, kind) { return Object.keys(labels[kind]).filter(function (key) { return row[key] !== undefined && row[key] !== null && row[key] !== ""; }); }
  if (home) {
    article.appendChild(el("dl", { "class": "facts" }, shown(home, "household").map(function (key) { return el("div", {}, el("dt", { text: labels.household[key] }), el("dd", { text: home[key] })); })));
  }
  function part(title, titles, rows) {
    article.appendChild(el("h4", { text: title }));
    article.appendChild(rows.length ? plainTable(titles, rows) : el("p", { "class": "quiet", text: words.none }));
  }
  part(words.problems, [words.level, words.message, words.value, words.fix, words.where, words.status, words.copy],
    of("problems", number).map(function (row) { return [chip(row.severity), row.message, row.value, row.fix, where(row), row.status, copyButton(row)]; }));
  var columns = Object.keys(labels.person);
  part(words.members, columns.map(function (key) { return labels.person[key]; }), of("members", number).map(function (row) { return columns.map(function (key) { return row[key]; }); }));
  part(words.records, [words.list, words.says, words.at], of("records", number).map(function (row) { return [row.title, row.text, row.at]; }));
  part(words.links, [words.list, words.why, words.sure], of("links", number).map(function (row) { return [row.title, row.why, row.sure === null ? "" : (100 * row.sure).toFixed(2) + "%"]; }));
  part(words.rosters, [words.list, words.about, words.why], of("rosters", number).map(function (row) { return [row.annex, row.label, row.reason]; }));
  part(words.changes, [words.field, words.before, words.after, words.reason, words.at], of("changes", number).map(function (row) { return [row.label, row.before, row.after, row.reason, row.at]; }));
  return article;
}
