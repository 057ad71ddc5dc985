// The pages work without this. With it: files may be dropped anywhere, the chosen ones are named, and a run is shown as it goes.
"use strict";

const input = document.querySelector("input[type=file]");
const form = document.querySelector("form.put");

/** Say which files were chosen, and whether they are too many or too large to be sent at once. */
function tell() {
  const chosen = document.getElementById("chosen");
  const files = [...input.files];
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const fault = size > input.dataset.limit * 0.98 ? input.dataset.tooLarge : files.length > input.dataset.most ? input.dataset.tooMany : "";
  input.setCustomValidity(fault);
  chosen.replaceChildren();
  if (!files.length) return;
  const line = document.createElement("p");
  line.textContent = fault || input.dataset.chosen.replace("{count}", files.length).replace("{size}", (size / 1048576).toFixed(1));
  line.className = fault ? "warn" : "";
  const list = document.createElement("ul");
  for (const file of files.slice(0, 60)) list.appendChild(document.createElement("li")).textContent = file.name;
  chosen.append(line, list);
}

/** Every file in what was dropped, those inside folders too. */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    for (const inner of some) found.push(...(await filesOf(inner)));
  }
}

/** Put what was dropped where chosen files are. */
async function take(event) {
  event.preventDefault();
  document.body.classList.remove("over-page");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  const plain = [...event.dataTransfer.files];
  const files = entries.some((entry) => entry.isDirectory) ? (await Promise.all(entries.map(filesOf))).flat() : plain;
  const all = new DataTransfer();
  for (const file of files) if (!/^(\.|~\$|thumbs\.db$|desktop\.ini$)/i.test(file.name)) all.items.add(file);
  input.files = all.files;
  tell();
  form.querySelector("[name=period]").focus();
}

/** Show the run as it is now, without touching what is being filled in above. */
async function refresh() {
  const now = document.getElementById("now");
  if (!now || !("busy" in now.dataset)) return;
  try {
    const answer = await fetch("/now", { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("now");
    if (!fresh) return;
    if (!("busy" in fresh.dataset)) document.getElementById("periods").replaceWith(page.getElementById("periods"));
    const stages = [now, fresh].map((one) => one.querySelector(".stages"));
    if (stages[0] && stages[1] && now.contains(document.activeElement)) stages[0].replaceWith(stages[1]);  // the keyboard stays where it is
    else if (fresh.innerHTML !== now.innerHTML) now.replaceWith(fresh);
  } catch {
    return;  // closed, or on its way down: the page stays as it is
  }
}

if (input) {
  input.addEventListener("change", tell);
  for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => { event.preventDefault(); document.body.classList.add("over-page"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("over-page"); });
  document.addEventListener("drop", take);
  form.addEventListener("submit", () => {
    form.querySelector("button").disabled = true;
    document.getElementById("chosen").textContent = form.dataset.sending;
  });
  window.addEventListener("pageshow", () => { form.querySelector("button").disabled = false; tell(); });
}
if (document.getElementById("now")) setInterval(refresh, 1000);
