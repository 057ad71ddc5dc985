/* pages */
function villagePage(section, name) {
  var village = data.villages.filter(function (v) { return v.village === name; })[0] || data.villages[0];
  section.textContent = "";
  if (!village) { section.appendChild(el("p", { text: words.none })); return; }
  var choose = el("select", { id: "choose-village" }, data.villages.map(function (v) { return el("option", { value: v.village, text: v.village, selected: v === village }); }));
  choose.addEventListener("change", function () { location.hash = "#village/" + encodeURIComponent(choose.value); });
  var print = el("button", { type: "button", text: words.print });
  print.addEventListener("click", function () { window.print(); });
  section.appendChild(el("p", { "class": "tools" }, el("label", { "for": "choose-village", text: words.choose_village + " " }), choose, " ", print));
  var lead = village.settle ? (data.due ? words.village_lead : words.village_lead_open) : words.village_none;
  section.appendChild(el("h2", { "class": "lead", text: say(lead, Object.assign({ due: data.due }, village)) }));
  if (village.kinds.length) {
    section.appendChild(el("p", { "class": "kinds" }, words.village_kinds, el("ol", {}, village.kinds.map(function (kind) { return el("li", {}, kind[0] + " ", el("b", { text: kind[1] })); }))));
  }
  var rows = folded(table("problems").filter(function (row) { return row.place === village.village; }));
  var rest = rows.filter(function (row) { return row.owner !== "village"; }).length;
  if (rest) { section.appendChild(el("p", { "class": "quiet", text: say(words.village_rest, { rest: rest }) })); }
  if (!rows.length) { return; }
  var lists = new Map();
  table("rosters").forEach(function (row) { if (row.place === village.village) { lists.set(row.annex, (lists.get(row.annex) || 0) + 1); } });
  if (lists.size) {
    section.appendChild(el("h3", { text: words.rosters }));
    section.appendChild(el("p", { text: Array.from(lists).map(function (pair) { return say(words.in_list, { list: pair[0], count: pair[1] }); }).join("；") }));
  }
  section.appendChild(el("h3", { text: words.by_kind }));
  section.appendChild(plainTable([words.kind, words.level, words.count, words.fix], byKind(rows)));
  section.appendChild(el("h3", { text: words.village_list }));
  section.appendChild(householdBlocks(rows));
}
function folded(rows) {
  var seen = new Map(), here = new Map();
  return rows.filter(function (row) {
    if (!row.household && !row.person) { return true; }
    var key = [row.rule, row.household, row.person, row.cell].join("|"), nth = here.get(key + "|" + row.file) || 0;
    here.set(key + "|" + row.file, nth + 1);
    if (seen.has(key + "|" + nth)) { return false; }
    seen.set(key + "|" + nth, true);
    return true;
  });
}
function byKind(rows) {
  var counts = new Map();
  rows.forEach(function (row) { counts.set(row.rule, (counts.get(row.rule) || 0) + 1); });
  return Array.from(counts).sort(function (a, b) { return b[1] - a[1] || ruleOf(a[0]).severity - ruleOf(b[0]).severity || (a[0] < b[0] ? -1 : 1); }).map(function (pair) {
    var rule = ruleOf(pair[0]);
    return [link("rules", rule.rule, rule.title), chip(rule.severity), pair[1], rule.fix || ""];
  });
}
function householdBlocks(rows) {
  var homes = new Map(), body = el("tbody", {});
  rows.forEach(function (row) { var key = row.household || ""; if (homes.has(key)) { homes.get(key).push(row); } else { homes.set(key, [row]); } });
  Array.from(homes.keys()).sort(function (a, b) { return (a === "") - (b === ""); }).forEach(function (key) {
    homes.get(key).forEach(function (row, n) {
      body.appendChild(el("tr", { "class": n ? "more" : "first" },
        n ? null : el("th", { scope: "rowgroup", rowspan: homes.get(key).length }, key ? [link("household", key), el("br"), (homeOf(key) || {}).head || "", " ", row.group ? say(words.in_group, row) : ""] : words.no_household),
        el("td", {}, chip(row.severity)), el("td", { text: row.message }), el("td", { text: row.value || "" }), el("td", { text: row.fix || "" }),
        el("td", { "class": "quiet", text: where(row) }), el("td", { text: words.owners[row.owner] || row.owner })));
    });
  });
  return el("div", { "class": "wide" }, el("table", { "class": "text homes" }, el("thead", {}, el("tr", {},
    [words.household, words.level, words.message, words.value, words.fix, words.where, words.owner].map(function (title) { return el("th", { scope: "col", text: title }); }))), body));
}
function homeOf(number) {
  if (!homeOf.by) { homeOf.by = new Map(table("households").map(function (home) { return [home.no, home]; })); }
  return homeOf.by.get(number);
}
