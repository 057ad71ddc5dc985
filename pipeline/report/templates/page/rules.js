function rulesPage(section, id) {
  if (!ready.rules) {
    ready.rules = true;
    var detail = el("div", { "class": "detail" }), place = el("div", {}), rows = data.rules.map(function (rule, n) { return Object.assign({ n: n }, rule); });
    section.appendChild(el("h2", { text: document.querySelector("[data-page=rules]").textContent }));
    section.appendChild(detail);
    section.appendChild(el("div", {}, place));
    hay(rows, function (row) { return [row.rule, row.title, row.basis, row.fix, row.dimension]; });
    grid(place, "rules", rows, [
      { title: words.title, field: "title", widthGrow: 4, formatter: node(function (row) { return link("rules", row.rule, row.title); }), cssClass: "wrap" },
      { title: words.level, field: "severity", width: 84, formatter: node(function (row) { return chip(row.severity); }) },
      { title: words.dimension, field: "dimension", width: 90 },
      { title: words.count, field: "count", width: 80, hozAlign: "right", headerSortStartingDir: "desc" },
      { title: words.households_col, field: "households", width: 80, hozAlign: "right", headerSortStartingDir: "desc" },
      { title: words.where_most, field: "most", widthGrow: 3, formatter: node(function (row) { return row.villages.slice(0, 3).map(function (v) { return v[0] + " " + v[1]; }).join("、"); }), headerSort: false, cssClass: "wrap" },
      { title: words.rule, field: "rule", width: 110 },
      { title: words.not_run, field: "why_not", widthGrow: 2, formatter: wrapped }
    ]).on("tableBuilt", function () {
      filterBar(place.parentNode, "rules", rows, [{ name: "text", label: words.search_rules },
        { name: "severity", label: words.level, choices: words.severity.slice(0, 3).map(function (name, n) { return [String(n), name]; }) },
        { name: "dimension", label: words.dimension, choices: pairs(distinct(rows, "dimension")) }],
        function (row, state) { return (!state.severity || row.severity === Number(state.severity)) && (!state.dimension || row.dimension === state.dimension); }).apply();
    });
    ready.ruleDetail = detail;
  }
  ready.ruleDetail.textContent = "";
  if (!id) { return; }
  var rule = ruleOf(id);
  ready.ruleDetail.appendChild(el("article", {},
    el("h3", {}, chip(rule.severity), " ", rule.title, " ", el("span", { "class": "quiet", text: rule.rule })),
    el("dl", { "class": "facts" }, [[words.count, count(rule.count || 0)], [words.households_col, count(rule.households || 0)], [words.basis, rule.basis], [words.fix, rule.fix], [words.not_run, rule.why_not]]
      .filter(function (pair) { return pair[1]; }).map(function (pair) { return el("div", {}, el("dt", { text: pair[0] }), el("dd", { text: pair[1] })); })),
    rule.count ? el("p", {}, el("a", { href: "#problems?rule=" + encodeURIComponent(id), text: words.show_problems })) : null,
    rule.villages.length ? plainTable([words.place, words.count], rule.villages, "narrow") : null));
}
