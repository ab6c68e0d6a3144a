"use strict";

// arithmatex leaves \(…\) and \[…\] in the page; the delimiters say how to typeset what is between them.
gd.eachPage(() => {
  for (const formula of document.querySelectorAll(".arithmatex:not(:has(.katex))")) {
    const source = formula.textContent.trim();
    katex.render(source.slice(2, -2), formula, { displayMode: source.startsWith("\\["), throwOnError: false });
    // What is wider than the page scrolls by itself, with the arrow keys too.
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
  }
});
