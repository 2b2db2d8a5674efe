(() => {
  "use strict";
  const other = "/*OTHER*/", texts = /*TEXTS*/{}, root = document.documentElement, own = root.lang;
  const all = (s, e) => [...(e || document).querySelectorAll(s)];
  const fill = (text, args) => text.replace(/\{(\w+)\}/g, (_, k) => k in args ? args[k] : "");
  const plain = text => text.toLowerCase().replace(/\s+/g, " ");
  const make = (tag, parent, set) => parent.appendChild(Object.assign(document.createElement(tag), set));
  const first = new Map(), after = [];
  const top = e => e.getBoundingClientRect().top;
  const speak = language => {
    const here = all("main h2, main h3, main p, main tr, main figure").find(e => (!e.checkVisibility || e.checkVisibility()) && top(e) > 0);
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
    for (const again of after) again();
    if (here) scrollBy({ top: top(here) - before, behavior: "instant" });
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
  const words = (key, args) => fill(root.lang === other ? texts["said." + key] : voice.dataset[key], args);
  const say = (key, args) => {
    clearTimeout(last);
    last = setTimeout(() => { voice.textContent = words(key, args); }, 300);
  };

  const bar = document.getElementById("filter");
  if (bar) {
    let wanted = "", typed = "";
    const rows = all("#scorecard tr.r"), below = all("section.probe tr.r"), words = new Map();
    const text = row => {
      if (!words.has(row)) {
        const head = row.parentNode.querySelector(".bh"), part = row.closest("section.probe"), about = row.querySelector("[title]");
        const table = row.closest("table"), parts = [row, head, table.caption, part && part.querySelector("h2")].map(e => e ? e.textContent : "");
        const group = (table.dataset.by || "") + "=" + row.cells[0].textContent.trim();
        words.set(row, plain([...parts, group, about ? about.title : ""].join(" ")));
      }
      return words.get(row);
    };
    const kindOf = row => row.classList[1] || "none";
    const fits = row => (!wanted || kindOf(row) === wanted) && text(row).includes(typed);
    const hits = make("ul", bar.parentNode, { className: "hits" });
    bar.after(hits);
    const apply = () => {
      for (const row of rows) row.hidden = !fits(row);
      for (const body of all("#scorecard tbody")) body.hidden = all("tr.r", body).every(row => row.hidden);
      for (const fold of all("#scorecard > details")) fold.open = !!(wanted || typed) && all("tr.r", fold).some(row => !row.hidden);
      const more = wanted || typed ? below.filter(fits) : [];
      hits.replaceChildren();
      for (const row of more.slice(0, 12)) {
        const name = row.closest("section").querySelector("h2").textContent + ": " + row.closest("table").caption.textContent.trim() + " · " + row.cells[0].textContent.trim();
        make("a", make("li", hits, {}), { href: "#" + row.id, textContent: name });
      }
      if (more.length > 12) make("li", hits, { textContent: "+ " + (more.length - 12) });
      say("rows", { n: rows.filter(row => !row.hidden).length + more.length });
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
    const kinds = new Set([...rows, ...below].map(kindOf));
    for (const item of all("#scorecard .key span.w")) {
      const kind = item.classList[1];
      if (kinds.has(kind)) choose(kind, item.cloneNode(true));
    }
    const box = make("input", bar, { type: "search", placeholder: bar.dataset.search });
    box.setAttribute("aria-label", bar.dataset.search);
    box.dataset.l = "search";
    box.oninput = () => { typed = plain(box.value).trim(); apply(); };
    bar.hidden = false;
  }

  const value = cell => {
    const exact = cell.dataset.v || (cell.querySelector("data") || {}).value;
    const text = exact || cell.textContent.trim().replace(/−/g, "-").replace(/,/g, "");
    return text !== "" && !isNaN(text) ? Number(text) : cell.textContent.trim();
  };
  const least = ["fail", "likely_violated", "inconclusive", "not_measured", "waived", "pass"];
  const key = (row, index) => {
    const cell = row.cells[Math.min(index, row.cells.length - 1)];
    if (cell.className.startsWith("c-o")) return (least.indexOf(row.classList[1]) + least.length + 1) % (least.length + 1);
    return cell.className.startsWith("c-u") ? "" : value(cell);
  };
  const order = (up, [a, i], [b, j]) => ((typeof a === "number" && typeof b === "number") ? a - b : String(a).localeCompare(String(b))) * (up ? 1 : -1) || i - j;
  const sorted = (rows, index, up) => rows.map((row, at) => [key(row, index), at, row]).sort((a, b) => order(up, a, b)).map(row => row[2]);
  const deal = (bodies, rows) => { for (const [body, n] of bodies.map(body => [body, body.rows.length])) body.append(...rows.splice(0, n)); };
  const within = (table, index, up) => {
    const heads = [...table.tBodies].map(body => {
      const rows = sorted(all("tr.r", body), index, up);
      body.append(...rows);
      return [key(rows[0], index), 0, body];
    });
    table.append(...heads.map((head, at) => [head[0], at, head[2]]).sort((a, b) => order(up, a, b)).map(head => head[2]));
  };
  const sortable = (tables, act) => {
    for (const table of tables) [...table.tHead.rows[0].cells].forEach((head, index) => {
      if (head.classList.contains("u") || head.classList.contains("c-p")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.onclick = () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of tables) for (const cell of other.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
        for (const other of tables) other.tHead.rows[0].cells[index].setAttribute("aria-sort", up ? "ascending" : "descending");
        act(index, up);
        say(up ? "up" : "down", { name: button.textContent.trim() });
      };
    });
  };
  for (const table of all("#scorecard table.score")) sortable([table], (index, up) => within(table, index, up));
  for (const holder of new Set(all("table.ev").map(table => table.closest("figure") || table.parentNode))) {
    const tables = all("table.ev", holder), bodies = tables.map(table => table.tBodies[0]);
    if (bodies.reduce((n, body) => n + body.rows.length, 0) < 3) continue;
    sortable(tables, (index, up) => deal(bodies, sorted(bodies.flatMap(body => [...body.rows]), index, up)));
  }
  const narrows = new Map();
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let e = target && target.parentNode; e; e = e.parentNode) if (e.tagName === "DETAILS") e.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
  for (const figure of all("figure.table")) {
    const rows = all("tbody tr", figure);
    if (rows.length < 13) continue;
    const heads = [...figure.querySelector("thead tr").cells].map(cell => cell.textContent.trim());
    let only = [];
    const fits = row => !only.length || only.some(group => group.every(([at, value]) => row.cells[at].textContent.trim() === value));
    const count = Object.assign(document.createElement("span"), { className: "mute" });
    const tell = () => {
      const shown = rows.filter(row => !row.hidden), marked = shown.filter(row => row.classList.contains("bad"));
      count.textContent = shown.length === rows.length ? "" : " " + words("narrowed", { shown: shown.length, total: rows.length, marked: marked.length });
    };
    after.push(tell);
    const box = document.createElement("input");
    box.type = "search";
    box.placeholder = bar ? bar.dataset.search : "…";
    box.setAttribute("aria-label", bar ? bar.dataset.search : "search");
    box.dataset.l = "search";
    box.oninput = () => {
      const typed = plain(box.value);
      for (const row of rows) row.hidden = !fits(row) || !plain(row.textContent).includes(typed);
      for (const text of all("tr:not([hidden]) .lt", figure))
        text.open = typed && plain(text.textContent).includes(typed) && !plain(text.firstChild.textContent).includes(typed);
      say("rows", { n: rows.filter(row => !row.hidden).length });
      tell();
      const fold = figure.querySelector("details.fold");
      if (fold && (typed || only.length)) fold.open = true;
    };
    figure.querySelector("figcaption") ? figure.querySelector("figcaption").after(box) : figure.prepend(box);
    box.after(count);
    narrows.set(figure.id, groups => {
      const chip = figure.querySelector("button.only");
      if (chip) chip.remove();
      const wanted = groups.map(group => Object.entries(group).map(([name, value]) => [heads.indexOf(name), value]));
      const known = wanted.every(group => group.every(([at]) => at >= 0));
      only = known ? wanted.filter(group => { only = [group]; return rows.some(fits); }) : [];
      if (only.length) {
        const clear = document.createElement("button");
        clear.type = "button";
        clear.className = "only";
        clear.textContent = only.map(group => group.map(([at, value]) => heads[at] + " " + value).join(", ")).join(" / ") + " \u00d7";
        clear.onclick = () => narrows.get(figure.id)([]);
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
