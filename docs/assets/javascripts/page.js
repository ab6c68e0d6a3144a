"use strict";

/** What the scripts of a page share. */
const gd = {
  /** Set a page up: now, and with instant navigation again for every page that follows. */
  eachPage(setUp) {
    if (window.document$) document$.subscribe(setUp);
    else document.addEventListener("DOMContentLoaded", setUp);
  },

  /** The words of buttons and sliders, in the language of the page. */
  word: (name) => document.getElementById("gd-words").dataset[name],

  element(name, attributes, ...children) {
    const element = Object.assign(document.createElement(name), attributes);
    element.append(...children);
    return element;
  },
};

// Mends what the theme leaves to wish for where pages are read aloud or with the keyboard alone.
gd.eachPage(() => {
  const search = document.querySelector(".md-search[role=dialog]");
  search?.setAttribute("aria-label", search.querySelector("input").placeholder);
  for (const nav of document.querySelectorAll("nav[aria-labelledby]")) {
    nav.ariaLabel = nav.querySelector(".md-nav__title").textContent.trim(); // the label named may be empty
  }
  // What is wider than the page scrolls by itself, with the arrow keys too.
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap, .arithmatex")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
});

// A page opened as a file has no server that finds the index.html of a folder; what the search finds comes late.
if (location.protocol === "file:") {
  const toFile = ({ target }) => {
    const link = target.closest("a[href]");
    if (link?.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
  };
  for (const kind of ["click", "auxclick"]) document.addEventListener(kind, toFile, { capture: true });
}
