(() => {
  "use strict";
  const other = "/*OTHER*/", texts = /*TEXTS*/{}, root = document.documentElement, own = root.lang;
  const all = (s, e) => [...(e || document).querySelectorAll(s)];
  const fill = (text, args) => text.replace(/\{(\w+)\}/g, (_, k) => k in args ? args[k] : "");
  const make = (tag, parent, set) => parent.appendChild(Object.assign(document.createElement(tag), set));
  const first = new Map();
  const top = e => e.getBoundingClientRect().top;
  const speak = language => {
    const here = all("main h2, main h3, main p, main tr, main figure").find(e => top(e) > 0);
    const before = here && top(here);
    root.lang = language;
    for (const e of all("[data-t]")) {
      if (!first.has(e)) first.set(e, e.textContent);
      const text = texts[e.dataset.t];
      e.textContent = language === own || text === undefined ? first.get(e) : fill(text, JSON.parse(e.dataset.a || "{}"));
    }
    for (const e of all("[data-o]")) {
      if (!first.has(e)) first.set(e, [e.textContent, e.lang]);
      const [text, spoken] = first.get(e);
      e.textContent = language === own ? text : e.dataset.o;
      e.lang = language === own ? spoken : language;
    }
    for (const name of ["title", "aria-label", "data-h"])
      for (const e of all(`[data-o-${name}]`)) {
        const here = e.getAttribute(name);
        e.setAttribute(name, e.getAttribute(`data-o-${name}`));
        e.setAttribute(`data-o-${name}`, here);
      }
    for (const e of all("[data-l]")) {
      if (!first.has(e)) first.set(e, e.getAttribute("aria-label"));
      e.setAttribute("aria-label", language === own ? first.get(e) : texts[e.dataset.l] || first.get(e));
      if (e.placeholder) e.placeholder = e.getAttribute("aria-label");
    }
    if (here) scrollBy(0, top(here) - before);
  };
  const tools = document.getElementById("tools");
  const tongue = make("button", tools, { type: "button", textContent: texts["language"], lang: other });
  tongue.onclick = () => {
    const there = root.lang === other;
    speak(there ? own : other);
    tongue.textContent = there ? texts["language"] : tools.dataset.own;
    tongue.lang = there ? other : own;
  };
  const theme = make("button", tools, { type: "button" });
  const label = make("span", theme, { textContent: tools.dataset.theme });
  label.dataset.t = "theme";
  theme.onclick = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };
  tools.hidden = false;

  const voice = document.getElementById("said");
  let last = 0;
  const say = (key, args) => {
    clearTimeout(last);
    last = setTimeout(() => { voice.textContent = fill(root.lang === other ? texts["said." + key] : voice.dataset[key], args); }, 300);
  };

  const bar = document.getElementById("filter");
  if (bar) {
    let wanted = "", typed = "";
    const apply = () => {
      for (const row of all("#scorecard tr.r")) {
        const kind = row.classList[1] || "none";
        row.hidden = (wanted && kind !== wanted) || !row.textContent.toLowerCase().includes(typed);
      }
      for (const body of all("#scorecard tbody")) body.hidden = all("tr.r", body).every(row => row.hidden);
      say("rows", { n: all("#scorecard tr.r").filter(row => !row.hidden).length });
    };
    const choose = (kind, template) => {
      const button = make("button", bar, { type: "button" });
      button.append(template);
      button.setAttribute("aria-pressed", String(!kind));
      button.onclick = () => {
        wanted = kind;
        for (const one of all("button", bar)) one.setAttribute("aria-pressed", String(one === button));
        apply();
      };
    };
    const everything = document.createElement("span");
    everything.dataset.t = "all";
    everything.textContent = bar.dataset.all;
    choose("", everything);
    const kinds = new Set(all("#scorecard tr.r").map(row => row.classList[1]));
    for (const item of all("#scorecard .key span.w")) {
      const kind = item.classList[1];
      if (kinds.has(kind)) choose(kind, item.cloneNode(true));
    }
    const box = make("input", bar, { type: "search", placeholder: bar.dataset.search });
    box.setAttribute("aria-label", bar.dataset.search);
    box.dataset.l = "search";
    box.oninput = () => { typed = box.value.toLowerCase(); apply(); };
    bar.hidden = false;
  }

  const value = cell => {
    const exact = cell.dataset.v || (cell.querySelector("data") || {}).value;
    const text = exact || cell.textContent.trim().replace(/−/g, "-").replace(/,/g, "");
    return text !== "" && !isNaN(text) ? Number(text) : cell.textContent.trim();
  };
  const sort = (table, index, up) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, at) => [value(row.cells[index]), at, row]);
    rows.sort(([a, i], [b, j]) => ((typeof a === "number" && typeof b === "number") ? a - b : String(a).localeCompare(String(b))) * (up ? 1 : -1) || i - j);
    body.append(...rows.map(row => row[2]));
  };
  for (const table of all("table.ev")) {
    if (table.tBodies[0].rows.length < 3) continue;
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      if (head.className === "u") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.onclick = () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const cell of head.parentNode.cells) cell.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(table, index, up);
        say(up ? "up" : "down", { name: button.textContent.trim() });
      };
    });
  }
  const narrows = new Map();
  for (const figure of all("figure.table")) {
    const rows = all("tbody tr", figure);
    if (rows.length < 13) continue;
    const heads = [...figure.querySelector("thead tr").cells].map(cell => cell.textContent.trim());
    let only = [];
    const fits = row => only.every(([at, value]) => row.cells[at].textContent.trim() === value);
    const box = document.createElement("input");
    box.type = "search";
    box.placeholder = bar ? bar.dataset.search : "…";
    box.setAttribute("aria-label", bar ? bar.dataset.search : "search");
    box.dataset.l = "search";
    box.oninput = () => {
      const typed = box.value.toLowerCase();
      for (const row of rows) row.hidden = !fits(row) || !row.textContent.toLowerCase().includes(typed);
      for (const text of all("tr:not([hidden]) .lt", figure))
        text.open = typed && text.textContent.toLowerCase().includes(typed) && !text.firstChild.textContent.toLowerCase().includes(typed);
      say("rows", { n: rows.filter(row => !row.hidden).length });
      const fold = figure.querySelector("details.fold");
      if (fold && (typed || only.length)) fold.open = true;
    };
    figure.querySelector("figcaption").after(box);
    narrows.set(figure.id, labels => {
      const chip = figure.querySelector("button.only");
      if (chip) chip.remove();
      only = Object.entries(labels).map(([name, value]) => [heads.indexOf(name), value]);
      if (only.some(([at]) => at < 0) || !rows.some(fits)) only = [];
      if (only.length) {
        const clear = document.createElement("button");
        clear.type = "button";
        clear.className = "only";
        clear.textContent = only.map(([at, value]) => heads[at] + " " + value).join(", ") + " \u00d7";
        clear.onclick = () => narrows.get(figure.id)({});
        box.after(clear);
      }
      box.oninput();
    });
  }
  for (const link of all("a[data-only]"))
    link.addEventListener("click", () => {
      const narrow = narrows.get(link.hash.slice(1));
      if (narrow) narrow(JSON.parse(link.dataset.only));
    });
})();
