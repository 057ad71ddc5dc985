/* By rule: what each rule found and where, how it is mended, what it rests on; and the rules that found nothing or were not asked. */
function rulesPage(section, id, query) {
  const first = !ready.rules;
  if (first) { ready.rules = makeRules(section); }
  if (first || query !== undefined) { ready.rules.bar.set(query === undefined ? { state: "found" } : chosen(query)); }
  const detail = ready.rules.detail;
  detail.textContent = "";
  if (id) { detail.appendChild(ruleDetail(ruleOf(id))); }
}
function stateOf(rule) { return rule.count ? "found" : rule.why_not ? "not_run" : "clean"; }
function mostOf(rule) { return rule.villages.slice(0, 3).map(([place, n]) => place + " " + n).join("、"); }
function makeRules(section) {
  const rows = data.rules.map((rule, n) => Object.assign({ n, state: stateOf(rule) }, rule)), detail = el("div", { "class": "detail" });
  const paged = pagedTable({
    label: heading("rules").textContent, rows, columns: [
      { title: words.title, width: 32, by: row => row.title, cell: row => link("rules", row.rule, row.title) },
      { title: words.level, width: 8, by: row => row.severity, cell: row => chip(row.severity) },
      { title: words.dimension, width: 9, by: row => row.dimension, cell: row => row.dimension },
      { title: words.count, width: 8, desc: true, by: row => row.count, cell: row => row.count },
      { title: words.households_col, width: 8, desc: true, by: row => row.households, cell: row => row.households },
      { title: words.where_most, width: 25, cell: row => mostOf(row) || row.why_not },
      { title: words.rule, width: 10, by: row => row.rule, cell: row => row.rule, cls: "quiet" }
    ]
  });
  const bar = filterBar({
    page: "rules", paged, rows, text: row => [row.rule, row.title, row.basis, row.fix, row.dimension],
    controls: [
      { name: "text", label: words.search_rules },
      { name: "state", label: words.result, choices: Object.keys(words.rule_states).map(key => [key, words.rule_states[key]]) },
      { name: "severity", label: words.level, choices: words.severity.slice(0, 3).map((name, n) => [String(n), name]) },
      { name: "dimension", label: words.dimension, choices: pairs(distinct(rows, "dimension")) }
    ]
  });
  bar.node.addEventListener("input", () => { detail.textContent = ""; });
  [heading("rules"), bar.node, detail, paged.node].forEach(part => section.appendChild(part));
  return { detail, bar, paged };
}
function ruleDetail(rule) {
  const id = encodeURIComponent(rule.rule), trend = rule.trend || [];
  const places = rule.villages.map(([place, n]) => [el("a", { href: "#problems?rule=" + id + "&place=" + encodeURIComponent(place), text: place }), n]);
  return el("article", {},
    el("h3", {}, chip(rule.severity), " ", rule.title, " ", el("span", { "class": "quiet", text: rule.rule })),
    facts([[words.result, words.rule_states[stateOf(rule)]], [words.count, rule.count], [words.households_col, rule.households], [words.evaluated, rule.evaluated || null], [words.dimension, rule.dimension]]),
    facts([[words.fix, rule.fix]]), facts([[words.basis, rule.basis]]), facts([[words.not_run, rule.why_not]]),
    rule.count ? el("p", {}, el("a", { href: "#problems?rule=" + id, text: words.show_problems })) : null,
    trend.length > 1 ? trendOf(trend) : null,
    places.length ? [el("h4", { text: words.where_most }), plainTable([words.place, words.count], places, "narrow")] : null);
}
function trendOf(trend) {
  const place = el("div", { "class": "chart small", role: "img", "aria-label": words.trend });
  place.picture = { kind: "lines", height: 180, columns: [words.period, words.open], rows: trend };
  return el("figure", { "class": "picture" }, el("figcaption", { text: words.trend }), place,
    el("p", { text: trend.map(([period, open]) => say(words.trend_point, { period, open: count(open) })).join("；") }));
}
