(() => {
  "use strict";
  const other = "/*OTHER*/", texts = /*TEXTS*/{}, forms = /*FORMS*/[], root = document.documentElement, own = root.lang;
  const all = (s, e) => [...(e || document).querySelectorAll(s)];
  const fill = (text, args) => text.replace(/\{(\w+)\}/g, (_, k) => k in args ? args[k] : "");
  const plain = text => text.toLowerCase().replace(/\s+/g, " ");
  const make = (tag, parent, set) => parent.appendChild(Object.assign(document.createElement(tag), set));
  const first = new Map(), was = new Map(), after = [];
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
      e.textContent = language === own ? text : forms[e.dataset.o];
      e.lang = language === own ? spoken : language;
    }
    for (const name of ["title", "aria-label", "data-h"])
      for (const e of all(`[data-o-${name}]`)) {
        if (!was.has(e)) was.set(e, {});
        const before = was.get(e);
        before[name] ??= e.getAttribute(name);
        e.setAttribute(name, language === own ? before[name] : forms[e.getAttribute(`data-o-${name}`)]);
      }
    for (const e of all("[data-l]")) {
      if (!first.has(e)) first.set(e, e.getAttribute("aria-label"));
      e.setAttribute("aria-label", language === own ? first.get(e) : texts[e.dataset.l] || first.get(e));
      if (e.placeholder) e.placeholder = e.getAttribute("aria-label");
    }
    for (const again of after) again();
    if (here) scrollBy({ top: top(here) - before, behavior: "instant" });
  };
  const slug = text => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  const rule = (kind, x) => `<use class="${kind}" href="#v" x="${x}%"/>`;
  const numbers = text => (text.match(/[-−+]?\d[\d.,]*(e[-−]?\d+)?/g) || []).map(n => Number(n.replace(/−/g, "-").replace(/,/g, "")));
  const scale = holder => {
    const [from, low, to, high, zero, log] = holder.dataset.ax.split(" "), level = log ? Math.log : n => n;
    const [a, b] = numbers(low + " " + high).map(level), left = Number(from), each = (to - from) / (b - a);
    const grid = rule("g", from) + rule("g", to) + (zero === "-" ? "" : rule("z", zero));
    const at = n => left + each * (level(n) - a), place = n => Math.min(96, Math.max(4, at(n)));
    return [text => {
      const [value, start, end] = numbers(text), x = place(start);
      const ends = (at(start) < 3 ? '<use href="#a-l" y="50%"/>' : "") + (at(end) > 97 ? '<use href="#a-r" x="100%" y="50%"/>' : "");
      return `<svg class="fp" aria-hidden="true">${grid}<rect class="i" x="${x}%" width="${place(end) - x}%"/>${ends}<use href="#d-none" x="${place(value)}%"/></svg>`;
    }, `<svg class="ax" height="18" aria-hidden="true"><text x="${from}%" y="12">${low}</text><text x="${to}%" y="12">${high}</text></svg>`];
  };
  for (const body of all("tbody[data-ax]")) {
    const [plot, axis] = scale(body);
    body.querySelector(".bh .c-p").innerHTML = axis;
    for (const cell of all("td.c-v", body)) cell.nextElementSibling.innerHTML = plot(cell.textContent);
  }
  for (const table of all("table.compact")) {
    const [plot, drawn] = table.dataset.ax ? scale(table) : [];
    const stem = `m-${table.closest("section").id.slice(2)}-${table.dataset.m}-`;
    for (const row of table.tBodies[0].rows) {
      row.className = "r";
      for (let n = 1, name = stem + slug(row.cells[0].textContent); !row.id; n++)
        if (!document.getElementById(n > 1 ? name + "-" + n : name)) row.id = n > 1 ? name + "-" + n : name;
      if (row.cells[1].className) { row.cells[1].colSpan = 3; continue; }
      row.cells[1].className = "c-v";
      const cell = row.insertCell(2);
      cell.className = "c-p";
      if (plot) cell.innerHTML = plot(row.cells[1].textContent);
    }
    if (!drawn) continue;
    const head = table.tHead ? table.tHead.rows[0] : table.createTHead().insertRow();
    while (head.cells.length < 3) head.insertCell();
    const axis = head.insertCell(2);
    axis.className = "c-p";
    axis.innerHTML = drawn;
  }
  const claims = new Map(all(".claims a").map(link => [link.hash.slice(1), link]));
  const claim = row => claims.has(row.id) ? claims.get(row.id).textContent : "";
  const hint = () => {
    for (const label of all("span.pl")) if (label.textContent) label.title = label.textContent;
    for (const row of all("#scorecard tr.r")) if (claim(row)) row.cells[0].title = claim(row);
    for (const link of all("a.lim")) {
      const row = document.getElementById(link.hash.slice(1));
      if (row) link.title = [...row.cells].filter((_, at) => at !== 1).map(cell => cell.textContent).join(" · ");
    }
  };
  after.push(hint);
  hint();
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
        const head = row.parentNode.querySelector(".bh"), part = row.closest("section.probe"), by = row.closest("[data-by]");
        const parts = [row, head, row.closest("table").caption, part && part.querySelector("h2")].map(e => e ? e.textContent : "");
        const group = (by ? by.dataset.by : "") + "=" + row.cells[0].textContent.trim();
        words.set(row, plain([...parts, group, claim(row)].join(" ")));
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
    const text = exact || (cell.querySelector("b") || cell).textContent.trim().replace(/−/g, "-").replace(/,/g, "");
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
  const ownText = cell => {
    const kept = first.get(cell.querySelector("[data-o]") || cell);
    return (kept ? kept[0] : cell.textContent).trim();
  };
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
    const cell = (row, [at, value]) => typeof value === "boolean" ? !!row.cells[at].textContent.trim() === value : ownText(row.cells[at]) === value;
    const fits = row => only.every(wanted => cell(row, wanted));
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
    narrows.set(figure.id, tries => {
      const chip = figure.querySelector("button.only");
      if (chip) chip.remove();
      only = [];
      for (const group of tries) {
        const wanted = Object.entries(group).map(([name, value]) => [heads.indexOf(name), value]);
        if (wanted.some(([at]) => at < 0) || !rows.some(row => wanted.every(part => cell(row, part)))) continue;
        only = wanted;
        break;
      }
      if (only.length) {
        const clear = document.createElement("button");
        clear.type = "button";
        clear.className = "only";
        clear.textContent = only.map(([at, value]) => value === true ? heads[at] : heads[at] + " " + value).join(", ") + " \u00d7";
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
