/* By household: found by number or masked name while typing; then all that is known of one household. */
function householdPage(section, number, query) {
  const first = !ready.household;
  if (first) { ready.household = makeHouseholds(section); }
  if (first || query !== undefined) { ready.household.bar.set(chosen(query)); }
  const detail = ready.household.detail;
  detail.textContent = "";
  if (number) { detail.appendChild(householdDetail(number)); }
}
function makeHouseholds(section) {
  const rows = table("households"), detail = el("div", { "class": "detail" });
  rows.forEach(row => { row.by = [0, 0, 0, 0]; });
  table("problems").forEach(row => { const home = homeOf(row.household); if (home) { home.by[row.severity] += 1; } });
  rows.forEach(row => { row.all = row.by.reduce((sum, n) => sum + n, 0); });
  const level = n => ({ title: words.severity[n], width: 9, desc: true, by: row => row.by[n], cell: row => row.by[n] || "", cls: "n" });
  const paged = pagedTable({
    label: heading("household").textContent, rows, sort: { n: 7, down: true }, columns: [
      { title: words.household, width: 22, by: row => row.no, cell: row => link("household", row.no) },
      { title: words.head, width: 13, by: row => row.head, cell: row => row.head },
      { title: words.place, width: 17, by: row => row.place, cell: row => row.place },
      { title: words.group, width: 9, by: row => Number(row.group) || row.group, cell: row => row.group },
      level(0), level(1), level(2),
      { title: words.problems, width: 12, desc: true, by: row => row.all, cell: row => row.all || "", cls: "n" }
    ]
  });
  const bar = filterBar({
    page: "household", paged, rows, text: row => [row.no, row.place, row.head].concat(of("members", row.no).map(member => member.name)),
    controls: [
      { name: "text", label: words.search_household },
      { name: "place", label: words.place, choices: pairs(distinct(rows, "place")) },
      { name: "only", label: words.result, choices: [["1", words.with_problems]], fits: row => row.all > 0 }
    ]
  });
  bar.node.addEventListener("input", () => { detail.textContent = ""; });
  [heading("household"), bar.node, detail, paged.node].forEach(part => section.appendChild(part));
  return { detail, bar, paged };
}
function householdDetail(number) {
  const home = homeOf(number), labels = words.labels, article = el("article", {});
  const title = [number, home ? home.head : "", home ? home.place : "", home && home.group ? say(words.in_group, home) : ""].filter(Boolean).join(" ");
  article.appendChild(el("h3", { text: title }));
  if (!home && !of("problems", number).length) { article.appendChild(el("p", { text: words.no_such })); return article; }
  if (home) { article.appendChild(facts(Object.keys(labels.household).map(key => [labels.household[key], home[key]]))); }
  const shown = {
    problems: [[words.level, words.message, words.value, words.fix, words.where, words.status, words.copy],
      row => [chip(row.severity), row.message, row.value, row.fix, where(row), row.status, copyButton(row)]],
    members: [Object.keys(labels.person).map(key => labels.person[key]), row => Object.keys(labels.person).map(key => row[key])],
    records: [[words.list, words.says, words.at], row => [row.title, row.text, spelled(row.at)]],
    links: [[words.list, words.why, words.sure, words.rows], row => [row.title, row.why, filled(row.sure) ? (100 * row.sure).toFixed(2) + "%" : "", row.times]],
    rosters: [[words.list, words.about, words.why], row => [row.annex, row.label, row.reason]]
  };
  const alike = { links: ["title", "why", "sure"], records: ["title", "text", "at"] };       // rows that read the same are told once
  Object.keys(shown).forEach(name => {
    const rows = alike[name] ? counted(of(name, number), row => alike[name].map(key => row[key]).join("|")) : of(name, number), [titles, cells] = shown[name];
    article.appendChild(el("h4", { text: words[name] }));
    article.appendChild(rows.length ? plainTable(titles, rows.map(cells), "cards part-" + name) : el("p", { "class": "quiet", text: words.none }));
    leftOut(name, article);
  });
  changesOf(number, article);
  article.appendChild(el("p", { "class": "quiet", text: words.health_note }));
  return article;
}
/* A page has room for so many rows; where some are left out it says so. */
function leftOut(name, place) {
  if (data[name].of) { place.appendChild(el("p", { "class": "quiet", text: say(words.left_out, { count: count(data[name].n), total: count(data[name].of) }) })); }
}
function counted(rows, key) {
  return Array.from(grouped(rows, key).values(), same => Object.assign({ times: same.length }, same[0]));
}
/* Most cells were only spelled alike: so many of each kind, every one of them a click away. */
function changesOf(number, article) {
  const rows = of("changes", number), kinds = counted(rows, row => row.reason).sort((a, b) => b.times - a.times);
  const whole = () => plainTable([words.field, words.before, words.after, words.reason, words.at], rows.map(row => [row.label, row.before, row.after, row.reason, spelled(row.at)]), "cards part-changes");
  article.appendChild(el("h4", { text: words.changes }));
  if (!rows.length) { article.appendChild(el("p", { "class": "quiet", text: words.none })); }
  if (rows.length > 6) {
    article.appendChild(el("p", { text: kinds.map(kind => say(words.times, { what: kind.reason, count: kind.times })).join("；") }));
    article.appendChild(el("details", {}, el("summary", { text: say(words.every_cell, { count: rows.length }) }), whole()));
  } else if (rows.length) { article.appendChild(whole()); }
  leftOut("changes", article);
}
