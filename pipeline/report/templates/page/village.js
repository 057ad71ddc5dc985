/* By village: everything of one village, to be printed and taken along. */
function villagePage(section, name) {
  const village = data.villages.find(one => one.village === name) || data.villages[0];
  const add = (...parts) => parts.forEach(part => { if (part) { section.appendChild(part); } });
  section.textContent = "";
  if (!village) { add(el("p", { text: words.none })); return; }
  const choose = el("select", { id: "choose-village" }, data.villages.map(one => el("option", { value: one.village, text: one.village, selected: one === village })));
  choose.addEventListener("change", () => { location.hash = "#village/" + encodeURIComponent(choose.value); });
  add(el("p", { "class": "tools" }, el("label", { "for": "choose-village", text: words.choose_village }), " ", choose, " ", button(words.print, () => window.print())));
  const lead = village.settle ? (data.due ? words.village_lead : words.village_lead_open) : words.village_none;
  add(el("h2", { "class": "lead", text: say(lead, Object.assign({ due: data.due }, village)) }));
  if (village.kinds.length) {
    add(el("div", { "class": "kinds" }, words.village_kinds, el("ol", {}, village.kinds.map(([title, n]) => el("li", {}, title + " ", el("b", { text: count(n) }))))));
  }
  const rows = folded(table("problems").filter(row => row.place === village.village)), rest = rows.filter(row => row.owner !== "village").length;
  if (rest) { add(el("p", { "class": "quiet", text: say(words.village_rest, { rest: count(rest) }) })); }
  const lists = grouped(table("rosters").filter(row => row.place === village.village), row => row.annex);
  if (lists.size) {
    add(el("h3", { text: words.rosters }), el("p", { text: Array.from(lists).map(([list, on]) => say(words.in_list, { list, label: filled(on[0].label) && on[0].label !== list ? " " + on[0].label : "", count: on.length })).join("；") }));
  }
  if (!rows.length) { return; }
  const printed = say(words.printed, { title: document.querySelector("h1").textContent, village: village.village, period: data.period });
  add(el("h3", { text: words.by_kind }), plainTable([words.kind, words.level, words.own, words.others, words.fix], byKind(rows), "cards kinds-of"));
  add(el("h3", { text: words.village_list }), householdBlocks(rows, printed));
}
/* A cell that two files repeat is one problem to the people of the village. */
function folded(rows) { return rows.filter(row => !row.again); }
function byKind(rows) {
  const kinds = Array.from(grouped(rows, row => row.title), ([title, found]) => {
    const own = found.filter(row => row.owner === "village").length;
    return { title, rule: found[0].rule, severity: found.reduce((least, row) => Math.min(least, row.severity), 9), own, rest: found.length - own };
  });
  return kinds.sort((a, b) => b.own - a.own || a.severity - b.severity || b.rest - a.rest || (a.rule < b.rule ? -1 : 1))
    .map(kind => [link("rules", kind.rule, kind.title), chip(kind.severity), kind.own || "", kind.rest || "", data.fixes[kind.title] || ""]);
}
/* A household keeps together on paper; what the table is and where it is from stands on every sheet. */
function householdBlocks(rows, printed) {
  const titles = [words.household, words.level, words.message, words.value, words.fix, words.where, words.owner], homes = grouped(rows, row => (row.hush ? "-" : row.household || ""));
  const last = number => ["", "-"].indexOf(number) + 1;           // what tells of health stands by itself, beside nobody's name
  const blocks = Array.from(homes.keys()).sort((a, b) => last(a) - last(b)).map(number => {
    const block = el("tbody", { role: "rowgroup", "class": homes.get(number).length > 8 ? "long" : null });
    homes.get(number).forEach((row, n) => {
      const said = [chip(row.severity), row.message, row.value, row.fix, where(row), words.owners[row.owner] || row.owner];
      const head = n ? null : el("th", { scope: "rowgroup", role: "rowheader", rowspan: homes.get(number).length }, last(number) ? (row.hush ? words.health : words.no_household) : aboutHome(number, row));
      block.appendChild(el("tr", { role: "row" }, head, said.map((value, k) => cell(titles[k + 1], value, k === 4 ? "quiet" : null)), el("td", { role: "cell", "class": "paper" })));
    });
    return block;
  });
  const head = headRow(titles), widths = [13, 7, 23, 10, 23, 18, 6];       // per cent; fixed, so that a village of thousands is laid out at once
  head.firstChild.appendChild(el("th", { scope: "col", role: "columnheader", "class": "paper", text: words.by_hand }));
  return el("div", { "class": "wide" }, el("table", { role: "table", "class": "text homes cards" },
    el("colgroup", {}, widths.map(width => el("col", { style: "width:" + width + "%" }))), head, blocks,
    el("tfoot", { role: "rowgroup", "class": "paper" }, el("tr", { role: "row" }, el("td", { role: "cell", colspan: titles.length + 1, text: printed })))));
}
function aboutHome(number, row) {
  return [link("household", number), el("br"), (homeOf(number) || {}).head || "", " ", row.group ? say(words.in_group, row) : ""];
}
