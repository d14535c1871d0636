"use strict";
// Search and feature pages of the catalogue. Values come as scripts that lie beside this one, for a page opened
// from a file may load nothing else. Text is always set as text, never as markup.

const catalogue = (() => {
  const PAGE = 40;
  const FEW = "<10";
  const SMALLEST = 30; // entries that a share rests on at least
  const root = new URL(".", document.currentScript.src);
  const features = [];
  const waiting = new Map();
  let told = null;

  // --- values -------------------------------------------------------------------------------------------------
  function took(index) {
    told = index;
    told.places = index.pieces.map(() => null);
    start();
  }

  function received(number, rows) {
    const made = rows.map(feature);
    told.places[number] = made;
    waiting.get(number)(made);
  }

  function feature(row) {
    const [id, name, analysis, concept, conceptName, vocabulary, code, counts] = row;
    const [analysisName, domain, first, last, lag, unit, description, isZero] = told.analyses[analysis];
    const words = `${name} ${code || ""} ${vocabulary || ""} ${analysisName} ${domain} ${id} ${conceptName || ""}`;
    const shares = new Map();
    for (let place = 0; place < counts.length; place += 2) shares.set(counts[place], counts[place + 1]);
    return {
      id, name, concept, conceptName, vocabulary, code, domain, unit, description, isZero, lag, shares,
      analysis, analysisName, first, last, words: words.toLowerCase(),
    };
  }

  function load(number) {
    if (told.places[number]) return Promise.resolve(told.places[number]);
    return new Promise((resolve, reject) => {
      if (waiting.has(number)) {
        const before = waiting.get(number);
        waiting.set(number, (rows) => { before(rows); resolve(rows); });
        return;
      }
      waiting.set(number, resolve);
      const script = document.createElement("script");
      script.src = new URL(`data/${told.pieces[number][0]}`, root).href;
      script.onerror = () => reject(new Error(`${told.pieces[number][0]} cannot be read`));
      document.head.append(script);
    });
  }

  async function loadAll() {
    if (features.length === told.features) return features;
    const pieces = await Promise.all(told.pieces.map((_, number) => load(number)));
    if (features.length !== told.features) features.splice(0, features.length, ...pieces.flat());
    return features;
  }

  // --- words and markup ---------------------------------------------------------------------------------------
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  function drawn(name, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const day = (value) => (value === null ? "ever" : String(value).replace("-", "−"));
  const windowOf = (one) => `${day(one.first)} to ${day(one.last)} days`;
  const number = (value) => value.toLocaleString("en");

  // A share of coarse counts, as a card tells it; null where it is not told.
  function shareOf(one, cell) {
    const [, , , entries] = told.cells[cell];
    const count = one.shares.get(cell);
    return count && entries >= SMALLEST ? Math.min(100, (100 * count) / entries) : null;
  }

  const largest = (one) => Math.max(0, ...told.cells.map((_, cell) => shareOf(one, cell) || 0));

  // --- search -------------------------------------------------------------------------------------------------
  function wordsOf(text) {
    return text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  const holds = (text, words) => words.every((word) => text.includes(word));

  function findProducts(words) {
    return told.products.filter((one) => holds(`${one.name} ${one.title} ${one.purpose}`.toLowerCase(), words));
  }

  function findColumns(words) {
    return told.products.flatMap((product) =>
      product.columns
        .filter(([name, unit, meaning]) => holds(`${name} ${unit} ${meaning}`.toLowerCase(), words))
        .map((column) => ({ product, column })));
  }

  function findFeatures(words, domain, country) {
    const cells = told.cells.map((cell, place) => [cell[1], place]).filter(([code]) => code === country);
    return features
      .filter((one) => (!domain || one.domain === domain) && holds(one.words, words)
        && (!country || cells.some(([, place]) => one.shares.has(place))))
      .map((one) => [one, rank(one, words)])
      .sort(([a, first], [b, second]) => second - first || a.id - b.id)
      .map(([one]) => one);
  }

  // A code or an id that is meant exactly comes first, then what more entries have.
  function rank(one, words) {
    const isExact = words.some((word) => word === String(one.id) || word === String(one.concept)
      || word === (one.code || "").toLowerCase());
    return (isExact ? 1000 : 0) + largest(one);
  }

  function strip(one) {
    const parts = told.cells.map((cell, place) => {
      const share = shareOf(one, place);
      const text = share === null ? FEW : `${share.toFixed(0)} %`;
      return element("span", { class: "share" },
        element("span", { class: "code" }, cell[1]),
        element("span", share === null ? { class: "few" } : { class: "shade", style: `--share:${(share / 100).toFixed(2)}` },
          text));
    });
    return element("span", { class: "strip" }, ...parts);
  }

  function featureItem(one) {
    const link = element("a", { href: new URL(`feature.html#${one.id}`, root).href }, one.name);
    const about = [one.domain, windowOf(one), one.code ? `${one.vocabulary} ${one.code}` : null];
    return element("li", {}, link, element("span", { class: "soft" }, about.filter(Boolean).join(" · ")), strip(one));
  }

  function group(title, items) {
    if (!items.length) return null;
    return element("div", { class: "group" }, element("h3", {}, title), element("ul", { class: "hits" }, ...items));
  }

  function more(found, shown, results) {
    if (found.length <= shown) return;
    const button = element("button", { type: "button" }, `Show ${Math.min(PAGE, found.length - shown)} more`);
    button.addEventListener("click", () => {
      const list = results.querySelector(".features .hits");
      const added = found.slice(shown, shown + PAGE).map(featureItem);
      list.append(...added);
      button.remove();
      more(found, shown + PAGE, results);
      added[0].querySelector("a").focus();
    });
    results.append(button);
  }

  async function search() {
    const field = document.getElementById("search");
    const results = document.getElementById("results");
    const status = document.getElementById("found");
    const text = field.value;
    const words = wordsOf(text);
    const domain = document.getElementById("domain");
    const isDictionary = domain !== null;
    if (!words.length && !isDictionary) {
      results.replaceChildren();
      status.textContent = "";
      return;
    }
    if (features.length !== told.features) status.textContent = "Reading the index …";
    await loadAll();
    if (field.value !== text) return;
    const country = document.getElementById("country");
    const found = findFeatures(words, domain ? domain.value : "", country ? country.value : "");
    const products = isDictionary ? [] : findProducts(words);
    const columns = isDictionary ? [] : findColumns(words);
    const shown = group("Features", found.slice(0, PAGE).map(featureItem));
    if (shown) shown.classList.add("features");
    results.replaceChildren(...[
      group("Products", products.map(productItem)),
      group("Columns", columns.map(columnItem)),
      shown,
    ].filter(Boolean));
    status.textContent = summary(products, columns, found, isDictionary);
    more(found, PAGE, results);
  }

  function summary(products, columns, found, isDictionary) {
    const count = `${number(found.length)} ${found.length === 1 ? "feature" : "features"}`;
    if (isDictionary) return count;
    return `${products.length} products, ${columns.length} columns, ${count}`;
  }

  const productPlace = (product, place) => new URL(`products/${product.name}.html${place}`, root).href;

  function productItem(product) {
    return element("li", {}, element("a", { href: productPlace(product, "") }, product.title),
      element("span", { class: "soft" }, product.purpose));
  }

  function columnItem({ product, column: [name, unit, meaning] }) {
    const link = element("a", { href: productPlace(product, "#columns") }, element("code", {}, name));
    return element("li", {}, link,
      element("span", { class: "soft" }, `${meaning}${unit ? ` (${unit})` : ""} · ${product.name}`));
  }

  // --- one feature --------------------------------------------------------------------------------------------
  async function showFeature() {
    const id = Number(decodeURIComponent(location.hash.slice(1)));
    const place = document.getElementById("feature");
    const piece = told.pieces.findLastIndex(([, first]) => first <= id);
    const rows = piece < 0 ? [] : await load(piece);
    const one = rows.find((row) => row.id === id);
    if (!one) {
      if (location.hash) place.replaceChildren(element("p", {}, "No feature of this id is published; fewer than ten persons may have it."));
      return;
    }
    document.title = one.name;
    document.querySelector("h1").textContent = one.name;
    place.replaceChildren(facts(one), chart(one), numbers(one), lines(one), await related(one));
  }

  function facts(one) {
    const rows = [
      ["Covariate id", String(one.id)],
      ["Concept", one.concept ? `${one.concept} ${one.conceptName || ""}` : "none"],
      ["Code", one.code ? `${one.vocabulary} ${one.code}` : "none"],
      ["Analysis", `${one.analysis} ${one.analysisName}`],
      ["What it tells", one.description],
      ["Domain", one.domain],
      ["Window", `${windowOf(one)} from the index date`],
      ["Unit", one.unit || "none"],
      ["A missing row is", one.isZero ? "zero: an entry without a row has none of it" : "unknown: nobody recorded it"],
    ];
    return element("dl", { class: "facts" }, ...rows.flatMap(([name, value]) =>
      [element("dt", {}, name), element("dd", {}, value)]));
  }

  function labelOf([product, country, month]) {
    const isAlone = new Set(told.cells.map((cell) => cell[0])).size === 1;
    return isAlone ? `${country} ${month}` : `${country} ${month}, ${product}`;
  }

  function chart(one) {
    const row = 24;
    const height = row * told.cells.length + 8;
    const left = 96;
    const wide = 420 - left - 60;
    const title = `Share of entries that have it, by country: ${one.name}`;
    const parts = told.cells.flatMap((cell, place) => {
      const share = shareOf(one, place);
      const y = 4 + place * row;
      const name = drawn("text", { x: left - 8, y: y + 15, "text-anchor": "end" });
      name.textContent = `${cell[1]} ${cell[2]}`;
      const ground = drawn("rect", { x: left, y: y + 3, width: wide, height: row - 8, class: "ground" });
      const bar = drawn("rect", { x: left, y: y + 3, width: (wide * (share || 0)) / 100, height: row - 8, fill: "#0072b2" });
      const value = drawn("text", { x: left + wide + 8, y: y + 15 });
      value.textContent = share === null ? FEW : `${share.toFixed(0)} %`;
      return [name, ground, bar, value];
    });
    const heading = drawn("title", {});
    heading.textContent = title;
    const svg = drawn("svg", { viewBox: `0 0 420 ${height}`, role: "img", "aria-label": title }, heading, ...parts);
    return element("figure", {}, element("figcaption", {}, element("strong", {}, "Prevalence by country"),
      element("span", {}, "newest month of each; 0 to 100 % of its entries")), svg);
  }

  function numbers(one) {
    const rows = told.cells.map((cell, place) => {
      const count = one.shares.get(place);
      return element("tr", {}, element("th", { scope: "row" }, labelOf(cell)),
        element("td", { class: "number" }, count ? number(count) : FEW),
        element("td", { class: "number" }, cell[3] ? number(cell[3]) : FEW));
    });
    const head = element("tr", {}, element("th", { scope: "col" }, "partition"),
      element("th", { scope: "col", class: "number" }, "entries with it"),
      element("th", { scope: "col", class: "number" }, "entries"));
    const table = element("table", {}, element("caption", {}, "To the nearest ten; fewer than ten are not told"),
      element("thead", {}, head), element("tbody", {}, ...rows));
    return element("div", { class: "scroll", role: "region", "aria-label": "Prevalence in numbers", tabindex: "0" }, table);
  }

  function lines(one) {
    return element("div", {}, element("h3", {}, "Pick it (polars)"),
      element("pre", { tabindex: "0" }, element("code", {}, `table.filter(pl.col("covariate_id") == ${one.id})`)));
  }

  async function related(one) {
    if (!one.concept) return "";
    const all = await loadAll();
    const others = all.filter((other) => other.concept === one.concept && other.id !== one.id);
    return group("The same concept, seen otherwise", others.map(featureItem)) || "";
  }

  // --- start --------------------------------------------------------------------------------------------------
  function fill(select, values) {
    if (select) select.append(...values.map((value) => element("option", { value }, value)));
  }

  function start() {
    const field = document.getElementById("search");
    if (field) {
      const domains = new Set(Object.values(told.analyses).map((analysis) => analysis[1]));
      fill(document.getElementById("domain"), [...domains].sort());
      fill(document.getElementById("country"), [...new Set(told.cells.map((cell) => cell[1]))]);
      for (const id of ["search", "domain", "country"]) document.getElementById(id)?.addEventListener("input", search);
      document.getElementById("ask").addEventListener("submit", (event) => event.preventDefault());
      search();
    }
    if (document.getElementById("feature")) {
      window.addEventListener("hashchange", showFeature);
      showFeature();
    }
  }

  return { took, received };
})();
