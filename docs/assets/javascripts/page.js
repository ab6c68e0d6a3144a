"use strict";

/** What the scripts of a page share. */
const gd = {
  /** Set a page up: now, and with instant navigation again for every page that follows. */
  eachPage(setUp) {
    if (window.document$) document$.subscribe(setUp);
    else document.addEventListener("DOMContentLoaded", setUp);
  },

  /** What the page has for scripts, and no heading's id can stand in the way of: words, and JSON. */
  words: (of) => document.querySelector(`template[data-words="${of}"]`).dataset,
  data: (name, value) => JSON.parse(document.querySelector(`script[type="application/json"][data-${name}="${value}"]`).text),

  /** The words of buttons and sliders, in the language of the page. */
  word: (name) => gd.words("buttons")[name],

  /** A sentence of the page with its numbers, {epochs} and so on, as its language writes them; what else is in braces stays. */
  filled: (sentence, numbers) => gd.sentence(sentence, numbers).join(""),

  /** The same in nodes: texts, and elements in the places of {verdict} and so on. */
  sentence: (sentence, values) =>
    sentence.split(/\{(\w+)\}/).map((text, i) => {
      const value = i % 2 ? values[text] ?? `{${text}}` : text;
      return typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value;
    }),

  /** The quiz before a figure, as long as nobody has answered it: the picture would give its answer away. */
  isHeldBack(figure) {
    const before = (quiz) => quiz.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING;
    const quiz = [...document.querySelectorAll(".gd-quiz")].filter(before).at(-1);
    return quiz && !("answered" in quiz.dataset) ? quiz : null;
  },

  /** At once, or when that quiz is answered. */
  whenFree(figure, then) {
    const quiz = gd.isHeldBack(figure);
    if (quiz) quiz.addEventListener("answered", () => then(), { once: true });
    else then();
  },

  /** A figure shows how it ends, or how it begins, on telephones too. */
  showStill(figure, isFirst) {
    const still = (address) => address.replace(/(\.first)?((\.narrow)?(\.dark)?\.png)$/, isFirst ? ".first$2" : "$2");
    for (const picture of figure.querySelectorAll(":scope > picture")) {
      for (const [part, name] of [["source", "srcset"], ["img", "src"]]) {
        const element = picture.querySelector(part), address = element.dataset.still ??= element[name];
        if (element[name] !== still(address)) element[name] = still(address);
      }
    }
  },

  /** As a download. */
  save(name, text) {
    const link = gd.element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },

  /** What is wider than its place scrolls by itself: as long as it does, it is reached with the keyboard, and has a name. */
  letScroll(part) {
    for (const wide of part.querySelectorAll(".md-typeset__scrollwrap, .gd-scroll, .arithmatex, pre > code")) {
      if (gd.scrolling.has(wide)) continue;
      gd.scrolling.add(wide);
      const sizes = new ResizeObserver(() => gd.nameIfWide(wide));
      for (const box of [wide, ...wide.children].slice(0, 2)) sizes.observe(box);
      document.fonts?.ready.then(() => gd.nameIfWide(wide)); // what it says has another width then
    }
  },
  scrolling: new WeakSet(),
  nameIfWide(place) {
    const table = place.querySelector("table"), isWide = place.scrollWidth > place.clientWidth;
    const name = table ? table.ariaLabel ?? table.caption?.innerText : gd.word(place.matches("code") ? "code" : "formula");
    const attributes = { tabindex: 0, role: table ? "region" : "group", "aria-label": name };
    for (const [attribute, value] of Object.entries(attributes)) {
      if (isWide && value !== undefined) place.setAttribute(attribute, value);
      else place.removeAttribute(attribute);
    }
  },

  element(name, attributes, ...children) {
    const element = Object.assign(document.createElement(name), attributes);
    element.append(...children);
    return element;
  },
};

// Mends what the theme leaves to wish for where pages are read aloud or with the keyboard alone.
gd.eachPage(() => {
  const search = document.querySelector(".md-search[role=dialog]");
  const field = search?.querySelector("input"); // Zensical adds its own later, with a name
  if (field) search.setAttribute("aria-label", field.placeholder);
  document.querySelector(".md-search-result__meta")?.setAttribute("role", "status"); // how many pages were found
  // The buttons of a block of code are no way through the site.
  for (const nav of document.querySelectorAll(".md-code__nav")) nav.role = "none";
  for (const nav of document.querySelectorAll("nav[aria-labelledby]")) {
    nav.ariaLabel = nav.querySelector(".md-nav__title").textContent.trim(); // the label named may be empty
  }
  // The sign beside each heading would be a part of its name; the table of contents leads to the same places.
  for (const link of document.querySelectorAll(".headerlink")) {
    link.setAttribute("aria-hidden", "true");
    link.tabIndex = -1;
  }
  gd.letScroll(document);
});

// On paper each sheet says at its foot of which page it is: only what stands at the root reaches there.
gd.eachPage(() => {
  const said = document.querySelector(".gd-sheet")?.textContent ?? "";
  document.documentElement.style.setProperty("--gd-sheet", `"${said.replace(/["\\]/g, "\\$&").replace(/\s+/g, " ")}"`);
});

// What is to be run or opened elsewhere is saved, even where a browser could show it as text.
gd.eachPage(() => {
  for (const link of document.querySelectorAll("a[href]")) {
    if (link.host === location.host && /\.(py|ipynb|csv)$/.test(link.pathname)) link.download ||= "";
  }
});

// A page opened as a file has no server that finds the index.html of a folder; what the search finds comes late.
if (location.protocol === "file:") {
  const toFile = ({ target }) => {
    const link = target.closest("a[href]");
    if (link?.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
  };
  for (const kind of ["click", "auxclick"]) document.addEventListener(kind, toFile, { capture: true });

  // No page that is a file may save another in every browser; in what `export zip` makes the text stands there as a script.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (!event.isTrusted || link?.protocol !== "file:" || !/\.(py|ipynb|csv)$/.test(link.pathname)) return;
    event.preventDefault();
    const script = gd.element("script", { src: `${link.protocol}//${link.host}${link.pathname}.js` });
    script.onload = () => gd.save(link.download || decodeURIComponent(link.pathname.split("/").at(-1)), script.file);
    script.onerror = () => link.click(); // there is none: as the browser likes it
    document.head.append(script);
  });
}
